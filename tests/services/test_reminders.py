"""Reminders at the gate: what was planned days ago goes out only if it is still wanted, true, and by day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from scheduler.domain.appointment import CancelledBy
from scheduler.domain.directory import Mode
from scheduler.domain.hand_over import Circuit, HandOver, Result
from scheduler.domain.letter import Letter
from scheduler.domain.notification import Channel, Kind, State
from scheduler.domain.person import PatientDetails, RemindBy, VirtualDetails
from scheduler.domain.visit import Visit
from scheduler.persistence import appointments, channel_states, claims, directory, opt_outs, visits
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.holds import HoldRow
from scheduler.persistence.outbox import OutboxRow
from scheduler.persistence.people import PatientRow
from scheduler.persistence.policies import MessagePolicyRow
from scheduler.persistence.receipts import Receipt
from scheduler.persistence.worklist import WorklistRow
from scheduler.services import (
    announcement,
    changing,
    doubts,
    holding,
    ledger,
    message_rules,
    slot_search,
    timed_actions,
)
from scheduler.services.delivery import Drained, drain
from scheduler.services.house import House
from scheduler.services.post_room import PostRoom
from tests.engines import CLERK, MANAGER, NOW, OWNER, SOMEBODY, a_patient, query
from tests.post import BASE_URL, later, move, reap
from tests.post import book as book_plain

ACCEPTED = HandOver(Result.ACCEPTED, reference="SM1", provider="main")


@dataclass
class Satchel:
    """A carrier of texts that keeps what it is given and answers as it is told."""

    answers: list[HandOver] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    posted: list[tuple[str, bytes]] = field(default_factory=list)
    asked: list[bytes] = field(default_factory=list)
    knows: HandOver | None = None
    channel: Channel = Channel.SMS
    is_idempotent: bool = False

    def write(self, letter: Letter) -> bytes:
        """Kind, number of visits and the moment of writing."""
        self.letters.append(letter)
        return f"{letter.kind.value} {1 + len(letter.also)} {letter.written_at:%m-%d %H}".encode()

    def parts(self, message: bytes) -> int:
        """Two."""
        return 2

    def post(self, message: bytes, address: str) -> HandOver:
        """Take one."""
        self.posted.append((address, message))
        return self.answers.pop(0) if self.answers else ACCEPTED

    def inquire(self, message: bytes, _address: str, _since: datetime) -> HandOver | None:
        """Say what was told."""
        self.asked.append(message)
        return self.knows

    @property
    def kinds(self) -> list[str]:
        """What went out, in order."""
        return [message.decode().split()[0] for _, message in self.posted]


@pytest.fixture
def satchel() -> Satchel:
    """An empty one."""
    return Satchel()


@pytest.fixture
def room(house: House, satchel: Satchel) -> PostRoom:
    """The room of texts at the tests' moment."""
    offset = NOW - datetime.now(UTC) + timedelta(seconds=1)
    return PostRoom(house, satchel, BASE_URL, offset, chance=lambda: 0.5)


def book(house: House, mode: Mode = Mode.IN_PERSON, place: str = "US-TX", **changes: object) -> Visit:
    """A visit ten days ahead of somebody who wants texts and has no e-mail, unless it is said."""
    patient = a_patient(**({"remind_by": (RemindBy.SMS,), "email": None} | changes))
    said: dict[str, object] = {"patient": patient}
    if mode is Mode.VIRTUAL:
        said["virtual"] = VirtualDetails(place, patient.phone, "1")
    return book_plain(house, mode, days=10, reminded=True, **said)


def send(room: PostRoom) -> Drained:
    return drain(room, Circuit())


def send_all(room: PostRoom) -> None:
    """Round after round, as a worker does, until nothing is left that is due."""
    while send(room).handled:
        pass


def at(room: PostRoom, moment: datetime) -> PostRoom:
    """The room at that moment."""
    return replace(room, offset=room.offset + (moment - NOW))


def rows(house: House, channel: Channel = Channel.SMS) -> list[tuple[str, str, str | None]]:
    """Kind, state and reason of every message of a channel, in order."""
    question = select(OutboxRow.kind, OutboxRow.state, OutboxRow.reason).where(
        OutboxRow.channel == channel.value
    )
    with house.database.reading() as connection:
        return [
            (row.kind, row.state, row.reason)
            for row in connection.execute(question.order_by(OutboxRow.due_at, OutboxRow.id))
        ]


def due(house: House, kind: Kind, visit: Visit) -> datetime:
    """When that message about a visit is due."""
    question = select(OutboxRow.due_at).where(
        OutboxRow.kind == kind.value, OutboxRow.appointment_id == visit.appointment.id
    )
    with house.database.reading() as connection:
        return connection.execute(question.order_by(OutboxRow.id)).scalars().first() or NOW


def change(house: House, which: Kind, **values: object) -> None:
    """Alter the messages of a kind by hand."""
    with house.database.transaction() as connection:
        connection.execute(update(OutboxRow).where(OutboxRow.kind == which.value).values(**values))


def to_do(house: House) -> list[tuple[str, int | None]]:
    """What waits at the desk."""
    with house.database.reading() as connection:
        return [
            (row.kind, row.appointment_id)
            for row in connection.execute(select(WorklistRow.kind, WorklistRow.appointment_id))
        ]


class TestWays:
    def test_a_visit_is_confirmed_and_reminded_of_in_time(
        self, house: House, room: PostRoom, satchel: Satchel
    ) -> None:
        visit = book(house)
        send(room)
        for kind in (Kind.REMINDER_WEEK, Kind.REMINDER_TWO_DAYS, Kind.REMINDER_DAY):
            assert send(at(room, due(house, kind, visit) - timedelta(minutes=1))).handled == 0
            assert send(at(room, due(house, kind, visit))).sent == 1
        assert satchel.kinds == ["confirmation", "reminder-week", "reminder-two-days", "reminder-day"]
        assert {address for address, _ in satchel.posted} == {visit.patient.phone}

    def test_a_moved_visit_is_reminded_of_at_its_new_time_alone(
        self, house: House, room: PostRoom, satchel: Satchel
    ) -> None:
        visit = book(house)
        old = due(house, Kind.REMINDER_TWO_DAYS, visit)
        move(house, visit, OWNER)
        states = [state for kind, state, _ in rows(house) if kind == "reminder-two-days"]
        assert sorted(states) == ["cancelled", "pending"]
        send(room)
        send(at(room, old))
        assert "reminder-two-days" not in satchel.kinds

    def test_a_cancelled_visit_is_not_reminded_of(
        self, house: House, room: PostRoom, satchel: Satchel
    ) -> None:
        visit = book(house)
        send(room)
        changing.cancel(house, visit.appointment.id, CancelledBy.PATIENT, OWNER, NOW)
        for day in range(11):
            send(at(room, NOW + timedelta(days=day)))
        assert satchel.kinds == ["confirmation", "cancelled"]

    def test_who_said_stop_gets_the_mail_instead(
        self, house: House, room: PostRoom, satchel: Satchel
    ) -> None:
        visit = book(house, email="ana@example.com")
        with house.database.transaction() as connection:
            index = house.vault.index("phone", visit.patient.phone)
            opt_outs.record(connection, Channel.SMS, index, out=True, source="text", language="en", now=NOW)
        send(room)
        assert satchel.posted == []
        assert ("confirmation", "suppressed", "opted-out") in rows(house)
        assert ("confirmation", "pending", None) in rows(house, Channel.EMAIL)

    def test_a_carrier_that_knows_of_a_stop_is_believed_for_all_that_follows(
        self, house: House, room: PostRoom, satchel: Satchel
    ) -> None:
        visit = book(house)
        satchel.answers = [HandOver(Result.OPTED_OUT, "sms 21610")]
        send(room)
        send(at(room, due(house, Kind.REMINDER_WEEK, visit)))
        assert len(satchel.posted) == 1
        assert [(kind, state) for kind, state, _ in rows(house)][:2] == [
            ("confirmation", "suppressed"),
            ("reminder-week", "suppressed"),
        ]
        assert [kind for kind, _, _ in rows(house, Channel.PHONE)] == ["confirmation"]

    def test_a_paused_channel_waits_and_goes_on(self, house: House, room: PostRoom, satchel: Satchel) -> None:
        book(house)
        for paused, sent in ((True, 0), (False, 1)):
            with house.database.transaction() as connection:
                channel_states.pause(connection, Channel.SMS, paused=paused, now=NOW)
            assert send(room).sent == sent


class TestNight:
    def test_a_text_at_night_waits_for_the_morning(
        self, house: House, room: PostRoom, satchel: Satchel
    ) -> None:
        book(house)
        night = at(room, datetime(2026, 9, 15, 9, 0, tzinfo=UTC))
        assert send(night).dropped == 1
        morning = datetime(2026, 9, 15, 14, 0, tzinfo=UTC)
        assert send(at(room, morning - timedelta(minutes=1))).handled == 0
        assert send(at(room, morning)).sent == 1
        assert satchel.kinds == ["confirmation"]

    def test_a_reminder_that_the_morning_makes_useless_does_not_go(
        self, house: House, room: PostRoom, satchel: Satchel
    ) -> None:
        visit = book(house)
        send(room)
        night = datetime(2026, 9, 22, 9, 0, tzinfo=UTC)
        change(
            house,
            Kind.REMINDER_TWO_DAYS,
            due_at=night,
            next_attempt_at=night,
            expires_at=night + timedelta(hours=2),
        )
        send_all(at(room, night))
        assert ("reminder-two-days", "suppressed", "quiet-hours") in rows(house)
        assert visit.appointment.id

    def test_the_night_is_the_readers_own(self, house: House, room: PostRoom, satchel: Satchel) -> None:
        visit = book(house)
        with house.database.transaction() as connection:
            home = update(PatientRow).where(PatientRow.id == visit.appointment.patient_id)
            connection.execute(home.values(zone="America/New_York"))
        at_seven_in_el_paso = datetime(2026, 9, 16, 1, 30, tzinfo=UTC)
        assert send(at(room, at_seven_in_el_paso)).dropped == 1
        assert satchel.posted == []

    def test_the_way_into_a_video_visit_comes_at_any_hour(
        self, house: House, room: PostRoom, satchel: Satchel
    ) -> None:
        book(house)
        send(room)
        night = datetime(2026, 9, 17, 9, 0, tzinfo=UTC)
        change(
            house, Kind.REMINDER_WEEK, kind="join-link", due_at=night, next_attempt_at=night, expires_at=None
        )
        send(at(room, night))
        assert satchel.kinds == ["confirmation", "join-link"]

    def test_the_night_is_that_of_the_place_they_named(
        self, house: House, room: PostRoom, satchel: Satchel
    ) -> None:
        book(house, mode=Mode.VIRTUAL, place="US-CA")
        at_half_past_eight_in_el_paso = datetime(2026, 9, 15, 14, 30, tzinfo=UTC)
        assert send(at(room, at_half_past_eight_in_el_paso)).dropped == 1
        assert send(at(room, at_half_past_eight_in_el_paso + timedelta(minutes=30))).sent == 1
        assert satchel.kinds == ["confirmation"]


class TestWishes:
    """What people wish may change between the planning of a message and its hour."""

    def test_who_wants_no_texts_any_more_gets_none_and_hears_why(
        self, house: House, room: PostRoom, satchel: Satchel
    ) -> None:
        visit = book(house)
        send(room)
        wish(house, visit, RemindBy.PHONE)
        send(at(room, due(house, Kind.REMINDER_WEEK, visit)))
        assert satchel.kinds == ["confirmation"]
        assert ("reminder-week", "suppressed", "not-wanted") in rows(house)

    def test_who_wants_texts_now_gets_no_reminders_by_mail(self, house: House, satchel: Satchel) -> None:
        visit = book(house, remind_by=(RemindBy.EMAIL,), email="ana@example.com")
        mails = mail_room(house, satchel)
        wish(house, visit, RemindBy.SMS)
        assert send(mails).sent == 1, "news goes by mail whatever they wish"
        send(at(mails, due(house, Kind.REMINDER_WEEK, visit)))
        assert satchel.kinds == ["confirmation"]

    def test_who_wants_texts_and_stopped_them_keeps_the_mail_that_came_instead(
        self, house: House, room: PostRoom, satchel: Satchel
    ) -> None:
        visit = book(house, email="ana@example.com")
        send(room)
        with house.database.transaction() as connection:
            index = house.vault.index("phone", visit.patient.phone)
            opt_outs.record(connection, Channel.SMS, index, out=True, source="text", language="en", now=NOW)
        week = due(house, Kind.REMINDER_WEEK, visit)
        send(at(room, week))
        satchel.posted.clear()
        send_all(at(mail_room(house, satchel), week + timedelta(minutes=1)))
        assert satchel.kinds == ["confirmation", "reminder-week"]

    def test_planned_anew_the_reminders_take_the_new_way_and_the_way_back(
        self, house: House, room: PostRoom, satchel: Satchel
    ) -> None:
        visit = book(house, email="ana@example.com")
        texts = [kind for kind, state, _ in rows(house) if state == "pending"]
        for way, other in ((RemindBy.EMAIL, Channel.SMS), (RemindBy.SMS, Channel.EMAIL)):
            wish(house, visit, way)
            plan_anew(house, visit)
            plan_anew(house, visit)
            wanted = Channel.EMAIL if way is RemindBy.EMAIL else Channel.SMS
            found = [kind for kind, state, _ in rows(house, wanted) if state == "pending"]
            assert [kind for kind in found if kind != "preparation"] == texts, "that one goes by mail alone"
            held = {state for kind, state, _ in rows(house, other) if kind != "confirmation"}
            assert held == {"suppressed"}

    def test_a_call_that_the_desk_asked_for_stays_when_reminders_are_planned_anew(self, house: House) -> None:
        visit = book(house)
        number = number_of(house, Kind.REMINDER_WEEK)
        ledger.call_instead(house, number, CLERK, NOW)
        plan_anew(house, visit)
        assert rows(house, Channel.PHONE) == [("reminder-week", "pending", None)]

    def test_a_message_is_written_in_the_language_they_speak_now(
        self, house: House, room: PostRoom, satchel: Satchel
    ) -> None:
        visit = book(house)
        with house.database.transaction() as connection:
            spoken = update(AppointmentRow).where(AppointmentRow.id == visit.appointment.id)
            connection.execute(spoken.values(language="es"))
        send(room)
        assert [letter.language for letter in satchel.letters] == ["es"]

    def test_what_failed_at_an_old_number_goes_to_the_new_one(
        self, house: House, room: PostRoom, satchel: Satchel
    ) -> None:
        visit = book(house)
        satchel.answers = [HandOver(Result.DEFERRED, "sms 503")]
        send(room)
        reach(house, visit, phone="+19155550188")
        send(later(room, minutes=20))
        assert [address for address, _ in satchel.posted] == [visit.patient.phone, "+19155550188"]

    def test_a_number_that_changes_while_the_text_is_being_written_gets_no_text(
        self, house: House, room: PostRoom, satchel: Satchel
    ) -> None:
        visit = book(house)
        written = satchel.write

        def change_meanwhile(letter: Letter) -> bytes:
            if not satchel.letters:
                reach(house, visit, phone="+19155550189")
            return written(letter)

        satchel.write = change_meanwhile  # type: ignore[method-assign]
        send_all(room)
        assert [address for address, _ in satchel.posted] == ["+19155550189"]

    def test_the_ledger_knows_into_how_many_parts_a_text_fell(self, house: House, room: PostRoom) -> None:
        book(house)
        send(room)
        with house.database.reading() as connection:
            sent = connection.execute(select(OutboxRow.parts).where(OutboxRow.state == "sent"))
            assert sent.scalars().all() == [2]


def wish(house: House, visit: Visit, *ways: RemindBy) -> None:
    """Write down how the patient wants to hear from now on."""
    _say(house, visit, replace(visit.patient, remind_by=ways))


def reach(house: House, visit: Visit, phone: str) -> None:
    """Write down where the patient can be reached about this visit from now on."""
    _say(house, visit, replace(visit.patient, phone=phone))


def _say(house: House, visit: Visit, patient: PatientDetails) -> None:
    with house.database.transaction() as connection:
        said = visits.seal_details(house.vault, visit.appointment.uid, patient, visit.virtual)
        appointments.reseal(connection, visit.appointment.id, said)


def plan_anew(house: House, visit: Visit) -> None:
    """Plan the reminders of a visit as its people are known now."""
    with house.database.transaction() as connection:
        found = visits.get(connection, house.vault, house.clinic(connection), visit.appointment.id)
        announcement.plan_anew(connection, found, NOW)


def mail_room(house: House, satchel: Satchel) -> PostRoom:
    """The room of mails at the tests' moment, with the same kind of carrier."""
    satchel.channel = Channel.EMAIL
    offset = NOW - datetime.now(UTC) + timedelta(seconds=1)
    return PostRoom(house, satchel, BASE_URL, offset, chance=lambda: 0.5)


def number_of(house: House, kind: Kind) -> int:
    """The number of the first message of a kind."""
    with house.database.reading() as connection:
        found = connection.execute(select(OutboxRow.id).where(OutboxRow.kind == kind.value))
        return int(found.scalars().first() or 0)


class TestEnough:
    def test_a_number_gets_one_reminder_a_day(self, house: House, room: PostRoom, satchel: Satchel) -> None:
        phone = "+19155550177"
        first, second = book(house, phone=phone), book(house, phone=phone)
        send(room)
        assert satchel.kinds == ["confirmation", "confirmation"]
        day = due(house, Kind.REMINDER_WEEK, first)
        change(house, Kind.REMINDER_WEEK, due_at=day, next_attempt_at=day)
        send(at(room, day))
        assert satchel.kinds[2:] == ["reminder-week"]
        assert ("reminder-week", "suppressed", "daily-cap") in rows(house)
        assert first.appointment.patient_id != second.appointment.patient_id

    def test_a_number_gets_three_texts_a_week(self, house: House, room: PostRoom, satchel: Satchel) -> None:
        phone = "+19155550178"
        visits = [book(house, phone=phone) for _ in range(4)]
        send(room)
        day = NOW + timedelta(days=2)
        change(house, Kind.REMINDER_WEEK, due_at=day, next_attempt_at=day)
        send(at(room, day))
        assert ("reminder-week", "suppressed", "weekly-cap") in rows(house)
        assert len(visits) == len(satchel.posted)

    def test_two_visits_of_one_day_are_told_in_one_message(
        self, house: House, room: PostRoom, satchel: Satchel
    ) -> None:
        first = book(house)
        second = book(house, phone=first.patient.phone)
        _make_one_persons(house, first, second)
        send(room)
        day = due(house, Kind.REMINDER_WEEK, first)
        change(house, Kind.REMINDER_WEEK, due_at=day, next_attempt_at=day)
        send(at(room, day))
        assert satchel.posted[-1][1].startswith(b"reminder-week 2 ")
        assert satchel.kinds.count("reminder-week") == 1
        assert ("reminder-week", "suppressed", "merged") in rows(house)


def _make_one_persons(house: House, first: Visit, second: Visit) -> None:
    with house.database.transaction() as connection:
        mine = first.appointment.patient_id
        for table in (AppointmentRow, OutboxRow):
            connection.execute(
                update(table).where(table.patient_id == second.appointment.patient_id).values(patient_id=mine)
            )


class TestLate:
    def test_after_an_outage_a_reminder_is_written_afresh(
        self, house: House, room: PostRoom, satchel: Satchel
    ) -> None:
        visit = book(house)
        send(room)
        satchel.answers = [HandOver(Result.DEFERRED, "sms 503")]
        week = due(house, Kind.REMINDER_WEEK, visit)
        send(at(room, week))
        send(at(room, week + timedelta(hours=26)))
        first, second = satchel.posted[1][1], satchel.posted[2][1]
        assert first != second, "the words are reckoned from the moment of writing"

    def test_a_reminder_too_late_to_be_of_use_ends_with_its_reason(
        self, house: House, room: PostRoom, satchel: Satchel
    ) -> None:
        visit = book(house)
        send(room)
        send_all(at(room, due(house, Kind.REMINDER_TWO_DAYS, visit)))
        assert ("reminder-week", "expired", "too late") in rows(house)
        assert satchel.kinds == ["confirmation", "reminder-two-days"]


class TestDoubt:
    def doubtful(self, house: House, room: PostRoom, satchel: Satchel) -> tuple[PostRoom, int]:
        """A text whose hand-over broke off, at the end of its rest; and its number."""
        book(house)
        satchel.answers = [HandOver(Result.UNSURE, "sms ReadTimeout")]
        send(room)
        with house.database.reading() as connection:
            number = connection.execute(
                select(OutboxRow.id).where(OutboxRow.state == State.UNKNOWN.value)
            ).scalar_one()
        return later(room, seconds=121), int(number)

    def test_a_provider_that_knows_repeats_gets_it_again_unmarked(
        self, house: House, room: PostRoom, satchel: Satchel
    ) -> None:
        satchel.is_idempotent = True
        after, _ = self.doubtful(house, room, satchel)
        reap(after)
        assert send(after).sent == 1
        assert satchel.posted[0] == satchel.posted[1]
        assert _is_marked(house) is False

    def test_a_report_settles_it(self, house: House, room: PostRoom, satchel: Satchel) -> None:
        after, number = self.doubtful(house, room, satchel)
        receipt = Receipt("main", "e1", State.DELIVERED, number, "SM1")
        assert doubts.receive(house, receipt, NOW)
        assert not doubts.receive(house, receipt, NOW), "the same report counts once"
        reap(after)
        assert send(after).handled == 0
        assert rows(house)[0][:2] == ("confirmation", "delivered")

    @pytest.mark.parametrize(("knows", "sent"), [(Result.ACCEPTED, 1), (Result.REFUSED, 2)])
    def test_a_provider_that_can_be_asked_is_asked(
        self, house: House, room: PostRoom, satchel: Satchel, knows: Result, sent: int
    ) -> None:
        satchel.knows = HandOver(knows)
        after, _ = self.doubtful(house, room, satchel)
        reap(after)
        send(after)
        assert len(satchel.posted) == sent
        assert satchel.asked == [satchel.posted[0][1]]
        assert rows(house)[0][:2] == ("confirmation", "sent")
        assert _is_marked(house) is False

    def test_else_it_goes_once_more_and_is_marked_and_then_a_person_calls(
        self, house: House, room: PostRoom, satchel: Satchel
    ) -> None:
        after, _ = self.doubtful(house, room, satchel)
        satchel.answers = [HandOver(Result.UNSURE, "sms ReadTimeout")]
        reap(after)
        send(after)
        assert _is_marked(house) is True
        reap(later(after, seconds=121))
        assert rows(house)[0][1:] == ("dead", "unknown twice")
        assert [kind for kind, _ in to_do(house)] == ["call-the-patient"]

    def test_what_arrived_stays_arrived_whatever_is_reported_later(
        self, house: House, room: PostRoom, satchel: Satchel
    ) -> None:
        book(house)
        send(room)
        for event, state in (("e1", State.DELIVERED), ("e2", State.SENT), ("e3", State.UNDELIVERED)):
            doubts.receive(house, Receipt("main", event, state, None, "SM1"), NOW)
        assert rows(house)[0][1] == "delivered"
        assert to_do(house) == []

    def test_what_did_not_arrive_is_for_a_person(
        self, house: House, room: PostRoom, satchel: Satchel
    ) -> None:
        visit = book(house)
        send(room)
        doubts.receive(house, Receipt("main", "e1", State.UNDELIVERED, None, "SM1", "sms 30003"), NOW)
        assert rows(house)[0] == ("confirmation", "undelivered", "sms 30003")
        assert to_do(house) == [("call-the-patient", visit.appointment.id)]

    def test_a_message_given_up_is_for_a_person_once(
        self, house: House, room: PostRoom, satchel: Satchel
    ) -> None:
        visit = book(house)
        satchel.answers = [HandOver(Result.REFUSED, "sms 21211")] * 2
        send(room)
        send(at(room, due(house, Kind.REMINDER_WEEK, visit)))
        assert [state for _, state, _ in rows(house)][:2] == ["dead", "dead"]
        assert to_do(house) == [("call-the-patient", visit.appointment.id)]

    def test_a_provider_that_asks_for_time_gets_it_from_every_message(
        self, house: House, room: PostRoom, satchel: Satchel
    ) -> None:
        book(house)
        book(house)
        satchel.answers = [HandOver(Result.DEFERRED, "sms 429", wait=timedelta(seconds=90))]
        done = send(room)
        assert len(satchel.posted) == 1
        assert drain(later(room, seconds=80), done.circuit).handled == 0
        assert drain(later(room, seconds=95), done.circuit).sent == 1


def _is_marked(house: House) -> bool:
    with house.database.reading() as connection:
        marks = connection.execute(
            select(OutboxRow.ambiguous).where(OutboxRow.kind == "confirmation")
        ).scalars()
        return any(marks)


class TestChores:
    def hold(self, house: House) -> str:
        wish = query()
        start = slot_search.find(house, wish, NOW, limit=1)[0].start
        return holding.hold(house, wish, start, SOMEBODY, NOW).id

    def test_a_kept_time_is_given_back_when_it_lapses(self, house: House, room: PostRoom) -> None:
        self.hold(house)
        assert timed_actions.carry_out(house, room.offset) == 0
        assert timed_actions.carry_out(house, later(room, minutes=16).offset) == 1
        assert _holds(house) == 0
        assert rows(house, Channel.INTERNAL) == [("release-hold", "sent", None)]

    def test_one_that_was_extended_is_looked_at_again(self, house: House, room: PostRoom) -> None:
        hold = self.hold(house)
        holding.extend(house, hold, NOW + timedelta(minutes=10))
        assert timed_actions.carry_out(house, later(room, minutes=16).offset) == 1
        assert _holds(house) == 1
        assert timed_actions.carry_out(house, later(room, minutes=26).offset) == 1
        assert _holds(house) == 0

    def test_a_broken_chore_is_tried_again_and_holds_up_no_other(self, house: House, room: PostRoom) -> None:
        first, second = self.hold(house), self.hold(house)
        real = timed_actions.DOINGS[Kind.RELEASE_HOLD]

        def break_first(*arguments: object) -> timed_actions.Done:
            if arguments[2].subject == f"hold:{first}":  # type: ignore[attr-defined]
                raise RuntimeError("a defect")
            return real(*arguments)  # type: ignore[arg-type]

        after = later(room, minutes=16).offset
        assert timed_actions.carry_out(house, after, doings={Kind.RELEASE_HOLD: break_first}) == 2
        assert [(state, reason) for _, state, reason in rows(house, Channel.INTERNAL)] == [
            ("pending", "broken RuntimeError"),
            ("sent", None),
        ]
        assert timed_actions.carry_out(house, later(room, minutes=30).offset) == 1
        assert _holds(house) == 0
        assert second != first

    def test_a_visit_nobody_came_to_is_marked_and_its_patient_hears_kindly(
        self, house: House, room: PostRoom, satchel: Satchel
    ) -> None:
        _mark_missed_visits(house)
        visit = book(house)
        end = visit.appointment.end
        assert timed_actions.carry_out(house, at(room, end + timedelta(minutes=29)).offset) == 0
        assert timed_actions.carry_out(house, at(room, end + timedelta(minutes=31)).offset) == 1
        assert _status(house, visit) == "noshow"
        send_all(at(room, due(house, Kind.BOOK_AGAIN, visit)))
        assert satchel.kinds == ["book-again"]

    def test_switched_on_by_the_manager_it_is_for_the_visits_that_stand_already(
        self, house: House, room: PostRoom, satchel: Satchel
    ) -> None:
        visit = book(house)
        end = visit.appointment.end
        _set_missed(house, active=True, minutes=45)
        _set_missed(house, active=True, minutes=45)
        assert timed_actions.carry_out(house, at(room, end + timedelta(minutes=44)).offset) == 0
        assert timed_actions.carry_out(house, at(room, end + timedelta(minutes=46)).offset) == 1
        assert _status(house, visit) == "noshow"
        send_all(at(room, due(house, Kind.BOOK_AGAIN, visit)))
        assert satchel.kinds == ["book-again"]

    def test_switched_off_again_or_put_off_it_marks_nobody(self, house: House, room: PostRoom) -> None:
        visit = book(house)
        end = visit.appointment.end
        _set_missed(house, active=True, minutes=30)
        _set_missed(house, active=True, minutes=60)
        timed_actions.carry_out(house, at(room, end + timedelta(minutes=31)).offset)
        assert _status(house, visit) == "booked"
        _set_missed(house, active=False, minutes=60)
        timed_actions.carry_out(house, at(room, end + timedelta(minutes=61)).offset)
        assert _status(house, visit) == "booked"
        assert ("no-show", "cancelled", "switched off") in rows(house, Channel.INTERNAL)

    def test_a_mark_that_the_desk_takes_back_in_time_leaves_no_trace(
        self, house: House, room: PostRoom, satchel: Satchel
    ) -> None:
        _mark_missed_visits(house)
        visit = book(house)
        send(room)
        timed_actions.carry_out(house, at(room, visit.appointment.end + timedelta(hours=1)).offset)
        with house.database.transaction() as connection:
            arrived = update(AppointmentRow).where(AppointmentRow.id == visit.appointment.id)
            connection.execute(arrived.values(status="arrived"))
        send_all(at(room, due(house, Kind.BOOK_AGAIN, visit)))
        assert "book-again" not in satchel.kinds

    def test_a_visit_that_took_place_is_left_alone(self, house: House, room: PostRoom) -> None:
        _mark_missed_visits(house)
        visit = book(house)
        with house.database.transaction() as connection:
            arrived = update(AppointmentRow).where(AppointmentRow.id == visit.appointment.id)
            connection.execute(arrived.values(status="arrived"))
        timed_actions.carry_out(house, at(room, visit.appointment.end + timedelta(hours=1)).offset)
        assert _status(house, visit) == "arrived"


def _mark_missed_visits(house: House) -> None:
    with house.database.transaction() as connection:
        switch_on = update(MessagePolicyRow).where(MessagePolicyRow.kind == "no-show")
        connection.execute(switch_on.values(active=True))
        directory.bump(connection)


def _set_missed(house: House, *, active: bool, minutes: int) -> None:
    """Set it as the manager does, and let the worker plan by it."""
    with house.database.reading() as connection:
        policies = directory.read_clinic(connection).messages.policies
    policy = next(each for each in policies if each.kind is Kind.NO_SHOW)
    message_rules.save_policy(house, replace(policy, active=active, value=minutes), MANAGER, NOW)
    timed_actions.carry_out(house, NOW - datetime.now(UTC) + timedelta(seconds=7))


def _status(house: House, visit: Visit) -> str:
    with house.database.reading() as connection:
        return str(claims.hold_still(connection, visit.appointment.id).status.value)


def _holds(house: House) -> int:
    with house.database.reading() as connection:
        return len(connection.execute(select(HoldRow.id)).all())


def test_a_booking_costs_the_same_number_of_statements_whatever_it_plans(
    house: House, count_statements: Callable[[], int]
) -> None:
    costs = []
    for ways in ((RemindBy.EMAIL,), (RemindBy.EMAIL, RemindBy.SMS)):
        book(house, remind_by=ways, email="ana@example.com")
        before = count_statements()
        book(house, remind_by=ways, email="ana@example.com")
        costs.append(count_statements() - before)
    assert costs[0] == costs[1]

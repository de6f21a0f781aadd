"""A mail counts once, and only a trusted answer acts; what people write waits sealed until somebody has read it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email import message_from_bytes

import pytest
from sqlalchemy import select

from scheduler.domain.appointment import Appointment, CancelledBy, Status
from scheduler.domain.booking import MoveRequest
from scheduler.domain.hand_over import Circuit
from scheduler.domain.person import HelperDetails
from scheduler.domain.reply import Judgement, Reason, Verdict
from scheduler.domain.visit import Visit
from scheduler.domain.worklist import Act, End, Step
from scheduler.persistence import bounces, declines, worklist
from scheduler.persistence.inbox import InboundMailRow
from scheduler.persistence.outbox import OutboxRow
from scheduler.persistence.worklist import WorklistRow
from scheduler.services import changing, confirming, declining, delivery, replies, timed_actions, todo
from scheduler.services.house import House
from scheduler.services.post_room import PostRoom
from scheduler.services.replies import Trust
from tests import answer_corpus as corpus
from tests.answer_corpus import OWN, SERVER, Said, gmail, letter, outlook
from tests.engines import CLERK, NOW, OWNER, a_patient
from tests.letters import a_helper
from tests.post import Tray, book, later, move, outbox_of, states

TRUST = Trust(OWN, SERVER)
NOBODY = Trust(OWN)


def said(visit: Visit, word: str = "ACCEPTED", **changes: object) -> Said:
    """What the patient's calendar answers about a visit as it stands."""
    fields: dict[str, object] = {
        "word": word,
        "uid": visit.appointment.uid,
        "sequence": visit.appointment.sequence,
        "attendee": visit.patient.email,
        "sender": f"<{visit.patient.email}>",
        "start": visit.appointment.start,
        "message_id": f"<{word}-{len(changes)}-{visit.appointment.id}@mail.example.com>",
    }
    return Said(**(fields | changes))  # type: ignore[arg-type]


def receive(house: House, raw: bytes, trust: Trust = TRUST, now: datetime = NOW) -> Judgement:
    return replies.receive(house, trust, raw, now)


def standing(house: House, visit: Visit) -> Appointment:
    return changing.show(house, visit.appointment.id).appointment


@dataclass(frozen=True)
class Waiting:
    """One thing on the desk's list."""

    kind: str
    urgency: str
    about: int | None
    note: Mapping[str, str]


def on_the_list(house: House) -> list[Waiting]:
    """What waits for the desk."""
    with house.database.reading() as connection:
        rows = connection.execute(
            select(WorklistRow.id).where(WorklistRow.state != "done").order_by(WorklistRow.created_at)
        ).scalars()
        items = [worklist.get(connection, house.vault, item) for item in rows.all()]
    return [Waiting(item.kind, item.urgency.value, item.appointment_id, item.note) for item in items]


def record(house: House) -> list[tuple[str, str, bool]]:
    """Verdict, reason and whether words are kept, of every mail."""
    columns = (InboundMailRow.verdict, InboundMailRow.reason, InboundMailRow.sealed)
    with house.database.reading() as connection:
        rows = connection.execute(select(*columns).order_by(InboundMailRow.id))
        return [(verdict, reason, sealed is not None) for verdict, reason, sealed in rows]


def test_a_yes_confirms_the_visit_and_says_over_which_channel(house: House) -> None:
    visit = book(house)
    assert receive(house, gmail(said(visit))) == Judgement(Verdict.ACCEPTED, Reason.GENUINE)
    after = standing(house, visit)
    assert (after.confirmed_at, after.confirmed_by, after.sequence) == (NOW, "calendar", 0)
    assert on_the_list(house) == []
    assert record(house) == [("accepted", "genuine", False)]


def test_the_same_mail_twice_is_one_mail(house: House) -> None:
    visit = book(house)
    mail = outlook(said(visit, "TENTATIVE"))
    assert receive(house, mail).verdict is Verdict.TENTATIVE
    assert receive(house, mail).verdict is Verdict.REPEATED
    assert len(on_the_list(house)) == 1
    assert len(record(house)) == 1


def test_the_same_mail_brought_by_many_at_once_does_one_thing(house: House) -> None:
    visit = book(house)
    mail = gmail(said(visit, "DECLINED"))
    found: list[Verdict] = []
    threads = [threading.Thread(target=lambda: found.append(receive(house, mail).verdict)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted([Verdict.DECLINED, *[Verdict.REPEATED] * 5])
    assert len(on_the_list(house)) == 1


def test_the_same_answer_in_another_mail_is_not_newer(house: House) -> None:
    visit = book(house)
    receive(house, gmail(said(visit)))
    again = gmail(said(visit, message_id="<replayed@mail.example.com>"))
    assert receive(house, again).reason == Reason.NOT_NEWER


def test_a_later_answer_of_the_same_person_counts(house: House) -> None:
    visit = book(house)
    receive(house, gmail(said(visit, "DECLINED")))
    later = gmail(said(visit, "ACCEPTED", stamp=NOW))
    assert receive(house, later).verdict is Verdict.ACCEPTED
    assert standing(house, visit).confirmed_by == "calendar"
    assert on_the_list(house) == []
    with house.database.reading() as connection:
        assert declines.pending(connection) == []


def test_a_helper_who_was_invited_may_answer(house: House) -> None:
    helper: HelperDetails = a_helper(email="luz@example.com")
    visit = book(house, helper=helper)
    answer = gmail(said(visit, attendee="luz@example.com", sender="Luz <luz@example.com>"))
    assert receive(house, answer).verdict is Verdict.ACCEPTED


def test_a_helper_who_may_not_be_told_was_not_invited(house: House) -> None:
    visit = book(house, helper=a_helper(email="luz@example.com", may_be_told=False))
    answer = gmail(said(visit, attendee="luz@example.com", sender="Luz <luz@example.com>"))
    assert receive(house, answer).reason == Reason.NOT_INVITED


def test_an_answer_to_the_time_before_a_move_does_nothing(house: House) -> None:
    visit = book(house)
    moved = move(house, visit, OWNER)
    assert receive(house, gmail(said(visit, "DECLINED"))).reason == Reason.STALE
    assert standing(house, moved).is_open
    assert states(house)[-1][0] != "declined"


def change_quietly(house: House, visit: Visit, *, tell: bool = True, **later_by: int) -> Visit:
    """The desk gives the visit another length, or without `tell` another hour."""
    before = visit.appointment
    wish = MoveRequest(
        before.start + timedelta(**later_by), before.mode, before.practitioner_id, tell=tell, minutes=45
    )
    return changing.move(house, before.id, wish, CLERK, NOW)


@pytest.mark.parametrize("word", ["ACCEPTED", "DECLINED"])
def test_an_answer_counts_though_the_desk_gave_the_visit_another_length_and_told_nobody(
    house: House, room: PostRoom, word: str
) -> None:
    visit = book(house)
    delivery.drain(room, Circuit())
    changed = change_quietly(house, visit)
    assert changed.appointment.sequence > visit.appointment.sequence
    assert receive(house, gmail(said(visit, word))).reason == Reason.GENUINE
    assert [item.kind for item in on_the_list(house)] == (["declined-invite"] if word == "DECLINED" else [])


def test_a_no_to_the_hour_before_a_move_that_nobody_was_told_of_reaches_the_desk(
    house: House, room: PostRoom
) -> None:
    visit = book(house)
    delivery.drain(room, Circuit())
    changed = change_quietly(house, visit, tell=False, hours=1)
    found = receive(house, gmail(said(visit, "DECLINED")))
    assert found == Judgement(Verdict.TO_READ, Reason.STALE)
    assert [item.note["said"] for item in on_the_list(house)] == ["declined"]
    assert standing(house, changed) == changed.appointment


class TestDeclined:
    def test_a_no_gives_nothing_up_at_once_and_holds_the_time(self, house: House) -> None:
        visit = book(house)
        assert receive(house, gmail(said(visit, "DECLINED"))).verdict is Verdict.DECLINED
        assert standing(house, visit) == visit.appointment
        assert [item.kind for item in on_the_list(house)] == ["declined-invite"]
        assert ("declined", "pending") in states(house)

    def test_the_mail_says_until_when_and_how_to_keep_it(
        self, house: House, room: PostRoom, tray: Tray
    ) -> None:
        visit = book(house, patient=a_patient(language="es"))
        delivery.drain(room, Circuit())
        receive(house, gmail(said(visit, "DECLINED")))
        delivery.drain(room, Circuit())
        words = tray.mails[-1].get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert "¿Quiere conservar su cita?" in words
        assert "hasta" in words
        assert "/my/" in words
        assert tray.mails[-1]["Subject"].startswith("¿Quiere conservar su cita?")

    def test_nobody_is_told_that_their_own_calendar_said_what_anothers_did(
        self, house: House, room: PostRoom, tray: Tray
    ) -> None:
        visit = book(house, helper=a_helper(email="luz@example.com"))
        delivery.drain(room, Circuit())
        receive(house, gmail(said(visit, "DECLINED", attendee="luz@example.com", sender="luz@example.com")))
        delivery.drain(room, Circuit())
        told = {
            mail["To"]: mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
            for mail in tray.mails[-2:]
        }
        own = told[str(visit.patient.email)]
        assert "Your calendar, or that of the person who helps you, told us" in " ".join(own.split())
        assert "A calendar told us that nobody will come." in told["luz@example.com"]

    def test_after_two_hours_of_opening_time_it_is_given_up_with_a_proper_cancellation(
        self, house: House, room: PostRoom, tray: Tray
    ) -> None:
        visit = book(house)
        receive(house, gmail(said(visit, "DECLINED")))
        with house.database.reading() as connection:
            until = declines.pending(connection)[0].until
        assert until == NOW + timedelta(hours=2)
        carry_out(house, until - timedelta(minutes=1))
        assert standing(house, visit).is_open
        carry_out(house, until + timedelta(seconds=1))
        after = standing(house, visit)
        assert (after.status, after.cancelled_by) == (Status.CANCELLED, CancelledBy.PATIENT)
        assert (after.sequence, after.cancel_reason) == (1, "declined-in-calendar")
        assert on_the_list(house) == []
        delivery.drain(later(room, hours=3), Circuit())
        assert b"METHOD:CANCEL" in calendar_of(tray.posted[-1][1])

    def test_at_night_and_on_weekends_the_while_does_not_run(self, house: House) -> None:
        visit = book(house, days=10)
        friday_evening = datetime.fromisoformat("2026-09-19T01:00:00+00:00")
        with house.database.reading() as connection:
            until = declining.held_until(house, connection, visit, friday_evening)
        assert until - friday_evening > timedelta(hours=50)

    def test_kept_by_its_page_it_stays_and_is_confirmed(self, house: House) -> None:
        visit = book(house)
        receive(house, gmail(said(visit, "DECLINED")))
        for _ in range(2):
            confirming.confirm(house, visit.appointment.id, confirming.BY_LINK, OWNER, NOW)
        carry_out(house, NOW + timedelta(days=1))
        after = standing(house, visit)
        assert (after.status, after.confirmed_by) == (Status.BOOKED, "link")
        assert on_the_list(house) == []

    def test_a_visit_that_was_confirmed_before_is_no_longer(self, house: House) -> None:
        visit = book(house)
        receive(house, gmail(said(visit)))
        receive(house, gmail(said(visit, "DECLINED", stamp=NOW)))
        assert standing(house, visit).confirmed_at is None

    def test_a_visit_that_was_moved_meanwhile_is_not_given_up(self, house: House) -> None:
        visit = book(house)
        receive(house, gmail(said(visit, "DECLINED")))
        moved = move(house, visit, OWNER)
        carry_out(house, NOW + timedelta(days=1))
        assert standing(house, moved).status is Status.BOOKED
        assert on_the_list(house) == []

    def test_two_declines_are_one(self, house: House) -> None:
        visit = book(house, helper=a_helper(email="luz@example.com"))
        receive(house, gmail(said(visit, "DECLINED")))
        receive(house, gmail(said(visit, "DECLINED", attendee="luz@example.com", sender="luz@example.com")))
        assert [kind for kind, _ in states(house)].count("decline-grace") == 1
        assert len(on_the_list(house)) == 1

    def test_too_late_for_an_online_change_it_is_the_desks(self, house: House) -> None:
        visit = book(house, days=1)
        late = visit.change_until + timedelta(minutes=1)
        receive(house, gmail(said(visit, "DECLINED")), now=late)
        assert [(item.kind, item.urgency) for item in on_the_list(house)] == [("late-change", "urgent")]
        assert "declined" not in {kind for kind, _ in states(house)}

    def test_the_desk_may_give_it_up_at_once(self, house: House) -> None:
        visit = book(house)
        receive(house, gmail(said(visit, "DECLINED")))
        declining.give_up_at_once(house, visit.appointment.id, CLERK, NOW)
        assert standing(house, visit).status is Status.CANCELLED
        assert on_the_list(house) == []

    @pytest.mark.parametrize(
        ("end", "status", "by"),
        [(End.KEPT, Status.BOOKED, "desk"), (End.CANCELLED, Status.CANCELLED, None)],
    )
    def test_what_the_desk_ends_on_its_list_is_what_becomes_of_the_visit(
        self, house: House, end: End, status: Status, by: str | None
    ) -> None:
        """Kept on the phone and marked so, a visit is not cancelled by the clock two hours later."""
        visit = book(house)
        receive(house, gmail(said(visit, "DECLINED")))
        tick(house, end)
        carry_out(house, NOW + timedelta(days=1))
        after = standing(house, visit)
        assert (after.status, after.confirmed_by) == (status, by)
        assert on_the_list(house) == []

    def test_not_reached_on_the_phone_the_while_goes_on(self, house: House) -> None:
        visit = book(house)
        receive(house, gmail(said(visit, "DECLINED")))
        tick(house, End.NOT_REACHED)
        assert standing(house, visit).is_open
        carry_out(house, NOW + timedelta(days=1))
        assert standing(house, visit).status is Status.CANCELLED


def tick(house: House, end: End) -> None:
    """The desk marks the only thing on its list as done."""
    with house.database.reading() as connection:
        item = connection.scalars(select(WorklistRow.id)).one()
    words = "No answer" if end is End.NOT_REACHED else ""
    todo.act(house, item, 0, Act(Step.DONE, end=end, words=words), replace(CLERK, id="1"), NOW)


def test_a_perhaps_is_a_hint_for_the_desk_and_a_second_one_takes_its_place(house: House) -> None:
    visit = book(house)
    receive(house, gmail(said(visit, "TENTATIVE")))
    receive(house, gmail(said(visit, "TENTATIVE", stamp=NOW)))
    assert [(item.kind, item.note["said"]) for item in on_the_list(house)] == [
        ("answered-invite", "tentative")
    ]
    assert [kept for _, _, kept in record(house)] == [False, True]


def test_a_hint_is_taken_off_the_list_by_a_plain_answer_of_the_same_person(house: House) -> None:
    visit = book(house)
    receive(house, gmail(said(visit, "TENTATIVE")))
    receive(house, gmail(said(visit, "ACCEPTED", stamp=NOW)))
    assert on_the_list(house) == []
    assert [kept for _, _, kept in record(house)] == [False, False]


def test_what_a_helper_proposes_does_not_take_the_place_of_the_patients_wish(house: House) -> None:
    visit = book(house, helper=a_helper(email="luz@example.com"))
    asked = visit.appointment.start + timedelta(days=1)
    for person in (visit.patient.email, "luz@example.com"):
        wish = said(visit, method="COUNTER", start=asked, attendee=person, sender=f"<{person}>")
        receive(house, outlook(replace(wish, message_id=f"<{person}>")))
    assert [item.kind for item in on_the_list(house)] == ["countered-invite"] * 2


def test_a_proposal_moves_nothing_and_waits_for_the_desk(house: House) -> None:
    visit = book(house)
    asked = visit.appointment.start + timedelta(days=1)
    receive(house, outlook(said(visit, "TENTATIVE", method="COUNTER", start=asked)))
    assert standing(house, visit) == visit.appointment
    assert [item.kind for item in on_the_list(house)] == ["countered-invite"]


def test_without_a_server_that_vouches_an_answer_only_opens_a_row(house: House) -> None:
    visit = book(house)
    found = receive(house, gmail(said(visit, "DECLINED")), NOBODY)
    assert found == Judgement(Verdict.TO_READ, Reason.NOT_VOUCHED)
    assert standing(house, visit) == visit.appointment
    assert [(item.kind, item.note["said"]) for item in on_the_list(house)] == [
        ("answered-invite", "declined")
    ]
    assert "declined" not in {kind for kind, _ in states(house)}


def test_a_forged_answer_leaves_nothing_but_its_record(house: House) -> None:
    visit = book(house)
    receive(house, gmail(said(visit, "DECLINED", dmarc="fail")))
    assert on_the_list(house) == []
    assert record(house) == [("refused", "forged", False)]


def test_an_unvouched_answer_does_not_shut_out_the_real_one(house: House) -> None:
    """A forger's stamp, five minutes ahead, must not make the patient's own answer look old."""
    visit = book(house)
    receive(house, gmail(said(visit, "DECLINED", dmarc="none", stamp=NOW + timedelta(minutes=4))))
    assert receive(house, gmail(said(visit))).verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("dmarc", ["fail", "none"])
def test_what_others_send_under_a_patients_name_does_not_shut_the_patient_out(
    house: House, dmarc: str
) -> None:
    visit = book(house)
    name = f"Ana <{visit.patient.email}>"
    for turn in range(replies.MOST_IN_AN_HOUR + 2):
        mail = letter(f"Buy {turn}", sender=name)
        receive(house, mail.replace(b"dmarc=pass", b"dmarc=" + dmarc.encode()))
    assert receive(house, gmail(said(visit, "DECLINED"))).verdict is Verdict.DECLINED


class TestWords:
    def test_when_too_much_waits_words_are_left_in_the_mailbox_and_answers_still_act(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(replies, "MOST_UNREAD", 2)
        visit = book(house)
        made = [receive(house, letter(f"Word {turn}")).reason for turn in range(3)]
        assert made == ["words", "words", "too-many-unread"]
        assert receive(house, gmail(said(visit))).verdict is Verdict.ACCEPTED

    def test_words_under_a_forged_name_wait_with_a_warning(self, house: House) -> None:
        mail = letter("Please cancel my visit", sender=f"Ana <{corpus.ANA}>")
        receive(house, mail.replace(b"dmarc=pass", b"dmarc=fail"))
        assert [item.note["because"] for item in on_the_list(house)] == ["forged"]

    def test_done_on_the_list_is_done_with_the_words_too(self, house: House) -> None:
        receive(house, letter("May I bring my daughter?"))
        assert [kept for _, _, kept in record(house)] == [True]
        tick(house, End.SPOKE)
        assert [kept for _, _, kept in record(house)] == [False]

    def test_a_machines_calendar_that_is_no_answer_is_dropped(self, house: House) -> None:
        receive(house, gmail(Said(method="REQUEST")))
        receive(house, outlook(Said(method="REQUEST", message_id="<by-hand@mail.example.com>")))
        assert record(house) == [("dropped", "automatic", False), ("to-read", "not-an-answer", True)]

    def test_what_a_person_writes_waits_sealed_beside_their_visit(self, house: House) -> None:
        visit = book(house)
        mail = letter("May I bring my daughter?\n> quoted", sender=f"Ana <{visit.patient.email}>")
        assert receive(house, mail).verdict is Verdict.TO_READ
        item = on_the_list(house)[0]
        assert (item.kind, item.about) == ("mail-to-read", visit.appointment.id)
        with house.database.reading() as connection:
            row = connection.execute(select(InboundMailRow.message_id, InboundMailRow.sealed)).one()
        assert b"daughter" not in row.sealed
        opened = house.vault.open("inbound_mail", row.message_id, row.sealed)
        assert opened["text"] == "May I bring my daughter?"

    def test_of_two_people_with_one_address_none_is_guessed(self, house: House) -> None:
        visit = book(house)
        book(house, days=9, patient=a_patient(email=visit.patient.email))
        receive(house, letter("Hello", sender=f"<{visit.patient.email}>"))
        assert on_the_list(house)[0].about is None

    def test_a_mail_that_answers_ours_finds_its_visit_whoever_sends_it(self, house: House) -> None:
        visit, _other = book(house), book(house)
        with house.database.reading() as connection:
            ours = connection.scalars(
                select(OutboxRow.message_id).where(OutboxRow.appointment_id == visit.appointment.id)
            ).first()
        mail = letter("Thank you", sender="Rosa <rosa@else.example>", more=f"In-Reply-To: <{ours}>")
        receive(house, mail)
        assert on_the_list(house)[0].about == visit.appointment.id

    @pytest.mark.parametrize(
        "more",
        [
            "Auto-Submitted: auto-replied",
            "Precedence: bulk",
            "List-Id: <news.example.com>",
            "X-Spam-Flag: YES",
            "X-Autoreply: yes",
        ],
    )
    def test_what_machines_write_is_dropped(self, house: House, more: str) -> None:
        assert receive(house, letter("I am away", more=more)).verdict is Verdict.DROPPED
        assert on_the_list(house) == []

    @pytest.mark.parametrize("subject", ["Automatic reply: Your visit", "Respuesta automática: Su visita"])
    def test_an_answering_machine_is_known_by_its_subject_too(self, house: House, subject: str) -> None:
        assert receive(house, letter("I am away", subject=subject)).reason == "automatic"

    def test_our_own_mails_are_never_answers(self, house: House) -> None:
        assert receive(house, letter("Hello", sender=OWN)).reason == "our-own"

    def test_two_machines_that_thank_each_other_are_parted(self, house: House) -> None:
        found = [
            receive(house, letter(f"Thank you {turn}")).verdict for turn in range(replies.MOST_IN_AN_HOUR + 5)
        ]
        assert found.count(Verdict.TO_READ) == replies.MOST_IN_AN_HOUR
        assert found[-1] is Verdict.DROPPED

    def test_a_large_mail_is_known_by_its_head_alone(self, house: House) -> None:
        visit = book(house)
        raw = letter("x" * 2_000_000, sender=f"Ana <{visit.patient.email}>", subject="My images")
        found = replies.receive(house, TRUST, raw[:64_000], NOW, is_cut=True)
        assert found == Judgement(Verdict.TO_READ, "too-large")
        assert on_the_list(house)[0].about == visit.appointment.id


class TestBounces:
    def sent(self, house: House, room: PostRoom) -> tuple[Visit, str]:
        """A visit whose confirmation is out, and the confirmation's Message-ID."""
        visit = book(house)
        delivery.drain(room, Circuit())
        with house.database.reading() as connection:
            name = connection.scalars(select(OutboxRow.message_id).where(OutboxRow.state == "sent")).one()
        return visit, name

    @pytest.mark.parametrize("shape", ["dsn", "headers", "envelope", "qmail", "exim"])
    def test_our_message_is_undelivered_and_the_desk_knows(
        self, house: House, room: PostRoom, shape: str
    ) -> None:
        visit, name = self.sent(house, room)
        raw = {
            "dsn": lambda: corpus.dsn(name),
            "headers": lambda: corpus.dsn(name, headers_only=True),
            "envelope": lambda: corpus.dsn("", envelope=name.partition("@")[0]),
            "qmail": lambda: corpus.qmail(name),
            "exim": lambda: corpus.exim(name),
        }[shape]()
        assert receive(house, raw).verdict is Verdict.BOUNCED
        row = outbox_of(house)[0]
        assert row.state == "undelivered"
        assert (row.reason or "").startswith("bounce 5.")
        assert [item.kind for item in on_the_list(house)] == ["call-the-patient"]
        index = house.vault.index("email", visit.patient.email or "")
        with house.database.reading() as connection:
            assert set(bounces.since(connection, [index])) == {index}

    def test_a_delay_is_not_a_loss(self, house: House, room: PostRoom) -> None:
        _, name = self.sent(house, room)
        assert receive(house, corpus.dsn(name, action="delayed", status="4.4.1")).verdict is Verdict.DROPPED
        late = corpus.exim(name, subject="Warning: message 1abc delayed 24 hours")
        assert receive(house, late).verdict is Verdict.DROPPED
        assert outbox_of(house)[0].state == "sent"

    def test_a_bounce_of_nothing_ours_does_nothing(self, house: House, room: PostRoom) -> None:
        self.sent(house, room)
        assert receive(house, corpus.dsn("f" * 32 + "@clinic.example.com")).reason == "bounce-of-nothing-ours"
        assert outbox_of(house)[0].state == "sent"

    def test_an_answer_from_there_takes_the_mark_away(self, house: House, room: PostRoom) -> None:
        visit, name = self.sent(house, room)
        receive(house, corpus.dsn(name))
        receive(house, gmail(said(visit)))
        index = house.vault.index("email", visit.patient.email or "")
        with house.database.reading() as connection:
            assert bounces.since(connection, [index]) == {}


def carry_out(house: House, moment: datetime) -> None:
    """Let the clinic's own chores be done as of a moment."""
    from_now = moment - datetime.now(moment.tzinfo)
    timed_actions.carry_out(house, from_now)


def calendar_of(raw: bytes) -> bytes:
    """The calendar part of a mail."""
    part = next(part for part in message_from_bytes(raw).walk() if part.get_content_type() == "text/calendar")
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content

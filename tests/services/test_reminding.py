"""A patient chooses how to hear of their visits, and what is to come follows at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from scheduler.domain.actor import Actor, Role
from scheduler.domain.appointment import CancelledBy
from scheduler.domain.errors import MoveRefused, NotPermitted
from scheduler.domain.notification import Channel
from scheduler.domain.person import RemindBy
from scheduler.domain.visit import Visit
from scheduler.domain.wishes import Bar, Wishes
from scheduler.persistence import appointments, bounces, opt_outs, people
from scheduler.persistence.audit import AuditRow
from scheduler.persistence.outbox import OutboxRow
from scheduler.persistence.people import PatientRow
from scheduler.services import changing, reminding
from scheduler.services.house import House
from scheduler.services.post_room import PostRoom
from tests.engines import CLERK, NOW, OWNER, a_patient
from tests.letters import a_helper
from tests.post import Tray, book
from tests.services.test_returned_mail import send

TEXTS = Wishes((RemindBy.SMS,), "en")
CLINICIAN = Actor(frozenset({Role.CLINICIAN}), id="7")


def choose(house: House, visit: Visit, wishes: Wishes, actor: Actor = OWNER) -> None:
    reminding.choose(house, visit.appointment.id, wishes, actor, NOW)


def shown(house: House, visit: Visit) -> Visit:
    return changing.show(house, visit.appointment.id)


def planned(house: House, visit: Visit, recipient: str = "patient") -> dict[str, set[str]]:
    """The kinds of the reminders that wait, by channel."""
    with house.database.reading() as connection:
        rows = connection.execute(
            select(OutboxRow.channel, OutboxRow.kind).where(
                OutboxRow.appointment_id == visit.appointment.id,
                OutboxRow.recipient == recipient,
                OutboxRow.state == "pending",
                OutboxRow.kind != "confirmation",
            )
        ).all()
    return {channel: {row.kind for row in rows if row.channel == channel} for channel, _ in rows}


def states(house: House, visit: Visit, **which: str) -> set[tuple[str, str | None]]:
    with house.database.reading() as connection:
        rows = connection.execute(
            select(OutboxRow.state, OutboxRow.reason)
            .where(OutboxRow.appointment_id == visit.appointment.id, OutboxRow.kind != "confirmation")
            .filter_by(**which)
        )
        return {(row.state, row.reason) for row in rows}


def written_down(house: House) -> list[str]:
    with house.database.reading() as connection:
        acts = ("change-reminders", "change-language", "allow-copies", "stop-copies")
        return list(connection.scalars(select(AuditRow.action).where(AuditRow.action.in_(acts))))


def test_who_chooses_texts_gets_the_coming_reminders_as_texts(house: House) -> None:
    visit = book(house, days=10, reminded=True)
    before = planned(house, visit)
    choose(house, visit, TEXTS)
    after = planned(house, visit)
    assert before.keys() == {"email"}
    assert after.keys() == {"sms"}
    assert {"reminder-two-days", "reminder-day"} <= after["sms"]
    assert states(house, visit, channel="email") == {("suppressed", "not-wanted")}


def test_whoever_changes_back_gets_what_was_planned_before(house: House) -> None:
    visit = book(house, days=10, reminded=True)
    before = planned(house, visit)
    choose(house, visit, TEXTS)
    choose(house, visit, Wishes((RemindBy.EMAIL,), "en"))
    assert planned(house, visit) == before


def test_a_call_is_planned_for_who_wants_calls(house: House) -> None:
    visit = book(house, days=10, reminded=True)
    choose(house, visit, Wishes((RemindBy.PHONE,), "en"))
    assert planned(house, visit) == {"phone": {"reminder-two-days"}}


def test_the_same_again_is_one_change(house: House) -> None:
    visit = book(house, days=10, reminded=True)
    choose(house, visit, TEXTS)
    once = shown(house, visit)
    choose(house, visit, TEXTS)
    assert shown(house, visit) == once
    assert once.appointment.revision == visit.appointment.revision + 1
    assert once.appointment.sequence == visit.appointment.sequence
    assert written_down(house) == ["change-reminders"]


def test_two_presses_at_one_moment_are_one_change(house: House) -> None:
    visit = book(house, days=10, reminded=True)
    with ThreadPoolExecutor(4) as hands:
        list(hands.map(lambda _: choose(house, visit, TEXTS), range(4)))
    assert written_down(house) == ["change-reminders"]
    assert shown(house, visit).appointment.revision == visit.appointment.revision + 1


def test_another_language_is_that_of_every_message_to_come(house: House, room: PostRoom, tray: Tray) -> None:
    visit = book(house, days=10, reminded=True)
    choose(house, visit, Wishes((RemindBy.EMAIL,), "es"))
    send(room)
    assert tray.mails[0]["Content-Language"] == "es"
    with house.database.reading() as connection:
        waiting = select(OutboxRow.language).where(
            OutboxRow.appointment_id == visit.appointment.id, OutboxRow.channel == "email"
        )
        assert set(connection.scalars(waiting)) == {"es"}
    assert shown(house, visit).appointment.language == "es"
    assert written_down(house) == ["change-language"]


def test_a_helpers_copies_end_and_come_again(house: House, room: PostRoom, tray: Tray) -> None:
    visit = book(house, days=10, reminded=True, helper=a_helper())
    send(room)
    posted = len(tray.posted)
    assert planned(house, visit, "helper")
    choose(house, visit, Wishes((RemindBy.EMAIL,), "en", tell_helper=False))
    assert planned(house, visit, "helper") == {}
    assert states(house, visit, recipient="helper") == {("suppressed", "helper-not-told")}
    assert planned(house, visit)
    choose(house, visit, Wishes((RemindBy.EMAIL,), "en", tell_helper=True))
    assert planned(house, visit, "helper")
    send(room)
    assert [address for address, _ in tray.posted[posted:]] == ["rosa@example.com"]
    assert written_down(house) == ["stop-copies", "allow-copies"]


def test_a_mail_on_its_way_to_a_helper_who_may_not_be_told_any_more_stays_here(
    house: House, room: PostRoom, tray: Tray
) -> None:
    visit = book(house, helper=a_helper())
    choose(house, visit, Wishes((RemindBy.EMAIL,), "en", tell_helper=False))
    send(room)
    assert [address for address, _ in tray.posted] == [visit.patient.email]


def test_the_patients_other_visits_with_the_same_contacts_follow_and_so_does_the_record(house: House) -> None:
    one = book(house, days=10, reminded=True)
    other = book(house, days=12, reminded=True, patient=one.patient)
    assert reminding.booked_alike(house, one, NOW) == 2
    choose(house, one, TEXTS)
    assert planned(house, other).keys() == {"sms"}
    with house.database.reading() as connection:
        assert people.one(connection, house.vault, one.appointment.patient_id).remind_by == (RemindBy.SMS,)


def test_a_visit_booked_with_another_address_and_the_record_stay_as_they_are(house: House) -> None:
    mine = book(house, days=10, reminded=True)
    strangers = book(house, days=12, reminded=True, patient=replace(mine.patient, email="thief@example.com"))
    assert strangers.appointment.patient_id == mine.appointment.patient_id
    choose(house, strangers, Wishes((RemindBy.SMS,), "es"))
    assert planned(house, mine).keys() == {"email"}
    assert shown(house, mine).appointment.language == "en"
    with house.database.reading() as connection:
        known = people.one(connection, house.vault, mine.appointment.patient_id)
    assert (known.remind_by, known.language) == ((RemindBy.EMAIL,), "en")


def test_a_visit_is_reminded_of_in_the_way_it_was_booked_with(house: House) -> None:
    """Somebody known books once more and wishes otherwise: the older visit's wish is not in the way."""
    first = book(house, days=10, reminded=True)
    second = book(house, days=12, reminded=True, patient=replace(first.patient, remind_by=(RemindBy.SMS,)))
    assert shown(house, second).patient.remind_by == (RemindBy.SMS,)
    assert shown(house, first).patient.remind_by == (RemindBy.EMAIL,)


def test_a_visit_from_before_wishes_were_kept_with_it_has_those_of_the_record(house: House) -> None:
    visit = book(house, days=10)
    said = {"phone": visit.patient.phone, "email": visit.patient.email}
    sealed = house.vault.seal("appointment", visit.appointment.uid, said)
    with house.database.transaction() as connection:
        connection.execute(update(PatientRow).values(remind_by=["phone"]))
        appointments.reseal(connection, visit.appointment.id, sealed)
    assert shown(house, visit).patient.remind_by == (RemindBy.PHONE,)


def test_what_bars_a_way_is_known(house: House) -> None:
    visit = book(house, days=10, reminded=True)
    phone, email = (house.vault.index(name, getattr(visit.patient, name)) for name in ("phone", "email"))
    assert reminding.outlook(house, visit, NOW).bars == {}
    with house.database.transaction() as connection:
        for channel, index in ((Channel.SMS, phone), (Channel.EMAIL, email)):
            opt_outs.record(connection, channel, index, out=True, source="text", language="en", now=NOW)
    barred = reminding.outlook(house, visit, NOW).bars
    assert barred == {Channel.SMS: Bar.STOPPED, Channel.EMAIL: Bar.REFUSED}
    with house.database.transaction() as connection:
        bounces.mark(connection, email, "5.1.1", NOW)
    assert reminding.outlook(house, visit, NOW).bars[Channel.EMAIL] is Bar.CAME_BACK


def test_the_outlook_names_what_waits_soonest_first(house: House) -> None:
    visit = book(house, days=10, reminded=True)
    coming = reminding.outlook(house, visit, NOW).over(Channel.EMAIL)
    assert coming
    assert [one.due_at for one in coming] == sorted(one.due_at for one in coming)
    late = reminding.outlook(house, visit, visit.appointment.start - timedelta(minutes=1))
    assert late.coming == ()


def test_there_is_nothing_to_choose_for_a_visit_that_is_given_up_or_over(house: House) -> None:
    visit = book(house, days=10)
    with pytest.raises(MoveRefused):
        reminding.choose(house, visit.appointment.id, TEXTS, OWNER, visit.appointment.start)
    changing.cancel(house, visit.appointment.id, CancelledBy.PATIENT, OWNER, NOW)
    with pytest.raises(MoveRefused):
        choose(house, visit, TEXTS)


def test_the_desk_may_and_a_clinician_may_not(house: House) -> None:
    visit = book(house, days=10, patient=a_patient())
    choose(house, visit, TEXTS, CLERK)
    with pytest.raises(NotPermitted):
        choose(house, visit, Wishes((RemindBy.EMAIL,), "en"), CLINICIAN)

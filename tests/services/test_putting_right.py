"""A person's record put right: the number goes with the visits that had it, and nobody else's."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from scheduler.domain.actor import Actor, Role
from scheduler.domain.directory import Mode
from scheduler.domain.errors import NotFound, NotPermitted, StaleVersion
from scheduler.domain.person import PatientDetails, RemindBy
from scheduler.domain.worklist import End, State, Wanted
from scheduler.persistence import appointments, people, worklist
from scheduler.persistence.visits import seal_details
from scheduler.services import call_list, changing, merging, people_search, putting_right
from scheduler.services.house import House
from scheduler.services.putting_right import Particulars
from tests.engines import CLERK, NOW, OWNER, SOMEBODY, a_patient, in_texas
from tests.post import book

CLINICIAN = Actor(frozenset({Role.CLINICIAN}), id="9", practitioner_id=1)
LATER = NOW + timedelta(minutes=5)
OLD, NEW, HERS = "+19155550147", "+19155550188", "+19155550199"
WRONG = a_patient(
    given_name="Jon",
    family_name="Perez",
    birth_date=date(1951, 3, 9),
    phone=OLD,
    remind_by=(RemindBy.SMS, RemindBy.PHONE),
)
RIGHT = Particulars("Juan", "Pérez", date(1951, 3, 8), NEW)


def known(house: House, number: int) -> PatientDetails:
    with house.database.reading() as connection:
        return people.one(connection, house.vault, number)


def test_a_name_and_a_number_are_right_everywhere_from_now_on(house: House) -> None:
    visit = book(house, days=7, patient=WRONG, reminded=True)
    number, before = visit.appointment.patient_id, visit.appointment
    putting_right.put_right(house, number, RIGHT, CLERK, LATER)
    kept = changing.show(house, before.id)
    assert (kept.patient.name, kept.patient.phone) == ("Juan Pérez", NEW)
    assert kept.patient.birth_date == date(1951, 3, 8)
    assert kept.appointment.revision > before.revision, "open pages see that it changed"
    assert kept.appointment.sequence == before.sequence, "nothing is announced"
    for asked in ("juan", NEW[-7:]):
        assert [each.patient.id for each in people_search.search(house, asked, CLERK, LATER)] == [number]
    assert people_search.search(house, OLD[-7:], CLERK, LATER) == []


def test_whoever_books_under_what_is_right_is_the_same_person(house: House) -> None:
    first = book(house, days=7, patient=WRONG)
    putting_right.put_right(house, first.appointment.patient_id, RIGHT, CLERK, LATER)
    right = replace(WRONG, given_name="Juan", family_name="Pérez", birth_date=date(1951, 3, 8), phone=NEW)
    assert book(house, days=9, patient=right).appointment.patient_id == first.appointment.patient_id


def test_a_visit_that_was_booked_with_another_number_keeps_it(house: House) -> None:
    first = book(house, days=7, patient=WRONG)
    number = first.appointment.patient_id
    putting_right.put_right(house, number, replace(RIGHT, phone=HERS), CLERK, LATER)
    putting_right.put_right(house, number, replace(RIGHT, phone=NEW), CLERK, LATER)
    assert changing.show(house, first.appointment.id).patient.phone == NEW
    with house.database.reading() as connection:
        rows = connection.execute(text("SELECT phone_index FROM appointment")).scalars()
        assert [bytes(row) for row in rows] == [house.vault.index("phone", NEW)]


def test_the_number_for_a_video_visit_follows_only_where_it_was_the_same(house: House) -> None:
    ways = [replace(in_texas(house), callback_phone=phone) for phone in (OLD, HERS)]
    visits = [
        book(house, Mode.VIRTUAL, days=days, patient=WRONG, virtual=way)
        for days, way in zip((7, 9), ways, strict=True)
    ]
    putting_right.put_right(house, visits[0].appointment.patient_id, RIGHT, CLERK, LATER)
    kept = [changing.show(house, visit.appointment.id).virtual for visit in visits]
    assert [way.callback_phone for way in kept if way] == [NEW, HERS]


def test_what_only_asked_for_the_right_number_is_off_the_list(house: House, account: None) -> None:
    visit = book(house, days=7, patient=WRONG)
    notes = {
        call_list.WRONG_NUMBER: {"kind": "confirmation"},
        "call-the-patient": {"channel": "sms", "reason": "undelivered"},
        "late-change": {"wish": "move"},
    }
    with house.database.transaction() as connection:
        for kind, note in notes.items():
            worklist.add(
                connection,
                house.vault,
                kind,
                note,
                urgency="normal",
                language="en",
                now=NOW,
                appointment_id=visit.appointment.id,
            )
    putting_right.put_right(house, visit.appointment.patient_id, RIGHT, CLERK, LATER)
    with house.database.reading() as connection:
        waiting = worklist.look(connection, house.vault, Wanted(), LATER)
        done = worklist.look(connection, house.vault, Wanted(State.DONE), LATER)
    assert [item.kind for item in waiting] == ["late-change"]
    assert {item.outcome for item in done} == {End.PUT_RIGHT.value}


def test_the_same_again_changes_nothing_and_an_old_page_is_told(house: House) -> None:
    number = book(house, days=7, patient=WRONG).appointment.patient_id
    seen = putting_right.show(house, number, CLERK, NOW).changed_at
    putting_right.put_right(house, number, RIGHT, CLERK, LATER, seen=seen)
    putting_right.put_right(house, number, RIGHT, CLERK, LATER, seen=seen)
    with pytest.raises(StaleVersion):
        putting_right.put_right(house, number, replace(RIGHT, given_name="Jan"), CLERK, LATER, seen=seen)
    assert known(house, number).name == "Juan Pérez"
    with house.database.reading() as connection:
        rows = connection.execute(text("SELECT detail FROM audit WHERE action = 'change-person'")).all()
    assert len(rows) == 1
    assert "Juan" not in str(rows)
    assert "name, birth-date, phone" in str(rows)


def test_a_slip_is_taken_back_whole_and_once(house: House) -> None:
    visit = book(
        house, Mode.VIRTUAL, days=7, patient=WRONG, virtual=replace(in_texas(house), callback_phone=OLD)
    )
    number = visit.appointment.patient_id
    before = known(house, number)
    putting_right.put_right(house, number, RIGHT, CLERK, LATER)
    assert putting_right.put_right_at(house, putting_right.show(house, number, CLERK, LATER), CLERK) == LATER
    again = LATER + timedelta(minutes=1)
    putting_right.take_back(house, number, CLERK, again)
    assert known(house, number) == before
    kept = changing.show(house, visit.appointment.id)
    assert (kept.patient, kept.virtual) == (visit.patient, visit.virtual)
    assert putting_right.put_right_at(house, putting_right.show(house, number, CLERK, again), CLERK) is None
    with pytest.raises(StaleVersion):
        putting_right.take_back(house, number, CLERK, again)


def test_a_visit_that_had_the_new_number_all_the_time_keeps_it_when_the_rest_goes_back(house: House) -> None:
    visits = [book(house, days=days, patient=WRONG) for days in (7, 9)]
    number, hers = visits[0].appointment.patient_id, visits[1].appointment
    with house.database.transaction() as connection:
        told = replace(visits[1].patient, phone=NEW)
        sealed = seal_details(house.vault, hers.uid, told, None)
        appointments.renumber(connection, hers.id, sealed, house.vault.index("phone", NEW))
    putting_right.put_right(house, number, RIGHT, CLERK, LATER)
    putting_right.take_back(house, number, CLERK, LATER)
    phones = [changing.show(house, visit.appointment.id).patient.phone for visit in visits]
    assert phones == [OLD, NEW]


def test_what_changed_since_is_not_taken_back(house: House) -> None:
    number = book(house, days=7, patient=WRONG).appointment.patient_id
    putting_right.put_right(house, number, RIGHT, CLERK, LATER)
    with house.database.transaction() as connection:
        now = replace(known(house, number), email="new@example.com")
        people.renew(connection, house.vault, number, now, LATER + timedelta(minutes=1))
    with pytest.raises(StaleVersion):
        putting_right.take_back(house, number, CLERK, LATER + timedelta(minutes=2))
    assert known(house, number).name == "Juan Pérez"


@pytest.mark.parametrize("actor", [OWNER, CLINICIAN, SOMEBODY], ids=["patient", "clinician", "anyone"])
def test_only_the_desk_puts_records_right(house: House, actor: Actor) -> None:
    with pytest.raises(NotPermitted):
        putting_right.put_right(house, 1, RIGHT, actor, NOW)
    with pytest.raises(NotPermitted):
        putting_right.show(house, 1, actor, NOW)
    with pytest.raises(NotPermitted):
        putting_right.take_back(house, 1, actor, NOW)


def test_a_record_that_was_joined_to_another_is_put_right_there(house: House) -> None:
    kept, gone = (book(house, days=days).appointment.patient_id for days in (7, 9))
    merging.merge(house, kept, gone, (), CLERK, LATER)
    for number in (gone, 999_999):
        with pytest.raises(NotFound):
            putting_right.put_right(house, number, RIGHT, CLERK, LATER)

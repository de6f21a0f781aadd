"""Whoever looks at a person is written down, and a clinician gives a reason for opening a stranger's record."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from scheduler.domain.actor import SYSTEM, Actor, Role
from scheduler.domain.appointment import CancelledBy
from scheduler.domain.errors import InvalidInput, NotFound, NotPermitted, ProofNeeded, ReasonNeeded
from scheduler.domain.glass import OPEN_FOR
from scheduler.domain.visit import Visit
from scheduler.persistence import audit
from scheduler.services import booking, changing, looking, staffing
from scheduler.services.house import House
from scheduler.services.looking import Seen
from tests.engines import CLERK, NOW, SOMEBODY, a_request

MINUTE = timedelta(minutes=1)
WHY = "Covering for a colleague today"


def booked(house: House) -> Visit:
    visit = booking.book(house, a_request(house), SOMEBODY, NOW).visit
    assert visit is not None
    return visit


def a_clinician(house: House, practitioner_id: int | None, *more: Role, is_proved: bool = True) -> Actor:
    number = staffing.create_user(
        house.database,
        email=f"clinician{practitioner_id}@example.com",
        name="Clara",
        roles=["clinician", *more],
        password="correct horse battery",
        now=NOW,
        actor=SYSTEM,
        practitioner_id=practitioner_id,
    )
    roles = frozenset({Role.CLINICIAN, *more})
    return Actor(roles, str(number), "test", "192.0.2.7", practitioner_id, is_proved)


def other_than(house: House, visit: Visit) -> int:
    """A clinician who has nothing to do with this visit."""
    with house.database.reading() as connection:
        people = house.clinic(connection).practitioners
    return next(one.id for one in people if one.id != visit.practitioner.id)


def look(house: House, actor: Actor, visit: Visit, *, minute: int = 0, record: bool = False) -> None:
    with house.database.transaction() as connection:
        door = looking.at_record if record else looking.at_person
        door(connection, actor, "see-visit", [Seen.visit(visit)], NOW + minute * MINUTE)


def trail(house: House) -> list[tuple[str, str, str, int | None, str, str]]:
    with house.database.reading() as connection:
        rows = audit.unsealed(connection, 1000, everything=True)
    return [
        (
            row.action,
            row.object_type,
            row.object_id,
            row.patient_id,
            row.actor_id,
            row.detail.get("glass", ""),
        )
        for row in rows
        if row.action in {"see-visit", "break-glass", "see-day", "review-glass"}
    ]


def test_the_desk_looks_at_anybody_and_is_written_down(house: House) -> None:
    visit = booked(house)
    look(house, CLERK, visit)
    number, patient = visit.appointment.id, visit.appointment.patient_id
    assert trail(house) == [("see-visit", "appointment", str(number), patient, "7", "")]


def test_a_list_writes_one_row_for_each_person(house: House) -> None:
    visits = [booked(house) for _ in range(3)]
    with house.database.transaction() as connection:
        looking.at_list(connection, CLERK, "see-day", map(Seen.visit, visits), NOW)
    assert [row[3] for row in trail(house)] == [visit.appointment.patient_id for visit in visits]


def test_a_clinician_looks_at_their_own_patients(house: House) -> None:
    visit = booked(house)
    clinician = a_clinician(house, visit.practitioner.id)
    look(house, clinician, visit)
    look(house, clinician, visit, record=True)
    assert len(trail(house)) == 2


def test_a_cancelled_visit_makes_nobody_an_own_patient(house: House) -> None:
    visit = booked(house)
    changing.cancel(house, visit.appointment.id, CancelledBy.DESK, CLERK, NOW)
    with pytest.raises(ReasonNeeded):
        look(house, a_clinician(house, visit.practitioner.id), visit)


def test_a_clinician_is_asked_for_a_reason_before_opening_a_strangers_record(house: House) -> None:
    visit = booked(house)
    stranger = a_clinician(house, other_than(house, visit))
    with pytest.raises(ReasonNeeded) as refusal:
        look(house, stranger, visit)
    assert refusal.value.patient_id == visit.appointment.patient_id
    assert trail(house) == []


def test_with_a_reason_the_record_is_open_for_an_hour_and_each_look_is_marked(house: House) -> None:
    visit = booked(house)
    stranger = a_clinician(house, other_than(house, visit))
    looking.break_glass(house, visit.appointment.patient_id, "covering", WHY, stranger, NOW)
    look(house, stranger, visit, minute=59, record=True)
    assert [(row[0], row[5]) for row in trail(house)] == [("break-glass", ""), ("see-visit", "open")]
    with pytest.raises(ReasonNeeded):
        look(house, stranger, visit, minute=int(OPEN_FOR / MINUTE))


def test_a_reason_opens_one_persons_record_to_one_clinician(house: House) -> None:
    visit, other = booked(house), booked(house)
    stranger = a_clinician(house, None)
    looking.break_glass(house, visit.appointment.patient_id, "asked", WHY, stranger, NOW)
    with pytest.raises(ReasonNeeded):
        look(house, stranger, other)
    with pytest.raises(ReasonNeeded):
        look(house, a_clinician(house, other_than(house, visit)), visit)


def test_being_at_the_desk_too_shows_visits_and_no_records(house: House) -> None:
    visit = booked(house)
    both = a_clinician(house, other_than(house, visit), Role.DESK)
    look(house, both, visit)
    with pytest.raises(ReasonNeeded):
        look(house, both, visit, record=True)


@pytest.mark.parametrize("role", [Role.DESK, Role.MANAGER])
def test_records_are_for_clinicians_alone(house: House, role: Role) -> None:
    visit, actor = booked(house), Actor(frozenset({role}), "7", is_proved=True)
    with pytest.raises(NotPermitted):
        look(house, actor, visit, record=True)
    with pytest.raises(NotPermitted):
        looking.break_glass(house, visit.appointment.patient_id, "other", WHY, actor, NOW)


@pytest.mark.parametrize(("reason", "words", "field"), [("", WHY, "reason"), ("other", "  short ", "words")])
def test_a_reason_is_chosen_and_put_in_words(house: House, reason: str, words: str, field: str) -> None:
    visit = booked(house)
    stranger = a_clinician(house, other_than(house, visit))
    with pytest.raises(InvalidInput) as refusal:
        looking.break_glass(house, visit.appointment.patient_id, reason, words, stranger, NOW)
    assert set(refusal.value.errors) == {field}


def test_opening_a_record_takes_a_fresh_proof_and_a_patient_who_exists(house: House) -> None:
    visit = booked(house)
    with pytest.raises(ProofNeeded):
        looking.break_glass(
            house, visit.appointment.patient_id, "other", WHY, a_clinician(house, 1, is_proved=False), NOW
        )
    with pytest.raises(NotFound):
        looking.break_glass(house, 999_999, "other", WHY, a_clinician(house, None), NOW)


def test_a_manager_reads_every_reason_once(house: House) -> None:
    visit = booked(house)
    stranger = a_clinician(house, other_than(house, visit))
    manager = replace(stranger, roles=frozenset({Role.MANAGER}))
    looking.break_glass(house, visit.appointment.patient_id, "covering", WHY, stranger, NOW)
    assert looking.waiting_for_review(house, manager) == 1
    [waiting] = looking.to_review(house, manager, NOW)
    assert waiting.by is not None
    assert (waiting.by.name, waiting.opening.words) == ("Clara", WHY)
    looking.review(house, waiting.opening.id, manager, NOW)
    assert looking.to_review(house, manager, NOW) == ()
    with pytest.raises(NotFound):
        looking.review(house, waiting.opening.id, manager, NOW)
    with pytest.raises(NotPermitted):
        looking.to_review(house, stranger, NOW)


def test_the_words_of_a_reason_are_sealed(house: House) -> None:
    visit = booked(house)
    stranger = a_clinician(house, other_than(house, visit))
    looking.break_glass(house, visit.appointment.patient_id, "covering", WHY, stranger, NOW)
    with house.database.reading() as connection:
        [kept] = connection.exec_driver_sql("SELECT sealed FROM broken_glass").scalars()
    assert WHY.encode() not in bytes(kept)

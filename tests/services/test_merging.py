"""Two records made one: everything follows, nobody is in two places, and taking it back gives back exactly what was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from scheduler.domain.actor import Actor, Role
from scheduler.domain.appointment import CancelledBy
from scheduler.domain.directory import Mode
from scheduler.domain.errors import NotFound, NotPermitted, StaleVersion, TwoAtOnce
from scheduler.domain.likeness import Part
from scheduler.domain.person import HelperDetails, Relation
from scheduler.domain.visit import Visit
from scheduler.domain.waitlist import Wish
from scheduler.domain.worklist import State, Wanted
from scheduler.persistence import merges, occupancy, people, worklist
from scheduler.persistence.database import Model
from scheduler.persistence.occupancy import OccupancyRow
from scheduler.services import booking, changing, desk_booking, merging, people_search, slot_search, waiting
from scheduler.services.house import House
from tests.engines import CLERK, NOW, OWNER, SOMEBODY, a_patient, a_request, query
from tests.post import book

CLINICIAN = Actor(frozenset({Role.CLINICIAN}), id="9", practitioner_id=1)
LATER = NOW + timedelta(minutes=5)
MARIA = a_patient(
    given_name="María", family_name="González", birth_date=date(1951, 3, 9), phone="+19155550147"
)
AGAIN = a_patient(
    given_name="Maria", family_name="Gonzales", birth_date=date(1951, 3, 9), phone="+19155550188"
)


@pytest.fixture
def pair(house: House) -> tuple[Visit, Visit]:
    """One person twice, with a visit each, a helper, a place on the waitlist and messages."""
    helper = HelperDetails("Ana", "+19155550111", None, Relation.CHILD)
    first = book(house, days=7, patient=MARIA)
    second = book(house, Mode.VIRTUAL, days=9, patient=AGAIN, helper=helper, reminded=True)
    wish = Wish("imaging-review", frozenset({Mode.VIRTUAL}))
    waiting.join(house, second.appointment.id, wish, CLERK, NOW)
    return first, second


def whole(house: House) -> dict[str, Sequence[Any]]:
    """Every row that belongs to a person, but for the stamps that count changes."""
    found: dict[str, Sequence[Any]] = {}
    with house.database.reading() as connection:
        for table in Model.metadata.sorted_tables:
            if table.name in {"audit", "merge", "worklist_event", "worklist", "patient", "people_page"}:
                continue
            columns = [column for column in table.c if column.name not in {"revision"}]
            rows = connection.execute(select(*columns)).all()
            found[table.name] = sorted(map(repr, rows))
        for number in connection.scalars(select(people.PatientRow.id).order_by(people.PatientRow.id)):
            record = people.record_of(connection, house.vault, number)
            found[f"patient {number}"] = [record.patient, record.created_at, record.merged_into]
    return found


def owner_of(house: House, visit: Visit) -> int:
    return changing.show(house, visit.appointment.id).appointment.patient_id


def join(house: House, pair: tuple[Visit, Visit], *parts: Part) -> merges.Merge:
    first, second = (visit.appointment.patient_id for visit in pair)
    return merging.merge(house, first, second, parts, CLERK, LATER)


def test_everything_of_the_record_that_goes_hangs_on_the_one_that_stays(
    house: House, pair: tuple[Visit, Visit]
) -> None:
    done = join(house, pair)
    assert owner_of(house, pair[1]) == done.kept_id
    with house.database.reading() as connection:
        for table in merges.TABLES:
            assert connection.execute(select(table).where(table.c.patient_id == done.gone_id)).all() == []
        taken = connection.execute(select(OccupancyRow.id).where(OccupancyRow.resource_id == done.gone_id))
        assert taken.all() == []
    assert {len(done.moved[name]) for name in ("appointment", "consent", "related_person", "waitlist")} == {1}
    assert len(done.moved["outbox"]) >= 1
    assert changing.show(house, pair[1].appointment.id).patient.name == "María González"


def test_taking_it_back_gives_back_exactly_what_was(house: House, pair: tuple[Visit, Visit]) -> None:
    before = whole(house)
    done = join(house, pair, Part.NAME, Part.PHONE, Part.EMAIL)
    assert whole(house) != before
    merging.undo(house, done.id, CLERK, LATER)
    assert whole(house) == before


def test_what_came_after_the_joining_stays_where_it_came_to(house: House, pair: tuple[Visit, Visit]) -> None:
    done = join(house, pair)
    new = book(house, days=11, patient=MARIA)
    merging.undo(house, done.id, CLERK, LATER)
    assert owner_of(house, new) == done.kept_id
    assert owner_of(house, pair[1]) == done.gone_id


def test_the_desk_chooses_what_is_right(house: House, pair: tuple[Visit, Visit]) -> None:
    done = join(house, pair, Part.PHONE)
    found = people_search.get(house, done.kept_id, CLERK, LATER)
    assert found is not None
    details = found.patient.details
    assert (details.name, details.phone) == ("María González", AGAIN.phone)
    assert people_search.get(house, done.gone_id, CLERK, LATER) is None


def test_whoever_books_under_the_old_name_is_the_one_person(house: House, pair: tuple[Visit, Visit]) -> None:
    done = join(house, pair)
    new = book(house, days=11, patient=AGAIN)
    assert owner_of(house, new) == done.kept_id
    assert people_of_visits(house) == {done.kept_id}


def test_a_page_that_still_names_the_old_record_books_for_the_one_that_stands(
    house: House, pair: tuple[Visit, Visit]
) -> None:
    done = join(house, pair)
    start = slot_search.find(house, query(start=NOW + timedelta(days=11)), NOW, limit=1)[0].start
    request = a_request(house, start=start, patient=AGAIN, patient_id=done.gone_id, source="desk")
    new = desk_booking.book(house, request, CLERK, LATER)
    assert owner_of(house, new) == done.kept_id


def people_of_visits(house: House) -> set[int]:
    with house.database.reading() as connection:
        return set(connection.scalars(text("SELECT patient_id FROM appointment")))


@pytest.fixture
def clash(house: House, pair: tuple[Visit, Visit]) -> Visit:
    """A second visit at the very time of the first record's, booked for the other one, with another clinician."""
    start = pair[0].appointment.start
    wish = query(Mode.VIRTUAL, start=start, end=start + timedelta(minutes=5))
    free = slot_search.find(house, wish, NOW, limit=1)
    if not free:
        pytest.fail("the demo clinic has no second clinician then")
    request = a_request(house, Mode.VIRTUAL, start=free[0].start, patient=AGAIN)
    booked = booking.book(house, request, SOMEBODY, NOW).visit
    assert booked is not None
    return booked


def test_one_person_in_two_visits_at_once_is_refused_and_both_are_named(
    house: House, pair: tuple[Visit, Visit], clash: Visit
) -> None:
    first, second = (visit.appointment.patient_id for visit in pair)
    before = whole(house)
    ((mine, theirs),) = merging.compare(house, first, second, CLERK, NOW).clashes
    assert (mine.id, theirs.id) == (pair[0].appointment.id, clash.appointment.id)
    with pytest.raises(TwoAtOnce):
        join(house, pair)
    assert whole(house) == before
    changing.cancel(house, clash.appointment.id, CancelledBy.DESK, CLERK, NOW)
    join(house, pair)
    with house.database.reading() as connection:
        assert occupancy.count_overlaps(connection) == 0


def test_visits_long_past_at_one_time_stand_in_nobodys_way(
    house: House, pair: tuple[Visit, Visit], clash: Visit
) -> None:
    first, second = (visit.appointment.patient_id for visit in pair)
    long_after = NOW + timedelta(days=60)
    assert merging.compare(house, first, second, CLERK, long_after).clashes == ()
    done = merging.merge(house, first, second, (), CLERK, long_after)
    assert owner_of(house, clash) == done.kept_id
    merging.undo(house, done.id, CLERK, long_after)
    assert owner_of(house, clash) == second


def test_a_booking_by_somebody_perhaps_known_asks_the_desk_and_joining_settles_it(
    house: House, account: None
) -> None:
    first = book(house, days=7, patient=MARIA)
    assert waiting_pairs(house) == []
    twin = a_patient(
        given_name="M.", family_name="GONZALEZ", birth_date=MARIA.birth_date, phone="+19155550199"
    )
    second = book(house, days=9, patient=twin)
    numbers = first.appointment.patient_id, second.appointment.patient_id
    assert waiting_pairs(house) == [{str(number) for number in numbers}]
    done = merging.merge(house, numbers[1], numbers[0], (), CLERK, LATER)
    assert waiting_pairs(house) == []
    merging.undo(house, done.id, CLERK, LATER)
    assert len(waiting_pairs(house)) == 1


def test_people_of_one_household_are_no_question(house: House) -> None:
    book(house, days=7, patient=MARIA)
    book(
        house,
        days=9,
        patient=a_patient(
            given_name="Luis", family_name="Peña", birth_date=date(1950, 1, 2), phone=MARIA.phone
        ),
    )
    assert waiting_pairs(house) == []


def waiting_pairs(house: House) -> list[set[str]]:
    with house.database.transaction() as connection:
        found = worklist.look(connection, house.vault, Wanted(State.OPEN, "possible-duplicate"), LATER)
    return [{item.note["one"], item.note["other"]} for item in found]


def test_twice_taken_back_is_told_so_and_the_later_joining_goes_first(
    house: House, pair: tuple[Visit, Visit]
) -> None:
    done = join(house, pair)
    third = book(house, days=12).appointment.patient_id
    second = merging.merge(house, third, done.kept_id, (), CLERK, LATER)
    with pytest.raises(StaleVersion):
        merging.undo(house, done.id, CLERK, LATER)
    assert owner_of(house, book(house, days=13, patient=AGAIN)) == third
    merging.undo(house, second.id, CLERK, LATER)
    merging.undo(house, done.id, CLERK, LATER)
    with pytest.raises(StaleVersion):
        merging.undo(house, done.id, CLERK, LATER)
    assert owner_of(house, pair[1]) == done.gone_id


def test_a_record_that_changed_since_it_was_looked_at_is_looked_at_again(
    house: House, pair: tuple[Visit, Visit]
) -> None:
    first, second = (visit.appointment.patient_id for visit in pair)
    seen = {second: NOW - timedelta(days=1)}
    with pytest.raises(StaleVersion):
        merging.merge(house, first, second, (), CLERK, LATER, seen=seen)


def test_only_those_with_the_right_join_records_and_only_records_that_stand(
    house: House, pair: tuple[Visit, Visit]
) -> None:
    first, second = (visit.appointment.patient_id for visit in pair)
    for actor in (OWNER, CLINICIAN, SOMEBODY):
        with pytest.raises(NotPermitted):
            merging.merge(house, first, second, (), actor, LATER)
        with pytest.raises(NotPermitted):
            merging.compare(house, first, second, actor, LATER)
    for other in (first, 999_999):
        with pytest.raises(NotFound):
            merging.merge(house, first, other, (), CLERK, LATER)
    done = join(house, pair)
    with pytest.raises(NotFound):
        join(house, pair)
    with pytest.raises(NotPermitted):
        merging.undo(house, done.id, CLINICIAN, LATER)
    with pytest.raises(NotFound):
        merging.undo(house, "0" * 32, CLERK, LATER)


def test_both_records_remember_who_joined_them(house: House, pair: tuple[Visit, Visit]) -> None:
    done = join(house, pair)
    merging.undo(house, done.id, CLERK, LATER)
    with house.database.reading() as connection:
        rows = connection.execute(
            text("SELECT action, patient_id, actor_id FROM audit WHERE action LIKE '%merge%' ORDER BY id")
        ).all()
    numbers = [done.kept_id, done.gone_id]
    assert [(row.action, row.patient_id) for row in rows] == [
        (action, number) for action in ("merge-people", "undo-merge") for number in numbers
    ]
    assert {row.actor_id for row in rows} == {CLERK.id}


def test_every_table_with_a_patient_in_it_follows_or_says_why_not() -> None:
    named = {
        table.name
        for table in Model.metadata.sorted_tables
        if "patient_id" in table.c or any(key.column.table.name == "patient" for key in table.foreign_keys)
    }
    assert named == {table.name for table in merges.TABLES} | merges.NOT_MOVED

"""Two records that are two people: said once, never asked again, and taken back exactly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from scheduler.domain.actor import Actor
from scheduler.domain.errors import NotFound, NotPermitted, StaleVersion
from scheduler.domain.person import PatientDetails
from scheduler.domain.worklist import Act, End, Item, State, Step, Wanted
from scheduler.persistence import worklist
from scheduler.services import merging, people_search, telling_apart, todo
from scheduler.services.house import House
from tests.engines import CLERK, NOW, OWNER, SOMEBODY, a_patient
from tests.post import book
from tests.services.test_merging import CLINICIAN

BORN = date(1951, 3, 9)
LATER = NOW + timedelta(minutes=5)
MARIA = a_patient(given_name="María", family_name="González", birth_date=BORN, phone="+19155550147")
MARIO = a_patient(given_name="Mario", family_name="Gonzalez", birth_date=BORN, phone="+19155550188")
MARTA = a_patient(given_name="Marta", family_name="Gonzalez", birth_date=BORN, phone="+19155550189")


@pytest.fixture
def pair(house: House, account: None) -> tuple[int, int]:
    """Two people born on one day whose last name sounds the same; the desk is asked about them."""
    numbers = [
        book(house, days=days, patient=person).appointment.patient_id
        for days, person in ((7, MARIA), (9, MARIO))
    ]
    return numbers[0], numbers[1]


def proposed(house: House, details: PatientDetails, number: int) -> set[int]:
    found = people_search.alike(house, details, CLERK, LATER, but=number)
    return {each.patient.id for each in found}


def asked(house: House, state: State = State.OPEN) -> list[Item]:
    with house.database.transaction() as connection:
        return worklist.look(connection, house.vault, Wanted(state, "possible-duplicate"), LATER)


def test_whoever_was_told_apart_is_proposed_on_neither_page_and_nothing_waits(
    house: House, pair: tuple[int, int]
) -> None:
    one, other = pair
    assert (proposed(house, MARIA, one), proposed(house, MARIO, other)) == ({other}, {one})
    assert len(asked(house)) == 1
    telling_apart.tell_apart(house, one, other, CLERK, LATER)
    assert (proposed(house, MARIA, one), proposed(house, MARIO, other)) == (set(), set())
    assert asked(house) == []
    (done,) = asked(house, State.DONE)
    assert done.outcome == End.TWO_PEOPLE
    (known,) = telling_apart.of_patient(house, one, CLERK, LATER)
    assert (known.patient.id, known.since) == (other, LATER)


def test_said_twice_from_either_side_it_stands_once_and_goes_back_in_one_press(
    house: House, pair: tuple[int, int]
) -> None:
    one, other = pair
    telling_apart.tell_apart(house, one, other, CLERK, LATER)
    telling_apart.tell_apart(house, other, one, CLERK, LATER)
    telling_apart.take_back(house, other, one, CLERK, LATER)
    assert proposed(house, MARIA, one) == {other}
    assert len(asked(house)) == 1
    assert telling_apart.of_patient(house, one, CLERK, LATER) == []
    with pytest.raises(StaleVersion):
        telling_apart.take_back(house, one, other, CLERK, LATER)


def test_put_back_on_the_list_it_is_a_question_again(house: House, pair: tuple[int, int]) -> None:
    one, other = pair
    telling_apart.tell_apart(house, one, other, CLERK, LATER)
    (done,) = asked(house, State.DONE)
    todo.act(house, done.id, done.version, Act(Step.REOPEN), CLERK, LATER)
    assert proposed(house, MARIA, one) == {other}
    assert [item.id for item in asked(house)] == [done.id]


def test_a_record_joined_to_another_takes_along_whom_it_is_not(house: House, pair: tuple[int, int]) -> None:
    one, other = pair
    third = book(house, days=11, patient=MARTA).appointment.patient_id
    telling_apart.tell_apart(house, one, other, CLERK, LATER)
    joined = merging.merge(house, third, other, (), CLERK, LATER)
    assert third not in proposed(house, MARIA, one)
    with pytest.raises(StaleVersion):
        merging.merge(house, third, one, (), CLERK, LATER)
    assert merging.compare(house, third, one, CLERK, LATER).apart_since == LATER
    merging.undo(house, joined.id, CLERK, LATER)
    assert proposed(house, MARIA, one) == {third}
    assert merging.compare(house, third, one, CLERK, LATER).apart_since is None


def test_two_people_are_joined_only_after_it_was_taken_back(house: House, pair: tuple[int, int]) -> None:
    one, other = pair
    telling_apart.tell_apart(house, one, other, CLERK, LATER)
    with pytest.raises(StaleVersion):
        merging.merge(house, one, other, (), CLERK, LATER)
    telling_apart.take_back(house, one, other, CLERK, LATER)
    merging.merge(house, one, other, (), CLERK, LATER)
    with pytest.raises(NotFound):
        telling_apart.tell_apart(house, one, other, CLERK, LATER)


@pytest.mark.parametrize("actor", [OWNER, CLINICIAN, SOMEBODY], ids=["patient", "clinician", "anyone"])
@pytest.mark.parametrize("act", [telling_apart.tell_apart, telling_apart.take_back])
def test_only_those_who_may_join_records_tell_them_apart(
    house: House, act: Callable[..., None], actor: Actor
) -> None:
    with pytest.raises(NotPermitted):
        act(house, 1, 2, actor, NOW)


def test_one_record_and_one_that_is_not_there_are_no_pair(house: House, pair: tuple[int, int]) -> None:
    for other in (pair[0], 999_999):
        with pytest.raises(NotFound):
            telling_apart.tell_apart(house, pair[0], other, CLERK, LATER)


def test_both_records_remember_who_told_them_apart(house: House, pair: tuple[int, int]) -> None:
    telling_apart.tell_apart(house, *pair, CLERK, LATER)
    telling_apart.take_back(house, *pair, CLERK, LATER)
    with house.database.reading() as connection:
        found = text(
            "SELECT action, patient_id, actor_id FROM audit WHERE action LIKE '%tell-apart' ORDER BY id"
        )
        rows = [tuple(row) for row in connection.execute(found)]
    assert rows == [
        (action, number, CLERK.id) for action in ("tell-apart", "undo-tell-apart") for number in pair
    ]

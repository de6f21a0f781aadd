"""Claims about practice calls: a real time of the desk's, for one person, seen by the desk until it is settled."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from scheduler.domain.errors import MoveRefused, NotFound, NotPermitted, SlotTaken
from scheduler.domain.practice import NOTICE, REST, PracticeState
from scheduler.persistence import practice_calls
from scheduler.persistence.audit import AuditRow
from scheduler.services import call_rooms, directory, practising, rostering
from scheduler.services.house import House
from tests.engines import CLERK, MANAGER, NOW
from tests.video_rooms import PATIENT, Soon, a_visit_soon, on_list

DAYS = 3 * 24 * 60


@pytest.fixture
def soon(house: House) -> Soon:
    return a_visit_soon(house, NOW, DAYS)


def test_the_times_lie_in_opening_hours_one_an_hour_and_leave_time_on_both_sides(
    house: House, soon: Soon
) -> None:
    times = practising.offered(house, soon.number, NOW)
    zone = call_rooms.look(house, soon.number).visit.location.tz
    start = call_rooms.look(house, soon.number).visit.appointment.start
    assert times == sorted(times)
    assert len({time.astimezone(zone).date() for time in times}) == 2
    assert len({(time.date(), time.hour) for time in times}) == len(times)
    assert all(NOW + NOTICE <= time <= start - REST for time in times)
    assert all(7 <= time.astimezone(zone).hour < 18 for time in times)


def test_a_visit_that_is_near_has_no_times(house: House) -> None:
    assert practising.offered(house, a_visit_soon(house, NOW, 50).number, NOW) == []


def test_a_booked_call_is_seen_by_the_patient_and_by_the_desk(house: House, soon: Soon) -> None:
    first = practising.offered(house, soon.number, NOW)[0]
    practising.book(house, soon.number, first, PATIENT, NOW)
    call = practising.look(house, soon.number)
    assert call is not None
    assert (call.start, call.end) == (first, first + timedelta(minutes=15))
    assert on_list(house, soon.number) == [("practice-call", "normal")]
    (planned,) = practising.planned(house, CLERK, NOW)
    assert (planned.call, planned.room.visit.appointment.id) == (call, soon.number)


def test_a_time_goes_to_one_person(house: House, soon: Soon) -> None:
    other = a_visit_soon(house, NOW, DAYS + 60)
    first = practising.offered(house, soon.number, NOW)[0]
    practising.book(house, soon.number, first, PATIENT, NOW)
    assert first not in practising.offered(house, other.number, NOW)
    with pytest.raises(SlotTaken):
        practising.book(house, other.number, first, PATIENT, NOW)
    with pytest.raises(SlotTaken), house.database.transaction() as connection:
        practice_calls.add(connection, other.number, first, first + timedelta(minutes=15), NOW)
    assert practising.look(house, other.number) is None


def test_only_an_offered_time_can_be_booked(house: House, soon: Soon) -> None:
    first = practising.offered(house, soon.number, NOW)[0]
    with pytest.raises(SlotTaken):
        practising.book(house, soon.number, first + timedelta(minutes=7), PATIENT, NOW)


def test_another_choice_takes_the_place_of_the_one_before(house: House, soon: Soon) -> None:
    first, second = practising.offered(house, soon.number, NOW)[:2]
    practising.book(house, soon.number, first, PATIENT, NOW)
    practising.book(house, soon.number, second, PATIENT, NOW)
    call = practising.look(house, soon.number)
    assert call is not None
    assert call.start == second
    assert on_list(house, soon.number) == [("practice-call", "normal")]


def test_a_call_given_back_is_free_for_others(house: House, soon: Soon) -> None:
    first = practising.offered(house, soon.number, NOW)[0]
    practising.book(house, soon.number, first, PATIENT, NOW)
    practising.withdraw(house, soon.number, PATIENT, NOW)
    practising.withdraw(house, soon.number, PATIENT, NOW)
    assert practising.look(house, soon.number) is None
    assert on_list(house, soon.number) == []
    assert practising.planned(house, CLERK, NOW) == []
    assert first in practising.offered(house, soon.number, NOW)


@pytest.mark.parametrize("state", [PracticeState.HELD, PracticeState.MISSED])
def test_the_desk_says_what_became_of_it_once(house: House, soon: Soon, state: PracticeState) -> None:
    practising.book(house, soon.number, practising.offered(house, soon.number, NOW)[0], PATIENT, NOW)
    (planned,) = practising.planned(house, CLERK, NOW)
    practising.settle(house, planned.call.id, state, CLERK, NOW)
    assert practising.planned(house, CLERK, NOW) == []
    assert on_list(house, soon.number) == []
    with pytest.raises(NotFound):
        practising.settle(house, planned.call.id, state, CLERK, NOW)
    with house.database.reading() as connection:
        about = select(AuditRow.action).where(AuditRow.object_id == str(soon.number))
        acts = list(connection.scalars(about.order_by(AuditRow.id)))
    assert acts[-2:] == ["practice-book", f"practice-{state.value}"]


def test_only_the_desk_settles_a_call_and_only_with_an_end(house: House, soon: Soon) -> None:
    practising.book(house, soon.number, practising.offered(house, soon.number, NOW)[0], PATIENT, NOW)
    (planned,) = practising.planned(house, CLERK, NOW)
    with pytest.raises(NotPermitted):
        practising.settle(house, planned.call.id, PracticeState.HELD, PATIENT, NOW)
    with pytest.raises(MoveRefused):
        practising.settle(house, planned.call.id, PracticeState.BOOKED, CLERK, NOW)


def test_the_manager_says_how_long_a_practice_call_is(house: House, soon: Soon) -> None:
    usual = directory.clinic(house.database).organization
    rostering.save_organization(house, replace(usual, practice_minutes=20), MANAGER, NOW)
    practising.book(house, soon.number, practising.offered(house, soon.number, NOW)[0], PATIENT, NOW)
    call = practising.look(house, soon.number)
    assert call is not None
    assert call.end - call.start == timedelta(minutes=20)

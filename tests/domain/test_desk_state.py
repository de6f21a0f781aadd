"""The desk's states: one table of steps, walked whole, and each state's code on the wire."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from scheduler.domain.appointment import MOVES, Appointment, Status
from scheduler.domain.desk_state import ON_THE_DAY, STEPS, WIRE, DeskState, permits, state, step
from scheduler.domain.errors import MoveRefused, NotYet
from tests.letters import an_appointment

DENVER = ZoneInfo("America/Denver")
PAIRS = list(product(DeskState, DeskState))


def standing(at: DeskState) -> Appointment:
    """A visit in that state; it began ten minutes before `LATER`."""
    visit = an_appointment()
    now = visit.start
    stamps: dict[DeskState, dict[str, Any]] = {
        DeskState.CONFIRMED: {"confirmed_at": now},
        DeskState.ARRIVED: {"arrived_at": now},
        DeskState.IN_ROOM: {"arrived_at": now, "roomed_at": now},
        DeskState.SEEN: {"arrived_at": now, "roomed_at": now, "seen_at": now},
        DeskState.LEFT: {"arrived_at": now, "left_at": now},
    }
    return replace(visit, status=WIRE[at], **stamps.get(at, {}))


@pytest.mark.parametrize("at", DeskState)
def test_each_state_is_read_back_from_what_is_kept(at: DeskState) -> None:
    assert state(standing(at)) is at


@pytest.mark.parametrize(("at", "to"), PAIRS, ids=str)
def test_a_step_is_taken_exactly_when_the_table_lists_it(at: DeskState, to: DeskState) -> None:
    visit = standing(at)
    later = visit.start + timedelta(minutes=10)
    listed = to in STEPS[at]
    assert permits(visit, to, later, DENVER) is listed
    if listed and to is not DeskState.CANCELLED:
        assert state(step(visit, to, later, DENVER)) is to
        return
    with pytest.raises(MoveRefused):
        step(visit, to, later, DENVER)


@pytest.mark.parametrize(("at", "to"), PAIRS, ids=str)
def test_every_step_is_a_move_that_the_wire_knows_too(at: DeskState, to: DeskState) -> None:
    if to in STEPS[at]:
        assert WIRE[at] is WIRE[to] or WIRE[to] in MOVES[WIRE[at]]


def test_the_codes_on_the_wire_are_those_of_the_clinic() -> None:
    assert [(at.value, WIRE[at].value) for at in DeskState] == [
        ("booked", "booked"),
        ("confirmed", "booked"),
        ("arrived", "arrived"),
        ("in-room", "checked-in"),
        ("seen", "fulfilled"),
        ("no-show", "noshow"),
        ("left", "noshow"),
        ("cancelled", "cancelled"),
    ]


@pytest.mark.parametrize("to", sorted(ON_THE_DAY))
def test_nobody_arrives_the_day_before(to: DeskState) -> None:
    visit = standing(DeskState.ARRIVED if to in {DeskState.SEEN, DeskState.LEFT} else DeskState.BOOKED)
    if to not in STEPS[state(visit)]:
        visit = standing(DeskState.BOOKED)
    with pytest.raises(NotYet):
        step(visit, to, visit.start - timedelta(days=1), DENVER)


def test_nobody_has_missed_a_visit_that_has_not_begun() -> None:
    visit = standing(DeskState.BOOKED)
    with pytest.raises(NotYet):
        step(visit, DeskState.NO_SHOW, visit.start - timedelta(seconds=1), DENVER)
    assert step(visit, DeskState.NO_SHOW, visit.start, DENVER).status is Status.NOSHOW


def test_the_time_of_arrival_survives_the_way_into_the_room_and_back() -> None:
    visit = standing(DeskState.ARRIVED)
    later = visit.start + timedelta(minutes=25)
    roomed = step(visit, DeskState.IN_ROOM, later, DENVER)
    assert (roomed.arrived_at, roomed.roomed_at) == (visit.arrived_at, later)
    back = step(roomed, DeskState.ARRIVED, later, DENVER)
    assert (back.arrived_at, back.roomed_at) == (visit.arrived_at, None)


def test_an_arrival_taken_back_leaves_a_confirmed_visit_confirmed() -> None:
    visit = replace(standing(DeskState.ARRIVED), confirmed_at=standing(DeskState.ARRIVED).start)
    back = step(visit, DeskState.BOOKED, visit.start, DENVER)
    assert state(back) is DeskState.CONFIRMED
    assert back.arrived_at is None


def test_a_confirmation_pressed_by_mistake_is_taken_back() -> None:
    visit = standing(DeskState.CONFIRMED)
    assert state(step(visit, DeskState.BOOKED, visit.start, DENVER)) is DeskState.BOOKED

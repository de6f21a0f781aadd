"""The desk's own words for where a visit stands, and the steps between them: finer than FHIR, and mapped onto it.

FHIR R4 knows neither "confirmed" nor "left without being seen". So the wire keeps the nearest code (`WIRE`), and the
finer word follows from the stamps beside it: `confirmed_at` on a booked visit, `left_at` on a missed one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from scheduler.domain.appointment import Appointment, Status
from scheduler.domain.errors import MoveRefused, NotYet


class DeskState(StrEnum):
    """Where a visit stands, as the front desk says it."""

    BOOKED = "booked"
    CONFIRMED = "confirmed"
    ARRIVED = "arrived"
    IN_ROOM = "in-room"
    SEEN = "seen"
    NO_SHOW = "no-show"
    LEFT = "left"
    CANCELLED = "cancelled"


WIRE: Mapping[DeskState, Status] = {
    DeskState.BOOKED: Status.BOOKED,
    DeskState.CONFIRMED: Status.BOOKED,
    DeskState.ARRIVED: Status.ARRIVED,
    DeskState.IN_ROOM: Status.CHECKED_IN,
    DeskState.SEEN: Status.FULFILLED,
    DeskState.NO_SHOW: Status.NOSHOW,
    DeskState.LEFT: Status.NOSHOW,
    DeskState.CANCELLED: Status.CANCELLED,
}
"""The FHIR R4 code of each state: what is kept and what is sent."""

STEPS: Mapping[DeskState, frozenset[DeskState]] = {
    DeskState.BOOKED: frozenset(
        {
            DeskState.CONFIRMED,
            DeskState.ARRIVED,
            DeskState.IN_ROOM,
            DeskState.NO_SHOW,
            DeskState.CANCELLED,
        }
    ),
    DeskState.CONFIRMED: frozenset(
        {DeskState.BOOKED, DeskState.ARRIVED, DeskState.IN_ROOM, DeskState.NO_SHOW, DeskState.CANCELLED}
    ),
    DeskState.ARRIVED: frozenset({DeskState.BOOKED, DeskState.IN_ROOM, DeskState.SEEN, DeskState.LEFT}),
    DeskState.IN_ROOM: frozenset({DeskState.ARRIVED, DeskState.SEEN, DeskState.LEFT}),
    DeskState.SEEN: frozenset({DeskState.IN_ROOM}),
    DeskState.NO_SHOW: frozenset({DeskState.BOOKED, DeskState.ARRIVED}),
    DeskState.LEFT: frozenset({DeskState.ARRIVED, DeskState.IN_ROOM}),
    DeskState.CANCELLED: frozenset(),
}
"""From each state, the states one press leads to. Back from "cancelled" only undoing leads: it takes the time."""

ON_THE_DAY = frozenset({DeskState.ARRIVED, DeskState.IN_ROOM, DeskState.SEEN, DeskState.LEFT})
"""Nobody arrives the day before."""

_STATES: Mapping[Status, DeskState] = {
    Status.ARRIVED: DeskState.ARRIVED,
    Status.CHECKED_IN: DeskState.IN_ROOM,
    Status.FULFILLED: DeskState.SEEN,
    Status.CANCELLED: DeskState.CANCELLED,
    Status.ENTERED_IN_ERROR: DeskState.CANCELLED,
}


def state_of(status: Status, confirmed_at: datetime | None, left_at: datetime | None) -> DeskState:
    """The desk's word for a visit."""
    if status is Status.NOSHOW:
        return DeskState.LEFT if left_at else DeskState.NO_SHOW
    if status in _STATES:
        return _STATES[status]
    return DeskState.CONFIRMED if confirmed_at else DeskState.BOOKED


def state(visit: Appointment) -> DeskState:
    """The same of a whole visit."""
    return state_of(visit.status, visit.confirmed_at, visit.left_at)


def permits(visit: Appointment, to: DeskState, now: datetime, zone: ZoneInfo) -> bool:
    """Say whether one press may lead there now; `zone` is the office's."""
    return to in STEPS[state(visit)] and not _is_early(visit, to, now, zone)


def step(visit: Appointment, to: DeskState, now: datetime, zone: ZoneInfo) -> Appointment:
    """The visit in the state that was pressed; only a cancellation is a new version, and that is not done here.

    :raises MoveRefused: when the table does not list the step.
    :raises NotYet: when it is too soon for it.
    """
    if to not in STEPS[state(visit)] or to is DeskState.CANCELLED:
        raise MoveRefused
    if _is_early(visit, to, now, zone):
        raise NotYet
    return replace(_STAMPS[to](visit, now), status=WIRE[to])


def _is_early(visit: Appointment, to: DeskState, now: datetime, zone: ZoneInfo) -> bool:
    if to is DeskState.NO_SHOW:
        return now < visit.start
    return to in ON_THE_DAY and now.astimezone(zone).date() < visit.start.astimezone(zone).date()


def _booked(visit: Appointment, now: datetime) -> Appointment:
    """Not here after all; somebody who had confirmed and never came has still confirmed, a slip of the key has not."""
    was_here = visit.arrived_at is not None or visit.status is not Status.BOOKED
    return replace(
        visit,
        arrived_at=None,
        confirmed_at=visit.confirmed_at if was_here else None,
        confirmed_by=visit.confirmed_by if was_here else None,
    )


def _confirmed(visit: Appointment, now: datetime) -> Appointment:
    return replace(visit, confirmed_at=now, confirmed_by="desk")


def _arrived(visit: Appointment, now: datetime) -> Appointment:
    return replace(visit, arrived_at=visit.arrived_at or now, roomed_at=None, seen_at=None, left_at=None)


def _in_room(visit: Appointment, now: datetime) -> Appointment:
    return replace(
        visit,
        arrived_at=visit.arrived_at or now,
        roomed_at=visit.roomed_at or now,
        seen_at=None,
        left_at=None,
    )


def _seen(visit: Appointment, now: datetime) -> Appointment:
    return replace(visit, seen_at=now)


def _no_show(visit: Appointment, now: datetime) -> Appointment:
    return visit


def _left(visit: Appointment, now: datetime) -> Appointment:
    return replace(visit, left_at=now)


_STAMPS: Mapping[DeskState, Callable[[Appointment, datetime], Appointment]] = {
    DeskState.BOOKED: _booked,
    DeskState.CONFIRMED: _confirmed,
    DeskState.ARRIVED: _arrived,
    DeskState.IN_ROOM: _in_room,
    DeskState.SEEN: _seen,
    DeskState.NO_SHOW: _no_show,
    DeskState.LEFT: _left,
}

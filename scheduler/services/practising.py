"""Practice calls: the times the desk can ring at before a video visit, booking one, and what became of it.

What is shown is what is accepted: listing and booking look for times in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.clinic import Clinic
from scheduler.domain.errors import MoveRefused, NotFound, SlotTaken
from scheduler.domain.interval import epoch
from scheduler.domain.opening import open_spans
from scheduler.domain.practice import PracticeCall, PracticeState, times, window_before
from scheduler.domain.right import Right, demand
from scheduler.domain.visit import Visit
from scheduler.domain.wall_clock import local_day
from scheduler.domain.worklist import End
from scheduler.persistence import practice_calls, worklist
from scheduler.services import call_moves, call_rooms
from scheduler.services.call_rooms import Room
from scheduler.services.house import House

KIND = "practice-call"
DAYS_AHEAD = 14
DAYS_SHOWN = 2
"""So many days with a free time are offered."""

ENDS = {
    PracticeState.HELD: (End.SPOKE, ""),
    PracticeState.MISSED: (End.NOT_REACHED, "No answer at the time of the practice call"),
}
"""How the thing on the desk's list ends with it, and why where that must be said."""

SHOWN_AFTER = timedelta(hours=12)
"""So long a call that nobody has settled stays on the desk's list."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A practice call with the visit it is for, as the desk sees it."""

    call: PracticeCall
    room: Room


def look(house: House, appointment_id: int) -> PracticeCall | None:
    """The practice call that is booked for a visit; None when there is none."""
    with house.database.reading() as connection:
        return practice_calls.of_visit(connection, appointment_id)


def offered(house: House, appointment_id: int, now: datetime) -> list[datetime]:
    """The times to choose from, soonest first; none when the visit is too near."""
    with house.database.reading() as connection:
        visit = call_rooms.room_of(connection, house, appointment_id).visit
        return _times(connection, house.clinic(connection), visit, now)


def book(house: House, appointment_id: int, start: datetime, actor: Actor, now: datetime) -> None:
    """Book a practice call at one of the offered times, in place of the one before; the desk has it on its list.

    :raises SlotTaken: when that time is not free any more.
    :raises RoomClosed: when the visit is no video visit, or not any more.
    """
    with house.database.transaction() as connection:
        appointment, _call = call_moves.locked(connection, house, appointment_id)
        room = call_rooms.room_of(connection, house, appointment_id)
        _withdraw(connection, house, appointment_id, actor, now)
        clinic = house.clinic(connection)
        if start not in _times(connection, clinic, room.visit, now):
            raise SlotTaken
        end = start + timedelta(minutes=clinic.organization.practice_minutes)
        practice_calls.add(connection, appointment_id, start, end, now)
        worklist.add(
            connection,
            house.vault,
            KIND,
            {"at": start.isoformat(), "phone": room.phone},
            urgency="normal",
            language=appointment.language,
            now=now,
            appointment_id=appointment_id,
        )
        call_moves.record(connection, actor, "practice-book", appointment, now)


def withdraw(house: House, appointment_id: int, actor: Actor, now: datetime) -> None:
    """Give a booked practice call back. Twice is once."""
    with house.database.transaction() as connection:
        appointment, _call = call_moves.locked(connection, house, appointment_id)
        if _withdraw(connection, house, appointment_id, actor, now):
            call_moves.record(connection, actor, "practice-withdraw", appointment, now)


def planned(house: House, actor: Actor, now: datetime) -> list[Planned]:
    """The practice calls of the desk, the soonest first; what was settled on its list is not among them."""
    demand(actor, Right.WORK_LIST)
    with house.database.reading() as connection:
        calls = {one.appointment_id: one for one in practice_calls.booked_from(connection, now - SHOWN_AFTER)}
        if not calls:
            return []
        waiting = worklist.waiting(connection, KIND, list(calls))
        rooms = call_rooms.rooms_of(connection, house, sorted(waiting))
    found = [Planned(calls[room.visit.appointment.id], room) for room in rooms if room.visit.is_virtual]
    return sorted(found, key=lambda one: one.call.start)


def settle(house: House, call_id: str, state: PracticeState, actor: Actor, now: datetime) -> None:
    """Say what became of a practice call, and take it off the desk's list.

    :raises NotFound: when there is no such call any more.
    :raises MoveRefused: when a desk cannot say that of a call.
    """
    demand(actor, Right.WORK_LIST)
    if state not in ENDS:
        raise MoveRefused
    with house.database.transaction() as connection:
        calls = {one.id: one for one in practice_calls.booked_from(connection, now - SHOWN_AFTER)}
        found = calls.get(call_id)
        if found is None or not practice_calls.settle(connection, call_id, state, now):
            raise NotFound
        appointment, _call = call_moves.locked(connection, house, found.appointment_id)
        end, words = ENDS[state]
        worklist.settle(connection, house.vault, [KIND], appointment.id, end, actor, now, words)
        call_moves.record(connection, actor, f"practice-{state.value}", appointment, now)


def _times(connection: Connection, clinic: Clinic, visit: Visit, now: datetime) -> list[datetime]:
    """The free times of the next days on which the desk is there and has any."""
    window = window_before(visit.appointment.start, now)
    length = timedelta(minutes=clinic.organization.practice_minutes)
    taken = [(call.start, call.end) for call in practice_calls.booked_from(connection, now)]
    today = local_day(visit.location.zone, epoch(now))
    found: list[datetime] = []
    shown = 0
    for day in (today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD)):
        more = times(open_spans(clinic, visit.location.id, day), taken, length, window)
        found += more
        shown += bool(more)
        if shown == DAYS_SHOWN:
            break
    return found


def _withdraw(connection: Connection, house: House, appointment_id: int, actor: Actor, now: datetime) -> bool:
    before = practice_calls.of_visit(connection, appointment_id)
    if before is None or not practice_calls.settle(connection, before.id, PracticeState.WITHDRAWN, now):
        return False
    worklist.settle(connection, house.vault, [KIND], appointment_id, End.WITHDRAWN, actor, now)
    return True

"""Moving a visit at the desk: by drag or by form, with what stands in the way said by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scheduler.domain.actor import Actor
from scheduler.domain.appointment import Appointment
from scheduler.domain.booking import MoveRequest
from scheduler.domain.calendar import Entry
from scheduler.domain.desk_state import DeskState
from scheduler.domain.interval import epoch
from scheduler.domain.right import Right, demand
from scheduler.domain.visit import Visit
from scheduler.persistence import appointments, calendar
from scheduler.services import changing, looking, rearranging
from scheduler.services.house import House
from scheduler.services.looking import Seen

NEAR = timedelta(hours=12)


def move(house: House, public_id: str, wish: MoveRequest, actor: Actor, now: datetime) -> Visit:
    """Move a visit as the desk wishes; without a length it keeps its own. Who is here may change clinician and room.

    :raises NotFound: when there is no such visit.
    :raises NotPermitted: when the actor may not move visits, or may not overbook.
    :raises SlotTaken, NotOffered: with the nearest free times.
    :raises PatientBusy, StaleVersion, MoveRefused, InvalidInput: as their sentences say.
    """
    demand(actor, Right.MOVE)
    found = find(house, public_id)
    if found.is_here:
        return rearranging.rearrange(house, found.id, wish, actor, now)
    minutes = wish.minutes or int((found.end - found.start).total_seconds() // 60)
    return changing.move(house, found.id, replace(wish, minutes=minutes), actor, now)


def find(house: House, public_id: str) -> Appointment:
    """The visit of that name.

    :raises NotFound: when there is none.
    """
    with house.database.reading() as connection:
        return appointments.named(connection, public_id, house.host)


def show(house: House, public_id: str, actor: Actor, now: datetime) -> Visit:
    """Show the visit that is to be moved, and write the look down.

    :raises NotFound: when there is none.
    :raises NotPermitted: when the actor may not move visits.
    """
    demand(actor, Right.MOVE)
    with house.database.transaction() as connection:
        return looking.at_visit(connection, house, public_id, actor, now)


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody wants a visit: so many minutes from `start` on, with this clinician, in this room."""

    start: datetime
    minutes: int
    practitioner_id: int | None
    room_id: int | None


def in_the_way(house: House, place: Place, but: int, actor: Actor, now: datetime) -> list[Entry]:
    """The visits that take a place already, the visit `but` left out; whose they are is written down.

    :raises NotPermitted: when the actor may not see visits.
    """
    demand(actor, Right.SEE_VISITS)
    with house.database.transaction() as connection:
        near = calendar.entries(connection, house.vault, place.start - NEAR, place.start + NEAR)
        found = _taking(near, place, but)
        seen = [Seen(each.patient_id, "appointment", each.id) for each in found]
        looking.at_list(connection, actor, "find-visit", seen, now)
    return found


def _taking(entries: Iterable[Entry], place: Place, but: int) -> list[Entry]:
    begins, ends = epoch(place.start), epoch(place.start + timedelta(minutes=place.minutes))
    who, room = place.practitioner_id, place.room_id
    return [
        each
        for each in entries
        if each.id != but
        and each.state is not DeskState.CANCELLED
        and each.start < ends
        and begins < each.end
        and (each.practitioner_id == who or (room is not None and each.room_id == room))
    ]

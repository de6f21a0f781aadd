"""Moving a visit at the desk: by drag or by form, with what stands in the way said by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from scheduler.domain.actor import Actor
from scheduler.domain.appointment import Appointment
from scheduler.domain.calendar import Entry
from scheduler.domain.desk_state import DeskState
from scheduler.domain.errors import NotFound
from scheduler.domain.interval import epoch
from scheduler.domain.right import Right, demand
from scheduler.domain.visit import Visit
from scheduler.persistence import appointments, calendar
from scheduler.services import changing
from scheduler.services.changing import Wish
from scheduler.services.house import House

NEAR = timedelta(hours=12)


def move(house: House, public_id: str, wish: Wish, actor: Actor, now: datetime) -> Visit:
    """Move a visit as the desk wishes; without a length it keeps its own.

    :raises NotFound: when there is no such visit.
    :raises NotPermitted: when the actor may not move visits, or may not overbook.
    :raises SlotTaken, NotOffered: with the nearest free times.
    :raises PatientBusy, StaleVersion, MoveRefused, InvalidInput: as their sentences say.
    """
    demand(actor, Right.MOVE)
    found = find(house, public_id)
    minutes = wish.minutes or int((found.end - found.start).total_seconds() // 60)
    return changing.move(house, found.id, replace(wish, minutes=minutes), actor, now)


def find(house: House, public_id: str) -> Appointment:
    """The visit of that name.

    :raises NotFound: when there is none.
    """
    with house.database.reading() as connection:
        found = appointments.find(connection, public_id, house.host)
    if found is None:
        raise NotFound
    return found


def in_the_way(
    house: House, start: datetime, minutes: int, practitioner_id: int | None, room_id: int | None, but: int
) -> list[Entry]:
    """The visits that take this clinician or this room at that time, the visit `but` left out."""
    begins, ends = epoch(start), epoch(start + timedelta(minutes=minutes))
    with house.database.reading() as connection:
        found = calendar.entries(connection, house.vault, start - NEAR, start + NEAR)
    return [
        each
        for each in found
        if each.id != but
        and each.state is not DeskState.CANCELLED
        and each.start < ends
        and begins < each.end
        and (each.practitioner_id == practitioner_id or (room_id is not None and each.room_id == room_id))
    ]

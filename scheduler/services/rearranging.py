"""Another clinician, another room or the telephone for somebody who is here already; the time stays as it was.

Who sits in the waiting room is not told by message what the desk says to their face. What is over of the visit's time
is not asked of the new clinician or room: only the rest must be free, and the database has the last word on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from scheduler.domain import desk_change
from scheduler.domain.actor import Actor
from scheduler.domain.appointment import Appointment
from scheduler.domain.availability import Reason
from scheduler.domain.booking import MoveRequest
from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Mode, VisitType
from scheduler.domain.errors import InvalidInput, MoveRefused, NotOffered, SlotLost, SlotTaken, StaleVersion
from scheduler.domain.interval import epoch
from scheduler.domain.news import Change
from scheduler.domain.right import Right, demand
from scheduler.domain.visit import Visit
from scheduler.domain.wording import N_
from scheduler.persistence import appointments, audit, occupancy, visits
from scheduler.persistence.occupancy import Taking
from scheduler.services import announcement, desk_log
from scheduler.services.house import House

FROM_AFAR = frozenset({Mode.VIRTUAL, Mode.PHONE})
"""A call may go on by telephone or video; somebody at the office stays there."""


def rearrange(house: House, appointment_id: int, wish: MoveRequest, actor: Actor, now: datetime) -> Visit:
    """Give somebody who is here another clinician, room or way to talk; the same wish twice changes nothing.

    :raises MoveRefused: when they are not here, or another time is wished for.
    :raises StaleVersion: when the visit changed since it was looked at.
    :raises NotOffered: when the clinician does not see people in this way.
    :raises SlotTaken: when the clinician or the room is taken for what is left of the time.
    """
    demand(actor, Right.MOVE)
    with house.database.transaction() as connection:
        appointments.get(connection, appointment_id, locked=True)
        clinic = house.clinic(connection)
        visit = visits.get(connection, house.vault, clinic, appointment_id)
        before = visit.appointment
        _refuse(before, wish, visit.visit_type)
        changed = _changed(connection, clinic, before, wish, now)
        if changed == before:
            return visit
        if wish.revision not in (None, before.revision):
            raise StaleVersion
        after = appointments.change(connection, before, changed)
        _take(connection, visit.visit_type, before, after, now)
        standing = visit.standing_as(after, clinic)
        announcement.owe_about(connection, standing, Change.MOVED_BY_CLINIC, now, quietly=True)
        desk_log.note(connection, house, actor, desk_change.MOVED, before, after, now, told=False)
        audit.record(
            connection,
            actor,
            "rearrange",
            "appointment",
            after.id,
            now=now,
            patient_id=after.patient_id,
        )
        return standing


def _refuse(before: Appointment, wish: MoveRequest, kind: VisitType) -> None:
    end = before.end if wish.minutes is None else wish.start + timedelta(minutes=wish.minutes)
    if not before.is_here or (wish.start, end) != (before.start, before.end):
        raise MoveRefused
    if wish.mode is not before.mode and not {wish.mode, before.mode} <= FROM_AFAR & frozenset(kind.modes):
        raise InvalidInput({"mode": N_("This cannot change while the patient is here.")})


def _changed(
    connection: Connection, clinic: Clinic, before: Appointment, wish: MoveRequest, now: datetime
) -> Appointment:
    doctor = clinic.practitioner(wish.practitioner_id or before.practitioner_id)
    places = [place.location_id for place in doctor.places if place.mode is wish.mode]
    if before.location_id not in places and doctor.id != before.practitioner_id:
        raise NotOffered(Reason.NOT_GIVEN)
    changed = replace(
        before, mode=wish.mode, practitioner_id=doctor.id, room_id=wish.room_id or before.room_id
    )
    if changed == before:
        return before
    return replace(changed, sequence=before.sequence + 1, changed_at=before.next_stamp(now))


def _take(
    connection: Connection, kind: VisitType, before: Appointment, after: Appointment, now: datetime
) -> None:
    """Give back what is no longer needed, and take the rest of the time of what is.

    :raises SlotTaken: when it is taken.
    """
    stakes = (before.practitioner_id, after.practitioner_id, before.room_id, after.room_id, after.patient_id)
    occupancy.lock(connection, [part for part in stakes if part is not None])
    for old, new in ((before.practitioner_id, after.practitioner_id), (before.room_id, after.room_id)):
        if old is not None and old != new:
            occupancy.release_part(connection, before.id, old)
    try:
        occupancy.take(connection, list(_takings(kind, before, after, now)), "visit", appointment_id=after.id)
    except SlotLost as refusal:
        raise SlotTaken from refusal


def _takings(kind: VisitType, before: Appointment, after: Appointment, now: datetime) -> Iterator[Taking]:
    start, end = max(epoch(after.start), epoch(now)), epoch(after.end)
    if start >= end:
        return
    if after.practitioner_id != before.practitioner_id:
        yield Taking(after.practitioner_id, start, end, kind.id)
    if after.room_id is not None and after.room_id != before.room_id:
        yield Taking(after.room_id, start, end)

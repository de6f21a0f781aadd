"""Note that a clinician is away, and that they are back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from scheduler.domain.absence import Absence, check_absence
from scheduler.domain.actor import Actor
from scheduler.domain.appointment import Appointment
from scheduler.domain.errors import NotFound
from scheduler.domain.interval import Interval
from scheduler.persistence import absences, appointment_lists, directory, occupancy, schedules
from scheduler.services import giving_back, stranding
from scheduler.services.house import House


def upcoming(house: House, now: datetime) -> list[Absence]:
    """Show who will be away, soonest first."""
    with house.database.reading() as connection:
        return schedules.absences(connection, now)


def add(house: House, absence: Absence, actor: Actor, now: datetime, confirmed: str | None = None) -> int:
    """Note that a clinician is away, and take all of the time that is still free; returns the id.

    The directory's number stays: an absence is taken time, which every search reads anew.

    :raises InvalidInput: when the stretch is none or too long.
    :raises NotFound: when there is no such clinician.
    :raises StrandsVisits: when booked visits lie within it and `confirmed` is not their mark.
    """
    check_absence(absence)
    with house.database.transaction() as connection:
        directory.read_clinic(connection).practitioner(absence.practitioner_id)
        occupancy.lock(connection, [absence.practitioner_id])
        absences.release_holds(connection, absence.practitioner_id, absence.start, absence.end)
        left = _visits_within(connection, absence, now)
        stranding.refuse_unseen(left, confirmed)
        kept = replace(absence, id=schedules.add_absence(connection, absence))
        absences.fill(connection, kept)
        stranding.pass_on(connection, house, left, "absence", now)
        stranding.record(connection, actor, ("add", "absence"), kept.id, left, now)
    return kept.id


def remove(house: House, number: int, actor: Actor, now: datetime) -> None:
    """The clinician is here after all: give the time back.

    :raises NotFound: when there is no such absence.
    """
    with house.database.transaction() as connection:
        known = next((one for one in schedules.absences(connection, now) if one.id == number), None)
        if not absences.remove(connection, number):
            raise NotFound
        if known is not None:
            giving_back.tell(connection, known.practitioner_id, known.start, known.end, now)
        stranding.record(connection, actor, ("remove", "absence"), number, (), now)


def _visits_within(connection: Connection, absence: Absence, now: datetime) -> tuple[Appointment, ...]:
    since = max(now, absence.start - timedelta(days=1))
    found = appointment_lists.open_between(
        connection, since, absence.end, practitioner_id=absence.practitioner_id
    )
    away = Interval(absence.start, absence.end)
    return tuple(visit for visit in found if Interval(visit.start, visit.end).overlaps(away))

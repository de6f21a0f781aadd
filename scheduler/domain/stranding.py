"""Visits that a change of the directory would leave without a place: hours gone, office closed, clinician away.

The rule is one question asked of two pictures of the clinic: a visit is stranded when it fitted before the change and
does not fit after it. So a change is only ever asked about what it does itself, and any kind of change is covered.
"""

from __future__ import annotations

from collections.abc import Iterable

from scheduler.domain.appointment import Appointment
from scheduler.domain.clinic import Clinic
from scheduler.domain.errors import Conflict
from scheduler.domain.interval import epoch


class StrandsVisits(Conflict):
    """The change stands in the way of booked visits; `visits` lists them, soonest first."""

    def __init__(self, visits: tuple[Appointment, ...]) -> None:
        super().__init__(len(visits))
        self.visits = visits


def stranded(before: Clinic, after: Clinic, visits: Iterable[Appointment]) -> tuple[Appointment, ...]:
    """Of these visits, those that fitted before and do not fit after."""
    return tuple(visit for visit in visits if fits(before, visit) and not fits(after, visit))


def fits(clinic: Clinic, visit: Appointment) -> bool:
    """Say whether the visit could take place as it stands: people, place, hours; buffers are not asked."""
    practitioner, location = clinic.practitioner(visit.practitioner_id), clinic.location(visit.location_id)
    if not practitioner.active or not location.active or not practitioner.works(location.id, visit.mode):
        return False
    if visit.visit_type_code not in practitioner.visit_type_codes or not _has_room(clinic, visit):
        return False
    rota = clinic.timetable.rota(practitioner.id, location.id, visit.mode)
    day = visit.start.astimezone(location.tz).toordinal()
    return rota.is_open(day, epoch(visit.start), epoch(visit.end))


def _has_room(clinic: Clinic, visit: Appointment) -> bool:
    if visit.room_id is None:
        return True
    room = clinic.room(visit.room_id)
    return room.active and room.location_id == visit.location_id

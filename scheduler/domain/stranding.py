"""Visits that a change of the directory would leave without a place: hours gone, office closed, kind of visit retired.

The rule is one question asked of two pictures of the clinic: a visit is stranded when it fitted before the change and
does not fit after it. So a change is only ever asked about what it does itself, and any kind of change is covered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from scheduler.domain.appointment import Appointment
from scheduler.domain.clinic import Clinic
from scheduler.domain.errors import Conflict
from scheduler.domain.interval import epoch


class StrandsVisits(Conflict):
    """The change stands in the way of booked visits; `visits` lists them, soonest first."""

    def __init__(self, visits: tuple[Appointment, ...]) -> None:
        super().__init__(len(visits))
        self.visits = visits
        self.mark = mark_of(visits)


def mark_of(visits: Iterable[Appointment]) -> str:
    """Names these very visits at these very versions: whoever goes on hands the mark of what they saw back."""
    said = " ".join(sorted(f"{visit.id}:{visit.sequence}" for visit in visits))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def stranded(before: Clinic, after: Clinic, visits: Iterable[Appointment]) -> tuple[Appointment, ...]:
    """Of these visits, those that fitted before and do not fit after; they are as they were read before.

    A kind of visit may get another code, and stays the same one by its id.
    """
    names = {kind.id: kind.code for kind in after.visit_types}
    codes = {kind.code: names[kind.id] for kind in before.visit_types}
    return tuple(
        visit
        for visit in visits
        if fits(before, visit)
        and not fits(after, replace(visit, visit_type_code=codes[visit.visit_type_code]))
    )


def fits(clinic: Clinic, visit: Appointment) -> bool:
    """Say whether the visit could take place as it stands: kind, people, place, hours; buffers are not asked."""
    kind = clinic.visit_type(visit.visit_type_code)
    if not kind.active or visit.mode not in kind.modes:
        return False
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

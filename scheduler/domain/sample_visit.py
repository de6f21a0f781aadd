"""A made-up visit of the clinic's own, so that a manager can read a message before anybody gets it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from scheduler.domain.appointment import Appointment, Status
from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Mode, VisitType
from scheduler.domain.person import PatientDetails
from scheduler.domain.visit import Visit

AHEAD = timedelta(days=7)
AFTERNOON = 14
"""The hour at which the made-up visit begins."""


def sample_visit(
    clinic: Clinic, visit_type_code: str | None, mode: Mode | None, language: str, now: datetime
) -> Visit | None:
    """A visit of that kind a week from now at two in the afternoon; None while the clinic has nobody to give it."""
    visit_type = _visit_type(clinic, visit_type_code, mode)
    location = next((place for place in clinic.locations if place.active), None)
    practitioner = next((one for one in clinic.practitioners if one.active), None)
    if visit_type is None or location is None or practitioner is None:
        return None
    local = (now + AHEAD).astimezone(location.tz).replace(hour=AFTERNOON, minute=0, second=0, microsecond=0)
    start = local.astimezone(UTC)
    return Visit(
        appointment=Appointment(
            id=1,
            uid="sample@localhost",
            sequence=0,
            status=Status.BOOKED,
            mode=mode if mode in visit_type.modes and mode is not None else visit_type.modes[0],
            visit_type_code=visit_type.code,
            patient_id=1,
            practitioner_id=practitioner.id,
            location_id=location.id,
            room_id=None,
            start=start,
            end=start + visit_type.duration,
            created_at=now,
            changed_at=now,
            language=language,
        ),
        organization=clinic.organization,
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        room=None,
        patient=_somebody(language),
    )


def _visit_type(clinic: Clinic, code: str | None, mode: Mode | None) -> VisitType | None:
    """The kind of visit that is asked for, else the first in use that is given in that way."""
    fitting = (
        one
        for one in clinic.visit_types
        if (one.code == code or (code is None and one.active)) and (mode is None or mode in one.modes)
    )
    return next(fitting, None)


def _somebody(language: str) -> PatientDetails:
    return PatientDetails(
        given_name="Ana",
        family_name="Example",
        birth_date=date(1950, 1, 1),
        phone="+19155550100",
        email="ana@example.com",
        language=language,
    )

"""The lists of visits that are asked for: of a clinician, of a patient, of a stretch of time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, or_, select

from scheduler.domain.appointment import HOLDS_TIME, OPEN, Appointment, Status
from scheduler.persistence.appointments import APPOINTMENT, AppointmentRow, appointment_of
from scheduler.persistence.database import Instant


def upcoming_by_contact(
    connection: Connection,
    now: datetime,
    *,
    phone_index: bytes | None = None,
    email_index: bytes | None = None,
) -> list[Appointment]:
    """The open visits ahead whose booker gave this phone or this e-mail (look-up hashes), soonest first."""
    column, wanted = (
        (AppointmentRow.email_index, email_index)
        if email_index
        else (AppointmentRow.phone_index, phone_index)
    )
    rows = connection.execute(
        APPOINTMENT.where(
            column == wanted,
            AppointmentRow.starts_at > now,
            AppointmentRow.status.in_([status.value for status in OPEN]),
        ).order_by(AppointmentRow.starts_at)
    )
    return [appointment_of(row) for row in rows]


def following(
    connection: Connection, statuses: Collection[Status], start: datetime, number: int, most: int
) -> list[Appointment]:
    """The first visits in one of these states after that start, or at it with a higher number, in this order."""
    begins = AppointmentRow.starts_at
    question = (
        APPOINTMENT.where(
            begins >= start,
            or_(begins > start, AppointmentRow.id > number),
            AppointmentRow.status.in_([status.value for status in statuses]),
        )
        .order_by(begins, AppointmentRow.id)
        .limit(most)
    )
    return [appointment_of(row) for row in connection.execute(question)]


def open_between(
    connection: Connection, start: datetime, end: datetime, *, practitioner_id: int | None = None
) -> list[Appointment]:
    """The open visits that begin in `[start, end)`, of one practitioner or of all, soonest first."""
    question = APPOINTMENT.where(
        AppointmentRow.starts_at >= start,
        AppointmentRow.starts_at < end,
        AppointmentRow.status.in_([status.value for status in OPEN]),
    ).order_by(AppointmentRow.starts_at)
    if practitioner_id is not None:
        question = question.where(AppointmentRow.practitioner_id == practitioner_id)
    return [appointment_of(row) for row in connection.execute(question)]


def of_clinician(connection: Connection, practitioner_id: int, start: datetime, end: datetime) -> list[int]:
    """The numbers of a clinician's visits that begin in `[start, end)` and were not given up, soonest first."""
    question = select(AppointmentRow.id).where(
        AppointmentRow.practitioner_id == practitioner_id,
        AppointmentRow.starts_at >= start,
        AppointmentRow.starts_at < end,
        AppointmentRow.status.in_([status.value for status in HOLDS_TIME]),
    )
    return list(connection.scalars(question.order_by(AppointmentRow.starts_at)))


_OPEN_OF_PATIENTS = (
    select(AppointmentRow.patient_id, AppointmentRow.id, AppointmentRow.starts_at)
    .where(
        AppointmentRow.patient_id.in_(bindparam("patients", expanding=True)),
        AppointmentRow.starts_at >= bindparam("start"),
        AppointmentRow.starts_at < bindparam("end"),
        AppointmentRow.status.in_([status.value for status in OPEN]),
    )
    .order_by(AppointmentRow.starts_at)
)


def open_of_patients(
    connection: Connection, patient_ids: Sequence[int], start: datetime, end: datetime
) -> list[tuple[int, int, datetime]]:
    """The open visits of these patients that begin in `[start, end)`, soonest first: patient, number and beginning."""
    asked = {"patients": list(patient_ids), "start": start, "end": end}
    rows = connection.execute(_OPEN_OF_PATIENTS, asked)
    return [(row.patient_id, row.id, row.starts_at) for row in rows]


def standing_around(
    connection: Connection, practitioner_id: int, start: datetime, end: datetime
) -> list[Appointment]:
    """The visits of one practitioner that hold time within a day around `[start, end)`, soonest first."""
    question = APPOINTMENT.where(
        AppointmentRow.practitioner_id == practitioner_id,
        AppointmentRow.starts_at > start - timedelta(days=1),
        AppointmentRow.starts_at < end + timedelta(days=1),
        AppointmentRow.status.in_([status.value for status in HOLDS_TIME]),
    ).order_by(AppointmentRow.starts_at)
    return [appointment_of(row) for row in connection.execute(question)]


def of_patient(connection: Connection, patient_id: int, most: int = 50) -> list[Appointment]:
    """A patient's visits, the latest first; those entered in error left out."""
    question = (
        APPOINTMENT.where(
            AppointmentRow.patient_id == patient_id,
            AppointmentRow.status != Status.ENTERED_IN_ERROR.value,
        )
        .order_by(AppointmentRow.starts_at.desc())
        .limit(most)
    )
    return [appointment_of(row) for row in connection.execute(question)]


def next_of_patients(
    connection: Connection, patient_ids: Sequence[int], now: datetime
) -> dict[int, Appointment]:
    """The next open visit of each of these patients; those with nothing ahead are left out."""
    rows = connection.execute(_AHEAD, {"patients": list(patient_ids), "now": now})
    found: dict[int, Appointment] = {}
    for row in rows:
        found.setdefault(row.patient_id, appointment_of(row))
    return found


_AHEAD = APPOINTMENT.where(
    AppointmentRow.patient_id.in_(bindparam("patients", expanding=True)),
    AppointmentRow.starts_at >= bindparam("now", type_=Instant),
    AppointmentRow.status.in_([status.value for status in OPEN]),
).order_by(AppointmentRow.starts_at)

"""Bare figures of visits for reports: when, how, with whom and what became of them; nothing of whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from scheduler.domain.appointment import Status
from scheduler.persistence.appointments import AppointmentRow


@dataclass(frozen=True, slots=True)
class Figure:
    """One visit, as far as a report counts it."""

    start: datetime
    end: datetime
    status: Status
    source: str
    language: str
    practitioner_id: int
    room_id: int | None
    cancelled_late: bool


def between(connection: Connection, start: datetime, end: datetime) -> Sequence[Figure]:
    """Every visit that begins in `[start, end)`; what was only proposed, or entered in error, is none."""
    columns = (
        AppointmentRow.starts_at,
        AppointmentRow.ends_at,
        AppointmentRow.status,
        AppointmentRow.source,
        AppointmentRow.language,
        AppointmentRow.practitioner_id,
        AppointmentRow.room_id,
        AppointmentRow.cancelled_late,
    )
    question = select(*columns).where(
        AppointmentRow.starts_at >= start,
        AppointmentRow.starts_at < end,
        AppointmentRow.status.not_in([Status.PROPOSED.value, Status.ENTERED_IN_ERROR.value]),
        (AppointmentRow.source != "offer") | (AppointmentRow.status != Status.CANCELLED.value),
    )
    return [Figure(row[0], row[1], Status(row[2]), *row[3:]) for row in connection.execute(question)]

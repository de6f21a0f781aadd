"""Visits, the time they take, and the times kept for people who are still choosing.

A visit takes time through `occupancy` rows, one a resource: practitioner (widened by the buffers), room, patient. A row
stands exactly while the time is taken, so the rule against overlap needs no list of states and cannot drift from one.
The rule stands twice: `domain.availability` never offers a busy time, and the database refuses the second row by itself
(an exclusion constraint on PostgreSQL, triggers on SQLite; both in `guards.py`).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.persistence.database import Instant, Key, Model

MAX_SECONDS = 86400
"""The longest stretch one row may take; it bounds how far back an overlap check must look. Longer absences are several rows."""


class AppointmentRow(Model):
    """One visit at its current version."""

    __tablename__ = "appointment"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="lasts"),
        CheckConstraint("sequence >= 0", name="sequence"),
        Index("ix_appointment_practitioner_id_starts_at", "practitioner_id", "starts_at"),
        Index("ix_appointment_patient_id", "patient_id"),
        Index("ix_appointment_starts_at", "starts_at"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    uid: Mapped[str] = mapped_column(String(255), unique=True)
    sequence: Mapped[int] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(String(16))
    mode: Mapped[str] = mapped_column(String(16))
    visit_type_id: Mapped[int] = mapped_column(ForeignKey("visit_type.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))
    related_person_id: Mapped[str | None] = mapped_column(ForeignKey("related_person.id"))
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    language: Mapped[str] = mapped_column(String(2))
    source: Mapped[str] = mapped_column(String(8))
    spoken_code: Mapped[str] = mapped_column(String(8), index=True)
    cancelled_by: Mapped[str | None] = mapped_column(String(16))
    cancel_reason: Mapped[str | None] = mapped_column(String(32))
    cancelled_late: Mapped[bool] = mapped_column(Boolean, default=False)
    virtual_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)


class HoldRow(Model):
    """A time kept while a form is filled in; it occupies like a visit until it expires or is released."""

    __tablename__ = "hold"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    visit_type_id: Mapped[int] = mapped_column(ForeignKey("visit_type.id"))
    mode: Mapped[str] = mapped_column(String(16))
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
    extensions: Mapped[int] = mapped_column(Integer, default=0)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"))


class OccupancyRow(Model):
    """Time taken of one resource: `[starts_at, ends_at)` in epoch seconds, the same integers on both engines.

    Backs the rule of `domain.availability` that no resource is in two places at once. Integers, because the slot search
    reads thousands of these rows and a row of two integers costs a quarter of one with timestamps.
    """

    __tablename__ = "occupancy"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="lasts"),
        CheckConstraint(f"ends_at - starts_at <= {MAX_SECONDS}", name="bounded"),
        CheckConstraint("kind IN ('visit', 'hold', 'absence')", name="kind"),
        Index(
            "ix_occupancy_resource_id_starts_at",
            "resource_id",
            "starts_at",
            "ends_at",
            "kind",
            "visit_type_id",
        ),
        Index("ix_occupancy_appointment_id", "appointment_id"),
        Index("ix_occupancy_hold_id", "hold_id"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    starts_at: Mapped[int] = mapped_column(BigInteger)
    ends_at: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(8))
    visit_type_id: Mapped[int | None] = mapped_column(ForeignKey("visit_type.id"))
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"))
    hold_id: Mapped[str | None] = mapped_column(ForeignKey("hold.id", ondelete="CASCADE"))
    absence_id: Mapped[int | None] = mapped_column(ForeignKey("absence.id", ondelete="CASCADE"))
    hold_until: Mapped[int | None] = mapped_column(BigInteger)

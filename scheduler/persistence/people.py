"""Patients and those who help them, sealed at rest."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Boolean, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.persistence.database import Instant, Model


class PatientRow(Model):
    """A patient; the id is the resource's. Everything that names the person is inside `sealed`.

    The indexes are keyed hashes of the normalised phone, e-mail, and family name with date of birth: they answer "is
    this person known?" exactly, and nothing else.
    """

    __tablename__ = "patient"
    id: Mapped[int] = mapped_column(ForeignKey("resource.id"), primary_key=True, autoincrement=False)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    phone_index: Mapped[bytes] = mapped_column(LargeBinary(16), index=True)
    email_index: Mapped[bytes | None] = mapped_column(LargeBinary(16), index=True)
    person_index: Mapped[bytes] = mapped_column(LargeBinary(16), index=True)
    language: Mapped[str] = mapped_column(String(2))
    zone: Mapped[str | None] = mapped_column(String(64))
    remind_by: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class RelatedPersonRow(Model):
    """Who booked for a patient; the name, phone and e-mail are sealed."""

    __tablename__ = "related_person"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    relation: Mapped[str] = mapped_column(String(16))
    may_be_told: Mapped[bool] = mapped_column(Boolean)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant)

"""The clinic's directory as tables, and the one picture made of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, Date, Float, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.persistence.database import Instant, Key, Model


class DirectoryVersionRow(Model):
    """One row; its number rises with every change of the directory."""

    __tablename__ = "directory_version"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)


class ResourceRow(Model):
    """Whatever time can be taken of: a practitioner, a room or a patient."""

    __tablename__ = "resource"
    __table_args__ = (CheckConstraint("kind IN ('practitioner', 'room', 'patient')", name="kind"),)
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(16))


class OrganizationRow(Model):
    """The clinic itself; one row."""

    __tablename__ = "organization"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    discreet_name: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str] = mapped_column(String(32))
    email: Mapped[str] = mapped_column(String(254))
    zone: Mapped[str] = mapped_column(String(64))
    website: Mapped[str] = mapped_column(String(200), default="")
    logo_text: Mapped[str] = mapped_column(String(80), default="")
    languages: Mapped[list[str]] = mapped_column(JSON)
    hold_minutes: Mapped[int] = mapped_column(Integer, default=15)
    hold_extensions: Mapped[int] = mapped_column(Integer, default=10)


class LocationRow(Model):
    """An office."""

    __tablename__ = "location"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    zone: Mapped[str] = mapped_column(String(64))
    line: Mapped[str] = mapped_column(String(200))
    city: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(String(2))
    postal_code: Mapped[str] = mapped_column(String(10))
    phone: Mapped[str] = mapped_column(String(32))
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    directions_en: Mapped[str] = mapped_column(Text, default="")
    directions_es: Mapped[str] = mapped_column(Text, default="")
    active: Mapped[bool] = mapped_column(Boolean, default=True)


class RoomRow(Model):
    """A room; its id is its resource's."""

    __tablename__ = "room"
    id: Mapped[int] = mapped_column(ForeignKey("resource.id"), primary_key=True, autoincrement=False)
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    name: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(32))
    active: Mapped[bool] = mapped_column(Boolean, default=True)


class PractitionerRow(Model):
    """A clinician; the id is the resource's."""

    __tablename__ = "practitioner"
    id: Mapped[int] = mapped_column(ForeignKey("resource.id"), primary_key=True, autoincrement=False)
    prefix: Mapped[str] = mapped_column(String(16), default="")
    given_name: Mapped[str] = mapped_column(String(100))
    family_name: Mapped[str] = mapped_column(String(100))
    credentials: Mapped[str] = mapped_column(String(64), default="")
    npi: Mapped[str] = mapped_column(String(10), unique=True)
    licensed_states: Mapped[list[str]] = mapped_column(JSON)
    languages: Mapped[list[str]] = mapped_column(JSON)
    active: Mapped[bool] = mapped_column(Boolean, default=True)


class PractitionerPlaceRow(Model):
    """Where and by which mode a practitioner works."""

    __tablename__ = "practitioner_place"
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"), primary_key=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"), primary_key=True)
    mode: Mapped[str] = mapped_column(String(16), primary_key=True)


class PractitionerVisitTypeRow(Model):
    """Which visits a practitioner gives."""

    __tablename__ = "practitioner_visit_type"
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"), primary_key=True)
    visit_type_id: Mapped[int] = mapped_column(ForeignKey("visit_type.id"), primary_key=True)


class VisitTypeRow(Model):
    """A kind of visit; durations in minutes, the horizon in days."""

    __tablename__ = "visit_type"
    __table_args__ = (
        CheckConstraint("minutes BETWEEN 5 AND 600", name="minutes"),
        CheckConstraint("buffer_before BETWEEN 0 AND 240 AND buffer_after BETWEEN 0 AND 240", name="buffers"),
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    title_en: Mapped[str] = mapped_column(String(200))
    title_es: Mapped[str] = mapped_column(String(200))
    summary_en: Mapped[str] = mapped_column(Text, default="")
    summary_es: Mapped[str] = mapped_column(Text, default="")
    modes: Mapped[list[str]] = mapped_column(JSON)
    minutes: Mapped[int] = mapped_column(Integer)
    buffer_before: Mapped[int] = mapped_column(Integer, default=0)
    buffer_after: Mapped[int] = mapped_column(Integer, default=0)
    minimum_notice: Mapped[int] = mapped_column(Integer, default=0)
    horizon_days: Mapped[int] = mapped_column(Integer, default=60)
    patient_cutoff: Mapped[int] = mapped_column(Integer, default=1440)
    daily_cap: Mapped[int | None] = mapped_column(Integer)
    bookable_by: Mapped[list[str]] = mapped_column(JSON)
    room_kind: Mapped[str | None] = mapped_column(String(32))
    preparation_en: Mapped[str] = mapped_column(Text, default="")
    preparation_es: Mapped[str] = mapped_column(Text, default="")
    position: Mapped[int] = mapped_column(Integer, default=0)
    active: Mapped[bool] = mapped_column(Boolean, default=True)


class GateVersionRow(Model):
    """One wording of the safety questions: `[{"id", "tier", "en", "es"}]`. The newest by `position` is in force."""

    __tablename__ = "gate_version"
    version: Mapped[str] = mapped_column(String(32), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, unique=True)
    questions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Instant)


class ConsentTextRow(Model):
    """One wording of a text people agree to; the newest of its kind by `position` is in force."""

    __tablename__ = "consent_text"
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[str] = mapped_column(String(32), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    text_en: Mapped[str] = mapped_column(Text)
    text_es: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)


class WeeklyHoursRow(Model):
    """Weekly hours; minutes after local midnight (`domain.schedule.WeeklyHours`)."""

    __tablename__ = "weekly_hours"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("opens >= 0 AND opens < 1440 AND closes > opens AND closes <= 2880", name="window"),
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"), index=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    mode: Mapped[str] = mapped_column(String(16))
    weekday: Mapped[int] = mapped_column(Integer)
    opens: Mapped[int] = mapped_column(Integer)
    closes: Mapped[int] = mapped_column(Integer)
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)


class DatedHoursRow(Model):
    """Extra hours of one date."""

    __tablename__ = "dated_hours"
    __table_args__ = (
        CheckConstraint("opens >= 0 AND opens < 1440 AND closes > opens AND closes <= 2880", name="window"),
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"), index=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    mode: Mapped[str] = mapped_column(String(16))
    day: Mapped[date] = mapped_column(Date)
    opens: Mapped[int] = mapped_column(Integer)
    closes: Mapped[int] = mapped_column(Integer)


class ClosureRow(Model):
    """A date on which a location, or all, is closed."""

    __tablename__ = "closure"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    day: Mapped[date] = mapped_column(Date)
    title_en: Mapped[str] = mapped_column(String(200))
    title_es: Mapped[str] = mapped_column(String(200))
    opens: Mapped[int | None] = mapped_column(Integer)
    closes: Mapped[int | None] = mapped_column(Integer)


class AbsenceRow(Model):
    """A stretch in which a practitioner is away; it occupies time like a visit does."""

    __tablename__ = "absence"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"), index=True)
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    note: Mapped[str] = mapped_column(String(200), default="")

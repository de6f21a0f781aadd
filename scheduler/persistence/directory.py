"""The clinic's directory as tables, and the one picture made of them.

The picture takes a constant number of queries however large the clinic is. Its version is read first, so a picture may
be newer than its number and is then read again; it is never older.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Connection,
    Float,
    ForeignKey,
    Integer,
    Row,
    String,
    Text,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import (
    Audience,
    Location,
    Mode,
    Organization,
    Place,
    Practitioner,
    Room,
    VisitType,
)
from scheduler.domain.policy import MessageRules
from scheduler.domain.quiet_hours import QuietHours
from scheduler.domain.wording import Text as Wording
from scheduler.persistence import own_words, policies, schedules, wordings
from scheduler.persistence.database import Database, Key, Model


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
    decline_grace_minutes: Mapped[int] = mapped_column(Integer, default=120)
    video_opens_minutes: Mapped[int] = mapped_column(Integer, default=30)
    video_grace_minutes: Mapped[int] = mapped_column(Integer, default=60)
    practice_minutes: Mapped[int] = mapped_column(Integer, default=15)
    quiet_from: Mapped[int] = mapped_column(Integer, default=1260)
    quiet_until: Mapped[int] = mapped_column(Integer, default=480)
    texts_per_day: Mapped[int] = mapped_column(Integer, default=1)
    texts_per_week: Mapped[int] = mapped_column(Integer, default=3)


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


UNNAMED = Organization(name="Clinic", phone="", email="", zone="America/Denver")
"""What stands in the picture before the clinic has been set up: no name, no visit types, so nothing can be booked."""


_VERSION = "SELECT version FROM directory_version"
"""Asked by every page: written out, since building the statement would cost more than the answer."""


def read_version(connection: Connection) -> int:
    """The number of the directory in force; 0 before anything was entered."""
    version: int | None = connection.exec_driver_sql(_VERSION).scalar()
    return version or 0


def version_at_a_glance(database: Database) -> int:
    """The same for somebody who only looks, without a connection of their own."""
    rows = database.ask(_VERSION)
    return int(rows[0][0]) if rows else 0


def bump(connection: Connection) -> int:
    """Raise the number, in the transaction that changes the directory; on PostgreSQL this also queues the writers."""
    raised = connection.execute(
        update(DirectoryVersionRow)
        .values(version=DirectoryVersionRow.version + 1)
        .returning(DirectoryVersionRow.version)
    ).scalar()
    if raised is None:
        connection.execute(insert(DirectoryVersionRow).values(id=1, version=1))
        return 1
    return int(raised)


def read_clinic(connection: Connection) -> Clinic:
    """The whole directory as one frozen picture, retired things included."""
    version = read_version(connection)
    visit_types = _visit_types(connection)
    itself = connection.execute(select(OrganizationRow.__table__)).first()
    return Clinic(
        version=version,
        organization=_organization(itself),
        locations=tuple(_location(row) for row in _rows(connection, LocationRow)),
        rooms=tuple(_room(row) for row in _rows(connection, RoomRow)),
        practitioners=_practitioners(connection),
        visit_types=visit_types,
        weekly_hours=schedules.weekly_hours(connection),
        dated_hours=schedules.dated_hours(connection),
        closures=schedules.closures(connection),
        gate=wordings.gate(connection),
        consents=wordings.consents(connection),
        messages=_messages(connection, itself, {kind.id: kind.code for kind in visit_types}),
        own_messages=own_words.in_force(connection),
    )


def _rows(connection: Connection, table: type[Model]) -> list[Row[Any]]:
    """All rows of a table whose key is `id`, in its order."""
    columns = table.__table__.c
    return list(connection.execute(select(table.__table__).order_by(columns.id)))


def _organization(row: Row[Any] | None) -> Organization:
    if row is None:
        return UNNAMED
    return Organization(
        name=row.name,
        phone=row.phone,
        email=row.email,
        zone=row.zone,
        discreet_name=row.discreet_name,
        website=row.website,
        logo_text=row.logo_text,
        languages=tuple(row.languages),
        hold_minutes=row.hold_minutes,
        hold_extensions=row.hold_extensions,
        decline_grace_minutes=row.decline_grace_minutes,
        video_opens_minutes=row.video_opens_minutes,
        video_grace_minutes=row.video_grace_minutes,
        practice_minutes=row.practice_minutes,
    )


def _messages(connection: Connection, row: Row[Any] | None, codes: Mapping[int, str]) -> MessageRules:
    rules = MessageRules(policies.read(connection, codes))
    if row is None:
        return rules
    quiet = QuietHours(row.quiet_from, row.quiet_until)
    return replace(rules, quiet=quiet, texts_per_day=row.texts_per_day, texts_per_week=row.texts_per_week)


def _location(row: Row[Any]) -> Location:
    return Location(
        id=row.id,
        code=row.code,
        name=row.name,
        zone=row.zone,
        line=row.line,
        city=row.city,
        state=row.state,
        postal_code=row.postal_code,
        phone=row.phone,
        latitude=row.latitude,
        longitude=row.longitude,
        directions=Wording(row.directions_en, row.directions_es),
        active=row.active,
    )


def _room(row: Row[Any]) -> Room:
    return Room(id=row.id, location_id=row.location_id, name=row.name, kind=row.kind, active=row.active)


def _practitioners(connection: Connection) -> tuple[Practitioner, ...]:
    places: dict[int, list[Place]] = defaultdict(list)
    for row in connection.execute(select(PractitionerPlaceRow.__table__).order_by("location_id", "mode")):
        places[row.practitioner_id].append(Place(row.location_id, Mode(row.mode)))
    codes: dict[int, set[str]] = defaultdict(set)
    given = select(PractitionerVisitTypeRow.practitioner_id, VisitTypeRow.code).join(
        VisitTypeRow, VisitTypeRow.id == PractitionerVisitTypeRow.visit_type_id
    )
    for practitioner_id, code in connection.execute(given):
        codes[practitioner_id].add(code)
    return tuple(
        Practitioner(
            id=row.id,
            prefix=row.prefix,
            given_name=row.given_name,
            family_name=row.family_name,
            credentials=row.credentials,
            npi=row.npi,
            licensed_states=tuple(row.licensed_states),
            languages=tuple(row.languages),
            places=tuple(places[row.id]),
            visit_type_codes=frozenset(codes[row.id]),
            active=row.active,
        )
        for row in _rows(connection, PractitionerRow)
    )


def _visit_types(connection: Connection) -> tuple[VisitType, ...]:
    ordered = select(VisitTypeRow.__table__).order_by(VisitTypeRow.position, VisitTypeRow.id)
    return tuple(_visit_type(row) for row in connection.execute(ordered))


def _visit_type(row: Row[Any]) -> VisitType:
    return VisitType(
        id=row.id,
        code=row.code,
        title=Wording(row.title_en, row.title_es),
        summary=Wording(row.summary_en, row.summary_es),
        modes=tuple(Mode(mode) for mode in row.modes),
        minutes=row.minutes,
        buffer_before=row.buffer_before,
        buffer_after=row.buffer_after,
        minimum_notice=row.minimum_notice,
        horizon_days=row.horizon_days,
        patient_cutoff=row.patient_cutoff,
        daily_cap=row.daily_cap,
        bookable_by=frozenset(Audience(audience) for audience in row.bookable_by),
        room_kind=row.room_kind,
        preparation=Wording(row.preparation_en, row.preparation_es),
        active=row.active,
    )

"""Visits as kept, one row each, at their current version.

A change is a guarded update: it names the sequence and the status that were seen, and looks at the row count. Nought
rows mean that somebody else was faster.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Row,
    String,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.appointment import Appointment, CancelledBy, Status
from scheduler.domain.directory import Mode
from scheduler.domain.errors import NotFound, StaleVersion
from scheduler.persistence.database import Instant, Key, Model
from scheduler.persistence.directory import VisitTypeRow


class AppointmentRow(Model):
    """One visit at its current version.

    `sealed` holds what was said for this visit alone: how to reach the patient, and for a virtual visit where they will
    be. A booking by somebody who merely knows a patient's name and birthday therefore never changes the patient's own
    record, and messages go where this visit's booker asked for. `note` is the desk's own, sealed; no patient sees it.
    `revision` grows with every change whatever it is: the desk's pages know by it that they show what is kept.
    """

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
    cancelled_by: Mapped[str | None] = mapped_column(String(16))
    cancel_reason: Mapped[str | None] = mapped_column(String(32))
    cancelled_late: Mapped[bool] = mapped_column(Boolean, default=False)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    phone_index: Mapped[bytes] = mapped_column(LargeBinary(16), index=True)
    email_index: Mapped[bytes | None] = mapped_column(LargeBinary(16), index=True)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    confirmed_by: Mapped[str | None] = mapped_column(String(16))
    arrived_at: Mapped[datetime | None] = mapped_column(Instant)
    roomed_at: Mapped[datetime | None] = mapped_column(Instant)
    seen_at: Mapped[datetime | None] = mapped_column(Instant)
    left_at: Mapped[datetime | None] = mapped_column(Instant)
    revision: Mapped[int] = mapped_column(Integer, server_default="1")
    note: Mapped[bytes | None] = mapped_column(LargeBinary)


@dataclass(frozen=True, slots=True)
class NewAppointment:
    """A visit about to be kept, before it has a number."""

    uid: str
    mode: Mode
    visit_type_id: int
    patient_id: int
    practitioner_id: int
    location_id: int
    room_id: int | None
    related_person_id: str | None
    start: datetime
    end: datetime
    language: str
    source: str
    sealed: bytes
    phone_index: bytes
    email_index: bytes | None


APPOINTMENT = select(AppointmentRow.__table__, VisitTypeRow.code.label("visit_type_code")).join(
    VisitTypeRow, VisitTypeRow.id == AppointmentRow.visit_type_id
)


_INSERT = insert(AppointmentRow).returning(AppointmentRow.id)
_BY_NUMBER = APPOINTMENT.where(AppointmentRow.id == bindparam("visit"))
_LOCKED = _BY_NUMBER.with_for_update(of=AppointmentRow.__table__, key_share=True)
"""Without the key: a row of the desk's list may name the visit meanwhile, else the two could wait for each other."""


def add(connection: Connection, new: NewAppointment, now: datetime, status: Status = Status.BOOKED) -> int:
    """Keep a booked (or proposed) visit at version 0, and return its number."""
    values: dict[str, Any] = {
        "uid": new.uid,
        "sequence": 0,
        "status": status.value,
        "mode": new.mode.value,
        "visit_type_id": new.visit_type_id,
        "patient_id": new.patient_id,
        "practitioner_id": new.practitioner_id,
        "location_id": new.location_id,
        "room_id": new.room_id,
        "related_person_id": new.related_person_id,
        "starts_at": new.start,
        "ends_at": new.end,
        "created_at": now.replace(microsecond=0),
        "changed_at": now.replace(microsecond=0),
        "language": new.language,
        "source": new.source,
        "sealed": new.sealed,
        "phone_index": new.phone_index,
        "email_index": new.email_index,
        "cancelled_late": False,
    }
    number: int = connection.execute(_INSERT, values).scalar_one()
    return number


def as_booked(new: NewAppointment, number: int, visit_type_code: str, now: datetime) -> Appointment:
    """The value of a visit that was just added, without reading it again."""
    stamp = now.replace(microsecond=0)
    return Appointment(
        id=number,
        uid=new.uid,
        sequence=0,
        status=Status.BOOKED,
        mode=new.mode,
        visit_type_code=visit_type_code,
        patient_id=new.patient_id,
        practitioner_id=new.practitioner_id,
        location_id=new.location_id,
        room_id=new.room_id,
        start=new.start,
        end=new.end,
        created_at=stamp,
        changed_at=stamp,
        language=new.language,
        source=new.source,
        related_person_id=new.related_person_id,
    )


def appointment_of(row: Row[Any]) -> Appointment:
    """The value of a row that carries the table's columns and `visit_type_code`."""
    return Appointment(
        id=row.id,
        uid=row.uid,
        sequence=row.sequence,
        status=Status(row.status),
        mode=Mode(row.mode),
        visit_type_code=row.visit_type_code,
        patient_id=row.patient_id,
        practitioner_id=row.practitioner_id,
        location_id=row.location_id,
        room_id=row.room_id,
        start=row.starts_at,
        end=row.ends_at,
        created_at=row.created_at,
        changed_at=row.changed_at,
        language=row.language,
        source=row.source,
        cancelled_by=CancelledBy(row.cancelled_by) if row.cancelled_by else None,
        cancel_reason=row.cancel_reason,
        cancelled_late=row.cancelled_late,
        related_person_id=row.related_person_id,
        confirmed_at=row.confirmed_at,
        confirmed_by=row.confirmed_by,
        arrived_at=row.arrived_at,
        roomed_at=row.roomed_at,
        seen_at=row.seen_at,
        left_at=row.left_at,
        revision=row.revision,
    )


def get(connection: Connection, appointment_id: int, *, locked: bool = False) -> Appointment:
    """The visit of that number; `locked` makes other writers wait on PostgreSQL.

    :raises NotFound: when there is none.
    """
    row = connection.execute(_LOCKED if locked else _BY_NUMBER, {"visit": appointment_id}).one_or_none()
    if row is None:
        raise NotFound
    return appointment_of(row)


def find(connection: Connection, uid_local: str, domain: str) -> Appointment | None:
    """The visit whose public id is `uid_local`; None when there is none."""
    row = connection.execute(APPOINTMENT.where(AppointmentRow.uid == f"{uid_local}@{domain}")).one_or_none()
    return None if row is None else appointment_of(row)


def named(connection: Connection, uid_local: str, domain: str) -> Appointment:
    """The visit whose public id is `uid_local`.

    :raises NotFound: when there is none.
    """
    found = find(connection, uid_local, domain)
    if found is None:
        raise NotFound
    return found


def change(connection: Connection, seen: Appointment, changed: Appointment) -> Appointment:
    """Keep the next version of a visit, and return it with the revision that it is.

    :raises StaleVersion: when the visit is no longer as `seen`.
    """
    kept = connection.execute(
        update(AppointmentRow)
        .where(
            AppointmentRow.id == seen.id,
            AppointmentRow.sequence == seen.sequence,
            AppointmentRow.status == seen.status.value,
            AppointmentRow.revision == seen.revision,
        )
        .values(
            sequence=changed.sequence,
            status=changed.status.value,
            mode=changed.mode.value,
            practitioner_id=changed.practitioner_id,
            location_id=changed.location_id,
            room_id=changed.room_id,
            starts_at=changed.start,
            ends_at=changed.end,
            changed_at=changed.changed_at,
            cancelled_by=changed.cancelled_by.value if changed.cancelled_by else None,
            cancel_reason=changed.cancel_reason,
            cancelled_late=changed.cancelled_late,
            confirmed_at=changed.confirmed_at,
            confirmed_by=changed.confirmed_by,
            arrived_at=changed.arrived_at,
            roomed_at=changed.roomed_at,
            seen_at=changed.seen_at,
            left_at=changed.left_at,
            revision=seen.revision + 1,
        )
    )
    if kept.rowcount != 1:
        raise StaleVersion
    return replace(changed, revision=seen.revision + 1)


def keep_note(connection: Connection, appointment_id: int, sealed: bytes | None) -> None:
    """Keep the desk's note about a visit, sealed for its UID; None takes it away."""
    connection.execute(
        update(AppointmentRow)
        .where(AppointmentRow.id == appointment_id)
        .values(note=sealed, revision=AppointmentRow.revision + 1)
    )


def note_of(connection: Connection, appointment_id: int) -> bytes | None:
    """The desk's sealed note about a visit; None when there is none."""
    return connection.execute(
        select(AppointmentRow.note).where(AppointmentRow.id == appointment_id)
    ).scalar_one_or_none()


def reseal(connection: Connection, appointment_id: int, sealed: bytes) -> None:
    """Keep what is now said for this visit, sealed for its UID."""
    connection.execute(
        update(AppointmentRow)
        .where(AppointmentRow.id == appointment_id)
        .values(sealed=sealed, revision=AppointmentRow.revision + 1)
    )


def readdress(connection: Connection, appointment_id: int, sealed: bytes, email_index: bytes | None) -> None:
    """The same, where the e-mail is another one; `email_index` is its look-up hash."""
    reseal(connection, appointment_id, sealed)
    kept = update(AppointmentRow).where(AppointmentRow.id == appointment_id)
    connection.execute(kept.values(email_index=email_index))


def renumber(connection: Connection, appointment_id: int, sealed: bytes, phone_index: bytes) -> None:
    """The same, where the phone is another one; `phone_index` is its look-up hash."""
    reseal(connection, appointment_id, sealed)
    kept = update(AppointmentRow).where(AppointmentRow.id == appointment_id)
    connection.execute(kept.values(phone_index=phone_index))


def say_in(connection: Connection, appointment_id: int, language: str) -> None:
    """Speak of a visit in this language from now on; the caller also counts the change (`reseal`)."""
    spoken = update(AppointmentRow).where(AppointmentRow.id == appointment_id)
    connection.execute(spoken.values(language=language))


def lock(connection: Connection, numbers: Collection[int]) -> None:
    """Let other writers of these visits wait until this transaction ends; every caller takes them in one order."""
    question = select(AppointmentRow.id).where(AppointmentRow.id.in_(numbers)).order_by(AppointmentRow.id)
    connection.execute(question.with_for_update(key_share=True)).all()


def any_at_all(connection: Connection) -> bool:
    """Say whether any visit was ever kept."""
    return connection.execute(select(AppointmentRow.id).limit(1)).first() is not None

"""Those who wait for a time, and how the clinic offers one to them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Row,
    Select,
    String,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.directory import Mode
from scheduler.domain.waitlist import Entry, EntryState, OfferSettings, Part, Wish
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.database import Instant, Model
from scheduler.persistence.directory import VisitTypeRow


class WaitlistRow(Model):
    """Somebody who waits: `appointment_id` is the visit they would give up for a sooner one."""

    __tablename__ = "waitlist"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'served', 'closed')", name="state"),
        Index("ix_waitlist_state", "state", "visit_type_id"),
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"), index=True)
    visit_type_id: Mapped[int] = mapped_column(ForeignKey("visit_type.id"))
    modes: Mapped[list[str]] = mapped_column(JSON)
    practitioner_ids: Mapped[list[int]] = mapped_column(JSON)
    weekdays: Mapped[list[int]] = mapped_column(JSON)
    part: Mapped[str] = mapped_column(String(16))
    notice_minutes: Mapped[int] = mapped_column(Integer)
    language: Mapped[str] = mapped_column(String(2))
    source: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)


class OfferSettingsRow(Model):
    """How this clinic offers times; one row."""

    __tablename__ = "offer_settings"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    automatic: Mapped[bool] = mapped_column(Boolean)
    people: Mapped[int] = mapped_column(Integer)
    minutes: Mapped[int] = mapped_column(Integer)


_ENTRY: Select[Any] = (
    select(
        WaitlistRow.__table__,
        VisitTypeRow.code.label("visit_type_code"),
        AppointmentRow.starts_at.label("visit_start"),
    )
    .join(VisitTypeRow, VisitTypeRow.id == WaitlistRow.visit_type_id)
    .outerjoin(AppointmentRow, AppointmentRow.id == WaitlistRow.appointment_id)
)


def add(
    connection: Connection,
    wish: Wish,
    visit_type_id: int,
    *,
    patient_id: int,
    appointment_id: int | None,
    language: str,
    source: str,
    now: datetime,
) -> str:
    """Put somebody on the waitlist, and return the entry's id."""
    entry_id = uuid4().hex
    row = {
        "id": entry_id,
        "patient_id": patient_id,
        "appointment_id": appointment_id,
        "visit_type_id": visit_type_id,
        "modes": sorted(mode.value for mode in wish.modes),
        "practitioner_ids": sorted(wish.practitioner_ids),
        "weekdays": sorted(wish.weekdays),
        "part": wish.part.value,
        "notice_minutes": int(wish.notice.total_seconds() // 60),
        "language": language,
        "source": source,
        "state": EntryState.WAITING.value,
        "created_at": now,
    }
    connection.execute(insert(WaitlistRow), row)
    return entry_id


def waiting(connection: Connection) -> list[Entry]:
    """Everybody who waits, the longest first."""
    question = _ENTRY.where(WaitlistRow.state == EntryState.WAITING.value)
    return [
        _entry(row) for row in connection.execute(question.order_by(WaitlistRow.created_at, WaitlistRow.id))
    ]


def is_anybody_waiting(connection: Connection) -> bool:
    """Say whether a time that frees could be anybody's."""
    question = select(WaitlistRow.id).where(WaitlistRow.state == EntryState.WAITING.value).limit(1)
    return connection.execute(question).first() is not None


def get(connection: Connection, entry_id: str) -> Entry | None:
    """One entry; None when there is none."""
    if not (entry_id.isascii() and entry_id.isalnum()):
        return None
    row = connection.execute(_ENTRY.where(WaitlistRow.id == entry_id)).one_or_none()
    return None if row is None else _entry(row)


def of_visit(connection: Connection, appointment_id: int) -> Entry | None:
    """Who waits to bring this visit forward; None when nobody does."""
    question = _ENTRY.where(
        WaitlistRow.appointment_id == appointment_id, WaitlistRow.state == EntryState.WAITING.value
    )
    row = connection.execute(question.limit(1)).first()
    return None if row is None else _entry(row)


def close(connection: Connection, entry_id: str, state: EntryState, now: datetime) -> bool:
    """End the waiting; False when it has ended already."""
    ended = update(WaitlistRow).where(
        WaitlistRow.id == entry_id, WaitlistRow.state == EntryState.WAITING.value
    )
    return connection.execute(ended.values(state=state.value, closed_at=now)).rowcount == 1


def close_of_visit(connection: Connection, appointment_id: int, now: datetime) -> None:
    """End the waiting to bring a visit forward: the visit is given up."""
    ended = update(WaitlistRow).where(
        WaitlistRow.appointment_id == appointment_id, WaitlistRow.state == EntryState.WAITING.value
    )
    connection.execute(ended.values(state=EntryState.CLOSED.value, closed_at=now))


def settings(connection: Connection) -> OfferSettings:
    """How the clinic offers times."""
    row = connection.execute(select(OfferSettingsRow.__table__)).first()
    return OfferSettings() if row is None else OfferSettings(row.automatic, row.people, row.minutes)


def save_settings(connection: Connection, chosen: OfferSettings) -> None:
    """Keep how the clinic offers times."""
    values = {"automatic": chosen.automatic, "people": chosen.people, "minutes": chosen.minutes}
    if connection.execute(update(OfferSettingsRow).values(**values)).rowcount == 0:
        connection.execute(insert(OfferSettingsRow), {"id": 1, **values})


def _entry(row: Row[Any]) -> Entry:
    wish = Wish(
        visit_type_code=row.visit_type_code,
        modes=frozenset(Mode(mode) for mode in row.modes),
        practitioner_ids=frozenset(row.practitioner_ids),
        weekdays=frozenset(row.weekdays),
        part=Part(row.part),
        notice=timedelta(minutes=row.notice_minutes),
    )
    return Entry(
        row.id,
        row.patient_id,
        wish,
        row.language,
        EntryState(row.state),
        row.created_at,
        row.appointment_id,
        row.visit_start,
    )

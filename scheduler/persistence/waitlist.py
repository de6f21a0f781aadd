"""Those who wait for a time, the times offered to them, and how the clinic offers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
from scheduler.domain.waitlist import Entry, EntryState, OfferSettings, OfferState, Part, Wish
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


class OfferRoundRow(Model):
    """One time offered to a few people at once, kept for them by one hold until `expires_at`."""

    __tablename__ = "offer_round"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"))
    starts_at: Mapped[datetime] = mapped_column(Instant, index=True)
    hold_id: Mapped[str] = mapped_column(String(32))
    is_open: Mapped[bool] = mapped_column(Boolean)
    automatic: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)


class OfferRow(Model):
    """The offer to one of them; `appointment_id` is the visit it would be, proposed until they accept."""

    __tablename__ = "offer"
    __table_args__ = (
        CheckConstraint(
            "state IN ('open', 'accepted', 'declined', 'expired', 'lost', 'withdrawn')", name="state"
        ),
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    round_id: Mapped[str] = mapped_column(ForeignKey("offer_round.id"), index=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("waitlist.id"), index=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"), unique=True)
    state: Mapped[str] = mapped_column(String(16))
    answered_at: Mapped[datetime | None] = mapped_column(Instant)


class OfferSettingsRow(Model):
    """How this clinic offers times; one row."""

    __tablename__ = "offer_settings"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    automatic: Mapped[bool] = mapped_column(Boolean)
    people: Mapped[int] = mapped_column(Integer)
    minutes: Mapped[int] = mapped_column(Integer)


@dataclass(frozen=True, slots=True)
class Round:
    """One time that is being offered."""

    id: str
    practitioner_id: int
    start: datetime
    hold_id: str
    is_open: bool
    automatic: bool
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """The offer to one person: `proposed` is the number of the visit it would be."""

    id: str
    round_id: str
    entry_id: str
    proposed: int
    state: OfferState


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


def open_round(
    connection: Connection,
    practitioner_id: int,
    start: datetime,
    hold_id: str,
    expires_at: datetime,
    *,
    automatic: bool,
    now: datetime,
) -> str:
    """Begin to offer a time, and return the round's id."""
    round_id = uuid4().hex
    row = {
        "id": round_id,
        "practitioner_id": practitioner_id,
        "starts_at": start,
        "hold_id": hold_id,
        "is_open": True,
        "automatic": automatic,
        "created_at": now,
        "expires_at": expires_at,
    }
    connection.execute(insert(OfferRoundRow), row)
    return round_id


def add_offer(connection: Connection, round_id: str, entry_id: str, proposed: int) -> str:
    """Offer the time of a round to one person, and return the offer's id."""
    offer_id = uuid4().hex
    row = {
        "id": offer_id,
        "round_id": round_id,
        "entry_id": entry_id,
        "appointment_id": proposed,
        "state": OfferState.OPEN.value,
    }
    connection.execute(insert(OfferRow), row)
    return offer_id


def round_of(connection: Connection, round_id: str, *, locked: bool = False) -> Round | None:
    """One round; `locked` makes other answers wait on PostgreSQL, so that the first valid one wins."""
    question: Select[Any] = select(OfferRoundRow.__table__).where(OfferRoundRow.id == round_id)
    row = connection.execute(question.with_for_update() if locked else question).one_or_none()
    if row is None:
        return None
    return Round(
        row.id, row.practitioner_id, row.starts_at, row.hold_id, row.is_open, row.automatic, row.expires_at
    )


def end_round(connection: Connection, round_id: str) -> bool:
    """End a round; False when it has ended already."""
    ended = update(OfferRoundRow).where(OfferRoundRow.id == round_id, OfferRoundRow.is_open)
    return connection.execute(ended.values(is_open=False)).rowcount == 1


def open_rounds(connection: Connection) -> list[Round]:
    """The times that are being offered, soonest first."""
    question = select(OfferRoundRow.__table__).where(OfferRoundRow.is_open).order_by(OfferRoundRow.starts_at)
    return [
        Round(
            row.id,
            row.practitioner_id,
            row.starts_at,
            row.hold_id,
            row.is_open,
            row.automatic,
            row.expires_at,
        )
        for row in connection.execute(question)
    ]


def offers_of(connection: Connection, round_ids: Iterable[str]) -> list[Offer]:
    """The offers of these rounds."""
    question = select(OfferRow.__table__).where(OfferRow.round_id.in_(list(round_ids))).order_by(OfferRow.id)
    return [_offer(row) for row in connection.execute(question)]


def offer_of(connection: Connection, proposed: int) -> Offer | None:
    """The offer whose visit would be this one."""
    row = connection.execute(
        select(OfferRow.__table__).where(OfferRow.appointment_id == proposed)
    ).one_or_none()
    return None if row is None else _offer(row)


def settle_offers(connection: Connection, offer_ids: Sequence[str], state: OfferState, now: datetime) -> None:
    """Write down what became of offers that were open."""
    settled = update(OfferRow).where(
        OfferRow.id.in_(list(offer_ids)), OfferRow.state == OfferState.OPEN.value
    )
    connection.execute(settled.values(state=state.value, answered_at=now))


def asked_about(connection: Connection, practitioner_id: int, start: datetime) -> set[str]:
    """The entries that were offered this very time before, and need not hear of it again."""
    question = (
        select(OfferRow.entry_id)
        .join(OfferRoundRow, OfferRoundRow.id == OfferRow.round_id)
        .where(OfferRoundRow.practitioner_id == practitioner_id, OfferRoundRow.starts_at == start)
    )
    return set(connection.scalars(question))


def busy_entries(connection: Connection) -> set[str]:
    """The entries that are thinking over an offer just now."""
    question = (
        select(OfferRow.entry_id)
        .join(OfferRoundRow, OfferRoundRow.id == OfferRow.round_id)
        .where(OfferRoundRow.is_open, OfferRow.state == OfferState.OPEN.value)
    )
    return set(connection.scalars(question))


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


def _offer(row: Row[Any]) -> Offer:
    return Offer(row.id, row.round_id, row.entry_id, row.appointment_id, OfferState(row.state))

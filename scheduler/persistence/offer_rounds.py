"""The times that are offered to those who wait: one round a time, one offer a person, one hold for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Connection,
    ForeignKey,
    Row,
    Select,
    String,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.waitlist import OfferState
from scheduler.persistence.database import Instant, Model


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
    return None if row is None else _round(row)


def end_round(connection: Connection, round_id: str) -> bool:
    """End a round; False when it has ended already."""
    ended = update(OfferRoundRow).where(OfferRoundRow.id == round_id, OfferRoundRow.is_open)
    return connection.execute(ended.values(is_open=False)).rowcount == 1


def open_rounds(connection: Connection) -> list[Round]:
    """The times that are being offered, soonest first."""
    question = select(OfferRoundRow.__table__).where(OfferRoundRow.is_open).order_by(OfferRoundRow.starts_at)
    return [_round(row) for row in connection.execute(question)]


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


def _offer(row: Row[Any]) -> Offer:
    return Offer(row.id, row.round_id, row.entry_id, row.appointment_id, OfferState(row.state))


def _round(row: Row[Any]) -> Round:
    return Round(
        row.id, row.practitioner_id, row.starts_at, row.hold_id, row.is_open, row.automatic, row.expires_at
    )

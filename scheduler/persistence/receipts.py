"""What providers reported afterwards: that a message left, arrived or did not. Each report counts once.

A report is kept before anything is made of it, also when its message is not known here, and may come before the answer
to the hand-over itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Index, String, UniqueConstraint, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.notification import Channel, Kind, State
from scheduler.persistence.database import Instant, Key, Model
from scheduler.persistence.outbox import OutboxRow


class ReceiptRow(Model):
    """One report of one provider; `event_id` is the provider's name for the report, or one made from what it says."""

    __tablename__ = "receipt"
    __table_args__ = (
        UniqueConstraint("provider", "event_id"),
        Index("ix_receipt_outbox_id", "outbox_id"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    provider: Mapped[str] = mapped_column(String(32))
    event_id: Mapped[str] = mapped_column(String(200))
    provider_ref: Mapped[str | None] = mapped_column(String(200))
    outbox_id: Mapped[int | None] = mapped_column(Key)
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A report: `state` is SENT, DELIVERED or UNDELIVERED; `outbox_id` is our own id, given back by the provider."""

    provider: str
    event_id: str
    state: State
    outbox_id: int | None = None
    provider_ref: str = ""
    reason: str = ""


_ADD = {
    "sqlite": sqlite.insert(ReceiptRow).on_conflict_do_nothing().returning(ReceiptRow.id),
    "postgresql": postgresql.insert(ReceiptRow).on_conflict_do_nothing().returning(ReceiptRow.id),
}


def add(connection: Connection, receipt: Receipt, now: datetime) -> bool:
    """Keep a report; False when it came before."""
    values = {
        "provider": receipt.provider,
        "event_id": receipt.event_id[:200],
        "provider_ref": receipt.provider_ref[:200] or None,
        "outbox_id": receipt.outbox_id,
        "state": receipt.state.value,
        "reason": receipt.reason[:200] or None,
        "at": now,
    }
    return connection.execute(_ADD[connection.dialect.name], values).first() is not None


def last(connection: Connection, outbox_id: int) -> Receipt | None:
    """The latest report about a message of ours; None when none came."""
    row = connection.execute(
        select(ReceiptRow).where(ReceiptRow.outbox_id == outbox_id).order_by(ReceiptRow.id.desc()).limit(1)
    ).first()
    if row is None:
        return None
    return Receipt(
        row.provider,
        row.event_id,
        State(row.state),
        row.outbox_id,
        row.provider_ref or "",
        row.reason or "",
    )


@dataclass(frozen=True, slots=True)
class Named:
    """A message of ours as a report finds it: its number, the hash of where it went, and its language."""

    number: int
    address_index: bytes | None
    language: str


def message_named(connection: Connection, message_id: str) -> Named | None:
    """The message that goes by this name; None when none does."""
    row = connection.execute(
        select(OutboxRow.id, OutboxRow.address_index, OutboxRow.language).where(
            OutboxRow.message_id == message_id
        )
    ).first()
    return None if row is None else Named(row.id, row.address_index, row.language)


def number_by_reference(connection: Connection, provider: str, reference: str) -> int | None:
    """The number of the message that a provider knows by that name."""
    if not reference:
        return None
    question = select(OutboxRow.id).where(OutboxRow.provider_ref == reference, OutboxRow.provider == provider)
    return connection.execute(question).scalar()


_MAY_BECOME = {
    State.SENT: (State.SENDING, State.UNKNOWN),
    State.DELIVERED: (State.SENDING, State.UNKNOWN, State.SENT, State.UNDELIVERED),
    State.UNDELIVERED: (State.SENDING, State.UNKNOWN, State.SENT),
}
"""From which states a report moves a message; the last word "it arrived" is never taken back."""


def report(
    connection: Connection,
    number: int,
    state: State,
    reason: str,
    provider: str,
    reference: str,
    now: datetime,
) -> bool:
    """Move a message to what a provider reports of it; False when that changes nothing."""
    moved = connection.execute(
        update(OutboxRow)
        .where(OutboxRow.id == number, OutboxRow.state.in_([old.value for old in _MAY_BECOME[state]]))
        .values(
            state=state.value,
            reason=reason[:200] or None,
            provider=func.coalesce(OutboxRow.provider, provider[:32] or None),
            provider_ref=func.coalesce(OutboxRow.provider_ref, reference[:200] or None),
            sent_at=func.coalesce(OutboxRow.sent_at, OutboxRow.opened_at, now),
            rendered=None,
        )
    )
    return moved.rowcount == 1


def about(
    connection: Connection, number: int
) -> tuple[int | None, Kind, Channel, str, datetime | None] | None:
    """The visit, kind, channel and language of a message, and until when it is of use; None when it is not there."""
    row = connection.execute(
        select(
            OutboxRow.appointment_id,
            OutboxRow.kind,
            OutboxRow.channel,
            OutboxRow.language,
            OutboxRow.expires_at,
        ).where(OutboxRow.id == number)
    ).first()
    if row is None:
        return None
    return row.appointment_id, Kind(row.kind), Channel(row.channel), row.language, row.expires_at

"""Messages the clinic owes: written with the change that calls for them, carried out by the worker.

A row is the truth and the claim is made in the database, so a crash loses nothing and two workers do no harm.

    pending -> claimed -> sending -> sent
       |          |          +-> pending (later) | dead (a person must call) | unknown -> pending, once | dead
       +----------+-> cancelled | expired | suppressed

`claims.py` and `settlements.py` move the rows, `planned_messages.py` silences them. Here they are written and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
    String,
    bindparam,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.notification import (
    Channel,
    Claimed,
    Notification,
    State,
)
from scheduler.persistence.database import CLOCK, Instant, Key, Model


class OutboxRow(Model):
    """One message to one recipient over one channel, about one version of one visit.

    `recipient` is "patient" or "helper"; the address is looked up at the gate, so nothing here names a person.
    `rendered` holds the sealed bytes that were handed over first and are replayed on every retry, unless the visit's
    links were renewed meanwhile: then the message is written anew. `due_at`,
    `expires_at` and `next_attempt_at` are instants; `lease_until` is reckoned on the database's clock alone.
    `subject` names what a chore is about (a hold's id); `address_index` is the look-up hash of the number or address
    that was written to, for caps and opt-outs; `phone_outcome` is what came of a call.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint(
            "state IN ('pending', 'claimed', 'sending', 'sent', 'delivered', 'undelivered', 'unknown', 'dead',"
            " 'cancelled', 'expired', 'suppressed')",
            name="state",
        ),
        Index(
            "ix_outbox_due",
            "channel",
            "next_attempt_at",
            "id",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index(
            "ix_outbox_lease",
            "lease_until",
            sqlite_where=text("state IN ('claimed', 'sending')"),
            postgresql_where=text("state IN ('claimed', 'sending')"),
        ),
        Index(
            "ix_outbox_in_flight",
            "appointment_id",
            "channel",
            sqlite_where=text("state IN ('claimed', 'sending', 'unknown')"),
            postgresql_where=text("state IN ('claimed', 'sending', 'unknown')"),
        ),
        Index("ix_outbox_appointment_id", "appointment_id", "id"),
        Index(
            "ix_outbox_texts",
            "address_index",
            "opened_at",
            sqlite_where=text("channel = 'sms' AND address_index IS NOT NULL"),
            postgresql_where=text("channel = 'sms' AND address_index IS NOT NULL"),
        ),
        Index("ix_outbox_patient_id", "patient_id", "kind", "due_at"),
        Index("ix_outbox_due_at", "due_at", "id"),
        Index(
            "ix_outbox_calls_made",
            "sent_at",
            sqlite_where=text("phone_outcome IS NOT NULL"),
            postgresql_where=text("phone_outcome IS NOT NULL"),
        ),
        Index("ix_outbox_provider_ref", "provider_ref"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    dedupe_key: Mapped[str] = mapped_column(String(120), unique=True)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"))
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"))
    sequence: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(32))
    channel: Mapped[str] = mapped_column(String(16))
    recipient: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(2))
    message_id: Mapped[str] = mapped_column(String(120), unique=True)
    stamp: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    next_attempt_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    ambiguous: Mapped[bool] = mapped_column(Boolean, default=False)
    lease_token: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    rendered: Mapped[bytes | None] = mapped_column(LargeBinary)
    provider_ref: Mapped[str | None] = mapped_column(String(200))
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Instant)
    subject: Mapped[str | None] = mapped_column(String(64))
    address_index: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    provider: Mapped[str | None] = mapped_column(String(32))
    parts: Mapped[int | None] = mapped_column(Integer)
    opened_at: Mapped[datetime | None] = mapped_column(Instant)
    phone_outcome: Mapped[str | None] = mapped_column(String(16))


# On PostgreSQL asking for the ids makes of many rows one statement; SQLite runs one prepared statement row by row.
_INSERT = {
    "sqlite": sqlite.insert(OutboxRow).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(OutboxRow).on_conflict_do_nothing().returning(OutboxRow.id),
}

# The partial index is used only where a query repeats its condition word for word, so this is a literal.
_PENDING = text("outbox.state = 'pending'")


def owe(connection: Connection, notifications: Sequence[Notification], now: datetime) -> None:
    """Write messages down as owed; one that is owed already (by its dedupe key) is left as it is."""
    if not notifications:
        return
    rows = [_row(notification, now) for notification in notifications]
    connection.execute(_INSERT[connection.dialect.name], rows)


def _row(notification: Notification, now: datetime) -> dict[str, Any]:
    return {
        "dedupe_key": notification.dedupe_key,
        "appointment_id": notification.appointment_id,
        "patient_id": notification.patient_id,
        "sequence": notification.sequence,
        "kind": notification.kind.value,
        "channel": notification.channel.value,
        "recipient": notification.addressee.value,
        "language": notification.language,
        "message_id": notification.message_id,
        "stamp": notification.stamp,
        "due_at": notification.due_at,
        "expires_at": notification.expires_at,
        "next_attempt_at": notification.due_at,
        "state": State.PENDING.value,
        "attempts": 0,
        "ambiguous": False,
        "created_at": now,
        "subject": notification.subject or None,
    }


def has_text_beside(connection: Connection, mail: Claimed) -> bool:
    """Say whether the same message was owed as a text at the same moment as this mail."""
    question = select(OutboxRow.id).where(
        OutboxRow.appointment_id == mail.appointment_id,
        OutboxRow.channel == Channel.SMS.value,
        OutboxRow.kind == mail.kind.value,
        OutboxRow.sequence == mail.sequence,
        OutboxRow.created_at == mail.created_at,
    )
    return connection.execute(question.limit(1)).first() is not None


@dataclass(frozen=True, slots=True)
class Settled:
    """A message with what became of it already: `at` is when it left, `provider` who took it."""

    notification: Notification
    state: State
    reason: str | None = None
    at: datetime | None = None
    outcome: str | None = None
    parts: int | None = None
    provider: str | None = None


def keep_settled(connection: Connection, messages: Sequence[Settled], now: datetime) -> None:
    """Write messages of the past down with their ends, for made-up data."""
    rows = [
        {
            **_row(one.notification, one.notification.stamp),
            "state": one.state.value,
            "reason": one.reason,
            "sent_at": one.at,
            "opened_at": one.at,
            "attempts": 0 if one.at is None else 1,
            "phone_outcome": one.outcome,
            "parts": one.parts,
            "provider": one.provider,
        }
        for one in messages
    ]
    if rows:
        connection.execute(insert(OutboxRow.__table__), rows)  # type: ignore[arg-type]


_NEXT_DUE = select(func.min(OutboxRow.next_attempt_at)).where(
    _PENDING, OutboxRow.channel == bindparam("over")
)


def next_due(connection: Connection, channel: Channel) -> datetime | None:
    """When the next waiting message of a channel wants to be tried; None when none waits."""
    return connection.scalars(_NEXT_DUE, {"over": channel.value}).first()


_LOOK = {
    engine: select(clock.label("now"), _NEXT_DUE.scalar_subquery().label("due"))
    for engine, clock in CLOCK.items()
}


def look(connection: Connection, channel: Channel) -> tuple[datetime, datetime | None]:
    """The database's own time, and when the next waiting message of a channel wants to be tried, in one statement."""
    row = connection.execute(_LOOK[connection.dialect.name], {"over": channel.value}).one()
    return row.now, row.due


def oldest_overdue(connection: Connection, now: datetime) -> datetime | None:
    """Since when the longest-waiting message that should have left by `now` has been due; None when all is quiet.

    Calls wait for a person and are not counted.
    """
    statement = select(func.min(OutboxRow.due_at)).where(
        _PENDING,
        OutboxRow.channel.in_([each.value for each in Channel if each is not Channel.PHONE]),
        OutboxRow.next_attempt_at <= now,
    )
    return connection.scalars(statement).first()


def count_by_state(connection: Connection, states: Iterable[State]) -> dict[State, int]:
    """How many messages stand in each of these states, for the status page."""
    statement = (
        select(OutboxRow.state, func.count().label("number"))
        .where(OutboxRow.state.in_([state.value for state in states]))
        .group_by(OutboxRow.state)
    )
    return {State(row.state): row.number for row in connection.execute(statement)}

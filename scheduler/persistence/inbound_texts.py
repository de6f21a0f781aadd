"""Texts that came in, each once, by the provider's name for it; the words are kept only for a person to read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Index, LargeBinary, String, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.appointment import OPEN
from scheduler.domain.notification import Addressee, Channel, Kind, State
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.database import Instant, Key, Model
from scheduler.persistence.outbox import OutboxRow


class InboundTextRow(Model):
    """One text; `verdict` is what was understood, `sealed` its words where nobody but a person can understand them."""

    __tablename__ = "inbound_text"
    __table_args__ = (Index("ix_inbound_text_phone_index", "phone_index", "at"),)
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    message_sid: Mapped[str] = mapped_column(String(64), unique=True)
    phone_index: Mapped[bytes] = mapped_column(LargeBinary(16))
    verdict: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(Instant)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)


_ADD = {
    "sqlite": sqlite.insert(InboundTextRow).on_conflict_do_nothing().returning(InboundTextRow.id),
    "postgresql": postgresql.insert(InboundTextRow).on_conflict_do_nothing().returning(InboundTextRow.id),
}


def add(
    connection: Connection,
    message_sid: str,
    phone_index: bytes,
    verdict: str,
    now: datetime,
    sealed: bytes | None = None,
) -> bool:
    """Keep a text; False when it came before."""
    values = {
        "message_sid": message_sid,
        "phone_index": phone_index,
        "verdict": verdict,
        "at": now,
        "sealed": sealed,
    }
    return connection.execute(_ADD[connection.dialect.name], values).first() is not None


def conclude(connection: Connection, message_sid: str, verdict: str, sealed: bytes | None) -> None:
    """Write down what was made of a text."""
    kept = update(InboundTextRow).where(InboundTextRow.message_sid == message_sid)
    connection.execute(kept.values(verdict=verdict, sealed=sealed))


def count_since(connection: Connection, phone_index: bytes, since: datetime, verdict: str = "") -> int:
    """How many texts came from a number since then, all or those of one verdict."""
    question = select(func.count()).where(
        InboundTextRow.phone_index == phone_index, InboundTextRow.at >= since
    )
    if verdict:
        question = question.where(InboundTextRow.verdict == verdict)
    return int(connection.execute(question).scalar_one())


def last_of(
    connection: Connection, phone_index: bytes, verdict: str, since: datetime
) -> tuple[str, bytes] | None:
    """The provider's name and the sealed part of the latest text of one verdict from a number; None when none came."""
    question = (
        select(InboundTextRow.message_sid, InboundTextRow.sealed)
        .where(
            InboundTextRow.phone_index == phone_index,
            InboundTextRow.verdict == verdict,
            InboundTextRow.at >= since,
            InboundTextRow.sealed.is_not(None),
        )
        .order_by(InboundTextRow.id.desc())
        .limit(1)
    )
    row = connection.execute(question).first()
    return None if row is None else (row.message_sid, bytes(row.sealed))


def visits_ahead(connection: Connection, phone_index: bytes, now: datetime) -> list[int]:
    """The open visits ahead that this number booked or was texted about, soonest first."""
    told = select(OutboxRow.appointment_id).where(
        OutboxRow.channel == Channel.SMS.value, OutboxRow.address_index == phone_index
    )
    is_theirs = (AppointmentRow.phone_index == phone_index) | AppointmentRow.id.in_(told)
    question = (
        select(AppointmentRow.id)
        .where(
            is_theirs,
            AppointmentRow.starts_at > now,
            AppointmentRow.status.in_([status.value for status in OPEN]),
        )
        .order_by(AppointmentRow.starts_at, AppointmentRow.id)
    )
    return list(connection.scalars(question))


def told_in_the_answer(connection: Connection, appointment_id: int, sequence: int) -> None:
    """Silence the text about a cancellation whose asker is told of it at once, in the answer to the text that asked."""
    connection.execute(
        update(OutboxRow)
        .where(
            OutboxRow.appointment_id == appointment_id,
            OutboxRow.sequence == sequence,
            OutboxRow.kind == Kind.CANCELLED.value,
            OutboxRow.channel == Channel.SMS.value,
            OutboxRow.recipient == Addressee.PATIENT.value,
            OutboxRow.state == State.PENDING.value,
        )
        .values(state=State.SUPPRESSED.value, reason="told in the answer")
    )

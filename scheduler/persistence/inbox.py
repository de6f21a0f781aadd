"""Mails that came in, each once, by its Message-ID: what was made of it and why.

The words are kept only where a person must read them, sealed, and only until that person has done so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Row,
    String,
    bindparam,
    delete,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.worklist import State
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.database import Instant, Key, Model
from scheduler.persistence.worklist import WorklistRow


class InboundMailRow(Model):
    """One mail. `stamp` is the DTSTAMP of an answer that had effect; `sealed` what a person must read, until they have.

    `worklist_id` is the thing to do that came of it; `sender_index` the look-up hash of the sender, or of the sender
    with a mark where nobody vouches for them.
    """

    __tablename__ = "inbound_mail"
    __table_args__ = (
        Index("ix_inbound_mail_sender_index", "sender_index", "at"),
        Index("ix_inbound_mail_appointment_id", "appointment_id", "sender_index"),
        Index(
            "ix_inbound_mail_unread",
            "id",
            sqlite_where=text("sealed IS NOT NULL"),
            postgresql_where=text("sealed IS NOT NULL"),
        ),
        Index("ix_inbound_mail_worklist_id", "worklist_id"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    message_id: Mapped[str] = mapped_column(String(255), unique=True)
    at: Mapped[datetime] = mapped_column(Instant)
    sender_index: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    verdict: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(64))
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"))
    sequence: Mapped[int | None] = mapped_column(Integer)
    stamp: Mapped[datetime | None] = mapped_column(Instant)
    worklist_id: Mapped[str | None] = mapped_column(String(32))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    handled_at: Mapped[datetime | None] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class KeptMail:
    """One mail of the record."""

    id: int
    message_id: str
    at: datetime
    verdict: str
    reason: str
    appointment_id: int | None
    sequence: int | None
    worklist_id: str | None
    sealed: bytes | None
    handled_at: datetime | None
    sender_index: bytes | None


_ADD = {
    "sqlite": sqlite.insert(InboundMailRow).on_conflict_do_nothing().returning(InboundMailRow.id),
    "postgresql": postgresql.insert(InboundMailRow).on_conflict_do_nothing().returning(InboundMailRow.id),
}
_KEPT = tuple(InboundMailRow.__table__.c[name] for name in KeptMail.__dataclass_fields__)


def add(connection: Connection, message_id: str, sender_index: bytes | None, now: datetime) -> int | None:
    """Write down that a mail came, and return its number; None when it came before."""
    values = {
        "message_id": message_id,
        "at": now,
        "sender_index": sender_index,
        "verdict": "received",
        "reason": "",
    }
    return connection.execute(_ADD[connection.dialect.name], values).scalar()


def conclude(
    connection: Connection,
    number: int,
    verdict: str,
    reason: str,
    *,
    appointment_id: int | None = None,
    sequence: int | None = None,
    stamp: datetime | None = None,
    worklist_id: str | None = None,
    sealed: bytes | None = None,
) -> None:
    """Write down what was made of a mail."""
    connection.execute(
        update(InboundMailRow)
        .where(InboundMailRow.id == number)
        .values(
            verdict=verdict,
            reason=reason[:64],
            appointment_id=appointment_id,
            sequence=sequence,
            stamp=stamp,
            worklist_id=worklist_id,
            sealed=sealed,
        )
    )


def count_since(connection: Connection, sender_index: bytes, since: datetime) -> int:
    """How many mails came from an address since then."""
    question = select(func.count()).where(
        InboundMailRow.sender_index == sender_index, InboundMailRow.at >= since
    )
    return int(connection.execute(question).scalar_one())


def count_unread(connection: Connection) -> int:
    """How many mails wait for a person."""
    question = select(func.count()).where(InboundMailRow.sealed.is_not(None))
    return int(connection.execute(question).scalar_one())


def last_stamp(connection: Connection, appointment_id: int, sender_index: bytes) -> datetime | None:
    """The DTSTAMP of the latest answer about a visit that had effect and came from this address."""
    question = select(func.max(InboundMailRow.stamp)).where(
        InboundMailRow.appointment_id == appointment_id, InboundMailRow.sender_index == sender_index
    )
    return connection.scalars(question).first()


def get(connection: Connection, number: int) -> KeptMail | None:
    """The mail of that number; None when there is none."""
    row = connection.execute(select(*_KEPT).where(InboundMailRow.id == number)).first()
    return None if row is None else _kept(row)


def of_worklist(connection: Connection, worklist_id: str) -> int | None:
    """The number of the mail that a thing on the desk's list came from."""
    question = select(InboundMailRow.id).where(InboundMailRow.worklist_id == worklist_id)
    return connection.execute(question).scalar()


def unread(connection: Connection, limit: int) -> list[KeptMail]:
    """The mails that wait for a person, the longest first."""
    question = select(*_KEPT).where(InboundMailRow.sealed.is_not(None)).order_by(InboundMailRow.id)
    return [_kept(row) for row in connection.execute(question.limit(limit))]


def waiting_about(connection: Connection, appointment_ids: Sequence[int]) -> list[KeptMail]:
    """The mails about these visits that wait for a person."""
    question = select(*_KEPT).where(
        InboundMailRow.appointment_id.in_(appointment_ids), InboundMailRow.sealed.is_not(None)
    )
    return [_kept(row) for row in connection.execute(question.order_by(InboundMailRow.id))]


def handle(connection: Connection, number: int, now: datetime) -> bool:
    """Forget the words of a mail that a person has dealt with; False when somebody has done so already."""
    done = connection.execute(
        update(InboundMailRow)
        .where(InboundMailRow.id == number, InboundMailRow.sealed.is_not(None))
        .values(sealed=None, handled_at=now)
    )
    return done.rowcount == 1


_DONE = select(WorklistRow.id).where(WorklistRow.state == State.DONE.value)
_OLD = select(InboundMailRow.id).where(
    InboundMailRow.at < bindparam("before", type_=Instant),
    or_(InboundMailRow.sealed.is_(None), InboundMailRow.worklist_id.in_(_DONE)),
    or_(
        InboundMailRow.appointment_id.is_(None),
        InboundMailRow.appointment_id.in_(
            select(AppointmentRow.id).where(AppointmentRow.ends_at < bindparam("before", type_=Instant))
        ),
    ),
)


def forget(connection: Connection, before: datetime, most: int) -> int:
    """Forget mails that came before then, `most` at a time; returns how many.

    What a person must still read stays, unless what it asked for was settled meanwhile, and so does what was said about
    a visit that is not long over: a mail that comes a second time must be known again.
    """
    old = connection.scalars(_OLD.order_by(InboundMailRow.id).limit(most), {"before": before}).all()
    if old:
        connection.execute(delete(InboundMailRow).where(InboundMailRow.id.in_(old)))
    return len(old)


def _kept(row: Row[tuple[object, ...]]) -> KeptMail:
    return KeptMail(**row._mapping)

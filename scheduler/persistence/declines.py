"""Visits that somebody declined in their calendar: the time is held for a while, then it is given back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, ForeignKey, Index, Integer, Row, String, insert, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.persistence.database import Instant, Key, Model

LEFT_OVER = timedelta(days=1)


class DeclineRow(Model):
    """One declined version of a visit; `until` is when the visit is given up unless somebody keeps it.

    `outcome` is how it ended, in the words of the desk's list ("kept", "settled", "cancelled").
    """

    __tablename__ = "decline"
    __table_args__ = (
        Index("ix_decline_appointment_id", "appointment_id"),
        Index(
            "ix_decline_pending",
            "until",
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"))
    sequence: Mapped[int] = mapped_column(Integer)
    addressee: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str | None] = mapped_column(String(16))


@dataclass(frozen=True, slots=True)
class Decline:
    """A visit that was declined and is held until `until`."""

    id: int
    appointment_id: int
    sequence: int
    addressee: str
    at: datetime
    until: datetime


_COLUMNS = tuple(DeclineRow.__table__.c[name] for name in Decline.__dataclass_fields__)
_PENDING = select(*_COLUMNS).where(DeclineRow.settled_at.is_(None)).order_by(DeclineRow.until)


def add(
    connection: Connection, appointment_id: int, sequence: int, addressee: str, now: datetime, until: datetime
) -> int:
    """Hold a declined visit; returns the number of the decline."""
    values = {
        "appointment_id": appointment_id,
        "sequence": sequence,
        "addressee": addressee,
        "at": now,
        "until": until,
    }
    added = insert(DeclineRow).returning(DeclineRow.id)
    number: int = connection.execute(added, values).scalar_one()
    return number


def of_visit(connection: Connection, appointment_id: int, sequence: int) -> Decline | None:
    """The decline that is held for this version of a visit; None when there is none."""
    about = _PENDING.where(DeclineRow.appointment_id == appointment_id, DeclineRow.sequence == sequence)
    row = connection.execute(about.limit(1)).first()
    return None if row is None else _decline(row)


def pending(connection: Connection, appointment_ids: Sequence[int] | None = None) -> list[Decline]:
    """The declines that are held, of these visits or of all, the soonest to end first."""
    question = _PENDING
    if appointment_ids is not None:
        question = question.where(DeclineRow.appointment_id.in_(appointment_ids))
    return [_decline(row) for row in connection.execute(question)]


def settle(connection: Connection, appointment_id: int, outcome: str, now: datetime) -> bool:
    """End what is held for a visit; False when nothing was."""
    done = connection.execute(
        update(DeclineRow)
        .where(DeclineRow.appointment_id == appointment_id, DeclineRow.settled_at.is_(None))
        .values(settled_at=now, outcome=outcome)
    )
    return done.rowcount > 0


def settle_old(connection: Connection, now: datetime) -> int:
    """End what is held for versions that a visit no longer has: it was moved or cancelled in the meantime."""
    done = connection.execute(
        update(DeclineRow)
        .where(DeclineRow.until < now - LEFT_OVER, DeclineRow.settled_at.is_(None))
        .values(settled_at=now, outcome="settled")
    )
    return done.rowcount


def _decline(row: Row[tuple[object, ...]]) -> Decline:
    return Decline(**row._mapping)

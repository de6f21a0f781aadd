"""The ledger's older part: messages long settled, moved aside so that the working table stays small."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Connection, Index, Integer, String, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.notification import State
from scheduler.persistence.database import Instant, Key, Model
from scheduler.persistence.outbox import OutboxRow

SETTLED = (
    State.SENT,
    State.DELIVERED,
    State.UNDELIVERED,
    State.DEAD,
    State.CANCELLED,
    State.EXPIRED,
    State.SUPPRESSED,
)


class ArchivedMessageRow(Model):
    """One settled message, under its old number, without what was only needed to send it."""

    __tablename__ = "outbox_archive"
    __table_args__ = (Index("ix_outbox_archive_appointment_id", "appointment_id", "id"),)
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    appointment_id: Mapped[int | None] = mapped_column(Key)
    patient_id: Mapped[int | None] = mapped_column(Key)
    sequence: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(32))
    channel: Mapped[str] = mapped_column(String(16))
    recipient: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(2))
    message_id: Mapped[str] = mapped_column(String(120))
    due_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(Integer)
    ambiguous: Mapped[bool] = mapped_column(Boolean)
    provider: Mapped[str | None] = mapped_column(String(32))
    provider_ref: Mapped[str | None] = mapped_column(String(200))
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str | None] = mapped_column(String(200))
    phone_outcome: Mapped[str | None] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(Instant)


_COLUMNS = [column.name for column in ArchivedMessageRow.__table__.columns]


def move_settled(connection: Connection, before: datetime, most: int) -> int:
    """Move up to `most` settled messages that were due before then; returns how many were moved."""
    chosen = (
        select(OutboxRow.id)
        .where(OutboxRow.due_at < before, OutboxRow.state.in_([state.value for state in SETTLED]))
        .order_by(OutboxRow.due_at, OutboxRow.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    ids = connection.scalars(chosen).all()
    if not ids:
        return 0
    source = select(*(OutboxRow.__table__.c[name] for name in _COLUMNS)).where(OutboxRow.id.in_(ids))
    connection.execute(insert(ArchivedMessageRow).from_select(_COLUMNS, source))
    connection.execute(delete(OutboxRow).where(OutboxRow.id.in_(ids)))
    return len(ids)

"""What waits for a person at the desk: calls to make, requests to answer, visits without a place."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.persistence.database import Instant, Model


class WorklistRow(Model):
    """One thing to do; names, phones and notes are sealed. `urgency` is "urgent" or "normal"."""

    __tablename__ = "worklist"
    __table_args__ = (
        CheckConstraint("urgency IN ('urgent', 'normal')", name="urgency"),
        CheckConstraint("state IN ('open', 'claimed', 'snoozed', 'done')", name="state"),
        Index("ix_worklist_state", "state", "urgency", "created_at"),
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    urgency: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(8))
    language: Mapped[str] = mapped_column(String(2))
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant)
    claimed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    snoozed_until: Mapped[datetime | None] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str | None] = mapped_column(String(32))

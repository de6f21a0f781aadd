"""What people answered to the safety questions, sealed, with the wording they saw."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.persistence.database import Instant, Model


class GateAnswerRow(Model):
    """One run through the safety questions; `answers` are sealed, `tier` says where they led."""

    __tablename__ = "gate_answer"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[str] = mapped_column(ForeignKey("gate_version.version"))
    language: Mapped[str] = mapped_column(String(2))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    answered_at: Mapped[datetime] = mapped_column(Instant)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"), index=True)
    worklist_id: Mapped[str | None] = mapped_column(ForeignKey("worklist.id"))

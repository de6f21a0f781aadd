"""Half-filled bookings, and the answers already given to requests that come twice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.persistence.database import Instant, Model


class DraftRow(Model):
    """What a person typed so far, sealed; the browser holds only the handle, whose hash stands here."""

    __tablename__ = "draft"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    handle_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    version: Mapped[int] = mapped_column(Integer, default=0)
    hold_id: Mapped[str | None] = mapped_column(String(32))
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)


class IdempotencyRow(Model):
    """One request that may be repeated: the same key and body get the same answer (`request_hash` tells)."""

    __tablename__ = "idempotency"
    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"))
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant, index=True)

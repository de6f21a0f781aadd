"""Staff accounts, their sessions, and the count of failed tries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.persistence.database import Instant, Key, Model


class AccountRow(Model):
    """A member of the staff; patients have none."""

    __tablename__ = "account"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    roles: Mapped[list[str]] = mapped_column(JSON)
    practitioner_id: Mapped[int | None] = mapped_column(ForeignKey("practitioner.id"))
    password_hash: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(2), default="en")
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class StaffSessionRow(Model):
    """One signed-in browser; the cookie holds a random handle whose hash stands here."""

    __tablename__ = "staff_session"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    handle_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


class AttemptRow(Model):
    """How often something was tried in a window: `scope` says what, `key_hash` by or on whom."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_window_start", "window_start"),)
    scope: Mapped[str] = mapped_column(String(32), primary_key=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    window_start: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    count: Mapped[int] = mapped_column(Integer)

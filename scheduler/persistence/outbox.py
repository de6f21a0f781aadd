"""Messages the clinic owes: written with the change that calls for them, carried out by the worker.

A row is the truth and the claim is made in the database, so a crash loses nothing and two workers do no harm. States:
pending, claimed, sending, sent, delivered, undelivered, unknown, dead, cancelled, expired, suppressed.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.persistence.database import Instant, Key, Model


class OutboxRow(Model):
    """One message to one recipient over one channel, about one version of one visit.

    `recipient` is "patient" or "helper"; the address is looked up at the gate, so nothing here names a person.
    `rendered` holds the sealed bytes that were handed over first and are replayed on every retry. `due_at`,
    `expires_at` and `next_attempt_at` are instants; `lease_until` is reckoned on the database's clock alone.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint(
            "state IN ('pending', 'claimed', 'sending', 'sent', 'delivered', 'undelivered', 'unknown', 'dead',"
            " 'cancelled', 'expired', 'suppressed')",
            name="state",
        ),
        Index("ix_outbox_due", "next_attempt_at", "id", sqlite_where=text("state = 'pending'"), postgresql_where=text("state = 'pending'")),
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


class HeartbeatRow(Model):
    """When a node's clock last ticked."""

    __tablename__ = "heartbeat"
    node: Mapped[str] = mapped_column(String(64), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(Instant)
    ticked_at: Mapped[datetime] = mapped_column(Instant)

"""Private links: the secret is made from a key outside the database, and only its hash is kept here."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.persistence.database import Instant, Model


class LinkRow(Model):
    """One capability: who holds the secret may do what `purpose` says with this visit (or this person's visits).

    The 256-bit secret is HMAC-SHA256 of the id under the link key `key_id`, so the worker can write it into a mail while
    a stolen database reveals none; only SHA-256 of the secret is stored.
    """

    __tablename__ = "link"
    __table_args__ = (
        CheckConstraint("purpose IN ('manage', 'visit', 'helper', 'calendar', 'feed', 'offer')", name="purpose"),
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    purpose: Mapped[str] = mapped_column(String(16))
    key_id: Mapped[str] = mapped_column(String(16))
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"), index=True)
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"), index=True)
    practitioner_id: Mapped[int | None] = mapped_column(ForeignKey("practitioner.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)

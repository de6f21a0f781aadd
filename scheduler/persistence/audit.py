"""Who saw or changed what: rows that can be added and never altered, sealed into a chain by the worker."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.persistence.database import Instant, Key, Model


class AuditRow(Model):
    """One act (FHIR AuditEvent). `detail` holds names of fields and codes, never what was in them."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_object", "object_type", "object_id"),
        Index("ix_audit_patient_id", "patient_id"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(Instant)
    actor_kind: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(32))
    object_type: Mapped[str] = mapped_column(String(32))
    object_id: Mapped[str] = mapped_column(String(64))
    patient_id: Mapped[int | None] = mapped_column(Key)
    outcome: Mapped[str] = mapped_column(String(16))
    detail: Mapped[dict[str, str]] = mapped_column(JSON)
    request_id: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(45))


class AuditSealRow(Model):
    """One link of the chain: `mac` covers the audit row and the link before it, under a key of its own."""

    __tablename__ = "audit_seal"
    seq: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    audit_id: Mapped[int] = mapped_column(Key, unique=True)
    mac: Mapped[bytes] = mapped_column(LargeBinary(32))

"""Who saw or changed what: rows that can be added and never altered, sealed into a chain by the worker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Connection, Index, LargeBinary, String, insert
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.actor import Actor
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


@dataclass(frozen=True, slots=True)
class Entry:
    """One act to write down. `detail` names fields and codes, never what was in them."""

    action: str
    object_type: str
    object_id: str | int
    patient_id: int | None = None
    outcome: str = "ok"
    detail: Mapping[str, str] | None = None


_INSERT = insert(AuditRow).inline()


def record(
    connection: Connection,
    actor: Actor,
    action: str,
    object_type: str,
    object_id: str | int,
    *,
    now: datetime,
    patient_id: int | None = None,
    outcome: str = "ok",
    detail: Mapping[str, str] | None = None,
) -> None:
    """Write down one act, in the transaction of the act itself: one insert and no queue; the chain comes later."""
    entry = Entry(action, object_type, object_id, patient_id, outcome, detail)
    connection.execute(_INSERT, _row(actor, entry, now))


def record_many(connection: Connection, actor: Actor, entries: Iterable[Entry], *, now: datetime) -> None:
    """Write down several acts of one person with one statement (a page that shows many patients, say)."""
    rows = [_row(actor, entry, now) for entry in entries]
    if rows:
        connection.execute(_INSERT, rows)


def _row(actor: Actor, entry: Entry, now: datetime) -> dict[str, Any]:
    return {
        "at": now,
        "actor_kind": actor.kind.value,
        "actor_id": actor.id[:64],
        "action": entry.action,
        "object_type": entry.object_type,
        "object_id": str(entry.object_id),
        "patient_id": entry.patient_id,
        "outcome": entry.outcome,
        "detail": dict(entry.detail or {}),
        "request_id": actor.request_id[:64],
        "address": actor.address[:45],
    }

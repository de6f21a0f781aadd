"""Who saw or changed what: rows that can be added and never altered, sealed into a chain by the worker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    Index,
    LargeBinary,
    RowMapping,
    String,
    exists,
    func,
    insert,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.actor import Actor
from scheduler.domain.audit_trail import Record, Seal
from scheduler.persistence.database import Instant, Key, Model


class AuditRow(Model):
    """One act (FHIR AuditEvent). `detail` holds names of fields and codes, never what was in them."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_object", "object_type", "object_id"),
        Index("ix_audit_patient_id", "patient_id"),
        Index("ix_audit_at", "at"),
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
_RECORD = tuple(AuditRow.__table__.c)
_SEALS: Any = select(AuditSealRow.seq, AuditSealRow.audit_id, AuditSealRow.mac)
_SEALING_TURN = 0x5EA1
LOOK_BACK = 10_000
"""How many numbers below the newest sealed one are looked at again: on PostgreSQL a transaction that began early may
commit late, so its rows appear below rows that are sealed already. The chain has an order of its own. SQLite has one
writer at a time, so nothing comes late there."""


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


def about(
    connection: Connection, object_type: str, object_id: int, most: int = 200, *, but: str
) -> list[Record]:
    """The acts on one thing, the newest first, without those whose names begin with `but`."""
    question = (
        select(*_RECORD)
        .where(
            AuditRow.object_type == object_type,
            AuditRow.object_id == str(object_id),
            ~AuditRow.action.startswith(but),
        )
        .order_by(AuditRow.id.desc())
        .limit(most)
    )
    return [_record(row) for row in connection.execute(question).mappings()]


def take_sealing_turn(connection: Connection) -> bool:
    """Let one sealer in at a time, until its transaction ends; on SQLite the write lock does that already."""
    if connection.dialect.name == "sqlite":
        return True
    return bool(connection.execute(select(func.pg_try_advisory_xact_lock(_SEALING_TURN))).scalar_one())


def head(connection: Connection) -> Seal | None:
    """The last link of the chain; None when nothing is sealed yet."""
    return _first(connection, _SEALS.order_by(AuditSealRow.seq.desc()).limit(1))


def seal_at(connection: Connection, seq: int) -> Seal | None:
    """One link of the chain."""
    return _first(connection, _SEALS.where(AuditSealRow.seq == seq))


def unsealed(connection: Connection, most: int, *, everything: bool = False) -> list[Record]:
    """The oldest rows without a link, near and above the newest linked one, or anywhere when asked for everything."""
    newest = connection.execute(select(func.max(AuditSealRow.audit_id))).scalar_one() or 0
    loose = ~exists().where(AuditSealRow.audit_id == AuditRow.id)
    query = select(*_RECORD).where(loose).order_by(AuditRow.id).limit(most)
    if not everything:
        late = 0 if connection.dialect.name == "sqlite" else LOOK_BACK
        query = query.where(AuditRow.id > newest - late)
    return [_record(row) for row in connection.execute(query).mappings()]


def add_seals(connection: Connection, seals: Iterable[Seal]) -> None:
    """Append links to the chain."""
    rows = [{"seq": seal.seq, "audit_id": seal.audit_id, "mac": seal.mac} for seal in seals]
    if rows:
        connection.execute(insert(AuditSealRow), rows)


def chain(connection: Connection) -> Iterator[tuple[Seal, Record | None]]:
    """Every link in order, with the row it covers, or None where that row is gone; read in portions."""
    query = (
        select(AuditSealRow.seq, AuditSealRow.audit_id, AuditSealRow.mac, *_RECORD)
        .outerjoin(AuditRow, AuditRow.id == AuditSealRow.audit_id)
        .order_by(AuditSealRow.seq)
        .execution_options(yield_per=5000)
    )
    for row in connection.execute(query):
        values = dict(zip(_NAMES, row[3:], strict=True))
        yield Seal(row[0], row[1], row[2]), (Record(**values) if values["id"] is not None else None)


_NAMES = tuple(column.key for column in _RECORD)


def _first(connection: Connection, query: Any) -> Seal | None:
    row = connection.execute(query).mappings().first()
    return None if row is None else Seal(**row)


def _record(row: RowMapping) -> Record:
    return Record(**row)

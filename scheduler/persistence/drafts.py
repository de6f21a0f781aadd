"""Half-filled bookings, and the answers already given to requests that come twice."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    ForeignKey,
    Insert,
    Integer,
    LargeBinary,
    String,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.errors import IdempotencyMismatch, StaleVersion
from scheduler.persistence.database import Instant, Model
from scheduler.persistence.vault import Vault, token_hash


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


@dataclass(frozen=True, slots=True)
class Draft:
    """A half-filled booking, opened. `version` rises with each save; `appointment_id` is set once it was booked."""

    id: str
    version: int
    values: Mapping[str, Any]
    hold_id: str | None
    appointment_id: int | None
    expires_at: datetime


_LOAD = select(DraftRow).where(
    DraftRow.handle_hash == bindparam("handle"), DraftRow.expires_at > bindparam("now", type_=Instant)
)
_BOOKED_AS = select(DraftRow.appointment_id).where(DraftRow.id == bindparam("draft")).with_for_update()
_CLOSE = (
    update(DraftRow)
    .where(DraftRow.id == bindparam("draft"))
    .values(
        sealed=bindparam("nothing"),
        version=DraftRow.version + 1,
        hold_id=None,
        appointment_id=bindparam("visit"),
    )
)
_FINISH = (
    update(IdempotencyRow)
    .where(IdempotencyRow.key_hash == bindparam("key"))
    .values(answer=bindparam("said"), appointment_id=bindparam("visit"))
)
_KNOWN = select(IdempotencyRow.request_hash, IdempotencyRow.answer).where(
    IdempotencyRow.key_hash == bindparam("key")
)


def start(
    connection: Connection,
    vault: Vault,
    values: Mapping[str, Any],
    *,
    now: datetime,
    expires_at: datetime,
    hold_id: str | None = None,
) -> str:
    """Keep a new half-filled booking; returns the random handle that the browser holds and the clinic does not."""
    handle, draft_id = secrets.token_urlsafe(32), secrets.token_hex(16)
    row = {
        "id": draft_id,
        "handle_hash": token_hash(handle),
        "sealed": vault.seal("draft", draft_id, values),
        "version": 0,
        "hold_id": hold_id,
        "created_at": now,
        "expires_at": expires_at,
    }
    connection.execute(insert(DraftRow), row)
    return handle


def load(connection: Connection, vault: Vault, handle: str, now: datetime) -> Draft | None:
    """What was typed so far; None when the handle is unknown or its time is over."""
    row = connection.execute(_LOAD, {"handle": token_hash(handle), "now": now}).mappings().first()
    if row is None:
        return None
    return Draft(
        id=row["id"],
        version=row["version"],
        values=vault.open("draft", row["id"], row["sealed"]),
        hold_id=row["hold_id"],
        appointment_id=row["appointment_id"],
        expires_at=row["expires_at"],
    )


def save(
    connection: Connection,
    vault: Vault,
    draft: Draft,
    values: Mapping[str, Any],
    *,
    expires_at: datetime,
    hold_id: str | None = None,
) -> Draft:
    """Replace what was typed, and which hold it leans on.

    :raises StaleVersion: when another window saved in the meantime; load again and put the answers together.
    """
    statement = (
        update(DraftRow)
        .where(DraftRow.id == draft.id, DraftRow.version == draft.version)
        .values(
            sealed=vault.seal("draft", draft.id, values),
            version=draft.version + 1,
            hold_id=hold_id,
            expires_at=expires_at,
        )
    )
    if connection.execute(statement).rowcount != 1:
        raise StaleVersion
    return Draft(draft.id, draft.version + 1, values, hold_id, draft.appointment_id, expires_at)


def booked_as(connection: Connection, draft_id: str) -> int | None:
    """The visit a draft became, if it did; a second press waits here for the first one's transaction."""
    return connection.execute(_BOOKED_AS, {"draft": draft_id}).scalar_one_or_none()


def close(connection: Connection, vault: Vault, draft_id: str, appointment_id: int | None) -> None:
    """Empty a draft that became a visit (or was given up), so that nothing typed is kept twice."""
    nothing = vault.seal("draft", draft_id, {})
    connection.execute(_CLOSE, {"draft": draft_id, "nothing": nothing, "visit": appointment_id})


def begin(connection: Connection, vault: Vault, key: str, request: bytes, now: datetime) -> bytes | None:
    """Claim a key for a request, given by its bytes (or their hash); returns the answer if it was answered before.

    A second request with the same key waits for the first one's transaction: on PostgreSQL at the unique key, on SQLite
    in the queue of writers. If the first is rolled back, the second goes ahead.

    :raises IdempotencyMismatch: when the key belongs to another request.
    """
    key_hash, request_hash = vault.digest("idempotency", key.encode()), vault.digest("request", request)
    row = {"key_hash": key_hash, "request_hash": request_hash, "created_at": now}
    if connection.execute(_claim(connection), row).rowcount == 1:
        return None
    known = connection.execute(_KNOWN, {"key": key_hash}).one()
    if known.request_hash != request_hash:
        raise IdempotencyMismatch
    return None if known.answer is None else vault.open_bytes("idempotency", key_hash.hex(), known.answer)


def finish(
    connection: Connection, vault: Vault, key: str, answer: bytes, appointment_id: int | None = None
) -> None:
    """Keep the answer, sealed, for the next time the same request comes."""
    key_hash = vault.digest("idempotency", key.encode())
    sealed = vault.seal_bytes("idempotency", key_hash.hex(), answer)
    connection.execute(_FINISH, {"key": key_hash, "said": sealed, "visit": appointment_id})


def sweep(connection: Connection, now: datetime, keys_before: datetime) -> int:
    """Throw away drafts whose time is over and request keys older than `keys_before`; returns how many."""
    drafts = connection.execute(delete(DraftRow).where(DraftRow.expires_at <= now)).rowcount
    keys = connection.execute(delete(IdempotencyRow).where(IdempotencyRow.created_at < keys_before)).rowcount
    return drafts + keys


def _claim(connection: Connection) -> Insert:
    return _CLAIMS[connection.dialect.name]


_CLAIMS: Mapping[str, Insert] = {
    engine: claim.on_conflict_do_nothing(index_elements=["key_hash"]).execution_options(
        preserve_rowcount=True
    )
    for engine, claim in (
        ("sqlite", sqlite.insert(IdempotencyRow)),
        ("postgresql", postgresql.insert(IdempotencyRow)),
    )
}

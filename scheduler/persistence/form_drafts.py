"""What somebody of the staff had half typed when the screen locked, sealed until they are back."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, ForeignKey, LargeBinary, String, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.persistence.database import Instant, Model
from scheduler.persistence.vault import Vault


class FormDraftRow(Model):
    """The forms of one page of one session; which page it was is sealed along with what was in them."""

    __tablename__ = "form_draft"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("staff_session.id"), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)


def keep(
    connection: Connection,
    vault: Vault,
    session_id: str,
    value: Mapping[str, Any],
    now: datetime,
    expires_at: datetime,
) -> str:
    """Keep what a page held; returns the id."""
    id = secrets.token_hex(16)
    row = {
        "id": id,
        "session_id": session_id,
        "sealed": vault.seal(FormDraftRow.__tablename__, id, value),
        "created_at": now,
        "expires_at": expires_at,
    }
    connection.execute(insert(FormDraftRow), row)
    return id


def of_session(
    connection: Connection, vault: Vault, session_id: str, now: datetime
) -> list[tuple[str, dict[str, Any]]]:
    """Everything that is kept for a session, the newest first, by id."""
    query = (
        select(FormDraftRow.id, FormDraftRow.sealed)
        .where(FormDraftRow.session_id == session_id, FormDraftRow.expires_at > now)
        .order_by(FormDraftRow.created_at.desc(), FormDraftRow.id)
    )
    return [
        (id, vault.open(FormDraftRow.__tablename__, id, bytes(sealed)))
        for id, sealed in connection.execute(query)
    ]


def is_any(connection: Connection, session_id: str, now: datetime) -> bool:
    """Say whether anything is kept for a session."""
    query = select(FormDraftRow.id).where(
        FormDraftRow.session_id == session_id, FormDraftRow.expires_at > now
    )
    return connection.execute(query.limit(1)).first() is not None


def drop(connection: Connection, session_id: str, id: str) -> bool:
    """Throw one away; False when the session has no such one."""
    statement = delete(FormDraftRow).where(FormDraftRow.id == id, FormDraftRow.session_id == session_id)
    return connection.execute(statement).rowcount == 1


def drop_all(connection: Connection, session_id: str) -> None:
    """Throw away everything of a session."""
    connection.execute(delete(FormDraftRow).where(FormDraftRow.session_id == session_id))


def sweep(connection: Connection, now: datetime) -> int:
    """Throw away what is too old; returns how many."""
    return connection.execute(delete(FormDraftRow).where(FormDraftRow.expires_at <= now)).rowcount

"""The browsers that the staff are signed in with, and what each of them is just being asked."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.account import StaffMember
from scheduler.domain.staff_session import LONGEST_SESSION, LONGEST_WAIT, Browser, StaffSession
from scheduler.persistence.accounts import MEMBER, AccountRow, member_of
from scheduler.persistence.database import Instant, Model
from scheduler.persistence.vault import token_hash


class StaffSessionRow(Model):
    """One signed-in browser; the cookie holds a random handle whose hash stands here.

    `challenge` is what a passkey is just asked to sign, and `challenge_for` what for; it is used once.
    """

    __tablename__ = "staff_session"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    handle_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
    input_at: Mapped[datetime] = mapped_column(Instant)
    device: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(45))
    second_at: Mapped[datetime | None] = mapped_column(Instant)
    proved_at: Mapped[datetime | None] = mapped_column(Instant)
    locked_at: Mapped[datetime | None] = mapped_column(Instant)
    wrong: Mapped[int] = mapped_column(Integer, default=0)
    challenge: Mapped[bytes | None] = mapped_column(LargeBinary(64))
    challenge_for: Mapped[str | None] = mapped_column(String(16))
    challenge_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


_SESSION = (
    StaffSessionRow.id,
    StaffSessionRow.account_id,
    StaffSessionRow.created_at,
    StaffSessionRow.seen_at,
    StaffSessionRow.expires_at,
    StaffSessionRow.input_at,
    StaffSessionRow.device,
    StaffSessionRow.address,
    StaffSessionRow.second_at,
    StaffSessionRow.proved_at,
    StaffSessionRow.locked_at,
    StaffSessionRow.wrong,
)


_FIND = (
    select(*(column.label(f"session_{column.key}") for column in _SESSION), *MEMBER)
    .join(AccountRow, AccountRow.id == StaffSessionRow.account_id)
    .where(
        StaffSessionRow.handle_hash == bindparam("handle"),
        StaffSessionRow.revoked_at.is_(None),
        AccountRow.active,
    )
)


def begin(
    connection: Connection, account_id: int, now: datetime, browser: Browser, *, awaits_second: bool = False
) -> str:
    """Begin a session; returns the random handle for the cookie, which is not kept."""
    handle = secrets.token_urlsafe(32)
    row = {
        "id": secrets.token_hex(16),
        "handle_hash": token_hash(handle),
        "account_id": account_id,
        "created_at": now,
        "seen_at": now,
        "expires_at": now + (LONGEST_WAIT if awaits_second else LONGEST_SESSION),
        "input_at": now,
        "device": browser.device[:80],
        "address": browser.address[:45],
        "proved_at": now,
        "wrong": 0,
    }
    connection.execute(insert(StaffSessionRow), row)
    return handle


def find(connection: Connection, handle: str, now: datetime) -> tuple[StaffSession, StaffMember] | None:
    """The live session of a handle and whose it is; None when it is over, revoked, or the account is retired."""
    row = connection.execute(_FIND, {"handle": token_hash(handle)}).mappings().first()
    if row is None:
        return None
    session = StaffSession(**{column.key: row[f"session_{column.key}"] for column in _SESSION})
    return (session, member_of(row)) if session.is_live(now) else None


def live_ones(connection: Connection, account_id: int, now: datetime) -> tuple[StaffSession, ...]:
    """The browsers an account is signed in with, the newest first."""
    query = (
        select(*_SESSION)
        .where(
            StaffSessionRow.account_id == account_id,
            StaffSessionRow.revoked_at.is_(None),
            StaffSessionRow.expires_at > now,
        )
        .order_by(StaffSessionRow.created_at.desc())
    )
    sessions = (StaffSession(**row) for row in connection.execute(query).mappings())
    return tuple(session for session in sessions if session.is_live(now))


def last_seen(connection: Connection) -> dict[int, datetime]:
    """When each account was last seen, of those whose sessions are still remembered."""
    query = select(StaffSessionRow.account_id, StaffSessionRow.seen_at).order_by(StaffSessionRow.seen_at)
    return {row.account_id: row.seen_at for row in connection.execute(query)}


def change(connection: Connection, session_id: str, **columns: Any) -> None:
    """Set some columns of a session that is not revoked."""
    statement = update(StaffSessionRow).where(
        StaffSessionRow.id == session_id, StaffSessionRow.revoked_at.is_(None)
    )
    connection.execute(statement.values(**columns))


def count_wrong(connection: Connection, session_id: str) -> int:
    """Count one wrong try; returns how many there are now."""
    statement = update(StaffSessionRow).where(StaffSessionRow.id == session_id)
    counted = statement.values(wrong=StaffSessionRow.wrong + 1).returning(StaffSessionRow.wrong)
    return int(connection.execute(counted).scalar_one())


def set_challenge(connection: Connection, session_id: str, use: str, challenge: bytes, now: datetime) -> None:
    """Remember what a passkey is being asked; the question before is forgotten."""
    change(connection, session_id, challenge=challenge, challenge_for=use, challenge_at=now)


def take_challenge(connection: Connection, session_id: str, use: str, since: datetime) -> bytes | None:
    """Take out what a passkey was asked, so that it is answered at most once; None when there is none so young."""
    is_it = (
        StaffSessionRow.id == session_id,
        StaffSessionRow.challenge_for == use,
        StaffSessionRow.challenge_at > since,
    )
    found = connection.execute(select(StaffSessionRow.challenge).where(*is_it)).scalar()
    if found is None:
        return None
    taken = update(StaffSessionRow).where(*is_it, StaffSessionRow.challenge == found)
    done = connection.execute(taken.values(challenge=None, challenge_for=None, challenge_at=None))
    return bytes(found) if done.rowcount == 1 else None


def revoke(connection: Connection, account_id: int, session_id: str, now: datetime) -> bool:
    """End one session of this account; False when there is no such open one."""
    statement = update(StaffSessionRow).where(
        StaffSessionRow.id == session_id,
        StaffSessionRow.account_id == account_id,
        StaffSessionRow.revoked_at.is_(None),
    )
    return connection.execute(statement.values(revoked_at=now)).rowcount == 1


def revoke_all(connection: Connection, account_id: int, now: datetime, *, but: str = "") -> int:
    """End every session of an account, but for one if named; returns how many were open."""
    statement = update(StaffSessionRow).where(
        StaffSessionRow.account_id == account_id,
        StaffSessionRow.revoked_at.is_(None),
        StaffSessionRow.id != but,
    )
    return connection.execute(statement.values(revoked_at=now)).rowcount


def sweep(connection: Connection, now: datetime) -> int:
    """Throw away sessions that are over; returns how many."""
    return connection.execute(delete(StaffSessionRow).where(StaffSessionRow.expires_at <= now)).rowcount

"""Invitations to work here: one link each, shown once, that ends by itself."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import Connection, ForeignKey, Integer, LargeBinary, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.persistence.database import Instant, Model
from scheduler.persistence.vault import token_hash


class StaffInvitationRow(Model):
    """A link with which its holder chooses a password; only the hash of its secret is kept."""

    __tablename__ = "staff_invitation"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)


def issue(connection: Connection, account_id: int, now: datetime, expires_at: datetime) -> str:
    """Make a link's secret, which is not kept; every earlier one of the account ends."""
    withdraw(connection, account_id)
    secret = secrets.token_urlsafe(32)
    row = {
        "account_id": account_id,
        "secret_hash": token_hash(secret),
        "created_at": now,
        "expires_at": expires_at,
    }
    connection.execute(insert(StaffInvitationRow), row)
    return secret


def find(connection: Connection, secret: str, now: datetime) -> int | None:
    """The account that a secret invites to; None when it is wrong, used or over."""
    query = select(StaffInvitationRow.account_id).where(
        StaffInvitationRow.secret_hash == token_hash(secret), StaffInvitationRow.expires_at > now
    )
    return connection.execute(query).scalar()


def use(connection: Connection, secret: str, now: datetime) -> bool:
    """Use a link up; False when somebody else was sooner, or it is over."""
    statement = delete(StaffInvitationRow).where(
        StaffInvitationRow.secret_hash == token_hash(secret), StaffInvitationRow.expires_at > now
    )
    return connection.execute(statement).rowcount == 1


def withdraw(connection: Connection, account_id: int) -> None:
    """End an account's links."""
    connection.execute(delete(StaffInvitationRow).where(StaffInvitationRow.account_id == account_id))


def waiting(connection: Connection, now: datetime) -> dict[int, datetime]:
    """The accounts that have an open link, and until when."""
    query = select(StaffInvitationRow.account_id, StaffInvitationRow.expires_at).where(
        StaffInvitationRow.expires_at > now
    )
    return {row.account_id: row.expires_at for row in connection.execute(query)}


def sweep(connection: Connection, now: datetime) -> int:
    """Throw away links that are over; returns how many."""
    statement = delete(StaffInvitationRow).where(StaffInvitationRow.expires_at <= now)
    return connection.execute(statement).rowcount

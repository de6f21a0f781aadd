"""Staff accounts, and the count of what anybody tries too often."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Connection,
    ForeignKey,
    Index,
    Insert,
    Integer,
    LargeBinary,
    RowMapping,
    String,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.account import KNOWN, StaffMember
from scheduler.domain.actor import Role
from scheduler.domain.allowance import Allowance
from scheduler.persistence.database import Instant, Key, Model
from scheduler.persistence.second_factors import CodeAppRow, PasskeyRow

NO_PASSWORD = ""
"""Kept for somebody who was invited and has not chosen a password; nothing fits it."""


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


class AttemptRow(Model):
    """How often something was tried in a window: `scope` says what, `key_hash` by or on whom."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_window_start", "window_start"),)
    scope: Mapped[str] = mapped_column(String(32), primary_key=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    window_start: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    count: Mapped[int] = mapped_column(Integer)


_HAS_FACTOR = or_(
    exists().where(PasskeyRow.account_id == AccountRow.id),
    exists().where(CodeAppRow.account_id == AccountRow.id, CodeAppRow.confirmed_at.is_not(None)),
)
MEMBER = (
    AccountRow.id,
    AccountRow.email,
    AccountRow.name,
    AccountRow.roles,
    AccountRow.practitioner_id,
    AccountRow.language,
    AccountRow.active,
    _HAS_FACTOR.label("has_factor"),
    (AccountRow.password_hash == NO_PASSWORD).label("invited"),
)
"""What is read of an account; `member_of` makes a value of it."""


def add(
    connection: Connection,
    *,
    email: str,
    name: str,
    roles: Iterable[Role],
    password_hash: str,
    now: datetime,
    practitioner_id: int | None = None,
    language: str = "en",
) -> int:
    """Write a new account and return its number; the e-mail is kept in small letters."""
    row = {
        "email": email.lower(),
        "name": name,
        "roles": sorted(role.value for role in roles),
        "practitioner_id": practitioner_id,
        "password_hash": password_hash,
        "language": language,
        "active": True,
        "created_at": now,
        "changed_at": now,
    }
    number: int = connection.execute(insert(AccountRow).returning(AccountRow.id), row).scalar_one()
    return number


def by_email(connection: Connection, email: str) -> tuple[StaffMember, str] | None:
    """The account of an e-mail, however it is written, with the hash of its password."""
    query = select(*MEMBER, AccountRow.password_hash).where(AccountRow.email == email.strip().lower())
    row = connection.execute(query).mappings().first()
    return None if row is None else (member_of(row), row["password_hash"])


def get(connection: Connection, account_id: int) -> StaffMember | None:
    """One account."""
    row = connection.execute(select(*MEMBER).where(AccountRow.id == account_id)).mappings().first()
    return None if row is None else member_of(row)


def password_hash(connection: Connection, account_id: int) -> str | None:
    """The hash of an account's password; None when there is no such account, or it has none."""
    query = select(AccountRow.password_hash).where(AccountRow.id == account_id, AccountRow.active)
    return connection.execute(query).scalar() or None


def everyone(connection: Connection) -> tuple[StaffMember, ...]:
    """All accounts by name, the retired ones too."""
    rows = connection.execute(select(*MEMBER).order_by(AccountRow.name, AccountRow.id)).mappings()
    return tuple(member_of(row) for row in rows)


def change(connection: Connection, account_id: int, now: datetime, **columns: Any) -> bool:
    """Set some columns of an account; False when there is none."""
    statement = update(AccountRow).where(AccountRow.id == account_id).values(changed_at=now, **columns)
    return connection.execute(statement).rowcount == 1


def count_attempt(connection: Connection, scope: str, key: bytes, now: datetime, step: float) -> None:
    """Count one try in the stretch of `step` seconds that `now` is in."""
    row = {"scope": scope, "key_hash": key, "window_start": _stretch(now, step), "count": 1}
    connection.execute(_COUNTS[connection.dialect.name], row)


def attempts(connection: Connection, allowance: Allowance, key: bytes, now: datetime) -> int:
    """How many tries were counted in the window that ends now."""
    since = int(now.timestamp() - allowance.window.total_seconds())
    query = select(func.coalesce(func.sum(AttemptRow.count), 0)).where(
        AttemptRow.scope == allowance.scope, AttemptRow.key_hash == key, AttemptRow.window_start > since
    )
    return int(connection.execute(query).scalar_one())


def wait_left(connection: Connection, allowance: Allowance, key: bytes, now: datetime) -> timedelta:
    """When more tries were counted than are allowed, how long until another one is; else nothing."""
    since = int(now.timestamp() - allowance.window.total_seconds())
    query = (
        select(AttemptRow.window_start, AttemptRow.count)
        .where(
            AttemptRow.scope == allowance.scope, AttemptRow.key_hash == key, AttemptRow.window_start > since
        )
        .order_by(AttemptRow.window_start.desc())
    )
    counted, reached = 0, None
    for start, count in connection.execute(query):
        counted += count
        if reached is None and counted >= allowance.most:
            reached = start
    if reached is None or counted <= allowance.most:
        return timedelta(0)
    return max(datetime.fromtimestamp(reached, UTC) + allowance.window - now, timedelta(seconds=1))


def forgive_attempt(connection: Connection, scope: str, key: bytes, now: datetime, step: float) -> None:
    """Take back one try that turned out to be right."""
    statement = update(AttemptRow).where(
        AttemptRow.scope == scope,
        AttemptRow.key_hash == key,
        AttemptRow.window_start == _stretch(now, step),
        AttemptRow.count > 0,
    )
    connection.execute(statement.values(count=AttemptRow.count - 1))


def forget_attempts(connection: Connection, scope: str, key: bytes) -> None:
    """Begin counting anew."""
    connection.execute(delete(AttemptRow).where(AttemptRow.scope == scope, AttemptRow.key_hash == key))


def sweep(connection: Connection, now: datetime, before: datetime) -> int:
    """Throw away counts from before a moment; returns how many.

    Where an account has signed in lately (`KNOWN`) is remembered for its own, longer window whatever `before` says.
    """
    longest = min(before, now - KNOWN.window)
    limit = case((AttemptRow.scope == KNOWN.scope, int(longest.timestamp())), else_=int(before.timestamp()))
    return connection.execute(delete(AttemptRow).where(AttemptRow.window_start < limit)).rowcount


def member_of(row: RowMapping) -> StaffMember:
    """The account of a row that holds `MEMBER`."""
    return StaffMember(
        id=row["id"],
        email=row["email"],
        name=row["name"],
        roles=frozenset(Role(role) for role in row["roles"]),
        practitioner_id=row["practitioner_id"],
        language=row["language"],
        active=row["active"],
        has_factor=bool(row["has_factor"]),
        invited=bool(row["invited"]),
    )


def _stretch(now: datetime, step: float) -> int:
    return int(now.timestamp() // step * step)


def _count_with(dialect: Any) -> Insert:
    statement = dialect.insert(AttemptRow)
    counted: Insert = statement.on_conflict_do_update(
        index_elements=["scope", "key_hash", "window_start"], set_={"count": AttemptRow.count + 1}
    )
    return counted


_COUNTS: Mapping[str, Insert] = {"sqlite": _count_with(sqlite), "postgresql": _count_with(postgresql)}

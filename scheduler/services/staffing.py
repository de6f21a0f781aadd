"""Giving people who work here an account, changing what they may do, and taking it back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from scheduler.domain.account import StaffMember, check_password, staff_roles
from scheduler.domain.actor import Actor, Role
from scheduler.domain.errors import InvalidInput, NotFound
from scheduler.domain.plain_text import clean, is_one_address
from scheduler.domain.wording import N_
from scheduler.persistence import accounts, audit, staff_sessions
from scheduler.persistence.database import Database
from scheduler.persistence.passwords import hash_password


def staff(database: Database) -> tuple[StaffMember, ...]:
    """Everyone who has, or had, an account."""
    with database.reading() as connection:
        return accounts.everyone(connection)


def create_user(
    database: Database,
    *,
    email: str,
    name: str,
    roles: Iterable[str],
    password: str,
    now: datetime,
    actor: Actor,
    practitioner_id: int | None = None,
    language: str = "en",
) -> int:
    """Give someone an account; returns its number.

    :raises InvalidInput: when the e-mail is none or taken, a role is unknown, or the password is weak.
    """
    email, name, chosen = email.strip().lower(), clean(name, 200), staff_roles(roles)
    if not is_one_address(email):
        raise InvalidInput({"email": N_("Enter an e-mail address, like name@example.com.")})
    if not name:
        raise InvalidInput({"name": N_("Enter a name.")})
    check_password(password, email=email, name=name)
    kept = hash_password(password)
    with database.transaction() as connection:
        if accounts.by_email(connection, email) is not None:
            raise InvalidInput({"email": N_("There is an account with this e-mail already.")})
        number = accounts.add(
            connection,
            email=email,
            name=name,
            roles=chosen,
            password_hash=kept,
            now=now,
            practitioner_id=practitioner_id,
            language=language,
        )
        detail = {"roles": ",".join(sorted(chosen))}
        audit.record(connection, actor, "create", "account", number, now=now, detail=detail)
    return number


def change_password(
    database: Database, account_id: int, password: str, *, now: datetime, actor: Actor
) -> None:
    """Set a new password and sign every browser of the account out.

    :raises NotFound: when there is no such account.
    :raises InvalidInput: when the password is weak.
    """
    member = _member(database, account_id)
    check_password(password, email=member.email, name=member.name)
    kept = hash_password(password)
    with database.transaction() as connection:
        accounts.change(connection, account_id, now, password_hash=kept)
        staff_sessions.revoke_all(connection, account_id, now)
        audit.record(connection, actor, "change-password", "account", account_id, now=now)


def change_user(
    database: Database,
    account_id: int,
    *,
    name: str,
    roles: Iterable[str],
    active: bool,
    now: datetime,
    actor: Actor,
) -> None:
    """Change name, roles, or whether someone may sign in at all; every browser of theirs is signed out.

    :raises NotFound: when there is no such account.
    :raises InvalidInput: when a role is unknown, or the last manager would be gone.
    """
    member, chosen, name = _member(database, account_id), staff_roles(roles), clean(name, 200)
    with database.transaction() as connection:
        others = [one for one in accounts.everyone(connection) if one.active and one.id != account_id]
        if not (active and Role.MANAGER in chosen) and not any(Role.MANAGER in one.roles for one in others):
            raise InvalidInput({"roles": N_("One manager must stay.")})
        values = {"name": name or member.name, "roles": sorted(chosen), "active": active}
        accounts.change(connection, account_id, now, **values)
        staff_sessions.revoke_all(connection, account_id, now)
        detail = {"roles": ",".join(sorted(chosen)), "active": str(active).lower()}
        audit.record(connection, actor, "change", "account", account_id, now=now, detail=detail)


def _member(database: Database, account_id: int) -> StaffMember:
    with database.reading() as connection:
        member = accounts.get(connection, account_id)
    if member is None:
        raise NotFound
    return member

"""Giving people who work here an account, changing what they may do, and taking it back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.domain.account import StaffMember, check_password, staff_roles
from scheduler.domain.actor import Actor, Role
from scheduler.domain.errors import InvalidInput, NotFound
from scheduler.domain.plain_text import clean, is_one_address
from scheduler.domain.right import Right, demand
from scheduler.domain.staff_session import Browser
from scheduler.domain.wording import N_
from scheduler.persistence import accounts, audit, second_factors, staff_invitations, staff_sessions
from scheduler.persistence.database import Database
from scheduler.persistence.passwords import hash_password

LINK_HOLDS = timedelta(days=3)


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
    demand(actor, Right.KEEP_STAFF)
    email, name, chosen = email.strip().lower(), clean(name, 200), staff_roles(roles)
    _check_person(email, name)
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
    demand(actor, Right.KEEP_STAFF)
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
    practitioner_id: int | None = None,
) -> None:
    """Change name, roles, or whether someone may sign in at all; every browser of theirs is signed out.

    :raises NotFound: when there is no such account.
    :raises InvalidInput: when a role is unknown, or the last manager would be gone.
    """
    demand(actor, Right.KEEP_STAFF)
    member, chosen, name = _member(database, account_id), staff_roles(roles), clean(name, 200)
    _check_clinician(chosen, practitioner_id)
    with database.transaction() as connection:
        others = [one for one in accounts.everyone(connection) if one.active and one.id != account_id]
        if not (active and Role.MANAGER in chosen) and not any(Role.MANAGER in one.roles for one in others):
            raise InvalidInput({"roles": N_("One manager must stay.")})
        accounts.change(
            connection,
            account_id,
            now,
            name=name or member.name,
            roles=sorted(chosen),
            active=active,
            practitioner_id=practitioner_id,
        )
        if not active:
            staff_invitations.withdraw(connection, account_id)
        staff_sessions.revoke_all(connection, account_id, now)
        detail = {"roles": ",".join(sorted(chosen)), "active": str(active).lower()}
        audit.record(connection, actor, "change", "account", account_id, now=now, detail=detail)


@dataclass(frozen=True, slots=True)
class OnStaff:
    """A member of the staff as the manager sees them: when they were last seen, and until when their link works."""

    member: StaffMember
    seen_at: datetime | None
    link_until: datetime | None


def roster(database: Database, actor: Actor, now: datetime) -> tuple[OnStaff, ...]:
    """Everyone who has, or had, an account.

    :raises NotPermitted, ProofNeeded: as `domain/right.py` says.
    """
    demand(actor, Right.KEEP_STAFF)
    with database.reading() as connection:
        seen, links = staff_sessions.last_seen(connection), staff_invitations.waiting(connection, now)
        found = accounts.everyone(connection)
    return tuple(OnStaff(one, seen.get(one.id), links.get(one.id)) for one in found)


def invite(
    database: Database,
    *,
    email: str,
    name: str,
    roles: Iterable[str],
    practitioner_id: int | None,
    language: str,
    now: datetime,
    actor: Actor,
) -> tuple[int, str]:
    """Give somebody an account without a password; returns its number and the secret of the link, shown once.

    :raises InvalidInput: when the e-mail is none or taken, or a role is unknown.
    """
    demand(actor, Right.KEEP_STAFF)
    email, name, chosen = email.strip().lower(), clean(name, 200), staff_roles(roles)
    _check_person(email, name)
    _check_clinician(chosen, practitioner_id)
    with database.transaction() as connection:
        if accounts.by_email(connection, email) is not None:
            raise InvalidInput({"email": N_("There is an account with this e-mail already.")})
        number = accounts.add(
            connection,
            email=email,
            name=name,
            roles=chosen,
            password_hash=accounts.NO_PASSWORD,
            now=now,
            practitioner_id=practitioner_id,
            language=language,
        )
        detail = {"roles": ",".join(sorted(chosen))}
        audit.record(connection, actor, "invite", "account", number, now=now, detail=detail)
        return number, staff_invitations.issue(connection, number, now, now + LINK_HOLDS)


def invite_again(database: Database, account_id: int, *, now: datetime, actor: Actor) -> str:
    """Make a new link for somebody who has lost everything; returns its secret. What they had works until it is used.

    :raises NotFound: when there is no such account in use.
    """
    demand(actor, Right.KEEP_STAFF)
    if not _member(database, account_id).active:
        raise NotFound
    with database.transaction() as connection:
        audit.record(connection, actor, "invite", "account", account_id, now=now)
        return staff_invitations.issue(connection, account_id, now, now + LINK_HOLDS)


def invited(database: Database, secret: str, now: datetime) -> StaffMember:
    """Whom a link invites.

    :raises NotFound: when it is wrong, used or over.
    """
    with database.reading() as connection:
        number = staff_invitations.find(connection, secret, now)
        member = None if number is None else accounts.get(connection, number)
    if member is None or not member.active:
        raise NotFound
    return member


def accept(
    database: Database, secret: str, password: str, browser: Browser, *, now: datetime, actor: Actor
) -> str:
    """Choose a password by a link, which is used up; returns the handle of a session that still owes a second step.

    Whatever the account had before is gone: password, second factors, and every browser.

    :raises NotFound: when the link is wrong, used or over.
    :raises InvalidInput: when the password is weak.
    """
    member = invited(database, secret, now)
    check_password(password, email=member.email, name=member.name)
    kept = hash_password(password)
    known = member.as_actor(request_id=actor.request_id, address=actor.address)
    with database.transaction() as connection:
        if not staff_invitations.use(connection, secret, now):
            raise NotFound
        second_factors.forget_all(connection, member.id)
        staff_sessions.revoke_all(connection, member.id, now)
        accounts.change(connection, member.id, now, password_hash=kept)
        audit.record(connection, known, "accept-invitation", "account", member.id, now=now)
        return staff_sessions.begin(connection, member.id, now, browser)


def sign_out_of_all(database: Database, account_id: int, *, now: datetime, actor: Actor) -> None:
    """Sign every browser of somebody out."""
    demand(actor, Right.KEEP_STAFF)
    with database.transaction() as connection:
        staff_sessions.revoke_all(connection, account_id, now)
        audit.record(connection, actor, "end-sessions", "account", account_id, now=now)


def _check_person(email: str, name: str) -> None:
    if not is_one_address(email):
        raise InvalidInput({"email": N_("Enter an e-mail address, like name@example.com.")})
    if not name:
        raise InvalidInput({"name": N_("Enter a name.")})


def _check_clinician(roles: frozenset[Role], practitioner_id: int | None) -> None:
    if practitioner_id is not None and Role.CLINICIAN not in roles:
        raise InvalidInput({"roles": N_("Only a clinician's account belongs to a clinician.")})


def _member(database: Database, account_id: int) -> StaffMember:
    with database.reading() as connection:
        member = accounts.get(connection, account_id)
    if member is None:
        raise NotFound
    return member

"""Letting the staff in and out, and minding the door meanwhile.

A wrong password and an unknown e-mail take the same steps, the same time and the same words. Tries are counted in the
database before the password is looked at, so that a hundred tries at once are a hundred tries; the right password takes
its own try back. The slow hash runs outside any transaction.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from scheduler.domain.account import (
    ACCOUNT_SCOPE,
    ADDRESS_SCOPE,
    ALLOWANCES,
    KNOWN,
    LONGEST_PASSWORD,
    PAIR_SCOPE,
    StaffMember,
    check_password,
)
from scheduler.domain.actor import Actor
from scheduler.domain.errors import InvalidInput, NotFound, TooManyAttempts, WrongCredentials
from scheduler.domain.right import Right, demand
from scheduler.domain.staff_session import Browser, StaffSession
from scheduler.domain.wording import N_, Language
from scheduler.persistence import accounts, audit, form_drafts, staff_sessions
from scheduler.persistence.database import Database
from scheduler.persistence.passwords import fits, hash_password, is_dated
from scheduler.persistence.vault import Vault

_STEPS = {allowance.scope: allowance.step.total_seconds() for allowance in ALLOWANCES}
_SEEN_EVERY = timedelta(minutes=1)


def sign_in(
    database: Database,
    vault: Vault,
    email: str,
    password: str,
    *,
    now: datetime,
    actor: Actor,
    device: str = "",
) -> tuple[str, StaffMember]:
    """Check e-mail and password and begin a session; returns the handle for the cookie, and who it is.

    Whoever has a second factor gets a session that awaits it, and that opens nothing until it was shown.

    :raises WrongCredentials: when they do not fit, whatever the reason.
    :raises TooManyAttempts: when there were too many wrong ones for this account, from this address, or both.
    """
    keys = _attempt_keys(vault, email, actor.address)
    found = _checked(database, keys, email, password, now, actor)
    return _open(database, keys, found, password, now, actor, device), found[0]


def _checked(
    database: Database, keys: dict[str, bytes], email: str, password: str, now: datetime, actor: Actor
) -> tuple[StaffMember, str]:
    """Count the try, then look at the password, whether or not there is such an account."""
    with database.transaction() as connection:
        wait = _count(connection, keys, now)
        found = accounts.by_email(connection, email)
        if wait:
            audit.record(connection, actor, "sign-in", "account", _number(found), now=now, outcome="blocked")
    if wait:
        raise TooManyAttempts(wait)
    kept = found[1] if found and found[0].active and len(password) <= LONGEST_PASSWORD else None
    if not fits(password[:LONGEST_PASSWORD], kept) or found is None:
        with database.transaction() as connection:
            audit.record(connection, actor, "sign-in", "account", _number(found), now=now, outcome="refused")
        raise WrongCredentials
    return found


def _open(
    database: Database,
    keys: dict[str, bytes],
    found: tuple[StaffMember, str],
    password: str,
    now: datetime,
    actor: Actor,
    device: str,
) -> str:
    """Write the session, and take the count back. The hash is made anew when its costs are of another day."""
    member, kept = found
    renewed = hash_password(password) if is_dated(kept) else None
    with database.transaction() as connection:
        if renewed:
            accounts.change(connection, member.id, now, password_hash=renewed)
        _take_back(connection, keys, now)
        accounts.count_attempt(connection, KNOWN.scope, keys[PAIR_SCOPE], now, KNOWN.step.total_seconds())
        known = member.as_actor(request_id=actor.request_id, address=actor.address)
        audit.record(connection, known, "sign-in", "account", member.id, now=now)
        browser = Browser(device, actor.address)
        return staff_sessions.begin(connection, member.id, now, browser, awaits_second=member.has_factor)


def who(database: Database, handle: str, *, now: datetime) -> tuple[StaffSession, StaffMember] | None:
    """Whose live session this handle is; a minute of use is remembered at most once."""
    with database.glance() as connection:
        found = staff_sessions.find(connection, handle, now)
    if found is not None and now - found[0].seen_at >= _SEEN_EVERY:
        with database.transaction() as connection:
            staff_sessions.change(connection, found[0].id, seen_at=now)
    return found


def sign_out(database: Database, handle: str, *, now: datetime, actor: Actor) -> None:
    """End the session of this handle; nothing happens when it is over already."""
    with database.transaction() as connection:
        found = staff_sessions.find(connection, handle, now)
        if found is None:
            return
        staff_sessions.revoke(connection, found[1].id, found[0].id, now)
        form_drafts.drop_all(connection, found[0].id)
        audit.record(connection, actor, "sign-out", "account", found[1].id, now=now)


def sessions(database: Database, account_id: int, *, now: datetime) -> tuple[StaffSession, ...]:
    """The browsers that an account is signed in with."""
    with database.reading() as connection:
        return staff_sessions.live_ones(connection, account_id, now)


def end_session(database: Database, account_id: int, session_id: str, *, now: datetime, actor: Actor) -> None:
    """Sign one browser of an account out.

    :raises NotFound: when the account has no such open session.
    """
    demand(actor, Right.KEEP_OWN_ACCOUNT)
    with database.transaction() as connection:
        if not staff_sessions.revoke(connection, account_id, session_id, now):
            raise NotFound
        audit.record(connection, actor, "end-session", "account", account_id, now=now)


def sign_out_everywhere(
    database: Database, account_id: int, *, now: datetime, actor: Actor, but: str = ""
) -> int:
    """Sign every browser of one's own account out, but for the one named; returns how many there were."""
    demand(actor, Right.KEEP_OWN_ACCOUNT)
    with database.transaction() as connection:
        ended = staff_sessions.revoke_all(connection, account_id, now, but=but)
        audit.record(connection, actor, "end-sessions", "account", account_id, now=now)
    return ended


def choose_language(
    database: Database, account_id: int, language: str, *, now: datetime, actor: Actor
) -> None:
    """Keep which language one's own pages speak.

    :raises InvalidInput: when the clinic does not speak it.
    """
    demand(actor, Right.KEEP_OWN_ACCOUNT)
    if language not in {tongue.value for tongue in Language}:
        raise InvalidInput({"language": N_("Please choose one.")})
    with database.transaction() as connection:
        accounts.change(connection, account_id, now, language=language)
        audit.record(
            connection, actor, "change", "account", account_id, now=now, detail={"language": language}
        )


def change_own_password(
    database: Database,
    vault: Vault,
    session: StaffSession,
    old: str,
    new: str,
    *,
    now: datetime,
    actor: Actor,
) -> None:
    """Set one's own password, which takes the old one, and sign every other browser out.

    :raises WrongCredentials: when the old password is not right.
    :raises TooManyAttempts: when it was tried too often.
    :raises InvalidInput: when the new one is weak.
    """
    demand(actor, Right.KEEP_OWN_ACCOUNT)
    with database.reading() as connection:
        member = accounts.get(connection, session.account_id)
    if member is None:
        raise NotFound
    check_password(new, email=member.email, name=member.name)
    keys = _attempt_keys(vault, member.email, actor.address)
    _checked(database, keys, member.email, old, now, actor)
    kept = hash_password(new)
    with database.transaction() as connection:
        _take_back(connection, keys, now)
        accounts.change(connection, member.id, now, password_hash=kept)
        staff_sessions.revoke_all(connection, member.id, now, but=session.id)
        audit.record(connection, actor, "change-password", "account", member.id, now=now)


def note_refusal(database: Database, actor: Actor, door: str, *, now: datetime) -> None:
    """Write down that someone of the staff stood before a door that is not theirs."""
    with database.transaction() as connection:
        audit.record(connection, actor, "enter", "door", door[:64], now=now, outcome="refused")


def _attempt_keys(vault: Vault, email: str, address: str) -> dict[str, bytes]:
    account = email.strip().lower()[:254]
    return {
        PAIR_SCOPE: vault.index(PAIR_SCOPE, f"{account}|{address}"),
        ACCOUNT_SCOPE: vault.index(ACCOUNT_SCOPE, account),
        ADDRESS_SCOPE: vault.index(ADDRESS_SCOPE, address),
    }


def _count(connection: Connection, keys: dict[str, bytes], now: datetime) -> timedelta:
    """Count this try everywhere; returns how long to wait when it is one too many somewhere, else nothing."""
    for scope, key in keys.items():
        accounts.count_attempt(connection, scope, key, now, _STEPS[scope])
    waits = [(each.scope, accounts.wait_left(connection, each, keys[each.scope], now)) for each in ALLOWANCES]
    if {scope for scope, wait in waits if wait} == {ACCOUNT_SCOPE} and _is_known(connection, keys, now):
        return timedelta(0)
    return max(wait for _, wait in waits)


def _take_back(connection: Connection, keys: dict[str, bytes], now: datetime) -> None:
    """The try was right: this pair begins anew, and the wider counts forget this one try."""
    accounts.forget_attempts(connection, PAIR_SCOPE, keys[PAIR_SCOPE])
    for scope in (ACCOUNT_SCOPE, ADDRESS_SCOPE):
        accounts.forgive_attempt(connection, scope, keys[scope], now, _STEPS[scope])


def _is_known(connection: Connection, keys: dict[str, bytes], now: datetime) -> bool:
    return accounts.attempts(connection, KNOWN, keys[PAIR_SCOPE], now) > 0


def _number(found: tuple[StaffMember, str] | None) -> str:
    return str(found[0].id) if found else ""

"""The lock of the screen: what keeps it open, what it keeps meanwhile, and how its owner comes back.

The same step proves who sits there before an act that wants a fresh proof. It takes the password, a passkey or a code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from scheduler.domain.account import LONGEST_PASSWORD
from scheduler.domain.actor import Actor
from scheduler.domain.errors import InvalidInput, SignInRequired, WrongCredentials
from scheduler.domain.second_factor import Party
from scheduler.domain.staff_session import MOST_WRONG, StaffSession
from scheduler.domain.wording import N_
from scheduler.persistence import accounts, audit, form_drafts, staff_sessions
from scheduler.persistence.database import Database
from scheduler.persistence.passwords import fits
from scheduler.services import second_factor
from scheduler.services.house import House

NOTED_EVERY = timedelta(seconds=5)
DRAFTS_KEPT = timedelta(hours=2)
MOST_DRAFTS = 20
LONGEST_DRAFT = 200_000
"""Letters of one page's forms."""


def note_input(database: Database, session: StaffSession, *, now: datetime) -> None:
    """Remember that a hand has used this browser; more often than every five seconds is not written down."""
    if now - session.input_at < NOTED_EVERY or session.locked_since(now) is not None:
        return
    with database.transaction() as connection:
        staff_sessions.change(connection, session.id, input_at=now, seen_at=now)


def lock(database: Database, session: StaffSession, *, now: datetime, actor: Actor) -> None:
    """Lock the screen by hand; one that is locked stays as it is."""
    if session.locked_since(now) is not None:
        return
    with database.transaction() as connection:
        staff_sessions.change(connection, session.id, locked_at=now)
        audit.record(connection, actor, "lock", "account", session.account_id, now=now)


def by_password(house: House, session: StaffSession, password: str, *, now: datetime, actor: Actor) -> None:
    """Open the screen, or prove who sits there, with the password.

    :raises WrongCredentials: when it is not right.
    :raises SignInRequired: when it was the third wrong try; the session is over.
    """
    with house.database.reading() as connection:
        kept = accounts.password_hash(connection, session.account_id)
    _settle(house, session, fits(password[:LONGEST_PASSWORD], kept), "password", now, actor)


def by_code(house: House, session: StaffSession, typed: str, *, now: datetime, actor: Actor) -> None:
    """The same with a code from the app.

    :raises WrongCredentials, SignInRequired: as for a password.
    :raises TooManyAttempts: when too many wrong codes came for this account.
    """
    is_right = second_factor.is_right_code(house, session.account_id, typed, now=now)
    _settle(house, session, is_right, "code", now, actor)


def by_passkey(
    house: House,
    session: StaffSession,
    party: Party,
    answer: str,
    *,
    now: datetime,
    actor: Actor,
) -> None:
    """The same with a passkey, as an answer to `second_factor.ask(..., "prove")`.

    :raises WrongCredentials, SignInRequired: as for a password.
    """
    is_right = second_factor.is_right_key(house, session, party, answer, "prove", now=now)
    _settle(house, session, is_right, "passkey", now, actor)


def _settle(
    house: House, session: StaffSession, is_right: bool, way: str, now: datetime, actor: Actor
) -> None:
    if is_right:
        with house.database.transaction() as connection:
            opened(connection, session, now)
            audit.record(
                connection, actor, "unlock", "account", session.account_id, now=now, detail={"by": way}
            )
        return
    with house.database.transaction() as connection:
        is_over = staff_sessions.count_wrong(connection, session.id) >= MOST_WRONG
        if is_over:
            staff_sessions.revoke(connection, session.account_id, session.id, now)
            form_drafts.drop_all(connection, session.id)
        audit.record(
            connection,
            actor,
            "unlock",
            "account",
            session.account_id,
            now=now,
            outcome="refused",
            detail={"by": way},
        )
    raise SignInRequired if is_over else WrongCredentials


def opened(connection: Connection, session: StaffSession, now: datetime) -> None:
    """Note that somebody has just shown who they are: the screen is open and wrong tries are forgotten."""
    staff_sessions.change(
        connection, session.id, input_at=now, seen_at=now, proved_at=now, locked_at=None, wrong=0
    )


def keep_forms(
    house: House, session: StaffSession, path: str, forms: Iterable[Mapping[str, Any]], *, now: datetime
) -> None:
    """Keep what was half typed on a page until its owner is back; a page kept twice is kept as it was last.

    :raises InvalidInput: when it is too much.
    """
    value = {"path": path[:2000], "forms": [dict(form) for form in forms]}
    if len(repr(value)) > LONGEST_DRAFT:
        raise InvalidInput({"forms": N_("Please send less at a time.")})
    with house.database.transaction() as connection:
        kept = form_drafts.of_session(connection, house.vault, session.id, now)
        for id, _ in [one for one in kept if one[1]["path"] == value["path"]] + kept[MOST_DRAFTS - 1 :]:
            form_drafts.drop(connection, session.id, id)
        until = min(now + DRAFTS_KEPT, session.expires_at)
        form_drafts.keep(connection, house.vault, session.id, value, now, until)


def has_forms(house: House, session: StaffSession, *, now: datetime) -> bool:
    """Say whether anything is kept for this browser."""
    with house.database.reading() as connection:
        return form_drafts.is_any(connection, session.id, now)


def take_forms(house: House, session: StaffSession, path: str, *, now: datetime) -> list[dict[str, Any]]:
    """Give back what was kept of a page, and keep it no longer; nothing when nothing was.

    A locked screen gives nothing back.
    """
    if session.locked_since(now) is not None:
        return []
    with house.database.transaction() as connection:
        for id, value in form_drafts.of_session(connection, house.vault, session.id, now):
            if value["path"] == path:
                form_drafts.drop(connection, session.id, id)
                return list(value["forms"])
    return []


def look_at_forms(house: House, session: StaffSession, path: str, *, now: datetime) -> list[dict[str, Any]]:
    """What is kept of a page, and stays kept; nothing while the screen is locked."""
    if session.locked_since(now) is not None:
        return []
    with house.database.reading() as connection:
        kept = form_drafts.of_session(connection, house.vault, session.id, now)
    return next((list(value["forms"]) for _, value in kept if value["path"] == path), [])

"""The second factor: asking for it, checking it, and setting it up.

A passkey signs a question that is asked once. A code of an app is used up with its half minute (RFC 6238, 5.2), and so
is a code from paper. Wrong codes are counted for the account in the database, before they are looked at, so that a
hundred at once are a hundred; the right one takes its own try back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain.account import CODE_ALLOWANCES, CODE_SCOPE, StaffMember
from scheduler.domain.actor import Actor
from scheduler.domain.errors import InvalidInput, NotFound, TooManyAttempts, WrongCredentials
from scheduler.domain.plain_text import clean
from scheduler.domain.right import Right, demand
from scheduler.domain.second_factor import (
    LONGEST_NAME,
    MOST_PASSKEYS,
    Factors,
    Party,
    is_app_code,
    new_recovery_codes,
    plain_code,
)
from scheduler.domain.staff_session import CHALLENGE_HOLDS, LONGEST_SESSION, StaffSession
from scheduler.domain.wording import N_
from scheduler.persistence import (
    accounts,
    app_codes,
    audit,
    passkey_checks,
    second_factors,
    staff_sessions,
)
from scheduler.services.house import House

WRONG_CODE = N_("This code is not right. Wait for the next one, and type its six digits.")
WRONG_KEY = N_("This passkey did not work. Please try again, or use another way.")


@dataclass(frozen=True, slots=True)
class AppSetUp:
    """What a code app needs: the secret to type, and the address for the square picture."""

    secret: str
    address: str


def of_account(house: House, account_id: int) -> Factors:
    """The second factors of an account."""
    with house.database.reading() as connection:
        return Factors(
            second_factors.passkeys(connection, account_id),
            second_factors.has_app(connection, account_id),
            second_factors.codes_left(connection, account_id),
        )


def ask(house: House, session: StaffSession, party: Party, use: str, *, now: datetime) -> str:
    """Ask a passkey of the account to sign: the browser's options, as JSON. `use` is "sign-in" or "prove".

    :raises NotFound: when the account has none.
    """
    challenge = passkey_checks.new_challenge()
    with house.database.transaction() as connection:
        known = second_factors.material(connection, session.account_id)
        if not known:
            raise NotFound
        staff_sessions.set_challenge(connection, session.id, use, challenge, now)
    return passkey_checks.to_use(party, known.values(), challenge)


def is_right_key(
    house: House, session: StaffSession, party: Party, answer: str, use: str, *, now: datetime
) -> bool:
    """Say whether a passkey of the account has signed what it was just asked; the question is used up."""
    with house.database.transaction() as connection:
        challenge = staff_sessions.take_challenge(connection, session.id, use, now - CHALLENGE_HOLDS)
        if challenge is None:
            return False
        known = second_factors.material(connection, session.account_id)
        found = passkey_checks.used(party, answer, challenge, known)
        return found is not None and second_factors.use_passkey(connection, *found, now)


def is_right_code(house: House, account_id: int, typed: str, *, now: datetime, paper: bool = False) -> bool:
    """Say whether a typed code is right, and use it up; with `paper`, codes from paper count as well.

    :raises TooManyAttempts: when too many wrong ones came for this account.
    """
    key = house.vault.index(CODE_SCOPE, str(account_id))
    with house.database.transaction() as connection:
        accounts.count_attempt(connection, CODE_SCOPE, key, now, CODE_ALLOWANCES[0].step.total_seconds())
        waits = [accounts.wait_left(connection, allowance, key, now) for allowance in CODE_ALLOWANCES]
    if any(waits):
        raise TooManyAttempts(max(waits))
    with house.database.transaction() as connection:
        is_right = _use_up(connection, house, account_id, plain_code(typed), now, paper)
        if is_right:
            accounts.forget_attempts(connection, CODE_SCOPE, key)
    return is_right


def _use_up(
    connection: Connection, house: House, account_id: int, code: str, now: datetime, paper: bool
) -> bool:
    if is_app_code(code):
        secret = second_factors.app_secret(connection, house.vault, account_id, confirmed=True)
        step = app_codes.step_of(secret, code, now) if secret else None
        return step is not None and second_factors.use_step(connection, account_id, step)
    if not paper:
        return False
    return second_factors.use_code(connection, account_id, _hashed(house, account_id, code), now)


def finish_with_code(house: House, session: StaffSession, typed: str, *, now: datetime, actor: Actor) -> None:
    """Finish a sign-in with a code from the app or from paper.

    :raises WrongCredentials: when it is not right.
    :raises TooManyAttempts: when too many wrong ones came.
    """
    is_right = is_right_code(house, session.account_id, typed, now=now, paper=True)
    _finish(house, session, is_right, "code", now, actor)


def finish_with_key(
    house: House, session: StaffSession, party: Party, answer: str, *, now: datetime, actor: Actor
) -> None:
    """Finish a sign-in with a passkey.

    :raises WrongCredentials: when its answer is not right.
    """
    is_right = is_right_key(house, session, party, answer, "sign-in", now=now)
    _finish(house, session, is_right, "passkey", now, actor)


def _finish(
    house: House, session: StaffSession, is_right: bool, way: str, now: datetime, actor: Actor
) -> None:
    outcome = "ok" if is_right else "refused"
    with house.database.transaction() as connection:
        if is_right:
            _enter(connection, session, now)
        audit.record(
            connection,
            actor,
            "second-factor",
            "account",
            session.account_id,
            now=now,
            outcome=outcome,
            detail={"by": way},
        )
    if not is_right:
        raise WrongCredentials


def _enter(connection: Connection, session: StaffSession, now: datetime) -> None:
    """The session is whole from now on."""
    staff_sessions.change(
        connection,
        session.id,
        second_at=now,
        proved_at=now,
        input_at=now,
        wrong=0,
        expires_at=session.created_at + LONGEST_SESSION,
    )


def begin_passkey(
    house: House, session: StaffSession, member: StaffMember, party: Party, *, now: datetime, actor: Actor
) -> str:
    """Begin to make a passkey: the browser's options, as JSON.

    :raises ProofNeeded: when it was not shown lately who sits here.
    :raises InvalidInput: when there are too many, or this address cannot have any.
    """
    demand(actor, Right.KEEP_OWN_FACTORS)
    if not party.can_hold_passkeys:
        raise InvalidInput({"passkey": N_("Passkeys do not work at this address. Use a code app.")})
    challenge = passkey_checks.new_challenge()
    user = house.vault.digest("passkey user", str(member.id).encode())
    with house.database.transaction() as connection:
        known = second_factors.material(connection, member.id)
        if len(known) >= MOST_PASSKEYS:
            raise InvalidInput({"passkey": N_("You have many passkeys. Remove one first.")})
        staff_sessions.set_challenge(connection, session.id, "make", challenge, now)
    return passkey_checks.to_make(party, user, member.email, known.values(), challenge)


def add_passkey(
    house: House, session: StaffSession, party: Party, name: str, answer: str, *, now: datetime, actor: Actor
) -> tuple[str, ...]:
    """Keep a new passkey; returns codes for paper when this is the first factor.

    :raises ProofNeeded: when it was not shown lately who sits here.
    :raises InvalidInput: when the browser's answer is not right.
    """
    demand(actor, Right.KEEP_OWN_FACTORS)
    with house.database.transaction() as connection:
        asked = staff_sessions.take_challenge(connection, session.id, "make", now - CHALLENGE_HOLDS)
    key = passkey_checks.made(party, answer, asked) if asked else None
    if key is None:
        raise InvalidInput({"passkey": WRONG_KEY})
    with house.database.transaction() as connection:
        if second_factors.is_known(connection, key.credential_id):
            raise InvalidInput({"passkey": WRONG_KEY})
        known_as = clean(name, LONGEST_NAME) or "Passkey"
        second_factors.add_passkey(connection, session.account_id, key, known_as, now)
        return _added(connection, house, session, "passkey", now, actor)


def begin_app(house: House, account_id: int, *, now: datetime, actor: Actor) -> None:
    """Begin to set a code app up; asked again before the first code came, the secret stays the same.

    :raises ProofNeeded: when it was not shown lately who sits here.
    :raises InvalidInput: when there is an app already.
    """
    demand(actor, Right.KEEP_OWN_FACTORS)
    with house.database.transaction() as connection:
        if second_factors.has_app(connection, account_id):
            raise InvalidInput({"app": N_("You have a code app. Remove it first.")})
        if second_factors.app_secret(connection, house.vault, account_id, confirmed=False) is None:
            second_factors.begin_app(connection, house.vault, account_id, app_codes.new_secret(), now)


def app_begun(house: House, member: StaffMember, clinic: str, *, actor: Actor) -> AppSetUp | None:
    """What the app needs that is being set up; None when none is.

    :raises ProofNeeded: when it was not shown lately who sits here.
    """
    demand(actor, Right.KEEP_OWN_FACTORS)
    with house.database.reading() as connection:
        secret = second_factors.app_secret(connection, house.vault, member.id, confirmed=False)
    return AppSetUp(secret, app_codes.address(secret, member.email, clinic)) if secret else None


def confirm_app(
    house: House, session: StaffSession, typed: str, *, now: datetime, actor: Actor
) -> tuple[str, ...]:
    """The first code of a new app; returns codes for paper when this is the first factor.

    :raises ProofNeeded: when it was not shown lately who sits here.
    :raises InvalidInput: when the code is not right.
    """
    demand(actor, Right.KEEP_OWN_FACTORS)
    with house.database.transaction() as connection:
        secret = second_factors.app_secret(connection, house.vault, session.account_id, confirmed=False)
        step = app_codes.step_of(secret, plain_code(typed), now) if secret else None
        if step is None or not second_factors.use_step(connection, session.account_id, step):
            raise InvalidInput({"code": WRONG_CODE})
        second_factors.confirm_app(connection, session.account_id, now)
        return _added(connection, house, session, "app", now, actor)


def renew_codes(house: House, account_id: int, *, now: datetime, actor: Actor) -> tuple[str, ...]:
    """Make new codes for paper; the old ones work no more.

    :raises ProofNeeded: when it was not shown lately who sits here.
    """
    demand(actor, Right.KEEP_OWN_FACTORS)
    with house.database.transaction() as connection:
        audit.record(connection, actor, "renew-codes", "account", account_id, now=now)
        return _new_codes(connection, house, account_id)


def remove_passkey(
    house: House, account_id: int, number: int, *, needs_factor: bool, now: datetime, actor: Actor
) -> None:
    """Forget a passkey of one's own.

    :raises ProofNeeded: when it was not shown lately who sits here.
    :raises NotFound: when there is no such one.
    :raises InvalidInput: when it is the last factor, and here everybody needs one.
    """
    demand(actor, Right.KEEP_OWN_FACTORS)
    with house.database.transaction() as connection:
        if not second_factors.remove_passkey(connection, account_id, number):
            raise NotFound
        _removed(connection, account_id, "passkey", needs_factor, now, actor)


def remove_app(house: House, account_id: int, *, needs_factor: bool, now: datetime, actor: Actor) -> None:
    """Forget one's own code app; the rest as for a passkey.

    :raises ProofNeeded, NotFound, InvalidInput: as for a passkey.
    """
    demand(actor, Right.KEEP_OWN_FACTORS)
    with house.database.transaction() as connection:
        if not second_factors.remove_app(connection, account_id):
            raise NotFound
        _removed(connection, account_id, "app", needs_factor, now, actor)


def _added(
    connection: Connection, house: House, session: StaffSession, what: str, now: datetime, actor: Actor
) -> tuple[str, ...]:
    """Note a new factor: this browser has shown it, every other one is signed out, and the first brings codes."""
    _enter(connection, session, now)
    staff_sessions.revoke_all(connection, session.account_id, now, but=session.id)
    audit.record(
        connection, actor, "add-factor", "account", session.account_id, now=now, detail={"factor": what}
    )
    if second_factors.codes_left(connection, session.account_id):
        return ()
    return _new_codes(connection, house, session.account_id)


def _removed(
    connection: Connection, account_id: int, what: str, needs_factor: bool, now: datetime, actor: Actor
) -> None:
    is_bare = not second_factors.passkeys(connection, account_id) and not second_factors.has_app(
        connection, account_id
    )
    if is_bare and needs_factor:
        raise InvalidInput({"factor": N_("Add another way first. You always need one besides the password.")})
    if is_bare:
        second_factors.replace_codes(connection, account_id, ())
    audit.record(connection, actor, "remove-factor", "account", account_id, now=now, detail={"factor": what})


def _new_codes(connection: Connection, house: House, account_id: int) -> tuple[str, ...]:
    codes = new_recovery_codes()
    hashes = [_hashed(house, account_id, plain_code(code)) for code in codes]
    second_factors.replace_codes(connection, account_id, hashes)
    return codes


def _hashed(house: House, account_id: int, code: str) -> bytes:
    return house.vault.digest("recovery code", f"{account_id}|{code}".encode())

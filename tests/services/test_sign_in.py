"""The staff get in with the right password and nobody else does, however often and from wherever they try."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from scheduler.domain.account import LONGEST_PASSWORD, StaffMember
from scheduler.domain.actor import SYSTEM, Role
from scheduler.domain.errors import NotFound, TooManyAttempts, WrongCredentials
from scheduler.persistence import accounts, audit
from scheduler.persistence.database import Database
from scheduler.persistence.vault import Vault
from scheduler.services import screen_lock, sign_in, staffing
from tests.engines import CLERK, NOW, SOMEBODY

EMAIL, PASSWORD = "desk@example.com", "correct horse battery"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clerk(database: Database) -> int:
    return staffing.create_user(
        database, email=EMAIL, name="Dee Desk", roles=["desk"], password=PASSWORD, now=NOW, actor=SYSTEM
    )


def enter(
    database: Database,
    vault: Vault,
    password: str = PASSWORD,
    *,
    email: str = EMAIL,
    address: str = "192.0.2.1",
    minute: float = 0,
) -> tuple[str, StaffMember]:
    actor = replace(SOMEBODY, address=address)
    return sign_in.sign_in(database, vault, email, password, now=NOW + minute * MINUTE, actor=actor)


def outcomes(database: Database) -> list[tuple[str, str]]:
    with database.reading() as connection:
        trail = audit.unsealed(connection, 1000, everything=True)
    return [(record.outcome, record.object_id) for record in trail if record.action == "sign-in"]


def test_the_right_password_opens_a_session(database: Database, vault: Vault, clerk: int) -> None:
    handle, member = enter(database, vault, email=" DESK@example.com")
    assert (member.id, set(member.roles)) == (clerk, {Role.DESK})
    found = sign_in.who(database, handle, now=NOW)
    assert found is not None
    assert found[1] == member
    assert outcomes(database) == [("ok", str(clerk))]


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (EMAIL, "wrong"),
        (EMAIL, ""),
        ("nobody@example.com", PASSWORD),
        ("", ""),
        (EMAIL, PASSWORD + " "),
        (EMAIL, "x" * 100_000),
    ],
)
def test_whatever_does_not_fit_is_refused_in_the_same_words(
    database: Database, vault: Vault, clerk: int, email: str, password: str
) -> None:
    with pytest.raises(WrongCredentials):
        enter(database, vault, password, email=email)
    assert outcomes(database) == [("refused", str(clerk) if email == EMAIL else "")]


def test_a_password_is_not_cut_to_the_longest(database: Database, vault: Vault) -> None:
    longest = "long pass " * (LONGEST_PASSWORD // 10)
    staffing.create_user(
        database, email=EMAIL, name="Dee", roles=["desk"], password=longest, now=NOW, actor=SYSTEM
    )
    enter(database, vault, longest)
    with pytest.raises(WrongCredentials):
        enter(database, vault, longest + "more")


def test_a_retired_account_is_refused_like_an_unknown_one(
    database: Database, vault: Vault, clerk: int
) -> None:
    with database.transaction() as connection:
        accounts.change(connection, clerk, NOW, active=False)
    with pytest.raises(WrongCredentials):
        enter(database, vault)


@pytest.mark.usefixtures("clerk")
def test_after_five_wrong_tries_in_a_minute_even_the_right_password_waits(
    database: Database, vault: Vault
) -> None:
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            enter(database, vault, "wrong")
    with pytest.raises(TooManyAttempts):
        enter(database, vault)
    enter(database, vault, minute=1.5)


@pytest.mark.usefixtures("clerk")
def test_slow_guessing_is_stopped_by_the_longer_windows(database: Database, vault: Vault) -> None:
    """At most ten tries in any fifteen minutes, and thirty a day, from one address on one account."""
    looked_at = []
    for minute in [*range(40), *range(40, 24 * 60, 25)]:
        try:
            enter(database, vault, "wrong", minute=minute)
        except WrongCredentials:
            looked_at.append(minute)
        except TooManyAttempts:
            pass
    assert len(looked_at) <= 30
    assert max(sum(start <= m < start + 15 for m in looked_at) for start in looked_at) <= 10


@pytest.mark.usefixtures("clerk")
def test_guessing_from_many_addresses_is_stopped_and_the_owner_still_gets_in(
    database: Database, vault: Vault
) -> None:
    enter(database, vault, address="192.0.2.7")
    refused = 0
    for number in range(60):
        try:
            enter(database, vault, "wrong", address=f"198.51.100.{number}", minute=number / 10)
        except WrongCredentials:
            refused += 1
        except TooManyAttempts:
            pass
    assert refused <= 30
    with pytest.raises(TooManyAttempts):
        enter(database, vault, address="203.0.113.5", minute=7)
    enter(database, vault, address="192.0.2.7", minute=7)


def test_one_address_that_tries_many_accounts_is_stopped_known_or_not(
    database: Database, vault: Vault
) -> None:
    refused = 0
    for number in range(130):
        try:
            enter(database, vault, "wrong", email=f"nobody{number}@example.com", minute=number / 20)
        except WrongCredentials:
            refused += 1
        except TooManyAttempts:
            pass
    assert refused == 100


@pytest.mark.usefixtures("clerk")
def test_a_right_password_ends_the_counting(database: Database, vault: Vault) -> None:
    for round_of_three in range(6):
        for _ in range(3):
            with pytest.raises(WrongCredentials):
                enter(database, vault, "wrong", minute=round_of_three)
        enter(database, vault, minute=round_of_three)


@pytest.mark.usefixtures("clerk")
def test_tries_at_the_same_moment_are_all_counted(database: Database, vault: Vault) -> None:
    looked_at: list[int] = []

    def work() -> None:
        try:
            enter(database, vault, "wrong")
        except WrongCredentials:
            looked_at.append(1)
        except TooManyAttempts:
            pass

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(looked_at) == 5


def test_the_count_of_tries_names_neither_account_nor_address(database: Database, vault: Vault) -> None:
    with pytest.raises(WrongCredentials):
        enter(database, vault, "wrong")
    with database.reading() as connection:
        kept = str(connection.execute(text("SELECT * FROM attempt")).all())
    assert "example.com" not in kept
    assert "192.0.2.1" not in kept


@pytest.mark.usefixtures("clerk")
def test_signing_out_ends_the_session_at_once(database: Database, vault: Vault) -> None:
    handle, _ = enter(database, vault)
    sign_in.sign_out(database, handle, now=NOW, actor=CLERK)
    assert sign_in.who(database, handle, now=NOW) is None
    sign_in.sign_out(database, handle, now=NOW, actor=CLERK)


@pytest.mark.usefixtures("clerk")
def test_using_the_clinic_keeps_a_browser_signed_in_for_twelve_hours_at_most(
    database: Database, vault: Vault
) -> None:
    handle, _ = enter(database, vault)
    alive = []
    for moment in (NOW + number * MINUTE for number in range(0, 13 * 60, 10)):
        found = sign_in.who(database, handle, now=moment)
        alive.append(found is not None)
        if found is not None:
            screen_lock.note_input(database, found[0], now=moment)
    assert alive == [True] * 72 + [False] * 6


def test_a_session_is_ended_from_another_browser(database: Database, vault: Vault, clerk: int) -> None:
    mine, lost = enter(database, vault)[0], enter(database, vault, address="192.0.2.2")[0]
    found = sign_in.who(database, lost, now=NOW)
    assert found is not None
    assert len(sign_in.sessions(database, clerk, now=NOW)) == 2
    sign_in.end_session(database, clerk, found[0].id, now=NOW, actor=CLERK)
    assert sign_in.who(database, lost, now=NOW) is None
    assert sign_in.who(database, mine, now=NOW) is not None
    with pytest.raises(NotFound):
        sign_in.end_session(database, clerk, found[0].id, now=NOW, actor=CLERK)


@pytest.mark.usefixtures("clerk")
def test_a_changed_password_signs_every_other_browser_out(database: Database, vault: Vault) -> None:
    mine, other = enter(database, vault)[0], enter(database, vault)[0]
    found = sign_in.who(database, mine, now=NOW)
    assert found is not None
    new = "another horse battery"
    sign_in.change_own_password(database, vault, found[0], PASSWORD, new, now=NOW, actor=CLERK)
    assert sign_in.who(database, mine, now=NOW) is not None
    assert sign_in.who(database, other, now=NOW) is None
    with pytest.raises(WrongCredentials):
        enter(database, vault)
    enter(database, vault, new)


@pytest.mark.usefixtures("clerk")
def test_a_new_password_takes_the_old_one(database: Database, vault: Vault) -> None:
    handle, _ = enter(database, vault)
    found = sign_in.who(database, handle, now=NOW)
    assert found is not None
    with pytest.raises(WrongCredentials):
        sign_in.change_own_password(
            database, vault, found[0], "wrong", "another horse battery", now=NOW, actor=CLERK
        )
    enter(database, vault)


@pytest.mark.usefixtures("clerk", "real_hashes")
def test_a_hash_of_old_costs_is_made_anew_at_the_next_sign_in(database: Database, vault: Vault) -> None:
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with database.transaction() as connection:
        connection.execute(text("UPDATE account SET password_hash = :cheap"), {"cheap": cheap})
    enter(database, vault)
    with database.reading() as connection:
        assert connection.execute(text("SELECT password_hash FROM account")).scalar_one() != cheap
    enter(database, vault)

"""Staff accounts, their browsers, and the counting of tries."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from scheduler.domain.account import KNOWN
from scheduler.domain.actor import Role
from scheduler.domain.allowance import Allowance
from scheduler.persistence import accounts, passwords
from scheduler.persistence.database import Database
from scheduler.persistence.passwords import fits, hash_password, is_dated
from tests.databases import an_account
from tests.engines import NOW

MINUTE = timedelta(minutes=1)
QUARTER = Allowance("test", 3, 15 * MINUTE, MINUTE)
STEP = QUARTER.step.total_seconds()


def test_an_account_is_found_however_its_e_mail_is_written(database: Database) -> None:
    with database.transaction() as connection:
        number = an_account(connection)
        found = accounts.by_email(connection, "  dESK@example.com ")
    assert found is not None
    assert found[0].id == number
    assert found[0].roles == {Role.DESK, Role.MANAGER}
    assert found[1] == "x"


def test_tries_are_counted_within_their_window_only(database: Database) -> None:
    with database.transaction() as connection:
        for minute in (0, 5, 5, 14):
            accounts.count_attempt(connection, "test", b"k", NOW + minute * MINUTE, STEP)
        counted = [accounts.attempts(connection, QUARTER, b"k", NOW + m * MINUTE) for m in (14, 16, 21, 40)]
    assert counted == [4, 3, 1, 0]


def test_whoever_tried_too_often_is_told_when_the_next_try_counts(database: Database) -> None:
    few = replace(QUARTER, most=2)
    with database.transaction() as connection:
        waits = []
        for minute in (0, 5, 9):
            accounts.count_attempt(connection, "test", b"k", NOW + minute * MINUTE, STEP)
            waits.append(accounts.wait_left(connection, few, b"k", NOW + minute * MINUTE))
        later = [accounts.wait_left(connection, few, b"k", NOW + minute * MINUTE) for minute in (14, 20)]
    assert waits == [timedelta(0), timedelta(0), 11 * MINUTE]
    assert later == [6 * MINUTE, timedelta(0)]


def test_tries_of_others_and_of_other_kinds_do_not_count(database: Database) -> None:
    with database.transaction() as connection:
        accounts.count_attempt(connection, "test", b"other", NOW, STEP)
        accounts.count_attempt(connection, "other", b"k", NOW, STEP)
        assert accounts.attempts(connection, QUARTER, b"k", NOW) == 0


def test_a_right_try_is_taken_back_and_never_below_nothing(database: Database) -> None:
    with database.transaction() as connection:
        accounts.count_attempt(connection, "test", b"k", NOW, STEP)
        for _ in range(3):
            accounts.forgive_attempt(connection, "test", b"k", NOW, STEP)
        assert accounts.attempts(connection, QUARTER, b"k", NOW) == 0


def test_old_counts_are_swept_away_and_young_ones_stay(database: Database) -> None:
    with database.transaction() as connection:
        accounts.count_attempt(connection, "test", b"k", NOW, STEP)
        assert accounts.sweep(connection, NOW, NOW - MINUTE) == 0
        assert accounts.sweep(connection, NOW, NOW + MINUTE) == 1


def test_where_an_account_signs_in_is_remembered_for_a_month(database: Database) -> None:
    days = [NOW + timedelta(days=number) for number in (2, 29, 32)]
    with database.transaction() as connection:
        accounts.count_attempt(connection, KNOWN.scope, b"k", NOW, KNOWN.step.total_seconds())
        assert [accounts.sweep(connection, day, day - timedelta(days=1)) for day in days] == [0, 0, 1]


def test_a_password_fits_its_own_hash_and_no_other() -> None:
    kept = hash_password("correct horse battery")
    assert fits("correct horse battery", kept)
    assert not fits("correct horse batterz", kept)
    assert not is_dated(kept)
    assert "correct" not in kept


@pytest.mark.parametrize("kept", [None, "", "rubbish"])
def test_without_a_hash_no_password_fits(kept: str | None) -> None:
    assert not fits("", kept)
    assert not fits("anything at all", kept)


@pytest.mark.usefixtures("real_hashes")
def test_a_hash_costs_what_it_must() -> None:
    assert hash_password("correct horse battery").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.usefixtures("real_hashes")
def test_an_unknown_account_costs_a_whole_hash() -> None:
    with pytest.raises(VerifyMismatchError):
        PasswordHasher().verify(passwords._NOBODY, "anything at all")
    assert not is_dated(passwords._NOBODY)


@pytest.mark.usefixtures("real_hashes")
def test_a_hash_of_other_costs_is_dated() -> None:
    assert is_dated("$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzYWx0$" + "A" * 43)

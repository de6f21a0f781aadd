"""The browsers that the staff are signed in with: found by their cookie alone, and over when they should be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from scheduler.domain.staff_session import LOCKS_AFTER, LONGEST_LOCK, LONGEST_SESSION, LONGEST_WAIT, Browser
from scheduler.persistence import accounts, staff_sessions
from scheduler.persistence.database import Database
from tests.databases import an_account
from tests.engines import NOW

MINUTE = timedelta(minutes=1)
BROWSER = Browser("Firefox on Linux", "192.0.2.1")


def test_a_session_is_found_by_its_handle_alone(
    database: Database, tables_of: Callable[[str], list[tuple[object, ...]]]
) -> None:
    with database.transaction() as connection:
        handle = staff_sessions.begin(connection, an_account(connection), NOW, BROWSER)
        found = staff_sessions.find(connection, handle, NOW)
        assert staff_sessions.find(connection, "x" * len(handle), NOW) is None
    assert found is not None
    assert found[1].name == "Dee"
    assert handle not in str(tables_of("staff_session"))


def test_a_session_ends_after_its_longest_time_however_busy(database: Database) -> None:
    with database.transaction() as connection:
        handle = staff_sessions.begin(connection, an_account(connection), NOW, BROWSER)
        session = staff_sessions.find(connection, handle, NOW)
        assert session is not None
        for _ in range(int(LONGEST_SESSION / (30 * MINUTE))):
            staff_sessions.change(connection, session[0].id, input_at=NOW + LONGEST_SESSION - MINUTE)
        assert staff_sessions.find(connection, handle, NOW + LONGEST_SESSION - MINUTE) is not None
        assert staff_sessions.find(connection, handle, NOW + LONGEST_SESSION) is None


def test_a_browser_left_alone_is_signed_out(database: Database) -> None:
    with database.transaction() as connection:
        handle = staff_sessions.begin(connection, an_account(connection), NOW, BROWSER)
        assert staff_sessions.find(connection, handle, NOW + LOCKS_AFTER + LONGEST_LOCK - MINUTE) is not None
        assert staff_sessions.find(connection, handle, NOW + LOCKS_AFTER + LONGEST_LOCK) is None


def test_a_retired_account_has_no_session(database: Database) -> None:
    with database.transaction() as connection:
        number = an_account(connection)
        handle = staff_sessions.begin(connection, number, NOW, BROWSER)
        accounts.change(connection, number, NOW, active=False)
        assert staff_sessions.find(connection, handle, NOW) is None


def test_a_session_is_ended_by_its_own_account_alone(database: Database) -> None:
    with database.transaction() as connection:
        mine, other = an_account(connection), an_account(connection, "other@example.com")
        handle = staff_sessions.begin(connection, mine, NOW, BROWSER)
        session = staff_sessions.live_ones(connection, mine, NOW)[0]
        assert not staff_sessions.revoke(connection, other, session.id, NOW)
        assert staff_sessions.revoke(connection, mine, session.id, NOW)
        assert staff_sessions.find(connection, handle, NOW) is None
        assert staff_sessions.live_ones(connection, mine, NOW) == ()


def test_all_browsers_but_this_one_are_signed_out(database: Database) -> None:
    with database.transaction() as connection:
        number = an_account(connection)
        handles = [staff_sessions.begin(connection, number, NOW, BROWSER) for _ in range(3)]
        mine = staff_sessions.find(connection, handles[0], NOW)
        assert mine is not None
        assert staff_sessions.revoke_all(connection, number, NOW, but=mine[0].id) == 2
        assert [staff_sessions.find(connection, handle, NOW) is not None for handle in handles] == [
            True,
            False,
            False,
        ]


def test_a_session_that_awaits_its_second_factor_waits_ten_minutes(database: Database) -> None:
    with database.transaction() as connection:
        handle = staff_sessions.begin(connection, an_account(connection), NOW, BROWSER, awaits_second=True)
        assert staff_sessions.find(connection, handle, NOW + LONGEST_WAIT - MINUTE) is not None
        assert staff_sessions.find(connection, handle, NOW + LONGEST_WAIT) is None


def test_a_question_to_a_passkey_is_answered_once_and_soon_and_for_its_own_purpose(
    database: Database,
) -> None:
    with database.transaction() as connection:
        handle = staff_sessions.begin(connection, an_account(connection), NOW, BROWSER)
        found = staff_sessions.find(connection, handle, NOW)
        assert found is not None
        id = found[0].id
        staff_sessions.set_challenge(connection, id, "sign-in", b"first", NOW)
        staff_sessions.set_challenge(connection, id, "sign-in", b"second", NOW)
        assert staff_sessions.take_challenge(connection, id, "make", NOW - MINUTE) is None
        assert staff_sessions.take_challenge(connection, id, "sign-in", NOW + MINUTE) is None
        assert staff_sessions.take_challenge(connection, id, "sign-in", NOW - MINUTE) == b"second"
        assert staff_sessions.take_challenge(connection, id, "sign-in", NOW - MINUTE) is None


def test_sessions_that_are_over_are_swept_away_and_live_ones_stay(database: Database) -> None:
    with database.transaction() as connection:
        staff_sessions.begin(connection, an_account(connection), NOW, BROWSER)
        assert staff_sessions.sweep(connection, NOW) == 0
        assert staff_sessions.sweep(connection, NOW + LONGEST_SESSION) == 1

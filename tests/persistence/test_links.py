"""A private link opens what it is for, until it ends, and the database alone can make none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from scheduler.domain.link import LinkPurpose
from scheduler.persistence import links
from scheduler.persistence.database import Database
from scheduler.persistence.vault import KeyRing, Vault, fresh_keys, rotated_keys
from scheduler.services import booking
from scheduler.services.house import House
from tests.engines import NOW, SOMEBODY, a_request

MANAGE, VISIT, CALENDAR = LinkPurpose.MANAGE, LinkPurpose.VISIT, LinkPurpose.CALENDAR
HOUR = timedelta(hours=1)


@pytest.fixture
def visit_id(house: House) -> int:
    """A booked visit whose own links are closed, so that the test's are the only ones."""
    visit = booking.book(house, a_request(house), SOMEBODY, NOW).visit
    assert visit is not None
    with house.database.transaction() as connection:
        links.revoke_all(connection, visit.appointment.id, NOW)
    return visit.appointment.id


def test_a_link_is_found_by_its_secret_for_its_purpose(database: Database, vault: Vault) -> None:
    with database.transaction() as connection:
        secret = links.issue(connection, vault, MANAGE, now=NOW)
        found = links.find(connection, secret, {MANAGE, CALENDAR}, NOW)
    assert found is not None
    assert found.purpose is MANAGE
    assert found.created_at == NOW


def test_a_link_for_one_thing_opens_no_other(database: Database, vault: Vault) -> None:
    with database.transaction() as connection:
        secret = links.issue(connection, vault, CALENDAR, now=NOW)
        assert links.find(connection, secret, MANAGE, NOW) is None


@pytest.mark.parametrize("wrong", ["", "x", "x" * 43, "ñ" * 43, "x" * 10_000, "\0" * 43])
def test_a_wrong_secret_finds_nothing(database: Database, wrong: str) -> None:
    with database.reading() as connection:
        assert links.find(connection, wrong, list(LinkPurpose), NOW) is None


def test_a_link_ends_at_its_hour(database: Database, vault: Vault) -> None:
    with database.transaction() as connection:
        secret = links.issue(connection, vault, MANAGE, now=NOW, expires_at=NOW + HOUR)
        assert links.find(connection, secret, MANAGE, NOW + HOUR - timedelta(seconds=1)) is not None
        assert links.find(connection, secret, MANAGE, NOW + HOUR) is None


def test_a_revoked_link_is_gone_at_once(database: Database, vault: Vault) -> None:
    with database.transaction() as connection:
        secret = links.issue(connection, vault, MANAGE, now=NOW)
        found = links.find(connection, secret, MANAGE, NOW)
        assert found is not None
        assert links.revoke(connection, found.id, NOW)
        assert links.find(connection, secret, MANAGE, NOW) is None
        assert not links.revoke(connection, found.id, NOW)


def test_several_links_are_made_with_one_statement(
    database: Database, vault: Vault, visit_id: int, count_statements: Callable[[], int]
) -> None:
    with database.transaction() as connection:
        before = count_statements()
        made = links.issue_many(
            connection, vault, (MANAGE, VISIT, CALENDAR), now=NOW, appointment_id=visit_id
        )
        assert count_statements() - before == 1
        assert set(made) == {MANAGE, VISIT, CALENDAR}
        for purpose, secret in made.items():
            found = links.find(connection, secret, purpose, NOW)
            assert found is not None
            assert found.appointment_id == visit_id


def test_the_secret_of_a_visit_is_made_again_for_its_mails(
    database: Database, vault: Vault, visit_id: int
) -> None:
    with database.transaction() as connection:
        secret = links.issue(connection, vault, MANAGE, now=NOW, appointment_id=visit_id)
        assert links.secret_for(connection, vault, visit_id, MANAGE) == secret
        assert links.secret_for(connection, vault, visit_id, VISIT) is None
        assert links.secret_for(connection, vault, visit_id + 1, MANAGE) is None


def test_after_a_rotation_the_old_links_still_open_and_are_still_made_again(
    database: Database, visit_id: int
) -> None:
    old = Vault(KeyRing.parse(fresh_keys()))
    new = Vault(KeyRing.parse(rotated_keys(old.keyring)))
    with database.transaction() as connection:
        secret = links.issue(connection, old, MANAGE, now=NOW, appointment_id=visit_id)
        assert links.secret_for(connection, new, visit_id, MANAGE) == secret


def test_without_its_key_a_secret_is_not_guessed(database: Database, vault: Vault, visit_id: int) -> None:
    stranger = Vault(KeyRing.parse(fresh_keys()))
    with database.transaction() as connection:
        links.issue(connection, vault, MANAGE, now=NOW, appointment_id=visit_id)
        assert links.secret_for(connection, stranger, visit_id, MANAGE) is None


def test_forgetting_the_links_of_a_visit_closes_all_or_the_named_ones(
    database: Database, vault: Vault, visit_id: int
) -> None:
    with database.transaction() as connection:
        made = links.issue_many(
            connection, vault, (MANAGE, VISIT, CALENDAR), now=NOW, appointment_id=visit_id
        )
        assert links.revoke_all(connection, visit_id, NOW, (CALENDAR,)) == 1
        assert links.find(connection, made[MANAGE], MANAGE, NOW) is not None
        assert links.revoke_all(connection, visit_id, NOW) == 2
        assert links.find(connection, made[MANAGE], MANAGE, NOW) is None
        assert links.secret_for(connection, vault, visit_id, MANAGE) is None


def test_a_new_link_in_place_of_a_shared_one_closes_the_old(
    database: Database, vault: Vault, visit_id: int
) -> None:
    with database.transaction() as connection:
        old = links.issue(connection, vault, MANAGE, now=NOW, appointment_id=visit_id, expires_at=NOW + HOUR)
        shared = links.find(connection, old, MANAGE, NOW)
        assert shared is not None
        new = links.reissue(connection, vault, shared, NOW)
        assert links.find(connection, old, MANAGE, NOW) is None
        found = links.find(connection, new, MANAGE, NOW)
        assert found is not None
        assert (found.appointment_id, found.expires_at) == (visit_id, NOW + HOUR)
        assert links.secret_for(connection, vault, visit_id, MANAGE) == new


def test_a_stolen_table_holds_no_secret(
    database: Database, vault: Vault, tables_of: Callable[[str], list[tuple[object, ...]]]
) -> None:
    with database.transaction() as connection:
        secret = links.issue(connection, vault, MANAGE, now=NOW)
    assert secret not in str(tables_of("link"))

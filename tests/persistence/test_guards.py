"""The database refuses by itself, on both engines, after every migration; and the program notices when it does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import DBAPIError

from scheduler.domain.actor import SYSTEM
from scheduler.domain.errors import GuardMissing, SlotLost
from scheduler.persistence import audit, guards, migration, occupancy
from scheduler.persistence.database import Database
from scheduler.persistence.directory import ResourceRow
from scheduler.persistence.occupancy import Taking

NOW = datetime(2026, 9, 14, 15, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    url = f"sqlite:///{tmp_path / 'empty.sqlite'}"
    database = Database(url if request.param == "sqlite" else request.getfixturevalue("empty_postgres_url"))
    yield database
    database.dispose()


@pytest.fixture
def migrated(empty: Database) -> Database:
    """The same, migrated from nothing to the newest tables."""
    migration.upgrade(empty)
    return empty


def a_room(connection: Connection) -> int:
    return int(
        connection.execute(insert(ResourceRow).returning(ResourceRow.id), {"kind": "room"}).scalar_one()
    )


def test_from_nothing_to_the_newest_tables_the_guards_are_alive(migrated: Database) -> None:
    with migrated.transaction() as connection:
        guards.probe(connection)
        assert migration.current(connection) == migration.head()


def test_the_probe_leaves_nothing_behind(migrated: Database) -> None:
    with migrated.transaction() as connection:
        guards.probe(connection)
        for table in ("resource", "occupancy", "audit", "audit_seal"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0  # noqa: S608


def test_migrating_twice_and_back_and_forth_keeps_the_guards(migrated: Database) -> None:
    migration.upgrade(migrated)
    migration.downgrade(migrated, "base")
    migration.upgrade(migrated)
    with migrated.transaction() as connection:
        guards.probe(connection)


def test_the_tables_are_what_the_models_say(migrated: Database) -> None:
    with migrated.reading() as connection:
        assert migration.differences(connection) == []


def _drop_one(connection: Connection, rule: str) -> None:
    if connection.dialect.name == "sqlite":
        suffix = "_insert" if rule == "occupancy_no_overlap" else "_update"
        connection.execute(text(f"DROP TRIGGER {rule}{suffix}"))
    elif rule == "occupancy_no_overlap":
        connection.execute(text("ALTER TABLE occupancy DROP CONSTRAINT occupancy_no_overlap"))
    else:
        table = rule.removesuffix("_append_only")
        connection.execute(text(f"DROP TRIGGER {rule} ON {table}"))


@pytest.mark.parametrize("rule", ["occupancy_no_overlap", "audit_append_only", "audit_seal_append_only"])
def test_a_missing_guard_is_named(migrated: Database, rule: str) -> None:
    with migrated.transaction() as connection:
        _drop_one(connection, rule)
        with pytest.raises(GuardMissing, match=rule):
            guards.probe(connection)


@pytest.mark.parametrize(
    ("start", "end", "refused"),
    [
        (0, 100, False),
        (300, 400, False),
        (0, 101, True),
        (299, 400, True),
        (100, 300, True),
        (150, 250, True),
        (50, 350, True),
    ],
    ids=["touches before", "touches after", "overlaps start", "overlaps end", "same", "inside", "around"],
)
def test_touching_is_not_overlapping(migrated: Database, start: int, end: int, refused: bool) -> None:
    with migrated.transaction() as connection:
        room = a_room(connection)
        occupancy.take(connection, [Taking(room, 100, 300)], "visit")
    with migrated.transaction() as connection:
        if not refused:
            occupancy.take(connection, [Taking(room, start, end)], "visit")
            return
        with pytest.raises(SlotLost):
            occupancy.take(connection, [Taking(room, start, end)], "hold")


def test_another_room_is_free_at_the_same_time(migrated: Database) -> None:
    with migrated.transaction() as connection:
        rooms = [a_room(connection), a_room(connection)]
        occupancy.take(connection, [Taking(room, 100, 300) for room in rooms], "visit")
        assert occupancy.count_overlaps(connection) == 0


def test_a_row_cannot_be_moved_onto_another(migrated: Database) -> None:
    with migrated.transaction() as connection:
        room = a_room(connection)
        occupancy.take(connection, [Taking(room, 100, 200), Taking(room, 200, 300)], "visit")
    with migrated.transaction() as connection, pytest.raises(DBAPIError, match="occupancy_no_overlap"):
        connection.execute(text("UPDATE occupancy SET starts_at = 199 WHERE starts_at = 200"))


def test_a_row_may_be_longer_than_a_day_for_nobody(migrated: Database) -> None:
    with migrated.transaction() as connection:
        room = a_room(connection)
        with pytest.raises(DBAPIError):
            occupancy.take(connection, [Taking(room, 0, 86401)], "absence")


@pytest.mark.parametrize("verb", ["UPDATE audit SET action = 'x'", "DELETE FROM audit"])
def test_an_audit_row_is_never_altered(migrated: Database, verb: str) -> None:
    with migrated.transaction() as connection:
        audit.record(connection, SYSTEM, "book", "appointment", 1, now=NOW)
    with migrated.transaction() as connection, pytest.raises(DBAPIError, match="append_only"):
        connection.execute(text(verb))


UPSERT = "INSERT INTO {0} SELECT * FROM {0} WHERE true ON CONFLICT ({1}) DO UPDATE SET {2} = 0"
REPLACE = "INSERT OR REPLACE INTO {0} SELECT * FROM {0}"


@pytest.mark.parametrize(
    ("table", "key", "column"), [("audit", "id", "id"), ("audit_seal", "seq", "audit_id")]
)
def test_writing_a_row_anew_is_altering_it(migrated: Database, table: str, key: str, column: str) -> None:
    """SQLite deletes the old row first, and fires its triggers only when told to."""
    with migrated.transaction() as connection:
        audit.record(connection, SYSTEM, "book", "appointment", 1, now=NOW)
        connection.execute(text("INSERT INTO audit_seal (seq, audit_id, mac) VALUES (1, 1, '')"))
    for statement in (UPSERT, REPLACE) if migrated.is_sqlite else (UPSERT,):
        with migrated.transaction() as connection, pytest.raises(DBAPIError, match="append_only"):
            connection.execute(text(statement.format(table, key, column)))

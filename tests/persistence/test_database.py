"""Three ways in: a transaction, a snapshot, a glance; and lines to the server that were cut are made anew."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

from scheduler.persistence.database import Database


def version(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SELECT version FROM directory_version").scalar_one())


def raise_version(database: Database) -> None:
    with database.transaction() as connection:
        connection.exec_driver_sql("UPDATE directory_version SET version = version + 1")


def test_a_snapshot_stays_as_it_was_while_others_write(database: Database) -> None:
    with database.reading() as connection:
        before = version(connection)
        raise_version(database)
        assert version(connection) == before
    with database.reading() as connection:
        assert version(connection) == before + 1


def test_a_glance_sees_what_is_committed_by_then(database: Database) -> None:
    with database.glance() as connection:
        before = version(connection)
        raise_version(database)
        assert version(connection) == before + 1


def test_a_transaction_that_fails_leaves_nothing_and_calls_nobody(database: Database) -> None:
    called: list[str] = []
    database.after_commit.append(lambda: called.append("nudge"))
    with database.glance() as connection:
        before = version(connection)
    with pytest.raises(ZeroDivisionError), database.transaction() as connection:
        connection.exec_driver_sql("UPDATE directory_version SET version = version + 1")
        raise ZeroDivisionError
    with database.glance() as connection:
        assert version(connection) == before
    assert called == []
    raise_version(database)
    assert called == ["nudge"]


def test_a_way_in_does_not_colour_the_next_one(database: Database) -> None:
    """The three share their connections: one that glanced must begin a transaction when it is asked to."""
    for _ in range(3):
        with database.glance() as connection:
            version(connection)
        with pytest.raises(ZeroDivisionError), database.transaction() as connection:
            connection.exec_driver_sql("UPDATE directory_version SET version = -1")
            raise ZeroDivisionError
        with database.reading() as connection:
            assert version(connection) > 0


def test_a_line_that_the_server_cut_is_made_anew(empty_postgres_url: str) -> None:
    database, other = Database(empty_postgres_url), Database(empty_postgres_url)
    cut = lines(database)
    with other.glance() as connection:
        for number in cut:
            connection.execute(text("SELECT pg_terminate_backend(:number, 5000)"), {"number": number})
    made = lines(database)
    for each in (database, other):
        each.dispose()
    assert len(made) == 2
    assert not cut & made


def lines(database: Database) -> set[int]:
    """The server's numbers of two lines that are in use at once."""
    with database.glance() as one, database.reading() as another:
        return {each.scalar(text("SELECT pg_backend_pid()")) or 0 for each in (one, another)}


def test_a_question_in_the_drivers_words_is_answered_and_leaves_its_line_in_order(database: Database) -> None:
    for _ in range(3):
        (before,) = database.ask("SELECT version FROM directory_version")
        raise_version(database)
        assert database.ask("SELECT version FROM directory_version") == [(before[0] + 1,)]
        with database.reading() as connection:
            assert version(connection) == before[0] + 1


def test_a_question_that_fails_does_not_spoil_the_next(database: Database) -> None:
    for _ in range(12):
        with pytest.raises(Exception, match="nowhere"):
            database.ask("SELECT version FROM nowhere")
    assert len(database.ask("SELECT version FROM directory_version")) == 1
    assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]

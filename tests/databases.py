"""What tests of the lower floors need besides a clinic: its bare database, a safe of their own, and a look at rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event

from scheduler.domain.actor import Role
from scheduler.persistence import accounts
from scheduler.persistence.database import Database
from scheduler.persistence.vault import KeyRing, Vault, fresh_keys
from scheduler.services.house import House
from tests.engines import NOW

Table = list[tuple[object, ...]]


@pytest.fixture
def database(house: House) -> Database:
    """The database of a founded clinic, once on each engine."""
    return house.database


@pytest.fixture
def vault() -> Vault:
    """A safe with keys that nobody else has."""
    return Vault(KeyRing.parse(fresh_keys()))


@pytest.fixture
def tables_of(database: Database) -> Callable[[str], Table]:
    """Reads a whole table as it is kept, for tests about what must not be in it."""

    def read(table: str) -> Table:
        with database.reading() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table}")]  # noqa: S608

    return read


@contextmanager
def statements_to(database: Database) -> Iterator[list[str]]:
    """The statements that a database is sent meanwhile, whichever way; SQLite's BEGIN is none."""
    sent: list[str] = []

    def remember(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    def ask(statement: str, values: Sequence[object] = ()) -> list[Any]:
        sent.append(statement)
        return Database.ask(database, statement, values)

    event.listen(database.engine, "before_cursor_execute", remember)
    database.ask = ask  # type: ignore[method-assign]
    try:
        yield sent
    finally:
        event.remove(database.engine, "before_cursor_execute", remember)
        del database.ask


@pytest.fixture
def count_statements(database: Database) -> Iterator[Callable[[], int]]:
    """Says how many statements were sent so far."""
    with statements_to(database) as sent:
        yield lambda: len(sent)


def an_account(connection: Connection, email: str = "Desk@Example.com") -> int:
    """The number of an account of somebody who has two roles."""
    return accounts.add(
        connection, email=email, name="Dee", roles={Role.DESK, Role.MANAGER}, password_hash="x", now=NOW
    )

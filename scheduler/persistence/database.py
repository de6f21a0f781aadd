"""The one handle on the database: a transaction to write, a snapshot to read, and the guards that must be alive.

Context. The house runs on SQLite on one machine and on PostgreSQL on several, with the same code. SQLAlchemy Core on a
`Connection` is enough: rows become domain values at once, so an identity map and lazy loading would only cost.

Decision. `transaction()` begins with the write lock (`BEGIN IMMEDIATE` on SQLite: a deferred one answers "database is
locked" to seven of eight racers). On SQLite writers first queue, and wait for the disk when their turn is over
(`write_queue`). `reading()` takes a snapshot and never writes. `glance()` is for a single statement, which is a
snapshot of its own: no transaction is begun, which on PostgreSQL saves two of three ways to the server.

Consequence. Nobody may open a connection elsewhere; services open these three and pass the connection down.
"""

from __future__ import annotations

import os
import select
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    PoolProxiedConnection,
    String,
    create_engine,
    event,
    func,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, InvalidatePoolError, OperationalError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from scheduler.persistence.write_queue import LONGEST_LOG, Disk

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Model(DeclarativeBase):
    """The base of every table; used as Core tables, so no relationships and nothing lazy."""

    metadata = MetaData(naming_convention=NAMING)


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant: timestamptz on PostgreSQL, fixed-width text on SQLite, so that text order is time order.

    :raises ValueError: when a naive datetime is bound.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Choose the column's type by engine."""
        return dialect.type_descriptor(String(27) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse naive instants; write UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a zone")
        return _as_text(value) if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Read UTC."""
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        return value.astimezone(UTC)  # type: ignore[no-any-return]


@lru_cache(maxsize=4096)
def _as_text(value: datetime) -> str:
    """The instant as SQLite keeps it; one transaction writes the same few instants many times."""
    return f"{value.astimezone(UTC).isoformat(timespec='microseconds')[:-6]}Z"


Key = BigInteger().with_variant(Integer, "sqlite")
"""A running number: 64 bits on both engines (SQLite needs INTEGER to make it the row id)."""

WAKE_UP = "outbox"
"""The name that workers listen to on PostgreSQL."""

AfterCommit = Callable[[], None]


class Database:
    """One engine, and a way in for each need."""

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        self.url = _driver(url)
        self.is_sqlite = self.url.startswith("sqlite")
        make = _sqlite_engine if self.is_sqlite else _postgres_engine
        self.engine = make(self.url, pool_size)
        self._snapshots = self._isolated("REPEATABLE READ")
        self._glances = self._isolated("AUTOCOMMIT")
        self.after_commit: list[AfterCommit] = []
        path = self.engine.url.database
        self._disk = Disk(path) if self.is_sqlite and path and path != ":memory:" else None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Write: everything inside commits together or not at all; then whoever listens is nudged."""
        with self.unheard() as connection:
            yield connection
        for nudge in self.after_commit:
            nudge()

    @contextmanager
    def unheard(self) -> Iterator[Connection]:
        """Write like `transaction`, where nothing new is owed: nobody is nudged."""
        with self._turn(), self.engine.connect() as connection, self.begin(connection):
            yield connection
        self._tidy()

    @contextmanager
    def stroke(self) -> Iterator[Connection]:
        """Write with a single statement, which commits by itself; nobody is nudged. Two of them may part."""
        with self._turn(), self._glances.connect() as connection:
            yield connection
        self._tidy()

    @contextmanager
    def begin(self, connection: Connection) -> Iterator[None]:
        """Begin to write on a connection that came another way (a migration's), and commit at the end."""
        with connection.begin():
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read one consistent picture; nothing is kept."""
        with self._snapshots.connect() as connection, connection.begin():
            if self.is_sqlite:
                # Through the driver: it cannot fail, and SQLAlchemy's way there costs as much as a whole question.
                connection.connection.dbapi_connection.execute("BEGIN")  # type: ignore[union-attr]
            yield connection

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """Read with a single statement; two of them might see two states."""
        with self._glances.connect() as connection:
            yield connection

    def ask(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        """Glance by the shortest way: one question in the driver's own words, answered with plain tuples.

        For the few questions that every page asks: there SQLAlchemy takes three times as long as the database. It does
        not see this one, so its listeners and its exceptions have no part in it.
        """
        line = self.engine.raw_connection()
        try:
            rows = self._asked(line, statement, values)
        except BaseException:
            line.invalidate()
            raise
        line.close()
        return rows

    def _asked(self, line: PoolProxiedConnection, statement: str, values: Sequence[object]) -> list[Any]:
        driver: Any = line.driver_connection
        if self.is_sqlite:
            return list(driver.execute(statement, values).fetchall())
        driver.autocommit = True
        rows = driver.execute(statement, values).fetchall()
        driver.autocommit = False
        return list(rows)

    def _isolated(self, level: str) -> Engine:
        """The same engine at another isolation level; SQLite has but one, and its driver begins nothing by itself."""
        return self.engine if self.is_sqlite else self.engine.execution_options(isolation_level=level)

    def _tidy(self) -> None:
        """Now and then, write SQLite's log back into the database, when the turn is over."""
        if self._disk is None or not self._disk.is_untidy():
            return
        with self.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")

    def listen(self, nudge: AfterCommit, is_over: Callable[[], bool], seconds: float) -> None:
        """Call `nudge` for each wake-up (`wake_up.call`) until `is_over`, asked at least every so many seconds.

        Holds one connection of its own. Returns at once on an engine that cannot wake anybody.

        :raises DBAPIError: when the connection breaks; the caller listens anew.
        """
        if self.is_sqlite:
            return
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            driver: Any = connection.connection.driver_connection
            connection.detach()
            driver.execute(f"LISTEN {WAKE_UP}")
            nudge()
            while not is_over():
                for _ in driver.notifies(timeout=seconds, stop_after=1):
                    nudge()

    def _turn(self) -> AbstractContextManager[None]:
        return nullcontext() if self._disk is None else self._disk.writing()

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()
        if self._disk is not None:
            self._disk.close()


def _driver(url: str) -> str:
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _sqlite_engine(url: str, pool_size: int) -> Engine:
    path = make_url(url).database
    if path and path != ":memory:":
        _create_private(Path(path))
    engine = create_engine(
        url, pool_size=pool_size, max_overflow=32, connect_args={"check_same_thread": False}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _create_private(path: Path) -> None:
    """Make the file 0600 before SQLite would make it readable for everybody; -wal and -shm copy its mode."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _prepare_sqlite(dbapi_connection: Any, _record: Any) -> None:
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        "synchronous = NORMAL",
        f"wal_autocheckpoint = {LONGEST_LOG}",
        "foreign_keys = ON",
        "recursive_triggers = ON",  # else INSERT OR REPLACE deletes a row unseen by its trigger (guards)
        "busy_timeout = 15000",
        "secure_delete = ON",
        "cache_size = -32768",
        "temp_store = MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _postgres_engine(url: str, pool_size: int) -> Engine:
    engine = create_engine(url, pool_size=pool_size, max_overflow=32)
    event.listen(engine, "checkout", _refuse_dead)
    return engine


def _refuse_dead(dbapi_connection: Any, _record: Any, _proxy: Any) -> None:
    """Notice that the server hung up, without asking it: then there is something to read that nobody asked for.

    A question to see whether the line is alive, as `pool_pre_ping` has it, would cost each request as much as its work.
    """
    if dbapi_connection.closed:
        raise InvalidatePoolError
    line = select.poll()
    line.register(dbapi_connection.fileno(), select.POLLIN)
    if line.poll(0):
        raise InvalidatePoolError


def is_lost_race(error: DBAPIError) -> bool:
    """Say whether PostgreSQL broke a deadlock or a serialisation conflict (40P01, 40001): worth one more try."""
    return getattr(error.orig, "sqlstate", None) in {"40P01", "40001"}


def is_overlap(error: DBAPIError) -> bool:
    """Say whether the database refused an overlap: 23P01 on PostgreSQL, our trigger's words on SQLite."""
    if getattr(error.orig, "sqlstate", None) == "23P01":
        return True
    return "occupancy_no_overlap" in str(error.orig)


AWAY = (OperationalError, InterfaceError)
"""How it looks when the database cannot be reached, starts up after a crash, or is held too long by somebody else."""

CLOCK: Mapping[str, ColumnElement[datetime]] = {
    "sqlite": func.strftime("%Y-%m-%dT%H:%M:%fZ", "now", type_=Instant),
    "postgresql": func.statement_timestamp(type_=Instant),
}
"""The database's own clock as part of a statement, by engine; constant within it, so that indexes serve."""


def instant_of(kept: Any) -> datetime:
    """An instant as a driver hands it over by itself (`Database.ask`): text on SQLite, a datetime on PostgreSQL."""
    found: datetime = datetime.fromisoformat(kept) if isinstance(kept, str) else kept
    return found.astimezone(UTC)


def database_now(connection: Connection) -> datetime:
    """The database's own clock, in UTC: the only one that leases are reckoned by, whatever a node's clock says."""
    if connection.dialect.name == "sqlite":
        written: str = connection.execute(text("SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')")).scalar_one()
        return datetime.fromisoformat(written)
    stamp: datetime = connection.execute(text("SELECT statement_timestamp()")).scalar_one()
    return stamp.astimezone(UTC)

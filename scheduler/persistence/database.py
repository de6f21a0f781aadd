"""The one handle on the database: a transaction to write, a snapshot to read, and the guards that must be alive.

Context. The house runs on SQLite on one machine and on PostgreSQL on several, with the same code. SQLAlchemy Core on a
`Connection` is enough: rows become domain values at once, so an identity map and lazy loading would only cost.

Decision. `transaction()` begins with the write lock (`BEGIN IMMEDIATE` on SQLite: a deferred one answers "database is
locked" to seven of eight racers). On SQLite writers first queue on a file lock, which the kernel hands out in the order
of arrival; SQLite's own busy handler sleeps and retries, and its unlucky ones wait half a second. `reading()` takes a
snapshot and never writes.

Consequence. Nobody may open a connection elsewhere; services open these two and pass the connection down.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    String,
    create_engine,
    event,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

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
        utc = value.astimezone(UTC)
        return utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Read UTC."""
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        return value.astimezone(UTC)  # type: ignore[no-any-return]


Key = BigInteger().with_variant(Integer, "sqlite")
"""A running number: 64 bits on both engines (SQLite needs INTEGER to make it the row id)."""

AfterCommit = Callable[[], None]


class Database:
    """One engine, two ways in."""

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        self.url = _driver(url)
        self.is_sqlite = self.url.startswith("sqlite")
        self.engine = (
            _sqlite_engine(self.url, pool_size) if self.is_sqlite else _postgres_engine(self.url, pool_size)
        )
        self.after_commit: list[AfterCommit] = []
        self._queue = _WriteQueue(self.engine.url.database) if self.is_sqlite else None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Write: everything inside commits together or not at all; then whoever listens is nudged."""
        with self._queued(), self.engine.connect() as connection:
            connection.execution_options(scheduler_writes=True)
            with connection.begin():
                yield connection
        for nudge in self.after_commit:
            nudge()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read one consistent picture; nothing is kept."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def _queued(self) -> Iterator[None]:
        if self._queue is None:
            yield
            return
        with self._queue.turn():
            yield

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()
        if self._queue is not None:
            self._queue.close()


class _WriteQueue:
    """A fair queue in front of SQLite's write lock, across the threads and the processes of one machine.

    `flock` belongs to an open file description, so each thread keeps its own: threads queue like processes do.
    """

    def __init__(self, database: str | None) -> None:
        on_disk = bool(database) and database != ":memory:"
        self._path = Path(f"{database}.queue") if on_disk else None
        self._mine = threading.local()
        self._handles: list[int] = []
        self._pid = os.getpid()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the turn and hold it."""
        if self._path is None:
            yield
            return
        handle = self._handle(self._path)
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)

    def _handle(self, path: Path) -> int:
        mine: tuple[int, int] | None = getattr(self._mine, "handle", None)
        if mine is None or mine[0] != os.getpid():
            mine = (os.getpid(), os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            self._mine.handle = mine
            self._handles.append(mine[1])
        return mine[1]

    def close(self) -> None:
        """Close the handles this process opened."""
        for handle in self._handles:
            os.close(handle)
        self._handles.clear()
        self._mine = threading.local()


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
    event.listen(engine, "begin", _begin_sqlite)
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
        "synchronous = FULL",
        "foreign_keys = ON",
        "busy_timeout = 15000",
        "secure_delete = ON",
        "cache_size = -32768",
        "temp_store = MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("scheduler_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgres_engine(url: str, pool_size: int) -> Engine:
    return create_engine(url, pool_size=pool_size, max_overflow=32, pool_pre_ping=True)


def is_lost_race(error: DBAPIError) -> bool:
    """Say whether PostgreSQL broke a deadlock or a serialisation conflict (40P01, 40001): worth one more try."""
    return getattr(error.orig, "sqlstate", None) in {"40P01", "40001"}


def is_overlap(error: DBAPIError) -> bool:
    """Say whether the database refused an overlap: 23P01 on PostgreSQL, our trigger's words on SQLite."""
    if getattr(error.orig, "sqlstate", None) == "23P01":
        return True
    return "occupancy_no_overlap" in str(error.orig)


def database_now(connection: Connection) -> datetime:
    """The database's own clock, in UTC: the only one that leases are reckoned by, whatever a node's clock says."""
    if connection.dialect.name == "sqlite":
        written: str = connection.execute(text("SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')")).scalar_one()
        return datetime.fromisoformat(written)
    stamp: datetime = connection.execute(text("SELECT statement_timestamp()")).scalar_one()
    return stamp.astimezone(UTC)

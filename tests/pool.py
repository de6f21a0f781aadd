"""PostgreSQL databases that are tidied after a test and lent again: copying a template takes ten times as long.

What a test must not notice. A database is lent under a name that nobody had before, so whoever is left over from an
earlier test finds no database to write to. Every row, every running number is what it was in the template. A database
in which a table, a guard or a default is not what it was is thrown away, and so is one that was lent often: dead rows
slow it down. Where we may not switch triggers off (somebody else's server), every test gets a copy of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import psycopg
from sqlalchemy.engine import URL

from tests.postgres import Server, plain

LENT_AT_MOST = 60

TABLES = """SELECT c.oid::regclass::text FROM pg_class c
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY c.relname"""

NUMBERS = """SELECT format('SELECT setval(%L, %s, %L)', s.seqrelid::regclass, coalesce(p.last_value, s.seqstart),
        p.last_value IS NOT NULL)
    FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
    JOIN pg_sequences p ON p.schemaname = c.relnamespace::regnamespace::text AND p.sequencename = c.relname
    ORDER BY c.relname"""

SHAPE = " UNION ALL ".join(
    f"SELECT '{catalogue}', count(*), sum(hashtextextended(xmin::text, 0)) FROM {catalogue}"  # noqa: S608
    for catalogue in ("pg_class", "pg_attribute", "pg_constraint", "pg_trigger", "pg_proc", "pg_attrdef")
)
"""Every change of a table, a guard or a default writes a row of these, and a copy keeps who wrote each."""

Shape = list[tuple[object, ...]]


@dataclass(slots=True)
class Pool:
    """Databases like one template, lent to one test at a time."""

    server: Server
    template: str
    _free: list[tuple[URL, int]] = field(default_factory=list)
    _lent: dict[str, int] = field(default_factory=dict)
    _first_state: FirstState | None = None

    def lend(self) -> URL:
        """A database in the template's state."""
        url, times = self._free.pop() if self._free else (self.server.create(self.template), 0)
        self._lent[str(url.database)] = times + 1
        return url

    def take_back(self, url: URL) -> None:
        """Tidy a database that was lent; whoever is still connected is cut off."""
        times = self._lent.pop(str(url.database))
        if times < LENT_AT_MOST:
            url = self.server.rename(url)
            if self._state().restore(url):
                self._free.append((url, times))
                return
        self.server.drop(url)

    def close(self) -> None:
        """Drop what nobody uses."""
        for url, _ in self._free:
            self.server.drop(url)

    def _state(self) -> FirstState:
        if self._first_state is None:
            self._first_state = FirstState.of(self.server.url.set(database=self.template))
        return self._first_state


@dataclass(frozen=True, slots=True)
class FirstState:
    """What a database held at first: its shape, the rows of its tables, where its numbers stood."""

    shape: Shape
    rows: dict[str, bytes]
    emptying: bytes
    numbers: bytes

    @classmethod
    def of(cls, url: URL) -> FirstState:
        """Read it from a database that nobody writes to."""
        with psycopg.connect(plain(url), autocommit=True) as connection:
            tables = [name for (name,) in connection.execute(TABLES)]
            rows = {name: _copied_out(connection, name) for name in tables}
            return cls(
                _shape(connection),
                {name: found for name, found in rows.items() if found},
                ";".join(f"DELETE FROM {name}" for name in tables).encode(),  # noqa: S608
                ";".join(statement for (statement,) in connection.execute(NUMBERS)).encode(),
            )

    def restore(self, url: URL) -> bool:
        """Bring a database back to it; False where its shape is another one, or we may not go round its guards."""
        with psycopg.connect(plain(url)) as connection:
            if _shape(connection) != self.shape:
                return False
            try:
                connection.execute("SET LOCAL session_replication_role = replica")
            except psycopg.errors.InsufficientPrivilege:
                return False
            connection.execute(self.emptying)
            for table, found in self.rows.items():
                with connection.cursor().copy(f"COPY {table} FROM STDIN".encode()) as copy:
                    copy.write(found)
            connection.execute(self.numbers)
        return True


def _shape(connection: psycopg.Connection) -> Shape:
    return connection.execute(SHAPE.encode()).fetchall()


def _copied_out(connection: psycopg.Connection, table: str) -> bytes:
    with connection.cursor().copy(f"COPY {table} TO STDOUT".encode()) as copy:
        return b"".join(bytes(part) for part in copy)

"""Write very many rows at once, for load data: the plain insert of SQLite, COPY on PostgreSQL.

Every guard and every index stays in force; what is saved is the work per row above the database. Values come in the
driver's own form: instants through `stamper`, JSON as text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, select, text

from scheduler.persistence.database import Model

Stamp = Callable[[int], Any]


def write(
    connection: Connection, table: type[Model], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert all rows, in one statement; names come from the models alone."""
    names = ", ".join(columns)
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table.__tablename__} ({names}) VALUES ({marks})"  # noqa: S608 - our own names
        connection.exec_driver_sql(statement, list(rows))
        return
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.__tablename__} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def reserve(connection: Connection, table: type[Model], count: int) -> int:
    """Set `count` running numbers aside and return the first, in the transaction that uses them."""
    if connection.dialect.name == "sqlite":
        highest: int | None = connection.execute(select(func.max(table.__table__.c.id))).scalar()
        return (highest or 0) + 1
    sequence = f"pg_get_serial_sequence('{table.__tablename__}', 'id')"
    first = int(connection.execute(text(f"SELECT nextval({sequence})")).scalar_one())
    connection.execute(text(f"SELECT setval({sequence}, :last)"), {"last": first + count - 1})
    return first


def stamper(connection: Connection) -> Stamp:
    """What turns an epoch second into the engine's own instant."""
    if connection.dialect.name == "sqlite":
        return lambda second: datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return lambda second: datetime.fromtimestamp(second, UTC)

"""Waking the workers when something is due at once, where the database can (PostgreSQL LISTEN and NOTIFY).

A wake-up carries nothing and proves nothing: a worker that missed one finds its work at the next look. It is called
only by changes of visits, since every commit that calls takes one global lock of the server, and never per message.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, text

from scheduler.persistence.database import Database

CHANNEL = "outbox"
_NOTIFY = text(f"SELECT pg_notify('{CHANNEL}', '')")


def call(connection: Connection) -> None:
    """Wake every worker once this transaction is committed."""
    if connection.dialect.name == "postgresql":
        connection.execute(_NOTIFY)


def listen(
    database: Database, nudge: Callable[[], None], is_over: Callable[[], bool], seconds: float
) -> None:
    """Call `nudge` for each wake-up until `is_over`, which is asked at least every so many seconds.

    Returns at once on an engine that cannot wake anybody. Holds one connection of its own.

    :raises DBAPIError: when the connection breaks; the caller listens anew.
    """
    if database.is_sqlite:
        return
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.detach()
        driver: Any = connection.connection.driver_connection
        driver.execute(f"LISTEN {CHANNEL}")
        nudge()
        while not is_over():
            for _ in driver.notifies(timeout=seconds, stop_after=1):
                nudge()

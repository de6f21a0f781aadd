"""Waking the workers when something is due at once, where the database can (PostgreSQL LISTEN and NOTIFY).

A wake-up carries nothing and proves nothing: a worker that missed one finds its work at the next look. It is called
only by changes of visits, since every commit that calls takes one global lock of the server, and never per message.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from scheduler.persistence.database import WAKE_UP

_NOTIFY = text(f"SELECT pg_notify('{WAKE_UP}', '')")


def call(connection: Connection) -> None:
    """Wake every worker once this transaction is committed."""
    if connection.dialect.name == "postgresql":
        connection.execute(_NOTIFY)

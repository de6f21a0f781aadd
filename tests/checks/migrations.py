"""Migrates an empty database of each kind to the newest state and compares it with what the program's tables say.

Then the database's own guards are tried, because a migration that rebuilds a table can drop them without a word; and
the way back to an empty database is walked once.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from scheduler.domain.errors import GuardMissing
from scheduler.persistence import guards, migration
from scheduler.persistence.database import Database
from tests.postgres import as_text, running_server


def main() -> int:
    """Prints one line per fault; answers 1 when there is any."""
    with tempfile.TemporaryDirectory() as folder, running_server() as server:
        url = server.create()
        addresses = {"SQLite": f"sqlite:///{Path(folder) / 'clinic.db'}", "PostgreSQL": as_text(url)}
        faults = [f"{name}: {fault}" for name, address in addresses.items() for fault in faults_of(address)]
        server.drop(url)
    sys.stdout.write("\n".join([*faults, f"{len(addresses)} databases, {len(faults)} faults"]) + "\n")
    return 1 if faults else 0


def faults_of(address: str) -> Iterator[str]:
    """What differs on one database."""
    database = Database(address)
    try:
        migration.upgrade(database)
        migration.upgrade(database)
        with database.reading() as connection:
            yield from (
                f"models and tables differ: {difference}" for difference in migration.differences(connection)
            )
            if migration.current(connection) != migration.head():
                yield "the newest migration was not reached"
        with database.transaction() as connection:
            guards.probe(connection)
        migration.downgrade(database, "base")
    except GuardMissing as missing:
        yield f"a guard gave way: {missing}"
    finally:
        database.dispose()


if __name__ == "__main__":
    sys.exit(main())

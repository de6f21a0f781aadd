"""Keep a copy of the whole clinic, and bring it back."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from scheduler.domain.actor import Actor
from scheduler.persistence import accounts, audit, backups, directory, guards, migration, people
from scheduler.persistence.backups import BackupError
from scheduler.persistence.database import Database
from scheduler.persistence.vault import SealBroken, Vault
from scheduler.services import sealing


def back_up(database: Database, path: Path, actor: Actor, now: datetime) -> None:
    """Write everything but the keys to a new file.

    :raises BackupError: when it cannot be written.
    """
    with database.transaction() as connection:
        audit.record(connection, actor, "backup", "database", "", now=now)
    backups.write(database, path)


def is_in_use(database: Database) -> bool:
    """Say whether anything would be lost by putting a backup in this database's place."""
    with database.reading() as connection:
        if migration.current(connection) is None:
            return False
        return directory.read_version(connection) > 0 or bool(accounts.everyone(connection))


def put_back(
    database: Database, vault: Vault, path: Path, anchor: Path, now: datetime, *, over: bool = False
) -> None:
    """Bring a backup back, migrate it, and prove that guards, keys and the trail are whole.

    Web and worker must rest meanwhile. `over` lets it replace a database that is in use.

    :raises BackupError: when the database is in use, the file is no backup, or its keys are not these.
    :raises GuardMissing: when a guard does not hold afterwards.
    """
    if not over and is_in_use(database):
        raise BackupError("this database is in use; nothing was changed")
    backups.read(database, path)
    migration.upgrade(database)
    sealing.begin_anew_after_restore(database, anchor, now=now)
    _prove(database, vault)


def _prove(database: Database, vault: Vault) -> None:
    with database.transaction() as connection:
        guards.probe(connection)
        try:
            people.open_one(connection, vault)
        except SealBroken:
            raise BackupError("the backup is back, but it was sealed with other keys than these") from None

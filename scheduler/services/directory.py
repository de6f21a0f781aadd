"""The clinic as every page and every booking sees it: one picture, kept for as long as it is true.

Context. The whole directory is a few hundred rows that change a few times a month and are needed by every request.

Decision. Each process keeps one picture for each database. Whoever needs it asks for the version in force (one number,
which the slot search reads in the same statement as the busy times) and reads the picture again when it differs.

Consequence. A transaction that has changed the directory must not ask this cache: its picture carries a number that a
roll-back would give to somebody else. It reads with `persistence.directory.read_clinic`.
"""

from __future__ import annotations

import threading
from weakref import WeakKeyDictionary

from sqlalchemy import Connection

from scheduler.domain.clinic import Clinic
from scheduler.persistence import directory
from scheduler.persistence.database import Database


class ClinicCache:
    """The last picture that was read, shared by the threads of one process (a reference swaps in one step)."""

    def __init__(self) -> None:
        self._picture: Clinic | None = None

    def current(self, version: int) -> Clinic | None:
        """The kept picture when it is that version's, else None: then `get` reads the new one."""
        picture = self._picture
        return picture if picture is not None and picture.version == version else None

    def last(self) -> Clinic | None:
        """The kept picture, whatever its version: a guess, for a caller who is about to learn the version in force."""
        return self._picture

    def get(self, connection: Connection) -> Clinic:
        """The picture in force: one query when the kept one is still true."""
        return self.current(directory.read_version(connection)) or self._read(connection)

    def _read(self, connection: Connection) -> Clinic:
        picture = directory.read_clinic(connection)
        self._picture = picture
        return picture


_caches: WeakKeyDictionary[Database, ClinicCache] = WeakKeyDictionary()
_making = threading.Lock()


def cache_of(database: Database) -> ClinicCache:
    """The one cache of a database handle."""
    with _making:
        cache = _caches.get(database)
        if cache is None:
            cache = _caches[database] = ClinicCache()
        return cache


def clinic(database: Database, version: int | None = None) -> Clinic:
    """Show the clinic as it is now: a glance at its number, and a snapshot where that has changed.

    `version` is the number in force, where another question of this moment has told it already.
    """
    cache = cache_of(database)
    kept = cache.current(directory.version_at_a_glance(database) if version is None else version)
    if kept is not None:
        return kept
    with database.reading() as connection:
        return cache.get(connection)

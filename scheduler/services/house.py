"""What every activity has at hand: the database, the safe, and the clinic's name on the internet."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from scheduler.domain.clinic import Clinic
from scheduler.persistence.database import Database
from scheduler.persistence.vault import Vault
from scheduler.services.directory import cache_of


@dataclass(frozen=True, slots=True)
class House:
    """Handed to a service by its door; `host` is the domain of every UID and Message-ID.

    Without `has_limits` nobody counts how often an address asks (`domain.allowance`): for measuring, and for tests.
    """

    database: Database
    vault: Vault
    host: str
    has_limits: bool = True

    def clinic(self, connection: Connection) -> Clinic:
        """The clinic's picture in force, read again only when the directory changed."""
        return cache_of(self.database).get(connection)

    def clinic_at(self, connection: Connection, version: int) -> Clinic:
        """The picture of the version that another statement has just read; no question of its own while it is kept."""
        return cache_of(self.database).current(version) or self.clinic(connection)

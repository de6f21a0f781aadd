"""Putting a new key to everything that is sealed, while the clinic works.

The way: put a new key in front of `ENCRYPTION_KEYS`, keep the old ones behind it, and start web and worker again; now
everything new is sealed with the new key and everything old still opens. Then run this. When it reports nothing left
under an old key, take that key out of the setting and start again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.domain.actor import Actor
from scheduler.persistence import audit, sealed
from scheduler.persistence.database import Database
from scheduler.persistence.sealed import PLACES, Place
from scheduler.persistence.vault import SealBroken, Vault

Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Rotation:
    """How many values were looked at, given the new key, and found not to open."""

    seen: int = 0
    resealed: int = 0
    broken: int = 0

    def __add__(self, other: Rotation) -> Rotation:
        return Rotation(self.seen + other.seen, self.resealed + other.resealed, self.broken + other.broken)

    @property
    def is_finished(self) -> bool:
        """Say whether a whole pass found nothing to do: then the old key may go."""
        return not self.resealed and not self.broken


def rotate(
    database: Database,
    vault: Vault,
    *,
    now: datetime,
    actor: Actor,
    size: int = 200,
    progress: Progress | None = None,
) -> Rotation:
    """Reseal every value that is not under the current key, in small transactions; safe beside a working clinic.

    A value that does not open is counted and left as it is. Run it again until `is_finished`: a writer that still had
    the old setting may have sealed something meanwhile.
    """
    total = Rotation()
    for place in PLACES:
        total += _rotate_place(database, vault, place, size, progress)
    detail = {"key": vault.key_id, "resealed": str(total.resealed), "broken": str(total.broken)}
    with database.transaction() as connection:
        audit.record(connection, actor, "rotate-keys", "vault", vault.key_id, now=now, detail=detail)
    return total


def _rotate_place(
    database: Database, vault: Vault, place: Place, size: int, progress: Progress | None
) -> Rotation:
    done, after = Rotation(), None
    while True:
        with database.reading() as connection:
            rows = sealed.portion(connection, place, after, size)
        if not rows:
            return done
        done += _rotate_portion(database, vault, place, rows)
        after = rows[-1][0]
        if progress:
            progress(f"{place.table.name}.{place.column.name}", done.seen)


def _rotate_portion(
    database: Database, vault: Vault, place: Place, rows: list[tuple[Any, bytes]]
) -> Rotation:
    """Reseal outside the transaction, write inside."""
    fresh, broken = [], 0
    for record, old in rows:
        try:
            if not vault.is_current(old):
                new = vault.reseal(place.table.name, place.bound_to(record), old)
                fresh.append((record, old, new))
        except SealBroken:
            broken += 1
    if not fresh:
        return Rotation(len(rows), 0, broken)
    with database.transaction() as connection:
        written = sum(sealed.replace(connection, place, record, old, new) for record, old, new in fresh)
    return Rotation(len(rows), written, broken)

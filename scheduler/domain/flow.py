"""Where somebody of today is, as a screen on the wall may say it: initials, times and places, never a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.calendar import Entry
from scheduler.domain.desk_state import DeskState

LONG = 15
"""Minutes after which a wait is marked, and an expected patient is late."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """One person of today; `start` in epoch seconds, `since` when they came, or went into the room."""

    number: int
    initials: str
    state: DeskState
    start: int
    practitioner_id: int
    room_id: int | None
    since: datetime | None

    @classmethod
    def of(cls, entry: Entry) -> Whereabouts:
        """What the wall may know of a visit."""
        since = {DeskState.ARRIVED: entry.arrived_at, DeskState.IN_ROOM: entry.roomed_at}
        return cls(
            entry.id,
            entry.initials,
            entry.state,
            entry.start,
            entry.practitioner_id,
            entry.room_id,
            since.get(entry.state),
        )

"""A stretch in which a clinician is away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.interval import Interval


@dataclass(frozen=True, slots=True)
class Absence:
    """One practitioner is away in `[start, end)`, aware UTC instants; the note is for the staff alone."""

    id: int
    practitioner_id: int
    start: datetime
    end: datetime
    note: str = ""

    @property
    def interval(self) -> Interval:
        """The stretch itself.

        :raises ValueError: when it ends before it starts.
        """
        return Interval(self.start, self.end)

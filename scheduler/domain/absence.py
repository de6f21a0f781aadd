"""A stretch in which a clinician is away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.domain.entries import ENDS_EARLY
from scheduler.domain.errors import InvalidInput
from scheduler.domain.interval import Interval
from scheduler.domain.wording import N_

LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Absence:
    """One practitioner is away in `[start, end)`, aware UTC instants; the note is for the staff alone.

    `kind` is a `domain.block.BlockKind`; absences that were entered together share a `series`.
    """

    id: int
    practitioner_id: int
    start: datetime
    end: datetime
    note: str = ""
    kind: str = "away"
    series: str = ""

    @property
    def interval(self) -> Interval:
        """The stretch itself.

        :raises ValueError: when it ends before it starts.
        """
        return Interval(self.start, self.end)


def check_absence(absence: Absence) -> None:
    """Check an absence as entered, from its first to its last day.

    :raises InvalidInput: when it ends before it starts, or is too long.
    """
    if absence.end <= absence.start:
        raise InvalidInput({"last": ENDS_EARLY})
    if absence.end - absence.start > LONGEST:
        raise InvalidInput({"last": N_("An absence is at most one year. For longer, retire the clinician.")})

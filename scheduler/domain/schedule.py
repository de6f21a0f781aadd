"""When a clinician works: weekly hours, dated extra hours and closures, in wall-clock time.

Hours are what the clinic says aloud ("Tuesdays 9 to 12"); they become UTC instants date by date, in the location's
zone, here and nowhere else. Minutes count from local midnight and may pass 1,440 when the hours run into the next day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from scheduler.domain.directory import Mode
from scheduler.domain.wording import Text


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """One window of one weekday (0 is Monday), `opens` and `closes` in minutes after local midnight.

    `valid_from` and `valid_until` are inclusive dates; None is open-ended.
    """

    id: int
    practitioner_id: int
    location_id: int
    mode: Mode
    weekday: int
    opens: int
    closes: int
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class DatedHours:
    """Extra hours on one date, beside the weekly ones."""

    id: int
    practitioner_id: int
    location_id: int
    mode: Mode
    day: date
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Closure:
    """A day, or part of one, on which a location (all when None) is closed; minutes None mean the whole day."""

    id: int
    location_id: int | None
    day: date
    title: Text
    opens: int | None = None
    closes: int | None = None

"""What a report says: figures by week, how full people and rooms are, and how long the next free time is away.

Rates are shares of the visits whose time has passed or that were given up; a rate of nothing is no rate at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from scheduler.domain.appointment import Status
from scheduler.domain.directory import Mode

SEEN = frozenset({Status.FULFILLED})
OPEN_STILL = frozenset({Status.PENDING, Status.BOOKED, Status.ARRIVED, Status.CHECKED_IN, Status.WAITLIST})


@dataclass(frozen=True, slots=True)
class Week:
    """The visits of one week, which begins on a Monday."""

    start: date
    by_status: Mapping[Status, int]
    cancelled_late: int

    @property
    def total(self) -> int:
        """All visits of the week, the cancelled ones too."""
        return sum(self.by_status.values())

    @property
    def no_show_rate(self) -> float | None:
        """Of those who were expected, the share who did not come."""
        missed = self.by_status.get(Status.NOSHOW, 0)
        return _share(missed, missed + sum(self.by_status.get(status, 0) for status in SEEN))

    @property
    def late_cancel_rate(self) -> float | None:
        """Of all visits, the share that was cancelled late."""
        return _share(self.cancelled_late, self.total)


@dataclass(frozen=True, slots=True)
class Use:
    """How full a clinician or a room was: minutes of visits, and minutes in which there could have been some."""

    name: str
    visits: int
    minutes: int
    open_minutes: int

    @property
    def rate(self) -> float | None:
        """The share of the open time that visits took."""
        return _share(self.minutes, self.open_minutes)


@dataclass(frozen=True, slots=True)
class NextFree:
    """How many days until the next free time of a kind of visit; None when there is none ahead."""

    visit_type_code: str
    mode: Mode
    days: int | None


@dataclass(frozen=True, slots=True)
class Shares:
    """Of a stretch of days that begins on `start`: how full people and rooms were, and where and in which language
    visits were booked.
    """

    start: date
    clinicians: tuple[Use, ...]
    rooms: tuple[Use, ...]
    channels: Mapping[str, int]
    languages: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Report:
    """A stretch of weeks, as the clinic's calendar counts them; `after` is the day after the last."""

    first: date
    after: date
    weeks: tuple[Week, ...]
    shares: Shares
    next_free: tuple[NextFree, ...]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None

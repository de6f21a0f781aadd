"""A practice call: at a set time before a video visit the desk rings, and tries the device with the patient."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from scheduler.domain.interval import Span, instant

NOTICE = timedelta(minutes=30)
"""The desk hears of a practice call so long before it."""

REST = timedelta(minutes=30)
"""Between a practice call and the visit, so that there is time to borrow another device."""


class PracticeState(StrEnum):
    """What became of a practice call."""

    BOOKED = "booked"
    HELD = "held"
    MISSED = "missed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class PracticeCall:
    """One practice call before the visit `appointment_id`; instants are aware UTC."""

    id: str
    appointment_id: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Window:
    """Between which instants a practice call must lie."""

    earliest: datetime
    latest: datetime

    def holds(self, start: datetime, length: timedelta) -> bool:
        """Say whether a call lies within."""
        return self.earliest <= start and start + length <= self.latest


def times(
    spans: Iterable[Span], taken: Collection[tuple[datetime, datetime]], length: timedelta, window: Window
) -> list[datetime]:
    """The times to choose from while the desk is there: in each hour the first that is free, so that the list is short.

    `taken` are the calls of others, half-open; the desk has one telephone for this.
    """
    found: dict[datetime, datetime] = {}
    for opens, closes in spans:
        start = instant(opens)
        while start + length <= instant(closes):
            is_free = not any(begun < start + length and start < ended for begun, ended in taken)
            if is_free and window.holds(start, length):
                found.setdefault(start.replace(minute=0), start)
            start += length
    return sorted(found.values())


def window_before(visit_start: datetime, now: datetime) -> Window:
    """When a practice call for a visit may be: from a little after now until a little before the visit."""
    return Window(now + NOTICE, visit_start - REST)

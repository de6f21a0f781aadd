"""A stretch of time, closed at its start and open at its end, so that touching is not overlapping.

Two shapes. `Interval` holds two aware UTC instants and is what people and pages speak of. `Span` is the same as two
integers, seconds since 1970-01-01T00:00Z; the slot search sweeps over thousands of them, and datetimes in that loop
cost four to eighty times as much. Both are half-open.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """`[start, end)` in UTC.

    :raises ValueError: when an end is naive or does not lie after the start.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("an interval needs aware instants")
        if self.end.astimezone(UTC) <= self.start.astimezone(UTC):
            raise ValueError("an interval ends after it starts")

    @property
    def duration(self) -> timedelta:
        """Elapsed time, reckoned in UTC (same-zone datetimes subtract as wall clock)."""
        return self.end.astimezone(UTC) - self.start.astimezone(UTC)

    def overlaps(self, other: Interval) -> bool:
        """Say whether both share at least one instant."""
        return self.start < other.end and other.start < self.end

    @property
    def span(self) -> Span:
        """The same stretch as epoch seconds."""
        return epoch(self.start), epoch(self.end)


def epoch(instant: datetime) -> int:
    """Whole seconds since 1970-01-01T00:00Z.

    :raises ValueError: when `instant` is naive.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return int(instant.timestamp())


def instant(seconds: int) -> datetime:
    """The aware UTC instant of an epoch second."""
    return datetime.fromtimestamp(seconds, UTC)


def merge(spans: Iterable[Span]) -> list[Span]:
    """Join what overlaps or touches; the answer is sorted and disjoint."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def subtract(spans: list[Span], holes: list[Span]) -> list[Span]:
    """Cut `holes` out of `spans`; both sorted and disjoint, as `merge` gives them; so is the answer."""
    left: list[Span] = []
    position = 0
    for start, end in spans:
        while position < len(holes) and holes[position][1] <= start:
            position += 1
        cursor = start
        for hole_start, hole_end in _from(holes, position, end):
            if hole_start > cursor:
                left.append((cursor, hole_start))
            cursor = max(cursor, hole_end)
        if cursor < end:
            left.append((cursor, end))
    return left


def _from(holes: list[Span], position: int, end: int) -> Iterable[Span]:
    while position < len(holes) and holes[position][0] < end:
        yield holes[position]
        position += 1

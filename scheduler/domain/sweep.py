"""Where a visit of a given length fits between open hours and busy times: integers in, starts out.

This is the loop that every search for free times spends its time in, so it knows nothing but epoch seconds. It goes
through the gaps between busy times, never through the minutes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scheduler.domain.diary import Diary
from scheduler.domain.directory import VisitType
from scheduler.domain.interval import Span
from scheduler.domain.wall_clock import Piece

GRID = 300
"""Seconds: every visit begins on a 5-minute point of the local clock."""

_STEPS = (30, 20, 15, 10, 5)


@dataclass(frozen=True, slots=True)
class Fit:
    """What a visit asks of time, in seconds: its length, the free time around it, and the step between its starts."""

    length: int
    before: int
    after: int
    step: int

    @classmethod
    def of(cls, visit_type: VisitType) -> Fit:
        """The fit of a visit type; its step is the largest of 30, 20, 15 and 10 minutes that divides it, else 5."""
        step = next((step for step in _STEPS if visit_type.minutes % step == 0), 5)
        return cls(
            visit_type.minutes * 60, visit_type.buffer_before * 60, visit_type.buffer_after * 60, step * 60
        )


def starts(open_spans: Sequence[Span], diary: Diary, piece: Piece, fit: Fit) -> list[int]:
    """The sensible starts in `piece`, ascending, of visits that may well run on beyond it.

    `open_spans` are merged and sorted, and hold the visit; its buffers need only be free. Each gap gives the starts on
    the step's grid, and the first 5-minute point of the gap where that stands off the grid.
    """
    return [start for found in starts_by_gap(open_spans, diary, piece, fit) for start in found]


def starts_by_gap(
    open_spans: Sequence[Span], diary: Diary, piece: Piece, fit: Fit
) -> Iterator[Sequence[int]]:
    """The same gap by gap, for whoever wants to know no more than whether there is one."""
    lower, upper, offset = piece
    begins, ends, busy = diary.begins, diary.ends, len(diary.begins)
    need = fit.length + fit.after
    for opens, closes in open_spans:
        latest = min(closes - fit.length, upper - 1)
        if latest < lower:
            continue
        index = bisect_right(ends, max(opens, lower))
        earliest = max(opens, ends[index - 1] + fit.before) if index else opens
        while earliest <= latest:
            last = min(latest, begins[index] - need) if index < busy else latest
            if earliest <= last:
                yield _on_grid(earliest, lower, last, offset, fit.step)
            if last == latest:
                break
            earliest = ends[index] + fit.before
            index += 1


def _on_grid(earliest: int, lower: int, last: int, offset: int, step: int) -> Sequence[int]:
    """The starts from `lower` to `last` of a gap that takes a visit from `earliest` on."""
    aligned = -(-(max(earliest, lower) + offset) // step) * step - offset
    found = range(aligned, last + 1, step)
    point = -(-(earliest + offset) // GRID) * GRID - offset
    return [point, *found] if lower <= point <= last and point < aligned else found

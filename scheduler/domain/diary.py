"""When one person or room is taken: the busy times of one resource, sorted once and then asked many times.

Rows may overlap (an absence over a visit) and may come in any order. For the slot search they are merged into two
lists of integers, begins and ends, in which a bisection finds the place to start.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from itertools import accumulate, groupby
from operator import itemgetter
from typing import NamedTuple, TypeAlias

BusyRow: TypeAlias = tuple[int, int, int, str, int | None]
"""Resource id, start and end in epoch seconds with buffers, kind, and the visit type on a practitioner's row."""


class Busy(NamedTuple):
    """One occupied stretch, as the slot search reads it: epoch seconds, buffers included.

    `kind` is the occupancy's kind ("visit", "hold", "absence"); `visit_type_id` is set on the practitioner's row of a
    visit, so that daily caps need no second question. Any tuple of this shape will do.
    """

    resource_id: int
    start: int
    end: int
    kind: str
    visit_type_id: int | None = None


ABSENCE = "absence"

_RESOURCE = itemgetter(0)
_START = itemgetter(1)


class Diary:
    """The busy times of one resource."""

    __slots__ = ("_sums", "begins", "ends", "rows")

    def __init__(self, rows: list[BusyRow]) -> None:
        rows.sort(key=_START)
        self.rows = rows
        self._sums: tuple[list[int], list[int]] | None = None
        self.begins: list[int] = []
        self.ends: list[int] = []
        begins, ends, reached = self.begins, self.ends, None
        for _, start, end, _, _ in rows:
            if reached is None or start > reached:
                begins.append(start)
                ends.append(end)
                reached = end
            elif end > reached:
                ends[-1] = reached = end

    def is_free(self, start: int, end: int) -> bool:
        """Say whether nothing takes any of `[start, end)`."""
        index = bisect_right(self.ends, start)
        return index == len(self.begins) or end <= self.begins[index]

    def is_absent(self, start: int, end: int) -> bool:
        """Say whether an absence takes some of `[start, end)`."""
        return any(row[3] == ABSENCE and row[1] < end and start < row[2] for row in self.rows)

    def booked(self, start: int, end: int) -> int:
        """Seconds of the visits and holds, buffers included, that begin in `[start, end)`."""
        starts, sums = self._running()
        return sums[bisect_left(starts, end)] - sums[bisect_left(starts, start)]

    def count(self, visit_type_id: int, start: int, end: int) -> int:
        """How many rows of that visit type begin in `[start, end)`."""
        first = bisect_left(self.rows, start, key=_START)
        last = bisect_left(self.rows, end, lo=first, key=_START)
        return sum(row[4] == visit_type_id for row in self.rows[first:last])

    def _running(self) -> tuple[list[int], list[int]]:
        """Starts of all visits and holds, and their seconds summed up before each of them and after the last."""
        if self._sums is None:
            work = [row for row in self.rows if row[3] != ABSENCE]
            sums = list(accumulate([row[2] - row[1] for row in work], initial=0))
            self._sums = [row[1] for row in work], sums
        return self._sums


class Diaries:
    """All busy rows of one question, as one diary for each resource, each made when first asked for."""

    __slots__ = ("_made", "_rows")

    def __init__(self, busy: Iterable[BusyRow]) -> None:
        self._rows: defaultdict[int, list[BusyRow]] = defaultdict(list)
        self._made: dict[int, Diary] = {}
        for resource, rows in groupby(busy, _RESOURCE):  # the database's index hands them over in this order
            self._rows[resource].extend(rows)

    def of(self, resource_id: int) -> Diary:
        """The diary of that resource; an empty one when nothing takes it."""
        diary = self._made.get(resource_id)
        if diary is None:
            diary = self._made[resource_id] = Diary(self._rows.get(resource_id, []))
        return diary

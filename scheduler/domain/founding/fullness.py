"""Fill days with made-up visits, as full as asked, that break no rule: hours, buffers, caps and rooms are kept.

Pure: the same clinic, dates and chance give the same visits. A day is walked clinician by clinician; at each free
moment a visit is placed with the asked probability, and half an hour is left open otherwise.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from random import Random
from typing import NamedTuple

from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Mode, Practitioner, Room, VisitType
from scheduler.domain.interval import Span

GRID = 300
GAP = 1800


class Placed(NamedTuple):
    """One made-up visit in epoch seconds; buffers are not in it."""

    practitioner_id: int
    location_id: int
    room_id: int | None
    visit_type: VisitType
    mode: Mode
    start: int
    end: int


class Filling:
    """Places visits for some practitioners of one clinic."""

    def __init__(
        self,
        clinic: Clinic,
        practitioners: Sequence[Practitioner],
        chance: Random,
        fullness: float,
        rooms: Iterable[Room] | None = None,
    ) -> None:
        """`rooms` are those that may be used; all when None."""
        self._clinic = clinic
        self._practitioners = practitioners
        self._chance = chance
        self._fullness = fullness
        self._rooms: dict[tuple[int, str], list[int]] = defaultdict(list)
        for room in clinic.rooms if rooms is None else rooms:
            if room.active:
                self._rooms[room.location_id, room.kind].append(room.id)
        self._kinds = {(p.id, mode): self._given(p, mode) for p in practitioners for mode in Mode}

    def day(self, day: date, taken: Iterable[tuple[int, Span]] = ()) -> Iterator[Placed]:
        """The visits of one date; `taken` are (resource id, span) that must stay free, sorted or not."""
        busy: dict[int, list[Span]] = defaultdict(list)
        for resource, span in taken:
            busy[resource].append(span)
        for turn, practitioner in enumerate(self._practitioners):
            caps: Counter[int] = Counter()
            for place in practitioner.places:
                spans = self._clinic.timetable.open_spans(
                    practitioner.id, place.location_id, place.mode, day, day
                )
                kinds = self._kinds[practitioner.id, place.mode]
                for span in spans if kinds else ():
                    yield from self._span(
                        span, (practitioner.id, place.location_id, place.mode, turn), busy, caps
                    )

    def _span(
        self, span: Span, where: tuple[int, int, Mode, int], busy: dict[int, list[Span]], caps: Counter[int]
    ) -> Iterator[Placed]:
        practitioner_id, location_id, mode, turn = where
        kinds, mine = self._kinds[practitioner_id, mode], busy[practitioner_id]
        cursor = span[0]
        while cursor < span[1]:
            kind = self._chance.choice(kinds)
            start = -(-(cursor + kind.buffer_before * 60) // GRID) * GRID
            end, widened = start + kind.minutes * 60, start - kind.buffer_before * 60
            after = start + (kind.minutes + kind.buffer_after) * 60
            capped = kind.daily_cap is not None and caps[kind.id] >= kind.daily_cap
            if (
                capped
                or end > span[1]
                or self._chance.random() >= self._fullness
                or _meets(mine, widened, after)
            ):
                cursor += GAP
                continue
            room = self._room(kind, mode, location_id, turn, (start, end), busy)
            if kind.needs_room(mode) and room is None:
                cursor += GAP
                continue
            mine.append((widened, after))
            caps[kind.id] += 1
            cursor = after
            yield Placed(practitioner_id, location_id, room, kind, mode, start, end)

    def _room(
        self,
        kind: VisitType,
        mode: Mode,
        location_id: int,
        turn: int,
        span: Span,
        busy: dict[int, list[Span]],
    ) -> int | None:
        if not kind.needs_room(mode):
            return None
        rooms = self._rooms.get((location_id, kind.room_kind or ""), [])
        for step in range(len(rooms)):
            room = rooms[(turn + step) % len(rooms)]
            if not _meets(busy[room], *span):
                busy[room].append(span)
                return room
        return None

    def _given(self, practitioner: Practitioner, mode: Mode) -> tuple[VisitType, ...]:
        return tuple(
            kind
            for kind in self._clinic.visit_types
            if kind.active and mode in kind.modes and kind.code in practitioner.visit_type_codes
        )


def _meets(spans: list[Span], start: int, end: int) -> bool:
    return any(start < taken_end and taken_start < end for taken_start, taken_end in spans)

"""When a clinician works: weekly hours, dated extra hours and closures, in wall-clock time.

Hours are what the clinic says aloud ("Tuesdays 9 to 12"); they become UTC instants date by date, in the location's
zone, here and nowhere else. Minutes count from local midnight and may pass 1,440 when the hours run into the next day.

The rule for the days the clocks change stands in `wall_clock`. What was worked out is remembered: the pure step by its
arguments, the rest inside the `Timetable` of one picture of the directory, and it is forgotten with that picture.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from scheduler.domain.directory import Mode
from scheduler.domain.interval import Span, merge, subtract
from scheduler.domain.wall_clock import MIDNIGHT, day_span, wall_spans
from scheduler.domain.wording import Text

_REMEMBERED_DAYS = 4_096  # a rota forgets everything beyond this many dates, so that memory stays bounded


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


def closed_spans(zone: str, closures: Iterable[Closure]) -> list[Span]:
    """All closures of one location as merged spans."""
    return merge(
        span
        for closure in closures
        for span in wall_spans(
            zone,
            closure.day.toordinal(),
            0 if closure.opens is None else closure.opens,
            MIDNIGHT if closure.closes is None else closure.closes,
        )
    )


class Rota:
    """One practitioner's hours at one location in one mode, less the location's closures."""

    __slots__ = ("_closed", "_dated", "_dates", "_open", "_overhang", "_weekly", "zone")

    def __init__(
        self, zone: str, weekly: Iterable[WeeklyHours], dated: Iterable[DatedHours], closed: list[Span]
    ) -> None:
        self.zone = zone
        self._closed = closed
        self._weekly: list[list[WeeklyHours]] = [[] for _ in range(7)]
        self._dated: defaultdict[int, list[DatedHours]] = defaultdict(list)
        self._overhang = 0
        for weekly_hours in weekly:
            self._weekly[weekly_hours.weekday].append(weekly_hours)
            self._overhang = max(self._overhang, (weekly_hours.closes - 1) // MIDNIGHT)
        for dated_hours in dated:
            self._dated[dated_hours.day.toordinal()].append(dated_hours)
            self._overhang = max(self._overhang, (dated_hours.closes - 1) // MIDNIGHT)
        self._dates: dict[int, tuple[Span, ...]] = {}
        self._open: dict[int, tuple[Span, ...]] = {}

    def of_date(self, ordinal: int) -> tuple[Span, ...]:
        """The open spans that the hours of one date give, those past its midnight included; merged."""
        spans = self._dates.get(ordinal)
        if spans is None:
            _make_room(self._dates)
            spans = self._dates[ordinal] = tuple(self._less_closures(merge(self._hours(ordinal))))
        return spans

    def open_on(self, ordinal: int) -> tuple[Span, ...]:
        """The open spans that touch a local date, whole: with what the days beside it add to them.

        A span that runs on without a break is known at least to the end of the following day's hours.
        """
        spans = self._open.get(ordinal)
        if spans is None:
            _make_room(self._open)
            first, last = day_span(self.zone, ordinal)
            beside = range(ordinal - self._overhang, ordinal + 2)
            merged = merge(span for day in beside for span in self.of_date(day))
            spans = self._open[ordinal] = tuple(s for s in merged if s[0] < last and first < s[1])
        return spans

    def open_spans(self, first: date, last: date) -> list[Span]:
        """All open spans that the hours of the dates `first` to `last`, both included, give; merged."""
        return merge(
            span for day in range(first.toordinal(), last.toordinal() + 1) for span in self.of_date(day)
        )

    def is_open(self, ordinal: int, start: int, end: int) -> bool:
        """Say whether one open span holds all of `[start, end)`, which begins on that local date."""
        return any(opens <= start and end <= closes for opens, closes in self.open_on(ordinal))

    def is_closed(self, start: int, end: int) -> bool:
        """Say whether a closure of the location cuts into `[start, end)`."""
        return any(opens < end and start < closes for opens, closes in self._closed)

    def _hours(self, ordinal: int) -> Iterable[Span]:
        for hours in self._weekly[(ordinal - 1) % 7]:
            if _is_valid(hours, ordinal):
                yield from wall_spans(self.zone, ordinal, hours.opens, hours.closes)
        for extra in self._dated.get(ordinal, ()):
            yield from wall_spans(self.zone, ordinal, extra.opens, extra.closes)

    def _less_closures(self, spans: list[Span]) -> list[Span]:
        if not spans or not self._closed:
            return spans
        near = bisect_left(self._closed, spans[-1][1], key=lambda closed: closed[0])
        holes = [closed for closed in self._closed[:near] if closed[1] > spans[0][0]]
        return subtract(spans, holes) if holes else spans


def _is_valid(hours: WeeklyHours, ordinal: int) -> bool:
    return (hours.valid_from is None or hours.valid_from.toordinal() <= ordinal) and (
        hours.valid_until is None or ordinal <= hours.valid_until.toordinal()
    )


def _make_room(memory: dict[int, tuple[Span, ...]]) -> None:
    if len(memory) >= _REMEMBERED_DAYS:
        memory.clear()


class Timetable:
    """The hours and closures of one picture of the directory, ready to be asked rota by rota.

    It remembers each rota, and each rota its dates, so it must live as long as its picture and no longer. Threads may
    share it: at worst two of them work out the same answer.
    """

    __slots__ = ("_closed", "_closures", "_dated", "_rotas", "_weekly", "_zones")

    def __init__(
        self,
        zones: Mapping[int, str],
        weekly: Iterable[WeeklyHours],
        dated: Iterable[DatedHours],
        closures: Iterable[Closure],
    ) -> None:
        self._zones = dict(zones)
        self._closures = tuple(closures)
        self._closed: dict[int, list[Span]] = {}
        self._weekly: defaultdict[tuple[int, int, Mode], list[WeeklyHours]] = defaultdict(list)
        self._dated: defaultdict[tuple[int, int, Mode], list[DatedHours]] = defaultdict(list)
        self._rotas: dict[tuple[int, int, Mode], Rota] = {}
        for weekly_hours in weekly:
            key = weekly_hours.practitioner_id, weekly_hours.location_id, weekly_hours.mode
            self._weekly[key].append(weekly_hours)
        for dated_hours in dated:
            self._dated[dated_hours.practitioner_id, dated_hours.location_id, dated_hours.mode].append(
                dated_hours
            )

    def rota(self, practitioner_id: int, location_id: int, mode: Mode) -> Rota:
        """The rota of one practitioner there and so; one without hours when none were given.

        :raises KeyError: when the location is not in the picture.
        """
        key = practitioner_id, location_id, mode
        rota = self._rotas.get(key)
        if rota is None:
            zone, closed = self._zones[location_id], self._closed_spans(location_id)
            rota = self._rotas[key] = Rota(zone, self._weekly.get(key, ()), self._dated.get(key, ()), closed)
        return rota

    def open_spans(
        self, practitioner_id: int, location_id: int, mode: Mode, first: date, last: date
    ) -> list[Span]:
        """Merged open spans, in epoch seconds, of one practitioner there and so, on the dates `first` to `last`."""
        return self.rota(practitioner_id, location_id, mode).open_spans(first, last)

    def _closed_spans(self, location_id: int) -> list[Span]:
        if location_id not in self._closed:
            here = [c for c in self._closures if c.location_id is None or c.location_id == location_id]
            self._closed[location_id] = closed_spans(self._zones[location_id], here)
        return self._closed[location_id]

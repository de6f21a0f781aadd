"""What the desk's calendar shows: columns of visits on a grid of five minutes, hours and absences behind them.

All geometry is decided here, so that a page only prints it and a test can look at it. Rows count from the top of the
grid: row 1 is the first five minutes shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from scheduler.domain.desk_state import DeskState
from scheduler.domain.directory import Mode
from scheduler.domain.interval import Span
from scheduler.domain.wall_clock import MIDNIGHT, offset_at, ordinal_at

STEP = 5
"""Minutes in one row."""

EARLIEST, LATEST = 8 * 60, 17 * 60
"""Minutes after midnight that a day always shows."""

MOST_LANES = 6
"""Visits side by side in one column; any more would be too thin to read, and lie over the last."""


class View(StrEnum):
    """Ways to look at the calendar."""

    CLINICIANS = "clinicians"
    ROOMS = "rooms"
    WEEK = "week"
    MONTH = "month"


class Shade(StrEnum):
    """What lies behind the visits."""

    OPEN = "open"
    AWAY = "away"
    KEPT = "kept"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One visit as the calendar shows it; instants are epoch seconds, `since` is when its state began to count."""

    id: int
    public_id: str
    revision: int
    sequence: int
    state: DeskState
    late: bool
    mode: Mode
    visit_type_code: str
    patient_id: int
    patient: str
    language: str
    practitioner_id: int
    location_id: int
    room_id: int | None
    start: int
    end: int
    arrived_at: datetime | None = None
    roomed_at: datetime | None = None
    seen_at: datetime | None = None
    has_note: bool = False

    @property
    def initials(self) -> str:
        """The first letters of the name, for a screen on the wall."""
        return "".join(f"{word[0]}." for word in self.patient.split() if word)[:8]


@dataclass(frozen=True, slots=True)
class Behind:
    """A stretch behind the visits: open hours, an absence of a kind with a note, a time somebody keeps online."""

    shade: Shade
    start: int
    end: int
    kind: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """Something with its rows: `[row, row + span)`, and the lane it lies in of so many."""

    row: int
    span: int
    entry: Entry | None = None
    behind: Behind | None = None
    lane: int = 1
    lanes: int = 1


@dataclass(frozen=True, slots=True)
class Column:
    """One column: a clinician, a room or a day. `resource_id` is None for "no room", `day` is the column's date."""

    key: str
    title: str
    day: date
    resource_id: int | None
    practitioner_id: int | None = None
    room_id: int | None = None
    location_id: int | None = None
    visits: tuple[Placed, ...] = ()
    shades: tuple[Placed, ...] = ()


@dataclass(frozen=True, slots=True)
class Grid:
    """A page of the calendar. `first` and `last` are minutes after midnight; `now_row` is where today's line lies."""

    zone: str
    first: int
    last: int
    columns: tuple[Column, ...]
    cancelled: tuple[Entry, ...] = ()
    now_row: int | None = None
    hours: tuple[int, ...] = field(default=())

    @property
    def rows(self) -> int:
        """How many rows of five minutes."""
        return (self.last - self.first) // STEP

    @property
    def count(self) -> int:
        """Visits on the grid."""
        return sum(len(column.visits) for column in self.columns)


@dataclass(frozen=True, slots=True)
class Draft:
    """A column before its rows are known: who or what, and everything that belongs into it."""

    column: Column
    entries: Sequence[Entry]
    behind: Sequence[Behind] = ()


def lay_out(
    drafts: Sequence[Draft], zone: str, cancelled: Sequence[Entry] = (), now: int | None = None
) -> Grid:
    """Put every column on one common grid that is tall enough for all of them; `now` draws today's line.

    Only what lies on a column's own day counts for its height.
    """
    first, last = _frame(drafts, zone)
    columns = tuple(_column(draft, zone, first, last) for draft in drafts)
    return Grid(
        zone,
        first,
        last,
        columns,
        tuple(cancelled),
        _now_row(drafts, zone, now, first, last),
        tuple(range(first, last, 60)),
    )


def minute_of(zone: str, instant: int) -> int:
    """Minutes after local midnight that the wall shows at an epoch second."""
    return (instant + offset_at(zone, instant)) % 86_400 // 60


def lanes(spans: Sequence[Span]) -> list[tuple[int, int]]:
    """For each stretch, in their order, the lane it takes and how many lanes its crowd needs; both from 1.

    Stretches that touch do not overlap. A crowd is everything that hangs together by overlaps.
    """
    order = sorted(range(len(spans)), key=lambda place: spans[place])
    found: dict[int, tuple[int, int]] = {}
    crowd: list[int] = []
    ends: list[int] = []
    taken: dict[int, int] = {}
    for place in order:
        start, end = spans[place]
        if crowd and start >= max(ends):
            _settle(found, crowd, taken, len(ends))
            crowd, ends = [], []
        lane = next((number for number, until in enumerate(ends) if until <= start), len(ends))
        if lane == len(ends):
            ends.append(end)
        else:
            ends[lane] = end
        taken[place] = lane + 1
        crowd.append(place)
    _settle(found, crowd, taken, len(ends))
    return [found[place] for place in range(len(spans))]


def _settle(
    found: dict[int, tuple[int, int]], crowd: Iterable[int], taken: dict[int, int], count: int
) -> None:
    for place in crowd:
        found[place] = min(taken[place], MOST_LANES), min(count, MOST_LANES)


def _frame(drafts: Sequence[Draft], zone: str) -> tuple[int, int]:
    """From the full hour before the first to the full hour after the last, at least the clinic's usual day."""
    first, last = EARLIEST, LATEST
    for draft in drafts:
        spans = [(entry.start, entry.end) for entry in draft.entries]
        spans += [(each.start, each.end) for each in draft.behind if each.shade is Shade.OPEN]
        for start, end in spans:
            begun, over = _minutes(zone, draft.column.day, start, end)
            if over > begun:
                first, last = min(first, begun), max(last, over)
    return first // 60 * 60, min(-(-last // 60) * 60, MIDNIGHT)


def _minutes(zone: str, day: date, start: int, end: int) -> tuple[int, int]:
    """A stretch as minutes of a day, cut at that day's midnights; empty when it lies on other days."""
    wanted = day.toordinal()
    first_day = ordinal_at(start, offset_at(zone, start))
    last_day = ordinal_at(end - 1, offset_at(zone, end - 1))
    if last_day < wanted or first_day > wanted:
        return 0, 0
    begun = minute_of(zone, start) if first_day == wanted else 0
    over = minute_of(zone, end - 1) + 1 if last_day == wanted else MIDNIGHT
    return begun, over


def _column(draft: Draft, zone: str, first: int, last: int) -> Column:
    day = draft.column.day
    entries = sorted(draft.entries, key=lambda entry: (entry.start, entry.id))
    beside = lanes([(entry.start, entry.end) for entry in entries])
    visits = tuple(
        _placed(
            _minutes(zone, day, entry.start, entry.end), first, last, entry=entry, lane=lane, lanes_=count
        )
        for entry, (lane, count) in zip(entries, beside, strict=True)
    )
    shades = tuple(
        _placed(minutes, first, last, behind=each)
        for each in draft.behind
        if (minutes := _minutes(zone, day, each.start, each.end))[1] > max(minutes[0], first)
        and minutes[0] < last
    )
    own = draft.column
    return Column(
        own.key,
        own.title,
        own.day,
        own.resource_id,
        own.practitioner_id,
        own.room_id,
        own.location_id,
        visits,
        shades,
    )


def _placed(
    minutes: tuple[int, int],
    first: int,
    last: int,
    *,
    entry: Entry | None = None,
    behind: Behind | None = None,
    lane: int = 1,
    lanes_: int = 1,
) -> Placed:
    begun, over = max(minutes[0], first), min(minutes[1], last)
    row = (begun - first) // STEP + 1
    return Placed(row, max(-(-(over - begun) // STEP), 1), entry, behind, lane, lanes_)


def _now_row(drafts: Sequence[Draft], zone: str, now: int | None, first: int, last: int) -> int | None:
    if now is None:
        return None
    today, minute = ordinal_at(now, offset_at(zone, now)), minute_of(zone, now)
    if not any(draft.column.day.toordinal() == today for draft in drafts) or not first <= minute < last:
        return None
    return (minute - first) // STEP + 1

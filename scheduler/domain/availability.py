"""Which times are free, and why the others are not.

A time is *accepted* when it stands on the 5-minute grid of the local clock, the visit lies within open hours, the
practitioner is free for the visit and its buffers, the notice, the horizon and the daily cap are kept, and a visit in
person finds a room. Of these, the *sensible* times are listed: those on the half hour (20-minute visits on the third,
15-minute ones on the quarter: the largest of 30, 20, 15 and 10 minutes that divides the visit), and besides, where a
free stretch begins off that grid, its first 5-minute point, so that no usable gap is lost. The list is cut from what
is accepted, and booking asks `choose`, so what is shown is what is accepted.

Busy rows come from the caller: all rows of `Question.resources` that touch `Question.reach`, without those of the
visit that is being moved and of the asker's own hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import islice, pairwise
from operator import itemgetter
from typing import NamedTuple

from scheduler.domain.diary import BusyRow, Diaries, Diary
from scheduler.domain.directory import Mode
from scheduler.domain.errors import NotOffered, SlotTaken
from scheduler.domain.interval import Span, epoch, instant
from scheduler.domain.question import Question
from scheduler.domain.schedule import Rota
from scheduler.domain.sweep import GRID, Fit, starts
from scheduler.domain.wall_clock import day_pieces, day_span, offset_at, ordinal_at

__all__ = [
    "Busy",
    "BusyRow",
    "Question",
    "Reason",
    "Slot",
    "accepts",
    "choose",
    "explain",
    "free_days",
    "free_slots",
    "nearest",
]


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that can be booked (FHIR Slot, status free): the visit itself, without its buffers.

    `practitioner_id` and `room_id` are resource ids; a virtual visit has no room, yet has the location whose zone and
    hours it follows.
    """

    start: datetime
    end: datetime
    mode: Mode
    practitioner_id: int
    location_id: int
    room_id: int | None = None


class Reason(StrEnum):
    """Why a time is not offered."""

    CLOSED = "closed"
    ABSENT = "absent"
    OUTSIDE_HOURS = "outside-hours"
    TAKEN = "taken"
    TOO_SOON = "too-soon"
    TOO_FAR = "too-far"
    NO_ROOM = "no-room"
    CAP = "cap"
    OFF_GRID = "off-grid"
    NOT_GIVEN = "not-given"


_TELLING = (
    Reason.TAKEN,
    Reason.NO_ROOM,
    Reason.CAP,
    Reason.ABSENT,
    Reason.OUTSIDE_HOURS,
    Reason.CLOSED,
    Reason.TOO_FAR,
    Reason.TOO_SOON,
    Reason.OFF_GRID,
)
"""Among the reasons of several practitioners, the first of these is told: the one that came closest to an offer."""

_JUST_TAKEN = frozenset({Reason.TAKEN, Reason.NO_ROOM})
"""What another booking may have brought about since the time was shown."""


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


def free_slots(question: Question, busy: Iterable[BusyRow], limit: int | None = None) -> list[Slot]:
    """The sensible free times of the window, sorted, one for each distinct start; the search ends at `limit`.

    Where several practitioners are free, the slot is of the one with the fewest booked minutes on that local day, then
    in all the rows given, then of the lowest id; the room is the free one of the lowest id.
    """
    search = _Search(question, busy)
    return [search.slot(start, post) for start, post in islice(search.offers(), limit)]


def free_days(question: Question, busy: Iterable[BusyRow]) -> list[date]:
    """The local dates in the window on which at least one time would be listed."""
    return [date.fromordinal(ordinal) for ordinal in sorted(_Search(question, busy).days())]


def choose(
    question: Question, busy: Iterable[BusyRow], start: datetime, practitioner_id: int | None = None
) -> Slot:
    """The slot to book at `start`, by the same order of practitioners and rooms as the list; the window is ignored.

    Those who would list the start come before those who would only accept it: the list names the same clinician, and
    a visit goes into the gap it fits rather than into the middle of somebody's free morning.
    Alternatives are left to the caller, who may ask `nearest` outside the write lock.

    :raises SlotTaken: when the practitioner's time or the last room is gone.
    :raises NotOffered: for any other reason of `Reason`.
    """
    search, at = _Search(_asking(question, practitioner_id), busy), epoch(start)
    verdicts = search.verdicts(start)
    free = [post for post, verdict in verdicts if verdict is None]
    if free:
        return search.slot(at, next((post for post in free if search.lists(post, at)), free[0]))
    reason = _most_telling([verdict for _, verdict in verdicts])
    if reason in _JUST_TAKEN:
        raise SlotTaken
    raise NotOffered(reason or Reason.NOT_GIVEN)


def explain(
    question: Question, busy: Iterable[BusyRow], start: datetime, practitioner_id: int | None = None
) -> Reason | None:
    """Why `start` is not accepted; None when it is. The window is ignored."""
    verdicts = _Search(_asking(question, practitioner_id), busy).verdicts(start)
    return _most_telling([verdict for _, verdict in verdicts])


def accepts(
    question: Question, busy: Iterable[BusyRow], start: datetime, practitioner_id: int | None = None
) -> bool:
    """Say whether `start` may be booked: any 5-minute point that is free and inside hours, listed or not."""
    return explain(question, busy, start, practitioner_id) is None


def nearest(question: Question, busy: Iterable[BusyRow], start: datetime, count: int = 3) -> tuple[Slot, ...]:
    """The `count` listed times of the window that lie closest to `start`, in the order of the clock."""
    search, asked = _Search(question, busy), epoch(start)
    around = [*islice(search.offers_before(asked), count), *islice(search.offers(asked), count)]
    closest = sorted(around, key=lambda offer: abs(offer[0] - asked))[:count]
    return tuple(search.slot(at, post) for at, post in sorted(closest, key=itemgetter(0)))


def _asking(question: Question, practitioner_id: int | None) -> Question:
    return question if practitioner_id is None else replace(question, practitioner_id=practitioner_id)


def _most_telling(verdicts: list[Reason | None]) -> Reason | None:
    if None in verdicts:
        return None
    return next((reason for reason in _TELLING if reason in verdicts), Reason.NOT_GIVEN)


@dataclass(frozen=True, slots=True, eq=False)
class _Post:
    """One practitioner at one place: whose hours, whose diary, which rooms."""

    practitioner_id: int
    location_id: int
    rota: Rota
    diary: Diary
    rooms: tuple[tuple[int, Diary], ...]


class _Search:
    """One question with its busy rows sorted into diaries; what is worked out on the way is kept for its length."""

    def __init__(self, question: Question, busy: Iterable[BusyRow]) -> None:
        diaries, timetable = Diaries(busy), question.clinic.timetable
        self._question = question
        self._fit = Fit.of(question.visit_type)
        self._needs_room = question.visit_type.needs_room(question.mode)
        places = question.places
        rooms = {
            at: tuple((room, diaries.of(room)) for room in question.rooms(at))
            for at in {p[1] for p in places}
        }
        self._posts = [
            _Post(who, at, timetable.rota(who, at, question.mode), diaries.of(who), rooms[at])
            for who, at in places
        ]
        self._latest = {zone: question.latest(zone) for zone in {post.rota.zone for post in self._posts}}
        self._free_rooms: dict[tuple[int, int], int | None] = {}

    def slot(self, start: int, post: _Post) -> Slot:
        """The slot of an accepted start."""
        room = self._room(post, start) if self._needs_room else None
        end = instant(start + self._fit.length)
        return Slot(instant(start), end, self._question.mode, post.practitioner_id, post.location_id, room)

    def offers(self, since: int | None = None) -> Iterator[tuple[int, _Post]]:
        """Listed starts, each with the fairest post that is free then, from `since` onwards."""
        for lower, upper in self._chunks(since, None):
            found = self._found(lower, upper)
            for start in sorted(found):
                yield start, found[start]

    def offers_before(self, until: int) -> Iterator[tuple[int, _Post]]:
        """The same before `until`, going backwards."""
        for lower, upper in reversed(self._chunks(None, until)):
            found = self._found(lower, upper)
            for start in sorted(found, reverse=True):
                yield start, found[start]

    def days(self) -> set[int]:
        """Ordinals of the local dates with at least one listed start; each is searched until the first one."""
        found: set[int] = set()
        for lower, upper in self._chunks():
            for post in self._posts:
                ordinal = ordinal_at(lower, offset_at(post.rota.zone, lower))
                if ordinal not in found and self._starts(post, lower, upper):
                    found.add(ordinal)
        return found

    def fairest_first(self, at: int) -> list[_Post]:
        """The posts, those first whose practitioner has the least to do on the local day of `at`."""
        return (
            self._posts
            if len(self._posts) == 1
            else sorted(self._posts, key=lambda post: self._load(post, at))
        )

    def verdicts(self, start: datetime) -> list[tuple[_Post, Reason | None]]:
        """For each post, the fairest first, why it cannot take a visit at `start`; None when it can."""
        at = epoch(start)
        if instant(at) != start:
            return [(post, Reason.OFF_GRID) for post in self._posts]
        return [(post, self._verdict(post, at)) for post in self.fairest_first(at)]

    def lists(self, post: _Post, start: int) -> bool:
        """Say whether an accepted start is one that the list would show for that post."""
        return bool(self._starts(post, start, start + 1))

    def _chunks(self, since: int | None = None, until: int | None = None) -> list[Span]:
        """The window, within notice and horizon, cut where any zone at stake changes its date or its offset."""
        first = max(self._question.start, self._question.earliest, since or 0)
        last = min(self._question.end, max(self._latest.values(), default=0), until or self._question.end)
        cuts = {
            edge for zone in self._latest for piece in day_pieces(zone, first, last) for edge in piece[:2]
        }
        return list(pairwise(sorted(cuts)))

    def _found(self, lower: int, upper: int) -> dict[int, _Post]:
        found: dict[int, _Post] = {}
        for post in self.fairest_first(lower):
            for start in self._starts(post, lower, upper):
                found.setdefault(start, post)
        return found

    def _starts(self, post: _Post, lower: int, upper: int) -> list[int]:
        zone = post.rota.zone
        offset = offset_at(zone, lower)
        ordinal = ordinal_at(lower, offset)
        piece = lower, min(upper, self._latest[zone]), offset
        found = starts(post.rota.open_on(ordinal), post.diary, piece, self._fit)
        if not found or self._is_capped(post, ordinal):
            return []
        return (
            [start for start in found if self._room(post, start) is not None] if self._needs_room else found
        )

    def _verdict(self, post: _Post, start: int) -> Reason | None:
        zone, end = post.rota.zone, start + self._fit.length
        offset = offset_at(zone, start)
        ordinal = ordinal_at(start, offset)
        if (start + offset) % GRID:
            return Reason.OFF_GRID
        if start < self._question.earliest:
            return Reason.TOO_SOON
        if start >= self._latest[zone]:
            return Reason.TOO_FAR
        if not post.rota.is_open(ordinal, start, end):
            return Reason.CLOSED if post.rota.is_closed(start, end) else Reason.OUTSIDE_HOURS
        around = start - self._fit.before, end + self._fit.after
        if not post.diary.is_free(*around):
            return Reason.ABSENT if post.diary.is_absent(*around) else Reason.TAKEN
        if self._is_capped(post, ordinal):
            return Reason.CAP
        return Reason.NO_ROOM if self._needs_room and self._room(post, start) is None else None

    def _is_capped(self, post: _Post, ordinal: int) -> bool:
        cap = self._question.visit_type.daily_cap
        if cap is None:
            return False
        dawn, dusk = day_span(post.rota.zone, ordinal)
        before = self._fit.before
        return post.diary.count(self._question.visit_type.id, dawn - before, dusk - before) >= cap

    def _room(self, post: _Post, start: int) -> int | None:
        key = post.location_id, start
        if key not in self._free_rooms:
            end = start + self._fit.length
            free = (room for room, diary in post.rooms if diary.is_free(start, end))
            self._free_rooms[key] = next(free, None)
        return self._free_rooms[key]

    def _load(self, post: _Post, at: int) -> tuple[int, int, int]:
        dawn, dusk = day_span(post.rota.zone, ordinal_at(at, offset_at(post.rota.zone, at)))
        return post.diary.booked(dawn, dusk), post.diary.booked_in_all, post.practitioner_id

"""One question about free times on its way to an answer: who could give the visit, when each is free, who comes first.

Everything is integers until a slot leaves. The window is gone through date by date, each date clinician by clinician,
so that a search for the first page of times ends where that page is full.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from scheduler.domain.diary import BusyRow, Diaries, Diary
from scheduler.domain.interval import Span, epoch, instant
from scheduler.domain.question import Question
from scheduler.domain.schedule import Rota
from scheduler.domain.slot import Reason, Slot
from scheduler.domain.sweep import GRID, Fit, starts_by_gap
from scheduler.domain.wall_clock import day_pieces, day_span, offset_at, ordinal_at


@dataclass(frozen=True, slots=True, eq=False)
class Post:
    """One practitioner at one place: whose hours, whose diary, the numbers of the rooms that would do."""

    practitioner_id: int
    location_id: int
    rota: Rota
    diary: Diary
    rooms: tuple[int, ...]


class Search:
    """One question with its busy rows sorted into diaries; what is worked out on the way is kept for its length."""

    def __init__(self, question: Question, busy: Iterable[BusyRow]) -> None:
        diaries, timetable = Diaries(busy), question.clinic.timetable
        self._question = question
        self._diaries = (
            diaries  # a room's is made when it is asked for: most questions end with the first rooms
        )
        self._fit = Fit.of(question.visit_type)
        self._cap = question.visit_type.daily_cap
        self._needs_room = question.visit_type.needs_room(question.mode)
        places = question.places
        rooms = {at: tuple(question.rooms(at)) for at in {p[1] for p in places}}
        self._posts = [
            Post(who, at, timetable.rota(who, at, question.mode), diaries.of(who), rooms[at])
            for who, at in places
        ]
        everybody = sorted({post.practitioner_id for post in self._posts})
        self._turns = {who: turn for turn, who in enumerate(everybody)}
        self._latest = {zone: question.latest(zone) for zone in {post.rota.zone for post in self._posts}}
        self._free_rooms: dict[tuple[int, int], int | None] = {}
        self._offsets: dict[tuple[str, int], tuple[int, int]] = {}
        self._has_found: dict[Span, bool] = {}
        self._cut: dict[Span, list[Span]] = {}

    def slot(self, start: int, post: Post) -> Slot:
        """The slot of an accepted start."""
        room = self._room(post, start) if self._needs_room else None
        end = instant(start + self._fit.length)
        return Slot(instant(start), end, self._question.mode, post.practitioner_id, post.location_id, room)

    def offers(self, since: int | None = None) -> Iterator[tuple[int, Post]]:
        """Listed starts, each with the fairest post that is free then, from `since` onwards."""
        for lower, upper in self._chunks(since, None):
            yield from self._alone(lower, upper) if len(self._posts) == 1 else self._in_turn(lower, upper)

    def offers_before(self, until: int) -> Iterator[tuple[int, Post]]:
        """The same before `until`, going backwards."""
        for lower, upper in reversed(self._chunks(None, until)):
            found = self._found(lower, upper)
            for start in sorted(found, reverse=True):
                yield start, found[start]

    def days(self) -> set[int]:
        """Ordinals of the local dates with at least one listed start; each is searched until the first one."""
        found: set[int] = set()
        for lower, upper in self._chunks():
            known = self._has_found.get((lower, upper)) if len(self._latest) == 1 else None
            if known is False:
                continue
            for post in self._posts:
                ordinal = self._local(post.rota.zone, lower)[1]
                if ordinal not in found and (known or self._has_start(post, lower, upper)):
                    found.add(ordinal)
        return found

    def fairest_first(self, at: int) -> list[Post]:
        """The posts, those first whose practitioner has the least to do on the local day of `at`."""
        return (
            self._posts
            if len(self._posts) == 1
            else sorted(self._posts, key=lambda post: self._load(post, at))
        )

    def verdicts(self, start: datetime) -> list[tuple[Post, Reason | None]]:
        """For each post, the fairest first, why it cannot take a visit at `start`; None when it can."""
        at = epoch(start)
        if instant(at) != start:
            return [(post, Reason.OFF_GRID) for post in self._posts]
        return [(post, self._verdict(post, at)) for post in self.fairest_first(at)]

    def lists(self, post: Post, start: int) -> bool:
        """Say whether an accepted start is one that the list would show for that post."""
        return self._has_start(post, start, start + 1)

    def _chunks(self, since: int | None = None, until: int | None = None) -> list[Span]:
        """The window, within notice and horizon, cut where any zone at stake changes its date or its offset."""
        first = max(self._question.start, self._question.earliest, since or 0)
        last = min(self._question.end, max(self._latest.values(), default=0), until or self._question.end)
        asked = first, last
        if asked not in self._cut:
            self._cut[asked] = list(pairwise(sorted(self._edges(first, last))))
        return self._cut[asked]

    def _edges(self, first: int, last: int) -> set[int]:
        edges: set[int] = set()
        for zone in self._latest:
            for lower, upper, offset in day_pieces(zone, first, last):
                edges.update((lower, upper))
                self._offsets[zone, lower] = offset, ordinal_at(lower, offset)
        return edges

    def _found(self, lower: int, upper: int) -> dict[int, Post]:
        found: dict[int, Post] = {}
        for post in self.fairest_first(lower):
            for start in self._starts(post, lower, upper):
                found.setdefault(start, post)
        self._has_found[lower, upper] = bool(found)
        return found

    def _alone(self, lower: int, upper: int) -> Iterator[tuple[int, Post]]:
        """The listed starts of a chunk when there is one post to ask: no further than somebody reads."""
        (post,) = self._posts
        for start in self._starts(post, lower, upper):
            self._has_found[lower, upper] = True
            yield start, post
        self._has_found.setdefault((lower, upper), False)

    def _in_turn(self, lower: int, upper: int) -> Iterator[tuple[int, Post]]:
        found = self._found(lower, upper)
        for start in sorted(found):
            yield start, found[start]

    def _has_start(self, post: Post, lower: int, upper: int) -> bool:
        return next(self._starts(post, lower, upper), None) is not None

    def _starts(self, post: Post, lower: int, upper: int) -> Iterator[int]:
        """The starts of one local date that suit the practitioner and find a room, ascending."""
        for gap in self._gaps(post, lower, upper):
            for start in gap:
                if not self._needs_room or self._room(post, start) is not None:
                    yield start

    def _gaps(self, post: Post, lower: int, upper: int) -> Iterable[Sequence[int]]:
        zone = post.rota.zone
        offset, ordinal = self._local(zone, lower)
        open_spans = post.rota.open_on(ordinal)
        if not open_spans or self._is_capped(post, ordinal):
            return ()
        return starts_by_gap(
            open_spans, post.diary, (lower, min(upper, self._latest[zone]), offset), self._fit
        )

    def _local(self, zone: str, at: int) -> tuple[int, int]:
        """The zone's offset at an instant and the ordinal of its local date; asked again for each practitioner."""
        known = self._offsets.get((zone, at))
        if known is None:
            offset = offset_at(zone, at)
            known = self._offsets[zone, at] = offset, ordinal_at(at, offset)
        return known

    def _verdict(self, post: Post, start: int) -> Reason | None:
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

    def _is_capped(self, post: Post, ordinal: int) -> bool:
        cap = self._cap
        if cap is None:
            return False
        dawn, dusk = day_span(post.rota.zone, ordinal)
        before = self._fit.before
        return post.diary.count(self._question.visit_type.id, dawn - before, dusk - before) >= cap

    def _room(self, post: Post, start: int) -> int | None:
        key = post.location_id, start
        if key not in self._free_rooms:
            self._free_rooms[key] = self._first_room(post, start, start + self._fit.length)
        return self._free_rooms[key]

    def _first_room(self, post: Post, start: int, end: int) -> int | None:
        for room in post.rooms:
            if self._diaries.of(room).is_free(start, end):
                return room
        return None

    def _load(self, post: Post, at: int) -> tuple[int, int]:
        """What a practitioner has to do that day; where that is equal, they take turns from day to day.

        Both are facts of the one day, so a long list and a question about one start name the same practitioner.
        """
        ordinal = ordinal_at(at, offset_at(post.rota.zone, at))
        turn = (self._turns[post.practitioner_id] - ordinal) % len(self._turns)
        return post.diary.booked(*day_span(post.rota.zone, ordinal)), turn

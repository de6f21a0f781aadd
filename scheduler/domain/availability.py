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

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from itertools import islice
from operator import itemgetter

from scheduler.domain.diary import Busy, BusyRow
from scheduler.domain.errors import NotOffered, SlotTaken
from scheduler.domain.interval import epoch
from scheduler.domain.question import Question
from scheduler.domain.search import Search
from scheduler.domain.slot import Reason, Slot

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
    "overview",
]

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


def free_slots(question: Question, busy: Iterable[BusyRow], limit: int | None = None) -> list[Slot]:
    """The sensible free times of the window, sorted, one for each distinct start; the search ends at `limit`.

    Where several practitioners are free, the slot is of the one with the fewest booked minutes on that local day;
    equals take turns from day to day. The room is the free one of the lowest id.
    """
    search = Search(question, busy)
    return [search.slot(start, post) for start, post in islice(search.offers(), limit)]


def free_days(question: Question, busy: Iterable[BusyRow]) -> list[date]:
    """The local dates in the window on which at least one time would be listed."""
    return overview(question, busy, 0)[1]


def overview(question: Question, busy: Iterable[BusyRow], soonest: int) -> tuple[list[Slot], list[date]]:
    """The `soonest` free times and all dates with a free one, from one search."""
    search = Search(question, busy)
    first = [search.slot(start, post) for start, post in islice(search.offers(), soonest)]
    return first, [date.fromordinal(ordinal) for ordinal in sorted(search.days())]


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
    search, at = Search(_asking(question, practitioner_id), busy), epoch(start)
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
    verdicts = Search(_asking(question, practitioner_id), busy).verdicts(start)
    return _most_telling([verdict for _, verdict in verdicts])


def accepts(
    question: Question, busy: Iterable[BusyRow], start: datetime, practitioner_id: int | None = None
) -> bool:
    """Say whether `start` may be booked: any 5-minute point that is free and inside hours, listed or not."""
    return explain(question, busy, start, practitioner_id) is None


def nearest(question: Question, busy: Iterable[BusyRow], start: datetime, count: int = 3) -> tuple[Slot, ...]:
    """The `count` listed times of the window that lie closest to `start`, in the order of the clock."""
    search, asked = Search(question, busy), epoch(start)
    around = [*islice(search.offers_before(asked), count), *islice(search.offers(asked), count)]
    closest = sorted(around, key=lambda offer: abs(offer[0] - asked))[:count]
    return tuple(search.slot(at, post) for at, post in sorted(closest, key=itemgetter(0)))


def _asking(question: Question, practitioner_id: int | None) -> Question:
    return question if practitioner_id is None else replace(question, practitioner_id=practitioner_id)


def _most_telling(verdicts: list[Reason | None]) -> Reason | None:
    if None in verdicts:
        return None
    return next((reason for reason in _TELLING if reason in verdicts), Reason.NOT_GIVEN)

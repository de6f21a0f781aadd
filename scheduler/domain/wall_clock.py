"""What the clock on the clinic's wall shows, and when: the bridge between local times and UTC instants.

One rule covers both clock changes: hours hold an instant when the wall clock then shows a time within them. So hours
that begin in a spring gap begin when the gap ends, hours inside one are empty, and an hour that the clock shows twice
in autumn counts twice. Nothing adds 24 hours to reach tomorrow. The zone database is asked once for each zone and
year or so; after that all is integers, because datetimes in the slot search cost four to eighty times as much.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias
from zoneinfo import ZoneInfo

from scheduler.domain.interval import Span, merge

DAY = 86_400
"""Seconds in a day of the wall clock; days of elapsed time may be an hour shorter or longer."""

MIDNIGHT = 1_440
"""Minutes from one local midnight to the next, as the wall clock counts them."""

Piece: TypeAlias = tuple[int, int, int]
"""`[start, end)` in epoch seconds and the zone's offset in it, in seconds east of UTC."""

_EPOCH = date(1970, 1, 1).toordinal()
_ERA_BLOCK = 1 << 25  # seconds, about 388 days: offsets are looked up once for each block


def offset_at(zone: str, instant: int) -> int:
    """Seconds east of UTC that the zone's clock stands at an epoch second."""
    for _, end, offset in _eras(zone, instant // _ERA_BLOCK):
        if instant < end:
            return offset
    raise AssertionError("the eras of a block cover it")


def local_day(zone: str, instant: int) -> date:
    """The date that the zone's calendar shows at an epoch second."""
    return date.fromordinal(ordinal_at(instant, offset_at(zone, instant)))


def ordinal_at(instant: int, offset: int) -> int:
    """The proleptic ordinal (`date.toordinal`) of the local date at an epoch second."""
    return (instant + offset) // DAY + _EPOCH


def day_span(zone: str, ordinal: int) -> Span:
    """From the first to the last instant of a local date: 23, 24 or 25 hours; empty if the zone skipped that date."""
    spans = wall_spans(zone, ordinal, 0, MIDNIGHT)
    return (spans[0][0], spans[-1][1]) if spans else (0, 0)


def day_pieces(zone: str, start: int, end: int) -> list[Piece]:
    """Cut `[start, end)` at local midnights and at clock changes, so that each piece has one date and one offset.

    A stretch that ends before it begins has no pieces.
    """
    pieces: list[Piece] = []
    if end <= start:
        return pieces
    for era_start, era_end, offset in eras(zone, start, end):
        first, stop = max(start, era_start), min(end, era_end)
        midnights = range(((first + offset) // DAY + 1) * DAY - offset, stop, DAY)
        pieces += [(lower, upper, offset) for lower, upper in pairwise((first, *midnights, stop))]
    return pieces


def eras(zone: str, start: int, end: int) -> list[Piece]:
    """The stretches of unchanging offset that meet `[start, end)`, in order, not clipped to it."""
    blocks = range(start // _ERA_BLOCK, -(-end // _ERA_BLOCK))
    return [era for block in blocks for era in _eras(zone, block) if era[0] < end and start < era[1]]


@lru_cache(maxsize=512)
def _eras(zone: str, block: int) -> tuple[Piece, ...]:
    """Find the clock changes within a block: probe day by day, then halve down to the second."""
    rules = ZoneInfo(zone)
    start, stop = block * _ERA_BLOCK, (block + 1) * _ERA_BLOCK
    found: list[Piece] = []
    offset = _offset(rules, start)
    for probe in [*range(start + DAY, stop, DAY), stop - 1]:
        reached = _offset(rules, probe)
        if reached != offset:
            change = _change(rules, max(start, probe - DAY), probe)
            found.append((start, change, offset))
            start, offset = change, reached
    return (*found, (start, stop, offset))


def _change(rules: ZoneInfo, before: int, after: int) -> int:
    old = _offset(rules, before)
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (middle, after) if _offset(rules, middle) == old else (before, middle)
    return after


def _offset(rules: ZoneInfo, instant: int) -> int:
    offset = datetime.fromtimestamp(instant, rules).utcoffset()
    assert offset is not None, "a zone always has an offset"
    return offset.days * DAY + offset.seconds


@lru_cache(maxsize=1 << 15)
def wall_spans(zone: str, ordinal: int, opens: int, closes: int) -> tuple[Span, ...]:
    """The instants at which the wall clock shows `[opens, closes)`, minutes after midnight of a local date.

    One span as a rule; none for hours inside a spring gap; two for hours that touch only a part of the repeated hour.
    `ordinal` is the date's proleptic ordinal. Answers are in epoch seconds.
    """
    midnight = (ordinal - _EPOCH) * DAY
    first, last = midnight + opens * 60, midnight + closes * 60
    spans = []
    for start, end, offset in eras(zone, first - DAY, last + DAY):
        shown = max(start, first - offset), min(end, last - offset)
        if shown[0] < shown[1]:
            spans.append(shown)
    return tuple(merge(spans))

"""Time that a clinician does not see people: lunch, a meeting, days away, a closed clinic; once or again and again.

A block is entered as the wall clock shows it and becomes one absence for each clinician and each day (or one long one).
The absences of one block share a series, so that the rest of it can be taken away with one press.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from scheduler.domain.errors import InvalidInput
from scheduler.domain.interval import instant
from scheduler.domain.wall_clock import MIDNIGHT, wall_spans
from scheduler.domain.wording import N_


class BlockKind(StrEnum):
    """Why the time is taken, as far as the calendar says it."""

    AWAY = "away"
    LUNCH = "lunch"
    MEETING = "meeting"
    CLOSED = "closed"
    OTHER = "other"


class Rhythm(StrEnum):
    """How often it comes back."""

    ONCE = "once"
    WORKDAYS = "workdays"
    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"


MOST_PIECES = 600
"""How many absences one block may make, over all its clinicians and days."""

LONGEST = timedelta(days=366)
FRIDAY = 4
_STEPS: Mapping[Rhythm, int] = {Rhythm.WORKDAYS: 1, Rhythm.WEEKLY: 7, Rhythm.FORTNIGHTLY: 14}


@dataclass(frozen=True, slots=True)
class Block:
    """One block as entered. `opens` and `closes` are minutes after midnight; all day is 0 to 1440.

    Once: from `opens` on the first day until `closes` on the `last`. In a rhythm: `opens` to `closes` on each day,
    `count` times, or until the `last` day. The note is for the staff alone.
    """

    practitioner_ids: tuple[int, ...]
    kind: BlockKind
    first: date
    opens: int = 0
    closes: int = MIDNIGHT
    rhythm: Rhythm = Rhythm.ONCE
    last: date | None = None
    count: int | None = None
    note: str = ""

    @property
    def days(self) -> list[date]:
        """The days on which it begins, at most one more than are allowed."""
        if self.rhythm is Rhythm.ONCE:
            return [self.first]
        found: list[date] = []
        for day in self._rhythm():
            if self._is_over(day, len(found)) or len(found) > MOST_PIECES:
                break
            found.append(day)
        return found

    def _rhythm(self) -> Iterator[date]:
        day = self.first
        while True:
            if self.rhythm is not Rhythm.WORKDAYS or day.weekday() <= FRIDAY:
                yield day
            day += timedelta(days=_STEPS[self.rhythm])

    def _is_over(self, day: date, found: int) -> bool:
        by_count = self.count is not None and found >= self.count
        return by_count or (self.last is not None and day > self.last) or day - self.first > LONGEST

    def stretches(self, zone: str) -> list[tuple[datetime, datetime]]:
        """What it takes of the time, as instants; hours that the wall clock skips are left out."""
        if self.rhythm is Rhythm.ONCE:
            span = _once(self, zone)
            return [span] if span else []
        spans = [wall_spans(zone, day.toordinal(), self.opens, self.closes) for day in self.days]
        return [(instant(span[0][0]), instant(span[-1][1])) for span in spans if span]


def check_block(block: Block) -> None:
    """Check a block as entered.

    :raises InvalidInput: with a sentence for each field that makes no sense.
    """
    errors: dict[str, str] = {}
    last = block.last or block.first
    same_day = block.rhythm is not Rhythm.ONCE or last == block.first
    if not block.practitioner_ids:
        errors["who"] = N_("Choose a clinician.")
    if last < block.first:
        errors["last"] = N_("The end must come after the start.")
    if same_day and block.closes <= block.opens:
        errors["closes"] = N_("The end must come after the start.")
    if last - block.first > LONGEST:
        errors["last"] = N_("A block is at most one year long.")
    if block.count is not None and not 1 <= block.count <= MOST_PIECES:
        errors["count"] = N_("Enter a number from 1 to 600.")
    if block.rhythm is not Rhythm.ONCE and block.count is None and block.last is None:
        errors["last"] = N_("Say until which day, or how many times.")
    if not errors and len(block.days) * len(block.practitioner_ids) > MOST_PIECES:
        errors["last"] = N_("These are too many days at once. Please enter a shorter time.")
    if errors:
        raise InvalidInput(errors)


def _once(block: Block, zone: str) -> tuple[datetime, datetime] | None:
    """The wall clock's `opens` on the first day to `closes` on the last."""
    begins = wall_spans(zone, block.first.toordinal(), block.opens, block.opens + MIDNIGHT)
    ends = wall_spans(zone, (block.last or block.first).toordinal(), block.closes - MIDNIGHT, block.closes)
    return (instant(begins[0][0]), instant(ends[-1][1])) if begins and ends else None

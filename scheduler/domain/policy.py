"""Which message goes out when, as the clinic has set it: data, per kind of visit and way to meet.

A policy names one kind of message, the channels it may take, and a rule with a number. Whole days are days of the wall
clock (the same time so many days before), hours and minutes are elapsed time. The narrowest policy wins: one for this
visit type and mode over one for the type, that over one for the mode, and that over one for every visit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import groupby
from zoneinfo import ZoneInfo

from scheduler.domain.directory import Mode
from scheduler.domain.interval import instant
from scheduler.domain.notification import Channel, Kind
from scheduler.domain.quiet_hours import QuietHours
from scheduler.domain.wall_clock import MIDNIGHT, day_span, wall_spans


class Rule(StrEnum):
    """How the moment of a message is reckoned from its visit; the number beside it is in the unit named."""

    AT_ONCE = "at-once"
    DAYS_BEFORE = "days-before"
    HOURS_BEFORE = "hours-before"
    MINUTES_BEFORE = "minutes-before"
    DAY_BEFORE_AT = "day-before-at"
    DAY_AFTER_AT = "day-after-at"
    MINUTES_AFTER = "minutes-after"


@dataclass(frozen=True, slots=True)
class MessagePolicy:
    """One line of what the clinic has set.

    `visit_type_code` and `mode` None mean every one. `at_minute` (minutes after midnight) is the time of day for the
    two rules that name one. `MINUTES_AFTER` counts from the visit's end.
    """

    id: int
    kind: Kind
    channels: tuple[Channel, ...]
    rule: Rule
    value: int
    at_minute: int | None = None
    visit_type_code: str | None = None
    mode: Mode | None = None
    active: bool = True
    position: int = 0

    def is_for(self, visit_type_code: str, mode: Mode) -> bool:
        """Say whether it speaks of such a visit."""
        return self.visit_type_code in {None, visit_type_code} and self.mode in {None, mode}

    @property
    def narrowness(self) -> int:
        """How much it says about the visits it is for."""
        return 2 * (self.visit_type_code is not None) + (self.mode is not None)

    def due(self, start: datetime, end: datetime, zone: str, now: datetime) -> datetime:
        """When the message is due for a visit of `[start, end)` at a place in `zone`; instants are aware UTC."""
        match self.rule:
            case Rule.AT_ONCE:
                return now
            case Rule.HOURS_BEFORE:
                return start - timedelta(hours=self.value)
            case Rule.MINUTES_BEFORE:
                return start - timedelta(minutes=self.value)
            case Rule.MINUTES_AFTER:
                return end + timedelta(minutes=self.value)
            case Rule.DAYS_BEFORE:
                local = start.astimezone(ZoneInfo(zone))
                return wall_instant(zone, local.toordinal() - self.value, local.hour * 60 + local.minute)
            case Rule.DAY_BEFORE_AT:
                day = start.astimezone(ZoneInfo(zone)).toordinal() - self.value
                return wall_instant(zone, day, self.at_minute or 0)
            case Rule.DAY_AFTER_AT:
                day = start.astimezone(ZoneInfo(zone)).toordinal() + self.value
                return wall_instant(zone, day, self.at_minute or 0)


def wall_instant(zone: str, ordinal: int, minute: int) -> datetime:
    """The first instant at which a zone's clock shows so many minutes after midnight of a local date, or is past it.

    A time in the spring gap is the end of the gap; a time that comes twice in autumn is its first coming.
    """
    spans = wall_spans(zone, ordinal, minute, MIDNIGHT)
    return instant(spans[0][0] if spans else day_span(zone, ordinal + 1)[0])


@dataclass(frozen=True)
class MessageRules:
    """Everything the clinic has set about messages: the policies, the quiet hours, and how many texts are enough.

    Which of them are in force for a kind of visit is looked for once (so no slots): every booking asks.
    """

    policies: tuple[MessagePolicy, ...] = ()
    quiet: QuietHours = field(default_factory=QuietHours)
    texts_per_day: int = 1
    texts_per_week: int = 3

    def for_visit(self, visit_type_code: str, mode: Mode) -> tuple[MessagePolicy, ...]:
        """The policies in force for such a visit, one for each kind: the narrowest.

        A narrow one that is not active switches the kind off for these visits.
        """
        key = visit_type_code, mode
        if key not in self._in_force:
            self._in_force[key] = tuple(each for each in _narrowest(self.policies, *key) if each.active)
        return self._in_force[key]

    @cached_property
    def _in_force(self) -> dict[tuple[str, Mode], tuple[MessagePolicy, ...]]:
        return {}

    def of(self, kind: Kind, visit_type_code: str, mode: Mode) -> MessagePolicy | None:
        """The policy in force for one kind; None when there is none."""
        return next((each for each in self.for_visit(visit_type_code, mode) if each.kind is kind), None)


def _narrowest(policies: Iterable[MessagePolicy], code: str, mode: Mode) -> Iterator[MessagePolicy]:
    meant = sorted((each for each in policies if each.is_for(code, mode)), key=lambda each: each.kind.value)
    for _, alternatives in groupby(meant, key=lambda each: each.kind):
        yield max(alternatives, key=lambda each: (each.narrowness, each.active, -each.position))

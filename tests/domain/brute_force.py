"""The slow and obvious answer: walk through the minutes and look at the wall clock at each one.

Written apart from the code it judges: no spans, no offsets, no bisection; only `zoneinfo` and sets of minutes. All
rows it is given must begin and end on whole minutes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.domain.availability import Question
from scheduler.domain.diary import BusyRow
from scheduler.domain.directory import Mode
from scheduler.domain.schedule import Closure, DatedHours, WeeklyHours

MINUTE = 60


def wall(minute: int, zone: str) -> datetime:
    """What the clock on the wall shows at that minute of UTC, without its zone."""
    return datetime.fromtimestamp(minute * MINUTE, UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def shows(clock: datetime, hours: WeeklyHours | DatedHours) -> bool:
    """Say whether a wall time lies in those hours, of its own date or of one before."""
    minute = clock.hour * 60 + clock.minute
    for days in range(3):
        day = clock.date() - timedelta(days=days)
        if hours.opens <= minute + days * 1440 < hours.closes and holds(hours, day.toordinal()):
            return True
    return False


def holds(hours: WeeklyHours | DatedHours, ordinal: int) -> bool:
    """Say whether those hours are those of that date."""
    if isinstance(hours, DatedHours):
        return hours.day.toordinal() == ordinal
    since = hours.valid_from.toordinal() if hours.valid_from else 0
    until = hours.valid_until.toordinal() if hours.valid_until else ordinal
    return datetime.fromordinal(ordinal).weekday() == hours.weekday and since <= ordinal <= until


def shut(clock: datetime, closure: Closure) -> bool:
    """Say whether a wall time lies in that closure."""
    opens = 0 if closure.opens is None else closure.opens
    closes = 1440 if closure.closes is None else closure.closes
    midnight = datetime(closure.day.year, closure.day.month, closure.day.day)  # noqa: DTZ001 - a wall time
    return midnight + timedelta(minutes=opens) <= clock < midnight + timedelta(minutes=closes)


def open_minutes(
    question: Question, practitioner_id: int, location_id: int, mode: Mode, first: int, last: int
) -> set[int]:
    """The minutes of UTC in `[first, last)` at which that practitioner is there."""
    clinic, zone = question.clinic, question.clinic.location(location_id).zone
    every: list[WeeklyHours | DatedHours] = [*clinic.weekly_hours, *clinic.dated_hours]
    mine = [
        hours
        for hours in every
        if (hours.practitioner_id, hours.location_id, hours.mode) == (practitioner_id, location_id, mode)
    ]
    closures = [closure for closure in clinic.closures if closure.location_id in (None, location_id)]
    found = set()
    for minute in range(first, last):
        clock = wall(minute, zone)
        if any(shows(clock, hours) for hours in mine) and not any(
            shut(clock, closure) for closure in closures
        ):
            found.add(minute)
    return found


def busy_minutes(rows: Iterable[BusyRow], resource_id: int) -> set[int]:
    """The minutes that rows take from a resource."""
    return {
        minute
        for row in rows
        if row[0] == resource_id
        for minute in range(row[1] // MINUTE, row[2] // MINUTE)
    }


class Oracle:
    """What is accepted and what is listed, start by start, for one practitioner at one place."""

    def __init__(
        self, question: Question, rows: list[BusyRow], practitioner_id: int, location_id: int
    ) -> None:
        self.question, self.visit = question, question.visit_type
        self.zone = question.clinic.location(location_id).zone
        self.practitioner_id = practitioner_id
        first, last = question.start // MINUTE - 1500, question.end // MINUTE + 1500
        self.open = open_minutes(question, practitioner_id, location_id, question.mode, first, last)
        self.taken = busy_minutes(rows, practitioner_id)
        self.rows = [row for row in rows if row[0] == practitioner_id]
        self.rooms = [
            busy_minutes(rows, room.id)
            for room in question.clinic.rooms
            if room.active and room.location_id == location_id and room.kind == self.visit.room_kind
        ]

    def fits(self, start: int) -> bool:
        """Say whether hours and diary leave room at that minute of UTC."""
        visit = range(start, start + self.visit.minutes)
        around = range(start - self.visit.buffer_before, visit.stop + self.visit.buffer_after)
        return self.open.issuperset(visit) and self.taken.isdisjoint(around)

    def accepts(self, start: int) -> bool:
        """Say whether a visit may begin at that minute of UTC."""
        return (
            wall(start, self.zone).minute % 5 == 0
            and self.fits(start)
            and self.in_time(start)
            and not self.capped(start)
            and self.has_room(start)
        )

    def lists(self, start: int) -> bool:
        """Say whether that minute of UTC is an accepted one on the step's grid, or the first point of a gap."""
        step = {60: 30, 30: 30, 90: 30, 20: 20, 15: 15, 25: 5, 40: 20, 45: 15}[self.visit.minutes]
        sensible = wall(start, self.zone).minute % step == 0 or not self.fits(start - 5)
        return sensible and self.accepts(start)

    def in_time(self, start: int) -> bool:
        """Say whether notice and horizon are kept."""
        notice = self.visit.minimum_notice if self.question.audience_notice else 0
        if start * MINUTE < self.question.now + notice * MINUTE:
            return False
        today = wall(self.question.now // MINUTE, self.zone).date()
        ahead = (wall(start, self.zone).date() - today).days
        return not self.question.audience_notice or ahead <= self.visit.horizon_days

    def capped(self, start: int) -> bool:
        """Say whether the day has its fill of such visits."""
        day = wall(start, self.zone).date()
        that_day = [
            row
            for row in self.rows
            if row[4] == self.visit.id
            and wall(row[1] // MINUTE + self.visit.buffer_before, self.zone).date() == day
        ]
        return self.visit.daily_cap is not None and len(that_day) >= self.visit.daily_cap

    def has_room(self, start: int) -> bool:
        """Say whether one room is free from start to end, where the visit takes one."""
        if self.question.mode is not Mode.IN_PERSON or self.visit.room_kind is None:
            return True
        visit = range(start, start + self.visit.minutes)
        return any(room.isdisjoint(visit) for room in self.rooms)

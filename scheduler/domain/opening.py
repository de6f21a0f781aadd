"""When an office is open to people, summed up from its clinicians' weekly hours, as a sign on the door says it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Mode
from scheduler.domain.interval import Span, epoch, instant, merge
from scheduler.domain.wall_clock import local_day

FARTHEST = 60
"""So many days ahead opening hours are looked for; a clinic without any has elapsed time instead."""


@dataclass(frozen=True, slots=True)
class OpenDays:
    """Neighbouring weekdays (0 is Monday) with the same hours, in minutes after local midnight."""

    first: int
    last: int
    opens: int
    closes: int


def office_hours(clinic: Clinic, location_id: int, on: date) -> tuple[OpenDays, ...]:
    """From the first door opened to the last door closed, for people who come in person, in the hours valid `on` a day.

    A lunch break is not on the sign: the telephone and the door are answered by the desk, not by one clinician.
    """
    by_day: dict[int, tuple[int, int]] = {}
    for hours in clinic.weekly_hours:
        valid = (hours.valid_from or on) <= on <= (hours.valid_until or on)
        if valid and hours.location_id == location_id and hours.mode is Mode.IN_PERSON:
            opens, closes = by_day.get(hours.weekday, (hours.opens, hours.closes))
            by_day[hours.weekday] = (min(opens, hours.opens), max(closes, hours.closes))
    return _grouped(by_day)


def _grouped(by_day: dict[int, tuple[int, int]]) -> tuple[OpenDays, ...]:
    groups: list[OpenDays] = []
    for weekday in sorted(by_day):
        opens, closes = by_day[weekday]
        before = groups[-1] if groups else None
        if before and before.last == weekday - 1 and (before.opens, before.closes) == (opens, closes):
            groups[-1] = OpenDays(before.first, weekday, opens, closes)
        else:
            groups.append(OpenDays(weekday, weekday, opens, closes))
    return tuple(groups)


def after_open_time(clinic: Clinic, location_id: int, start: datetime, length: timedelta) -> datetime:
    """The instant at which the office, from `start` on, has been open for `length`; closures do not count as open."""
    left = int(length.total_seconds())
    begins = epoch(start)
    for opens, closes in _open_from(clinic, location_id, begins):
        here = closes - max(opens, begins)
        if here >= left:
            return instant(max(opens, begins) + left)
        left -= here
    return start + length


def _open_from(clinic: Clinic, location_id: int, begins: int) -> Iterator[Span]:
    """The stretches at which anybody works there, in whichever way, from a moment on."""
    zone = clinic.location(location_id).zone
    today = local_day(zone, begins)
    for day in (today + timedelta(days=ahead) for ahead in range(-1, FARTHEST)):
        yield from (span for span in open_spans(clinic, location_id, day) if span[1] > begins)


def open_spans(clinic: Clinic, location_id: int, day: date) -> list[Span]:
    """The stretches of a day at which anybody works there, in whichever way."""
    return list(
        merge(
            span
            for one in clinic.practitioners
            for mode in Mode
            for span in clinic.timetable.open_spans(one.id, location_id, mode, day, day)
        )
    )

"""When somebody is busy, read from the bytes of their calendar; what they do, with whom and where is not even parsed.

Context. A foreign calendar is whatever a server sends: years of old events, titles that are nobody's business here,
rules that never end, components nested a hundred thousand deep.

Decision. The bytes are first copied line by line: only the zones, and of each event only the lines that say when it is
and whether it takes time, and of old events nothing. The copy is flat and small; the library reads that, and
`recurring_ical_events` works out the repeats with their exceptions (RFC 5545, 3.8.5). What the rules still cost is
bounded by whoever calls: the worker gives it a process of its own with limits of time and memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar
from icalendar.cal import Component

from scheduler.domain.interval import Span, epoch, instant, merge

MOST_EVENTS = 20_000
MOST_TIMES = 5_000
NEAR = timedelta(days=2)
EARLIEST, LATEST = 1604, 2196
"""The years that dates are kept in, leap years both."""

_LONGEST = 366 * 86_400
"""Seconds before and after the window that a long stretch is kept for."""


_WHEN = frozenset(
    {
        "UID",
        "DTSTART",
        "DTEND",
        "DURATION",
        "RRULE",
        "RDATE",
        "EXDATE",
        "RECURRENCE-ID",
        "SEQUENCE",
        "STATUS",
        "TRANSP",
        "X-MICROSOFT-CDO-BUSYSTATUS",
    }
)
_REPEATS = frozenset({"RRULE", "RDATE", "RECURRENCE-ID", "DURATION"})
_FREE = frozenset({"FREE", "WORKINGELSEWHERE"})
_YEAR = re.compile(r"(?<=[:=,/])\d{4}(?=\d{4}(?:T\d{6}Z?)?(?:\D|$))")
_NAME = re.compile(r"[A-Za-z0-9-]+")
_DAY = re.compile(r":(\d{8})")
_TOO_OFTEN = re.compile(r"FREQ=(?:SECONDLY|MINUTELY)", re.IGNORECASE)


class NoCalendar(Exception):
    """The bytes are no calendar that could be read."""


class TooMany(Exception):
    """More events, or more busy times, than anybody has."""


def busy_times(written: bytes, window: Span, zone: ZoneInfo, own_domain: str) -> list[Span]:
    """The stretches that touch `window` in which the calendar's owner is busy, merged, in epoch seconds.

    Times without a zone, and whole days, are those of the calendar's own zone or else of `zone`. Events of our own
    making (their UID ends with `own_domain`) are left out: they are in our calendar already.

    :raises NoCalendar: when it cannot be read.
    :raises TooMany: when nobody could have so much to do.
    """
    copy = "\r\n".join([*_slim(_lines(written), window), ""]).encode()
    try:
        calendar = Calendar.from_ical(copy)
        _set_ends(calendar)
        query = recurring_ical_events.of(calendar, skip_bad_series=True)
        found = query.between(instant(window[0]), instant(window[1]))
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError) as error:
        raise NoCalendar(type(error).__name__) from None
    home = _home(calendar, zone)
    spans = merge(_near(span, window) for event in found for span in _span(event, home, own_domain))
    if len(spans) > MOST_TIMES:
        raise TooMany
    return [span for span in spans if span[0] < window[1] and window[0] < span[1]]


def _lines(written: bytes) -> list[str]:
    """The content lines, unfolded (RFC 5545, 3.1). Half a file would set half of somebody's times free."""
    text = written.decode("utf-8", "replace").removeprefix("\ufeff")
    text = re.sub(r"\r?\n[ \t]", "", text.replace("\r\n", "\n"))
    lines = text.strip().split("\n")
    if (lines[0].strip().upper(), lines[-1].strip().upper()) != ("BEGIN:VCALENDAR", "END:VCALENDAR"):
        raise NoCalendar("no whole VCALENDAR")
    return lines


def _slim(lines: Iterable[str], window: Span) -> list[str]:
    """One flat calendar with what tells when, and nothing of what."""
    copy = _Copy(window)
    for line in lines:
        copy.take(line)
    kept = (*copy.head, *copy.zones, *copy.events)
    return ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-", *kept, "END:VCALENDAR"]


class _Copy:
    """Takes line after line of a calendar and keeps the few that matter; `path` is where in it the line stands."""

    def __init__(self, window: Span) -> None:
        self.head: list[str] = []
        self.zones: list[str] = []
        self.events: list[str] = []
        self._window = window
        self._path: list[str] = []
        self._open: list[str] = []
        self._count = 0

    def take(self, line: str) -> None:
        """Look at one line.

        :raises TooMany: when there are more events than anybody has, or one repeats by the minute.
        """
        name = _name(line)
        if name == "BEGIN":
            self._path.append(line[6:].strip().upper())
            self._open = [] if len(self._path) == 2 else self._open
        if self._is_wanted(name):
            self._open.append(_within_reach(line) if self._path[1] == "VEVENT" else line)
        elif name == "FREEBUSY" and self._path[1:] == ["VFREEBUSY"]:
            for times in _busy_periods(line):
                self._keep(["BEGIN:VEVENT", f"UID:{self._count}", *times, "END:VEVENT"])
        elif len(self._path) == 1 and name == "X-WR-TIMEZONE":
            self.head.append(line)
        if name == "END" and self._path:
            self._close(self._path.pop())

    def _is_wanted(self, name: str) -> bool:
        """A zone with its rules, of an event the lines that say when; nothing that lies deeper."""
        depth = len(self._path)
        if depth < 2 or self._path[1] not in {"VTIMEZONE", "VEVENT"}:
            return False
        if self._path[1] == "VTIMEZONE":
            return depth <= 3
        return depth == 2 and (name in _WHEN or name in {"BEGIN", "END"})

    def _close(self, ended: str) -> None:
        if len(self._path) != 1:
            return
        if ended == "VTIMEZONE":
            self.zones += self._open
        if ended == "VEVENT":
            self._keep(self._open)

    def _keep(self, event: list[str]) -> None:
        self._count += 1
        if self._count > MOST_EVENTS:
            raise TooMany
        if _may_matter(event, self._window):
            self.events += event


def _within_reach(line: str) -> str:
    """The line with dates that a clock can reckon with: programs write the year 9999 for ever, and 1 for always."""
    return _YEAR.sub(lambda year: str(min(max(int(year[0]), EARLIEST), LATEST)).zfill(4), line)


def _busy_periods(line: str) -> Iterator[tuple[str, str]]:
    """The periods of a calendar that shows its busy times alone, as lines of events (RFC 5545, 3.8.2.6)."""
    head, _, periods = line.partition(":")
    if "FBTYPE=FREE" in head.upper():
        return
    for period in periods.split(","):
        start, _, end = period.strip().partition("/")
        yield f"DTSTART:{start}", f"DURATION:{end}" if end.startswith(("P", "+P")) else f"DTEND:{end}"


def _name(line: str) -> str:
    found = _NAME.match(line)
    return found[0].upper() if found else ""


def _may_matter(event: list[str], window: Span) -> bool:
    """Say whether an event may touch the window; single ones that surely do not are left out before all parsing.

    :raises TooMany: when it repeats by the minute.
    """
    names = {_name(line) for line in event}
    if any(_TOO_OFTEN.search(line) for line in event if _name(line) == "RRULE"):
        raise TooMany
    if "DTSTART" not in names:
        return False
    if names & _REPEATS:
        return True
    days = [
        found[1]
        for line in event
        if _name(line) in {"DTSTART", "DTEND"}
        for found in [_DAY.search(line)]
        if found
    ]
    first = (instant(window[0]) - NEAR).strftime("%Y%m%d")
    last = (instant(window[1]) + NEAR).strftime("%Y%m%d")
    return not days or (min(days) <= last and max(days) >= first)


def _home(calendar: Component, zone: ZoneInfo) -> ZoneInfo:
    """The zone of times that name none."""
    named = str(calendar.get("X-WR-TIMEZONE", "")).strip()
    try:
        return ZoneInfo(named) if named else zone
    except (ValueError, OSError):
        return zone


def _span(event: Component, home: ZoneInfo, own_domain: str) -> Iterator[Span]:
    """The event's own stretch, or nothing where it takes no time."""
    if str(event.get("STATUS", "")).upper() == "CANCELLED" or str(event.get("UID", "")).endswith(
        f"@{own_domain}"
    ):
        return
    if str(event.get("TRANSP", "")).upper() == "TRANSPARENT":
        return
    if str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() in _FREE:
        return
    start, end = event.get("DTSTART"), event.get("DTEND")
    if start is None or end is None:
        return
    first, last = _seconds(start.dt, home), _seconds(end.dt, home)
    if first < last:
        yield first, last


def _near(span: Span, window: Span) -> Span:
    """What of a very long stretch is near the window: nobody asks about the rest."""
    return max(span[0], window[0] - _LONGEST), min(span[1], window[1] + _LONGEST)


def _set_ends(calendar: Component) -> None:
    """Give the last day of a repeat its zone where the file left it out (RFC 5545, 3.3.10), else the last time is lost.

    A mere date means the whole of that day.
    """
    for event in calendar.walk("VEVENT"):
        with suppress(ValueError):  # a broken event is left out by whoever works out the repeats
            _set_end(event)


def _set_end(event: Component) -> None:
    begins = getattr(event.get("DTSTART"), "dt", None)
    rule = event.get("RRULE")
    ends = rule.get("UNTIL") if isinstance(rule, dict) else None
    if isinstance(begins, datetime) and isinstance(ends, list) and len(ends) == 1:
        rule["UNTIL"] = [_end(ends[0], begins)]


def _end(until: object, begins: datetime) -> object:
    if isinstance(until, date) and not isinstance(until, datetime):
        until = datetime.combine(until, time(23, 59, 59))
    if isinstance(until, datetime) and until.tzinfo is None and begins.tzinfo is not None:
        return until.replace(tzinfo=begins.tzinfo).astimezone(UTC)
    return until


def _seconds(moment: date | datetime, home: ZoneInfo) -> int:
    """A moment as epoch seconds; a day begins at midnight, and what names no zone is at home."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    aware = moment if moment.tzinfo else moment.replace(tzinfo=home)
    return epoch(aware.astimezone(UTC))

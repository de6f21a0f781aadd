"""How a zone's clock changes, as a calendar file must say it: one rule for standard time, one for summer time.

Context. Calendars believe the VTIMEZONE that comes with an event. Outlook wants exactly one STANDARD and at most one
DAYLIGHT part with a yearly rule; a list of dates, as `icalendar` writes it, moves visits by an hour in several clients.

Decision. The two rules are worked out from the zone's real changes ("the second Sunday of March") and kept only when
they give every change of ten years to the second. A zone that has no such rules gets none, and its times go out in UTC.

Consequence. A change of the law arrives with the zone data and needs no edit here; a test holds the outcome.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

YEARS = 10
"""For so many years from the visit's own the rules must be true."""

FIRST_YEAR = 2007
"""The rules start no earlier: since then the United States change their clocks as they do now."""

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class _Change:
    """One change of a zone's clock. `local` is the wall clock just before it, which is what DTSTART asks for."""

    local: datetime
    before: timedelta
    after: timedelta
    name: str
    is_summer: bool


@lru_cache(maxsize=64)
def vtimezone(zone: str, year: int) -> bytes | None:
    """The VTIMEZONE of a zone for events from `year` on (RFC 5545, 3.6.5), or None where two rules cannot tell it.

    :raises ZoneInfoNotFoundError: when there is no such zone.
    """
    years = [list(_changes(ZoneInfo(zone), each)) for each in range(year, year + YEARS)]
    if not any(years):
        parts = [_fixed(zone, year)]
    elif all(_are_a_pair(changes) for changes in years):
        columns = [[changes[place] for changes in years] for place in (0, 1)]
        rules = [_rule(column) for column in columns]
        if None in rules:
            return None
        parts = [
            _part(_first(zone, year, place), f"RRULE:{rule}") for place, rule in enumerate(rules) if rule
        ]
    else:
        return None
    lines = [
        "BEGIN:VTIMEZONE",
        f"TZID:{zone}",
        f"X-LIC-LOCATION:{zone}",
        *(line for part in parts for line in part),
        "END:VTIMEZONE",
        "",
    ]
    return "\r\n".join(lines).encode("ascii")


def is_plain(start: datetime, zone: ZoneInfo) -> bool:
    """Say whether the wall clock of `zone` shows this instant's time only once: not so when the clock goes back."""
    local = start.astimezone(zone)
    return local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset()


def _are_a_pair(changes: list[_Change]) -> bool:
    return len(changes) == 2 and changes[0].is_summer != changes[1].is_summer


def _rule(changes: list[_Change]) -> str | None:
    """The yearly rule that gives every one of these changes, one a year, or None."""
    first = changes[0]
    same = {(c.local.month, c.local.weekday(), c.local.time(), c.before, c.after) for c in changes}
    if len(same) != 1:
        return None
    for nth in (*range(1, 5), -1):
        if all(
            _nth_day(c.local.year, c.local.month, c.local.weekday(), nth) == c.local.date() for c in changes
        ):
            return f"FREQ=YEARLY;BYMONTH={first.local.month};BYDAY={nth}{_DAYS[first.local.weekday()]}"
    return None


def _nth_day(year: int, month: int, weekday: int, nth: int) -> date:
    if nth < 0:
        last = date(year, month, monthrange(year, month)[1])
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _first(zone: str, year: int, place: int) -> _Change:
    """The earliest change from which the rule holds without a break up to `year`."""
    wanted = list(_changes(ZoneInfo(zone), year))[place]
    earliest = wanted
    for each in range(year - 1, FIRST_YEAR - 1, -1):
        changes = list(_changes(ZoneInfo(zone), each))
        if not _are_a_pair(changes) or _rule([changes[place], earliest, wanted]) is None:
            break
        earliest = changes[place]
    return earliest


def _part(change: _Change, rule: str) -> list[str]:
    kind = "DAYLIGHT" if change.is_summer else "STANDARD"
    return [
        f"BEGIN:{kind}",
        *([f"TZNAME:{change.name}"] if change.name.isalpha() else []),
        f"DTSTART:{change.local:%Y%m%dT%H%M%S}",
        f"TZOFFSETFROM:{_offset(change.before)}",
        f"TZOFFSETTO:{_offset(change.after)}",
        *([rule] if rule else []),
        f"END:{kind}",
    ]


def _fixed(zone: str, year: int) -> list[str]:
    """A zone that never changes is always on standard time."""
    local = datetime(year, 1, 1, tzinfo=ZoneInfo(zone))
    offset = local.utcoffset() or timedelta(0)
    beginning = _Change(datetime(1970, 1, 1), offset, offset, local.tzname() or "", is_summer=False)  # noqa: DTZ001
    return _part(beginning, "")


def _offset(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"


def _changes(zone: ZoneInfo, year: int) -> Iterator[_Change]:
    """Every change of the zone's offset in a year, in order, found by halving each day that has one."""
    low = datetime(year, 1, 1, tzinfo=UTC)
    end = datetime(year + 1, 1, 1, tzinfo=UTC)
    while low < end:
        high = low + timedelta(days=1)
        if low.astimezone(zone).utcoffset() != high.astimezone(zone).utcoffset():
            yield _change(zone, low, high)
        low = high


def _change(zone: ZoneInfo, low: datetime, high: datetime) -> _Change:
    before = low.astimezone(zone).utcoffset() or timedelta(0)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    local = high.astimezone(zone)
    return _Change(
        local=(high + before).replace(tzinfo=None),
        before=before,
        after=local.utcoffset() or timedelta(0),
        name=local.tzname() or "",
        is_summer=bool(local.dst()),
    )

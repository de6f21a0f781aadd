"""Dates and times in words, as a patient reads them: "Tuesday, December 1", "2:00 PM El Paso time (MST)".

The month is always a word (2/11 means two dates on the two sides of the bridge), the zone is always named, and the
spaces inside a date or a clock time do not break across lines. Names of days and months come from CLDR; the patterns
are ours, because CLDR writes a narrow space (U+202F) before AM and leaves the year's place to the reader.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_location

from scheduler.domain.town_clocks import TownClock
from scheduler.domain.wording import N_, Language
from scheduler.translations import LOCALES, language_of, translate

HARD_SPACE = "\u00a0"
NARROW_SPACE = "\u202f"
_AM_PM = {Language.ENGLISH: ("AM", "PM"), Language.SPANISH: ("a.m.", "p.m.")}
_HALVES = [half for halves in _AM_PM.values() for half in halves]
_US_ZONES = {
    "America/New_York": N_("Eastern time"),
    "America/Detroit": N_("Eastern time"),
    "America/Chicago": N_("Central time"),
    "America/Denver": N_("Mountain time"),
    "America/Boise": N_("Mountain time"),
    "America/Phoenix": N_("Arizona time"),
    "America/Los_Angeles": N_("Pacific time"),
    "America/Anchorage": N_("Alaska time"),
    "Pacific/Honolulu": N_("Hawaii time"),
}
"""How people in the United States call their own time; elsewhere the zone's city names it."""


def day(when: date, language: str, *, year: bool = False) -> str:
    """A date with its weekday: "Tuesday, December 1" / "martes, 1 de diciembre"."""
    # The day itself, since one instant is equal to itself in every zone, and is another day in some of them.
    return _day(date(when.year, when.month, when.day), language, year)


@lru_cache(maxsize=2048)  # a page of times names fifty days, and the next page the same ones
def _day(when: date, language: str, year: bool) -> str:
    tongue = language_of(language)
    weekday = LOCALES[tongue].days["format"]["wide"][when.weekday()]
    return f"{weekday}, {day_of_month(when, tongue, year=year)}"


def short_day(when: date, language: str) -> str:
    """A date for a text message: "Tue Dec 1" / "mar 1 dic"."""
    weekday = LOCALES[language_of(language)].days["format"]["abbreviated"][when.weekday()].rstrip(".")
    return f"{weekday} {short_date(when, language)}"


def short_date(when: date, language: str) -> str:
    """The same without its weekday: "Dec 1" / "1 dic"."""
    tongue = language_of(language)
    month = LOCALES[tongue].months["format"]["abbreviated"][when.month].rstrip(".")
    return f"{when.day} {month}" if tongue is Language.SPANISH else f"{month} {when.day}"


def day_of_month(when: date, language: str, *, year: bool = False) -> str:
    """A date without its weekday: "December 1" / "1 de diciembre"."""
    tongue = language_of(language)
    month = LOCALES[tongue].months["format"]["wide"][when.month]
    if tongue is Language.SPANISH:
        words = f"{when.day} de {month}" + (f" de {when.year}" if year else "")
    else:
        words = f"{month} {when.day}" + (f", {when.year}" if year else "")
    return hard(words)


def clock(local: datetime, language: str) -> str:
    """The clock on the wall: "2:00 PM" / "2:00 p.m."; `local` is already in the zone of that wall."""
    return wall(local.hour * 60 + local.minute, language)


def weekdays(first: int, last: int, language: str) -> str:
    """A run of weekdays, 0 is Monday: "Monday to Friday", "Monday and Tuesday", or one alone: "Saturday"."""
    names = LOCALES[language_of(language)].days["format"]["wide"]
    if first == last:
        return str(names[first])
    pattern = N_("%(start)s and %(end)s") if last == first + 1 else N_("%(start)s to %(end)s")
    return translate(pattern, language) % {"start": names[first], "end": names[last]}


def wall(minutes: int, language: str) -> str:
    """A time on the wall by its minutes after midnight: 810 is "1:30 PM"."""
    half = _AM_PM[language_of(language)][minutes // 60 % 24 >= 12]
    return f"{minutes // 60 % 12 or 12}:{minutes % 60:02}{HARD_SPACE}{half}"


def place_time(local: datetime, place: str, language: str) -> str:
    """A clock time that names its zone by a place: "2:00 PM El Paso time (MST)" / "2:00 p.m. hora de El Paso (MST)"."""
    return f"{clock(local, language)} {hard(zone_words(place, language))}{_abbreviation(local)}"


def article(local: datetime, language: str) -> str:
    """What Spanish says before a clock time within a sentence: "la " before one o'clock, "las " before all others."""
    if language_of(language) is not Language.SPANISH:
        return ""
    return "la " if local.hour % 12 == 1 else "las "


def zone_words(place: str, language: str) -> str:
    """The name of a zone by a place: "El Paso time" / "hora de El Paso"."""
    return translate(N_("%(place)s time"), language) % {"place": place}


def moment(instant: datetime, zone: ZoneInfo, place: str, language: str) -> str:
    """Day and time of an instant, in the words of a place: "Tuesday, December 1, 2:00 PM El Paso time (MST)"."""
    local = instant.astimezone(zone)
    return f"{day(local, language)}, {place_time(local, place, language)}"


def stretch(start: datetime, end: datetime, zone: ZoneInfo, place: str, language: str) -> str:
    """From when to when on one day: "2:00 PM to 3:00 PM El Paso time (MST)"."""
    pattern = translate(N_("%(start)s to %(end)s"), language)
    return pattern % {
        "start": clock(start.astimezone(zone), language),
        "end": place_time(end.astimezone(zone), place, language),
    }


def viewer_time(instant: datetime, viewer: ZoneInfo, clinic: ZoneInfo, language: str) -> str:
    """The same instant on the viewer's own wall, or "" where both walls agree.

    "3:00 PM Central time (CST)"; the day comes first when it is another one there.
    """
    here, there = instant.astimezone(clinic), instant.astimezone(viewer)
    if here.utcoffset() == there.utcoffset():
        return ""
    words = f"{clock(there, language)} {hard(_zone_name(viewer, language))}{_abbreviation(there)}"
    return words if here.date() == there.date() else f"{day(there, language)}, {words}"


def in_towns(instant: datetime, clocks: Sequence[TownClock], clinic: ZoneInfo, language: str) -> str:
    """What clocks show in their towns: "3:00 PM in El Paso, 4:00 PM in Dallas and Houston"."""
    return ", ".join(_in_town(instant, clock.zone, clock.towns, clinic, language) for clock in clocks)


def elsewhere(instant: datetime, clocks: Sequence[TownClock], clinic: ZoneInfo, language: str) -> str:
    """The same as short as can be, where the clinic's own time is said already: "4:00 PM in Dallas"."""
    here = instant.astimezone(clinic).utcoffset()
    others = [clock for clock in clocks if instant.astimezone(ZoneInfo(clock.zone)).utcoffset() != here]
    return ", ".join(_in_town(instant, clock.zone, clock.towns[:1], clinic, language) for clock in others)


def _in_town(instant: datetime, zone: str, towns: Sequence[str], clinic: ZoneInfo, language: str) -> str:
    here, there = instant.astimezone(clinic), instant.astimezone(ZoneInfo(zone))
    named = hard(towns[0])
    for other in towns[1:]:
        named = translate(N_("%(one)s and %(other)s"), language) % {"one": named, "other": hard(other)}
    when = clock(there, language)
    if here.date() != there.date():
        when = f"{day(there, language)}, {when}"
    return translate(N_("%(time)s in %(town)s"), language) % {"time": when, "town": named}


def plain(text: str) -> str:
    """The text with ordinary spaces, for text messages, calendar files and comparisons."""
    return text.replace(HARD_SPACE, " ").replace(NARROW_SPACE, " ")


def hard(text: str) -> str:
    """The text with spaces that do not break across lines."""
    return text.replace(NARROW_SPACE, HARD_SPACE).replace(" ", HARD_SPACE)


def loose(text: str) -> str:
    """The text with breaks at every space but the one inside a clock time: for large letters on small screens."""
    return re.sub(f"{HARD_SPACE}(?!{'|'.join(map(re.escape, _HALVES))})", " ", text)


def today(now: datetime, zone: ZoneInfo) -> date:
    """The date on the wall of a zone. `now` is an aware instant."""
    return now.astimezone(UTC).astimezone(zone).date()


def _zone_name(zone: ZoneInfo, language: str) -> str:
    known = _US_ZONES.get(zone.key)
    if known:
        return translate(known, language)
    city = get_timezone_location(zone, locale=LOCALES[language_of(language)], return_city=True)
    return translate(N_("%(place)s time"), language) % {"place": city}


def _abbreviation(local: datetime) -> str:
    """The letters people know ("MST"), where the zone has letters and not just an offset."""
    code = local.tzname() or ""
    return f" ({code})" if code.isalpha() else ""

"""The days on which the clinic begins by being closed: the federal holidays (5 U.S.C. 6103) and the Friday after
Thanksgiving.

A holiday on a Saturday is kept on the Friday before, one on a Sunday on the Monday after (5 U.S.C. 6103(b) and
Executive Order 11582). Each becomes a closure of its own that the clinic may remove.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from scheduler.domain.schedule import Closure
from scheduler.domain.wording import Text

YEARS = range(2026, 2029)

_FIXED = (
    (1, 1, Text("New Year's Day", "Año Nuevo")),
    (6, 19, Text("Juneteenth", "Día de la Emancipación (Juneteenth)")),
    (7, 4, Text("Independence Day", "Día de la Independencia")),
    (11, 11, Text("Veterans Day", "Día de los Veteranos")),
    (12, 25, Text("Christmas Day", "Navidad")),
)

MON, THU = 0, 3

_FLOATING = (
    (1, MON, 3, Text("Martin Luther King Jr. Day", "Día de Martin Luther King Jr.")),
    (2, MON, 3, Text("Washington's Birthday", "Día de los Presidentes")),
    (5, MON, -1, Text("Memorial Day", "Día de los Caídos")),
    (9, MON, 1, Text("Labor Day", "Día del Trabajo")),
    (10, MON, 2, Text("Columbus Day", "Día de Cristóbal Colón")),
    (11, THU, 4, Text("Thanksgiving Day", "Día de Acción de Gracias")),
)

_THANKSGIVING = (11, THU, 4)
_DAY_AFTER = Text("Day after Thanksgiving", "Día después de Acción de Gracias")


def closures(years: range = YEARS) -> tuple[Closure, ...]:
    """The closures of these years, by date, each for every location."""
    days = sorted(
        (day, title) for year in (*years, years.stop) for day, title in _holidays(year) if day.year in years
    )
    return tuple(Closure(id=0, location_id=None, day=day, title=title) for day, title in days)


def _holidays(year: int) -> Iterator[tuple[date, Text]]:
    for month, day, title in _FIXED:
        yield observed(date(year, month, day)), title
    for month, weekday, which, title in _FLOATING:
        yield nth_weekday(year, month, weekday, which), title
    yield nth_weekday(year, *_THANKSGIVING) + timedelta(days=1), _DAY_AFTER


def observed(day: date) -> date:
    """The working day on which a holiday is kept."""
    if day.weekday() == 5:
        return day - timedelta(days=1)
    return day + timedelta(days=1) if day.weekday() == 6 else day


def nth_weekday(year: int, month: int, weekday: int, which: int) -> date:
    """The `which`-th weekday of a month, counted from its end when negative."""
    if which > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (which - 1))
    last = date(year, month + 1, 1) - timedelta(days=1) if month < 12 else date(year, 12, 31)
    return last - timedelta(days=(last.weekday() - weekday) % 7 - 7 * (which + 1))

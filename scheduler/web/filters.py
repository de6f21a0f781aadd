"""Dates, times and telephone numbers for templates, in the page's language and the zone of the place they belong to.

Templates hand over an instant and the location whose wall clock rules it; no template converts zones itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Flask
from jinja2 import pass_context
from jinja2.runtime import Context

from scheduler.domain.directory import Location
from scheduler.domain.opening import OpenDays
from scheduler.domain.wording import Text
from scheduler.translations import phones, places, times
from scheduler.web import devices
from scheduler.web.i18n import gettext as _
from scheduler.web.i18n import language


def init_app(app: Flask) -> None:
    """Teach the templates the filters below."""
    app.jinja_env.globals.update(us_states=us_states, countries=countries)
    app.jinja_env.filters.update(
        day=day,
        clock=clock,
        local_time=local_time,
        the_time=the_time,
        moment=moment,
        device=devices.in_words,
        loose=times.loose,
        stretch=stretch,
        viewer_time=viewer_time,
        opening=opening,
        in_language=in_language,
        whereabouts=whereabouts,
        phone=phones.shown,
        phone_href=phones.href,
    )


def day(when: date, location: Location | None = None, *, year: bool = False) -> str:
    """`{{ start|day(location) }}` or `{{ a_date|day }}`: "Tuesday, December 1"; `year=True` adds the year."""
    if isinstance(when, datetime):
        when = when.astimezone(_zone(location)).date()
    return times.day(when, language(), year=year)


def clock(instant: datetime, location: Location) -> str:
    """`{{ start|clock(location) }}`: "2:00 PM", where the page names the zone beside it."""
    return times.clock(instant.astimezone(location.tz), language())


def local_time(instant: datetime, location: Location) -> str:
    """`{{ start|local_time(location) }}`: "2:00 PM El Paso time (MST)"."""
    return times.place_time(instant.astimezone(location.tz), location.city, language())


def the_time(instant: datetime, location: Location) -> str:
    """`until {{ end|the_time(location) }}`: "2:00 PM El Paso time (MST)" / "las 2:00 p.m. hora de El Paso (MST)"."""
    return times.article(instant.astimezone(location.tz), language()) + local_time(instant, location)


def moment(instant: datetime, location: Location) -> str:
    """`{{ start|moment(location) }}`: "Tuesday, December 1, 2:00 PM El Paso time (MST)"."""
    return times.moment(instant, location.tz, location.city, language())


def stretch(start: datetime, end: datetime, location: Location) -> str:
    """`{{ start|stretch(end, location) }}`: "2:00 PM to 3:00 PM El Paso time (MST)"."""
    return times.stretch(start, end, location.tz, location.city, language())


def viewer_time(instant: datetime, zone: str, location: Location) -> str:
    """`{{ start|viewer_time("America/Chicago", location) }}`: "3:00 PM Central time (CST)", or ""."""
    return times.viewer_time(instant, ZoneInfo(zone), location.tz, language())


def opening(days: OpenDays) -> str:
    """`{{ days|opening }}`: "Monday to Friday, 8:00 AM to 5:00 PM"."""
    tongue = language()
    clocks = {"start": times.wall(days.opens, tongue), "end": times.wall(days.closes, tongue)}
    return times.weekdays(days.first, days.last, tongue) + ", " + _("%(start)s to %(end)s") % clocks


def in_language(text: Text) -> str:
    """`{{ visit_type.title|in_language }}`: the clinic's own text in the page's language."""
    return text.in_(language())


def us_states() -> Sequence[tuple[str, str]]:
    """`{{ us_states() }}`: the states with their codes, for a list to choose from."""
    return places.states(language())


def countries() -> Sequence[tuple[str, str]]:
    """`{{ countries() }}`: the countries but our own with their codes, for a list to choose from."""
    return places.countries(language())


@pass_context
def whereabouts(_context: Context, code: str) -> str:
    """`{{ "US-AZ"|whereabouts }}`: "Arizona".

    The context is asked for so that Jinja never says a constant's name once for all, in whichever language came first.
    """
    return places.named(code, language())


def _zone(location: Location | None) -> ZoneInfo:
    if location is None:
        raise ValueError("an instant has a day only at a location")
    return location.tz

"""Small words about a visit for templates: how people meet, a month, a birth date, the way to the office."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from urllib.parse import urlencode

from flask import Flask

from scheduler.domain.directory import Location, Mode
from scheduler.domain.visit import Visit
from scheduler.domain.wording import N_
from scheduler.translations import LOCALES, times
from scheduler.web import time_choice
from scheduler.web.calendar_links import qr_of
from scheduler.web.i18n import gettext as _
from scheduler.web.i18n import language

WAYS = {Mode.IN_PERSON: N_("at the office"), Mode.VIRTUAL: N_("by video"), Mode.PHONE: N_("by phone")}


def init_app(app: Flask) -> None:
    """Teach the templates the filters below."""
    app.jinja_env.filters.update(
        way_to_meet=way_to_meet,
        month=month,
        capital=capital,
        day_of_year=day_of_year,
        sentences=sentences,
        named=named,
        own_time=own_time,
        in_towns=in_towns,
        map_href=map_href,
    )
    app.jinja_env.globals["qr_of"] = qr_of


def way_to_meet(mode: str) -> str:
    """`{{ mode|way_to_meet }}`: "by video"."""
    return _(WAYS[Mode(mode)])


def month(when: date) -> str:
    """`{{ day|month }}`: "December 2026" / "diciembre de 2026", beginning with a capital as a heading does."""
    name = LOCALES[language()].months["stand-alone"]["wide"][when.month]
    words = _("%(month)s %(year)s") % {"month": name, "year": when.year}
    return capital(words)


def capital(words: str) -> str:
    """`{{ start|day(location)|capital }}`: with a capital, as a heading begins; Spanish days have none of their own."""
    return words[:1].upper() + words[1:]


def day_of_year(when: date) -> str:
    """`{{ birth_date|day_of_year }}`: "March 9, 1951" / "9 de marzo de 1951"."""
    return times.day_of_month(when, language(), year=True)


def sentences(parts: Iterable[str]) -> str:
    """`{{ (a, b, c)|sentences }}`: what there is of them, one after the other."""
    return " ".join(part if part.endswith((".", "?", "!")) else f"{part}." for part in parts if part)


def named(values: Iterable[str], names: Mapping[str, str]) -> str:
    """`{{ patient.remind_by|named(ways) }}`: the words for several choices, with commas."""
    words = [names[value] for value in values]
    return ", ".join([*words[:1], *(word[:1].lower() + word[1:] for word in words[1:])])


def own_time(start: datetime, mode: Mode, place: Location) -> str:
    """`{{ start|own_time(mode, place) }}`: a video visit's time on the reader's own wall, or ""."""
    return time_choice.own_time(start, mode, place)


def in_towns(visit: Visit) -> str:
    """`{{ visit|in_towns }}`: what each clock shows that may be theirs: "3:00 PM in El Paso, 4:00 PM in Dallas"."""
    return times.in_towns(visit.appointment.start, visit.patient_clocks, visit.location.tz, language())


def map_href(place: Location) -> str:
    """`{{ location|map_href }}`: a public map of the place, for those who press it; it learns nothing of them."""
    return f"https://www.openstreetmap.org/search?{urlencode({'query': place.address})}"

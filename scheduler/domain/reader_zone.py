"""Which clocks hang on the walls of a reader, so that nobody is written to in their night.

Context. The clinic's own clock is known, the reader's is not: a son in New York, a winter guest from Chicago, a video
visit from Las Cruces. A number tells where it was bought, not where its owner sleeps.

Decision. What was said counts first: a zone on the patient's record is the only one; a state or country named for a
video visit comes next, narrowed by the area code where that lies within it. Where nothing was said, the office's clock
counts and the area code's as well, and it is night while it is night by either of them.

What a mail says of the reader's own clock must be surer than that (`sure_zone`): an area code never decides it against
the office's.

Consequence. A wrong guess makes a message come a little later in the morning or earlier in the evening, never at night.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from scheduler.domain.area_code import zones_of_number
from scheduler.domain.whereabouts import HOME

_EASTERN, _CENTRAL, _MOUNTAIN, _PACIFIC = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
)
_IN_ONE: Mapping[str, str] = {
    _EASTERN: "CT DE DC GA ME MD MA NH NJ NY NC OH PA RI SC VT VA WV",
    _CENTRAL: "AL AR IL IA LA MN MS MO OK WI",
    _MOUNTAIN: "CO MT NM UT WY",
    _PACIFIC: "CA WA",
    "Pacific/Honolulu": "HI",
}
_STATES: Mapping[str, tuple[str, ...]] = {
    **{f"{HOME}-{state}": (zone,) for zone, states in _IN_ONE.items() for state in states.split()},
    "US-AK": ("America/Anchorage", "America/Adak"),
    "US-AZ": ("America/Phoenix", _MOUNTAIN),
    "US-FL": (_EASTERN, _CENTRAL),
    "US-ID": (_MOUNTAIN, _PACIFIC),
    "US-IN": (_EASTERN, _CENTRAL),
    "US-KS": (_CENTRAL, _MOUNTAIN),
    "US-KY": (_EASTERN, _CENTRAL),
    "US-MI": (_EASTERN, _CENTRAL),
    "US-ND": (_CENTRAL, _MOUNTAIN),
    "US-NE": (_CENTRAL, _MOUNTAIN),
    "US-NV": (_PACIFIC, _MOUNTAIN),
    "US-OR": (_PACIFIC, _MOUNTAIN),
    "US-SD": (_CENTRAL, _MOUNTAIN),
    "US-TN": (_CENTRAL, _EASTERN),
    "US-TX": (_CENTRAL, _MOUNTAIN),
}
"""The zones of each state, that of most of its people first."""


def zones_of_place(place: str) -> tuple[str, ...]:
    """The zones of a place named as in `whereabouts` ("US-TX", "MX"); none when it is not known."""
    return _STATES.get(place) or _countries().get(place, ())


def reader_zones(
    office: str, number: str, place: str | None = None, on_record: str | None = None
) -> tuple[str, ...]:
    """The zones in which it must be day before somebody is written to; never empty.

    `office` is the zone of the visit's office, `number` the reader's (E.164), `place` where they said they will be, and
    `on_record` a zone that their record names.
    """
    if on_record:
        return (on_record,)
    hinted = zones_of_number(number)
    said = zones_of_place(place) if place else ()
    if said:
        return tuple(zone for zone in said if zone in hinted) or said
    return (office,) if office in hinted else (office, *hinted)


def sure_zone(
    moment: datetime, place: str | None, on_record: str | None = None, told: str | None = None
) -> str | None:
    """The zone whose clock may be shown to a reader as their own at that moment; None where it would be a guess.

    A place with several clocks counts where all of them show the same time then, or where one of them shows what the
    reader's own screen does (`told`, its zone). A screen elsewhere than in the place that was named says nothing.
    """
    if on_record:
        return on_record
    zones = zones_of_place(place) if place else ()
    walls = {zone: moment.astimezone(ZoneInfo(zone)).utcoffset() for zone in zones}
    if len(set(walls.values())) == 1:
        return zones[0]
    own = moment.astimezone(ZoneInfo(told)).utcoffset() if told else None
    return next((zone for zone in zones if walls[zone] == own), None)


def seems_at_home(office: str, place: str, office_numbers: Iterable[str], numbers: Iterable[str]) -> bool:
    """Say whether somebody at a place that has the office's clock among others surely means that clock.

    They do where all their numbers (E.164) have the area code of the office, and that code lies in its zone alone. If
    they moved away with their number, they still read the office's time, which is always named.
    """
    codes = {number[:_AREA_CODE] for number in office_numbers if zones_of_number(number) == (office,)}
    return office in zones_of_place(place) and all(number[:_AREA_CODE] in codes for number in numbers)


_AREA_CODE = len("+1915")
"""So many signs of a North American number name its country and its area."""


@cache
def _countries() -> Mapping[str, tuple[str, ...]]:
    """The zones of every country but our own, by its code, as the zone data has them."""
    found: dict[str, tuple[str, ...]] = {}
    for line in resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            country, _where, zone = line.split("\t")[:3]
            if country != HOME:
                found[country] = (*found.get(country, ()), zone)
    return found

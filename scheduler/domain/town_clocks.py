"""What the clocks of a state show in its towns, where it has two: said when nobody knows which one is the reader's.

A state's name alone does not tell the hour in fifteen of them, and a wrong hour is a missed visit. Towns do: everybody
knows which one they live near. Named are those where most people live, and not the letters of a zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from scheduler.domain.reader_zone import zones_of_place

TOWNS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "US-AK": {"America/Anchorage": ("Anchorage", "Juneau"), "America/Adak": ("Adak",)},
    "US-AZ": {"America/Phoenix": ("Phoenix", "Tucson"), "America/Denver": ("Window Rock",)},
    "US-FL": {"America/New_York": ("Miami", "Orlando"), "America/Chicago": ("Pensacola",)},
    "US-ID": {"America/Denver": ("Boise",), "America/Los_Angeles": ("Coeur d'Alene",)},
    "US-IN": {"America/New_York": ("Indianapolis",), "America/Chicago": ("Gary", "Evansville")},
    "US-KS": {"America/Chicago": ("Wichita", "Topeka"), "America/Denver": ("Goodland",)},
    "US-KY": {"America/New_York": ("Louisville", "Lexington"), "America/Chicago": ("Bowling Green",)},
    "US-MI": {"America/New_York": ("Detroit", "Grand Rapids"), "America/Chicago": ("Iron Mountain",)},
    "US-ND": {"America/Chicago": ("Fargo", "Bismarck"), "America/Denver": ("Dickinson",)},
    "US-NE": {"America/Chicago": ("Omaha", "Lincoln"), "America/Denver": ("Scottsbluff",)},
    "US-NV": {"America/Los_Angeles": ("Las Vegas", "Reno"), "America/Denver": ("West Wendover",)},
    "US-OR": {"America/Los_Angeles": ("Portland", "Eugene"), "America/Denver": ("Ontario",)},
    "US-SD": {"America/Chicago": ("Sioux Falls",), "America/Denver": ("Rapid City",)},
    "US-TN": {"America/Chicago": ("Nashville", "Memphis"), "America/New_York": ("Knoxville",)},
    "US-TX": {"America/Chicago": ("Dallas", "Houston"), "America/Denver": ("El Paso",)},
}
"""For each state with two clocks, and each of them, one or two towns that keep it (49 CFR 71)."""


@dataclass(frozen=True, slots=True)
class TownClock:
    """The clock on the walls of these towns; `zone` is its name in the zone data."""

    zone: str
    towns: tuple[str, ...]


def town_clocks(moment: datetime, place: str, office: str) -> tuple[TownClock, ...]:
    """The clocks of a place whose walls show different times at that moment, the one like the office's first.

    None where all of them agree, or where the place has no towns here.
    """
    named = TOWNS.get(place, {})
    clocks = [TownClock(zone, named[zone]) for zone in zones_of_place(place) if zone in named]
    if len({_wall(moment, clock.zone) for clock in clocks}) < 2:
        return ()
    return tuple(sorted(clocks, key=lambda clock: _wall(moment, clock.zone) != _wall(moment, office)))


def _wall(moment: datetime, zone: str) -> object:
    return moment.astimezone(ZoneInfo(zone)).utcoffset()

"""Whoever is written to is not asleep: not where they said they are, nor where their number or the office hints at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from scheduler.domain.area_code import zones_of_number
from scheduler.domain.quiet_hours import QuietHours
from scheduler.domain.reader_zone import reader_zones, zones_of_place
from scheduler.domain.whereabouts import OTHER, STATES

DENVER, CHICAGO = "America/Denver", "America/Chicago"
OFFICES = (DENVER, "America/Phoenix", CHICAGO, "Pacific/Honolulu")

numbers = some.one_of(
    some.integers(200, 999).map(lambda code: f"+1{code}5550123"),
    some.integers(100, 999).map(lambda code: f"+52{code}5550123"),
    some.sampled_from(["+34600000000", "+18005550123", ""]),
)
places = some.one_of(
    some.none(), some.sampled_from([*sorted(STATES), "MX", "CA", "ES", "RU", OTHER, "nowhere"])
)
moments = some.integers(0, 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 9, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@pytest.mark.parametrize(
    ("number", "place", "zones"),
    [
        ("+19155550123", None, (DENVER,)),
        ("+15755550123", None, (DENVER,)),
        ("+12125550123", None, (DENVER, "America/New_York")),
        ("+526565550123", None, (DENVER, "America/Ciudad_Juarez")),
        ("+18005550123", None, (DENVER,)),
        ("+34600000000", None, (DENVER,)),
        ("+19155550123", "US-TX", (DENVER,)),
        ("+12145550123", "US-TX", (CHICAGO,)),
        ("+12125550123", "US-TX", (CHICAGO, DENVER)),
        ("+19155550123", "US-CA", ("America/Los_Angeles",)),
        ("+19155550123", "ES", ("Europe/Madrid", "Africa/Ceuta", "Atlantic/Canary")),
        ("+526565550123", "MX", ("America/Ciudad_Juarez",)),
        ("+12125550123", OTHER, (DENVER, "America/New_York")),
    ],
)
def test_what_was_said_counts_before_the_number_and_the_number_beside_the_office(
    number: str, place: str | None, zones: tuple[str, ...]
) -> None:
    assert reader_zones(DENVER, number, place) == zones


def test_a_zone_on_the_record_is_the_only_one() -> None:
    assert reader_zones(DENVER, "+12125550123", "US-CA", "Pacific/Guam") == ("Pacific/Guam",)


@pytest.mark.parametrize("state", sorted(STATES))
def test_every_state_has_its_clocks(state: str) -> None:
    assert zones_of_place(state)


@given(some.sampled_from(OFFICES), numbers, places)
@settings(max_examples=600, deadline=None)
def test_there_is_always_a_clock_and_it_is_a_real_one(office: str, number: str, place: str | None) -> None:
    zones = reader_zones(office, number, place)
    assert zones
    assert set(zones) <= available_timezones()
    assert len(set(zones)) == len(zones)


@given(some.sampled_from(OFFICES), numbers, places)
@settings(max_examples=600, deadline=None)
def test_a_number_never_takes_a_reader_out_of_the_place_they_named(
    office: str, number: str, place: str | None
) -> None:
    zones = set(reader_zones(office, number, place))
    said = set(zones_of_place(place)) if place else set()
    assert zones <= said if said else office in zones


@given(some.sampled_from(OFFICES), numbers, moments)
@settings(max_examples=600, deadline=None)
def test_a_guess_only_makes_the_night_longer(office: str, number: str, moment: datetime) -> None:
    """The oracle: the walls of the office and of every zone that the number hints at show day."""
    quiet, zones = QuietHours(), reader_zones(office, number)
    if quiet.are_on(moment, zones):
        return
    walls = {office, *zones_of_number(number)} if office not in zones_of_number(number) else {office}
    for zone in walls:
        assert 8 <= moment.astimezone(ZoneInfo(zone)).hour < 21, zone

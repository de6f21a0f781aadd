"""Whoever lives in a state with two clocks reads the hour by towns, and by their own clock only where that is sure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from scheduler.domain.directory import Mode
from scheduler.domain.person import VirtualDetails
from scheduler.domain.reader_zone import seems_at_home, sure_zone, zones_of_place
from scheduler.domain.town_clocks import TOWNS, town_clocks
from scheduler.domain.visit import Visit
from scheduler.domain.whereabouts import STATES
from tests.letters import a_patient, a_visit

DENVER, CHICAGO = "America/Denver", "America/Chicago"
WINTER = datetime(2026, 12, 1, 21, 0, tzinfo=UTC)
SUMMER = datetime(2026, 7, 1, 21, 0, tzinfo=UTC)
DALLAS, EL_PASO = "+12145550111", "+19155550111"


def a_video_visit(place: str, phone: str, call_back: str = "", zone: str | None = None) -> Visit:
    said = VirtualDetails(place, call_back or phone, "1", zone)
    return a_visit(Mode.VIRTUAL, patient=a_patient(phone=phone), virtual=said)


def towns_of(visit: Visit) -> list[str]:
    return [clock.towns[0] for clock in visit.patient_clocks]


def test_every_state_with_two_clocks_has_towns_for_both() -> None:
    two = {state for state in STATES if len(zones_of_place(state)) > 1}
    assert two == set(TOWNS)
    for state in sorted(two):
        assert set(TOWNS[state]) == set(zones_of_place(state))
        assert all(TOWNS[state].values())


def test_the_offices_clock_comes_first_and_else_that_of_most_people() -> None:
    assert [clock.towns for clock in town_clocks(WINTER, "US-TX", DENVER)] == [
        ("El Paso",),
        ("Dallas", "Houston"),
    ]
    assert [clock.towns[0] for clock in town_clocks(WINTER, "US-TX", CHICAGO)] == ["Dallas", "El Paso"]
    assert [clock.towns[0] for clock in town_clocks(WINTER, "US-FL", DENVER)] == ["Miami", "Pensacola"]


def test_where_both_clocks_show_the_same_there_is_nothing_to_say() -> None:
    assert town_clocks(WINTER, "US-AZ", DENVER) == ()
    assert [clock.towns[0] for clock in town_clocks(SUMMER, "US-AZ", DENVER)] == ["Window Rock", "Phoenix"]


@pytest.mark.parametrize("place", ["US-NM", "MX", "CA", "other", "nowhere"])
def test_places_with_one_clock_or_with_many_name_no_towns(place: str) -> None:
    assert town_clocks(WINTER, place, DENVER) == ()


@given(
    some.sampled_from(sorted(STATES)),
    some.integers(0, 365 * 24).map(lambda hours: datetime(2026, 9, 1, tzinfo=UTC) + timedelta(hours=hours)),
)
@settings(max_examples=300, deadline=None)
def test_the_towns_named_show_every_time_that_is_shown_in_the_state(state: str, moment: datetime) -> None:
    walls = {moment.astimezone(ZoneInfo(zone)).utcoffset() for zone in zones_of_place(state)}
    named = {
        moment.astimezone(ZoneInfo(each.zone)).utcoffset() for each in town_clocks(moment, state, DENVER)
    }
    assert named == (walls if len(walls) > 1 else set())


def test_the_screen_decides_only_between_the_clocks_of_the_place_that_was_named() -> None:
    assert sure_zone(WINTER, "US-TX", told=CHICAGO) == CHICAGO
    assert sure_zone(WINTER, "US-IN", told="America/Indiana/Indianapolis") == "America/New_York"
    assert sure_zone(WINTER, "US-TX", told="America/New_York") is None
    assert sure_zone(WINTER, "US-CA", told=CHICAGO) == "America/Los_Angeles"
    assert sure_zone(WINTER, "US-TX") is None


def test_a_number_of_dallas_is_no_proof_of_dallas() -> None:
    visit = a_video_visit("US-TX", DALLAS)
    assert visit.patient_clock is None
    assert towns_of(visit) == ["El Paso", "Dallas"]


def test_a_patient_with_the_offices_own_area_code_is_told_the_offices_time_alone() -> None:
    visit = a_video_visit("US-TX", EL_PASO)
    assert visit.patient_clock == DENVER
    assert towns_of(visit) == []


def test_unless_the_screen_shows_that_they_have_moved() -> None:
    assert a_video_visit("US-TX", EL_PASO, zone=CHICAGO).patient_clock == CHICAGO


@pytest.mark.parametrize(
    ("phone", "call_back"), [(EL_PASO, DALLAS), (DALLAS, EL_PASO), ("+13035550111", EL_PASO)]
)
def test_one_number_from_elsewhere_makes_it_unsure(phone: str, call_back: str) -> None:
    assert towns_of(a_video_visit("US-TX", phone, call_back)) == ["El Paso", "Dallas"]


def test_nobody_in_florida_seems_at_home_in_el_paso() -> None:
    assert not seems_at_home(DENVER, "US-FL", [EL_PASO], [EL_PASO])
    assert not seems_at_home(DENVER, "US-TX", ["+18005550100"], ["+18005550111"])
    assert seems_at_home(DENVER, "US-TX", [EL_PASO], [EL_PASO])


def test_a_visit_at_the_office_has_one_clock() -> None:
    assert a_visit().patient_clocks == ()

"""Nobody is written to in the night of their own wall clock, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from scheduler.domain.quiet_hours import QuietHours

ZONES = (
    "America/Denver",
    "America/Chicago",
    "America/New_York",
    "America/Phoenix",
    "America/Ojinaga",
    "America/Ciudad_Juarez",
    "America/St_Johns",
    "Europe/London",
    "Australia/Lord_Howe",
    "America/Havana",
)
"""Both hemispheres, half hours, changes at midnight, changes by half an hour, and none at all."""

CHANGES = [
    datetime(2026, 10, 3, tzinfo=UTC),
    datetime(2026, 10, 24, tzinfo=UTC),
    datetime(2026, 10, 31, tzinfo=UTC),
    datetime(2027, 3, 13, tzinfo=UTC),
    datetime(2027, 3, 27, tzinfo=UTC),
    datetime(2027, 4, 3, tzinfo=UTC),
    datetime(2026, 7, 4, tzinfo=UTC),
]
moments = some.builds(
    lambda day, minutes: day + timedelta(minutes=minutes),
    some.sampled_from(CHANGES),
    some.integers(0, 3 * 24 * 60),
)
nights = some.builds(
    QuietHours, some.integers(0, 95).map(lambda n: n * 15), some.integers(0, 95).map(lambda n: n * 15)
)


def shows_night(quiet: QuietHours, moment: datetime, zone: str) -> bool:
    """The oracle: look at the wall clock."""
    local = moment.astimezone(ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    if quiet.begins == quiet.ends:
        return False
    if quiet.begins < quiet.ends:
        return quiet.begins <= minute < quiet.ends
    return minute >= quiet.begins or minute < quiet.ends


def scan(quiet: QuietHours, moment: datetime, zone: str, step: timedelta) -> datetime:
    """The oracle: go on minute by minute until it is day."""
    while shows_night(quiet, moment, zone):
        moment += step
    return moment


@given(nights, moments, some.sampled_from(ZONES))
@settings(max_examples=400, deadline=None)
def test_night_is_what_the_wall_clock_shows(quiet: QuietHours, moment: datetime, zone: str) -> None:
    assert quiet.are_on(moment, [zone]) is shows_night(quiet, moment, zone)


@given(nights, moments, some.sampled_from(ZONES))
@settings(max_examples=400, deadline=None)
def test_the_morning_is_the_first_minute_that_is_not_night(
    quiet: QuietHours, moment: datetime, zone: str
) -> None:
    assert quiet.over_at(moment, [zone]) == scan(quiet, moment, zone, timedelta(minutes=1))


@given(nights, moments, some.sampled_from(ZONES))
@settings(max_examples=400, deadline=None)
def test_earlier_is_by_day_and_no_later_and_no_more_than_one_night_off(
    quiet: QuietHours, moment: datetime, zone: str
) -> None:
    earlier = quiet.earlier(moment, [zone])
    assert earlier <= moment
    if not shows_night(quiet, moment, zone):
        assert earlier == moment
        return
    assert not shows_night(quiet, earlier, zone)
    evening = scan(quiet, moment, zone, timedelta(minutes=-1))
    assert timedelta(0) <= evening - earlier <= timedelta(hours=1)


LONGEST_NIGHT = timedelta(hours=14)
"""Eleven hours, and three more from the first of these clocks to the last."""


@given(moments, some.lists(some.sampled_from(ZONES[:6]), min_size=1, max_size=4))
@settings(max_examples=400, deadline=None)
def test_by_several_clocks_it_is_night_while_it_is_night_by_any(moment: datetime, zones: list[str]) -> None:
    quiet = QuietHours()
    assert quiet.are_on(moment, zones) is any(shows_night(quiet, moment, zone) for zone in zones)
    morning, evening = quiet.over_at(moment, zones), quiet.earlier(moment, zones)
    assert evening <= moment <= morning <= moment + LONGEST_NIGHT
    for zone in zones:
        assert not shows_night(quiet, morning, zone)
        assert not shows_night(quiet, evening, zone)


def test_where_clocks_leave_no_day_at_all_the_first_one_counts() -> None:
    quiet = QuietHours(18 * 60, 10 * 60)
    zones = ["America/Denver", "Asia/Tokyo"]
    noon = datetime(2026, 9, 15, 18, 0, tzinfo=UTC)
    assert not quiet.are_on(noon, zones)
    assert quiet.over_at(noon - timedelta(hours=4), zones) == datetime(2026, 9, 15, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "is_night"),
    [
        (datetime(2026, 9, 15, 2, 59, tzinfo=UTC), False),
        (datetime(2026, 9, 15, 3, 0, tzinfo=UTC), True),
        (datetime(2026, 9, 15, 13, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 9, 15, 14, 0, tzinfo=UTC), False),
    ],
)
def test_in_el_paso_the_night_is_from_nine_to_eight(moment: datetime, is_night: bool) -> None:
    assert QuietHours().are_on(moment, ["America/Denver"]) is is_night


def test_a_reminder_that_would_come_at_six_comes_at_eight_the_evening_before() -> None:
    at_six = datetime(2026, 9, 15, 12, 0, tzinfo=UTC)
    assert QuietHours().earlier(at_six, ["America/Denver"]) == datetime(2026, 9, 15, 2, 0, tzinfo=UTC)


def test_a_clinic_may_have_no_quiet_hours() -> None:
    midnight = datetime(2026, 9, 15, 6, 0, tzinfo=UTC)
    assert not QuietHours(0, 0).are_on(midnight, ["America/Denver"])

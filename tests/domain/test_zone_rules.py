"""The two rules that a calendar file carries give the same clock as the zone itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from icalendar import Timezone

from scheduler.domain.zone_rules import is_plain, vtimezone

OUR_ZONES = (
    "America/Denver",
    "America/Chicago",
    "America/New_York",
    "America/Los_Angeles",
    "America/Phoenix",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Boise",
    "America/Detroit",
    "America/Indiana/Indianapolis",
    "America/Ciudad_Juarez",
    "America/Chihuahua",
    "America/Mexico_City",
    "America/Puerto_Rico",
)

DENVER = b"""BEGIN:VTIMEZONE
TZID:America/Denver
X-LIC-LOCATION:America/Denver
BEGIN:DAYLIGHT
TZNAME:MDT
DTSTART:20070311T020000
TZOFFSETFROM:-0700
TZOFFSETTO:-0600
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
END:DAYLIGHT
BEGIN:STANDARD
TZNAME:MST
DTSTART:20071104T020000
TZOFFSETFROM:-0600
TZOFFSETTO:-0700
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU
END:STANDARD
END:VTIMEZONE
""".replace(b"\n", b"\r\n")


def test_the_clinics_zone_is_written_as_every_calendar_was_seen_to_understand_it() -> None:
    assert vtimezone("America/Denver", 2026) == DENVER


@pytest.mark.parametrize("zone", OUR_ZONES)
def test_the_rules_give_the_zones_own_clock_for_ten_years(zone: str) -> None:
    """A change of the law arrives with the zone data and turns this red, or gives other rules."""
    written = vtimezone(zone, 2026)
    assert written is not None
    told = cast("Timezone", Timezone.from_ical(written)).to_tz(lookup_tzid=False)
    own = ZoneInfo(zone)
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    while moment.year < 2036:
        local = moment.astimezone(own)
        if is_plain(moment, own):
            naive = local.replace(tzinfo=None)
            assert naive.replace(tzinfo=told).utcoffset() == local.utcoffset(), local
        moment += timedelta(hours=7)


@pytest.mark.parametrize("zone", OUR_ZONES)
def test_there_is_one_standard_part_and_at_most_one_for_summer(zone: str) -> None:
    written = vtimezone(zone, 2026) or b""
    assert written.count(b"BEGIN:STANDARD") == 1
    assert written.count(b"BEGIN:DAYLIGHT") == written.count(b"RRULE") // 2 <= 1
    assert b"RDATE" not in written


def test_a_zone_with_a_clock_that_no_two_rules_can_tell_gets_none() -> None:
    assert vtimezone("Africa/Casablanca", 2026) is None


def test_the_hour_that_comes_twice_is_not_plain() -> None:
    denver = ZoneInfo("America/Denver")
    back = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
    forward = datetime(2027, 3, 14, 9, 0, tzinfo=UTC)
    assert not is_plain(back - timedelta(minutes=1), denver)
    assert not is_plain(back, denver)
    assert is_plain(back - timedelta(minutes=61), denver)
    assert is_plain(back + timedelta(minutes=60), denver)
    assert is_plain(forward - timedelta(minutes=1), denver)
    assert is_plain(forward, denver)

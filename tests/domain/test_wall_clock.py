"""Wall times become instants that a clock on the wall confirms, on the days of both clock changes too."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain.interval import epoch
from scheduler.domain.wall_clock import day_pieces, day_span, local_day, offset_at, ordinal_at, wall_spans
from tests.domain.brute_force import wall

FALL_BACK = date(2026, 11, 1)
SPRING_FORWARD = date(2027, 3, 14)
HERE = ("America/Denver", "America/Chicago", "America/Ciudad_Juarez")
ELSEWHERE = ("Australia/Lord_Howe", "Asia/Kolkata", "America/Phoenix", "America/Havana", "Europe/London")

DAYS = [
    *(date(2026, 10, day) for day in (3, 4, 24, 25, 31)),
    *(date(2026, 11, day) for day in (1, 2)),
    *(date(2027, 3, day) for day in (13, 14, 15, 27, 28)),
    *(date(2027, 4, day) for day in (3, 4)),
]


def length(zone: str, day: date, opens: float, closes: float) -> float:
    """Elapsed hours of a window in hours of the clock."""
    spans = wall_spans(zone, day.toordinal(), round(opens * 60), round(closes * 60))
    return sum(end - start for start, end in spans) / 3600


@pytest.mark.parametrize("zone", HERE)
def test_a_night_to_three_is_four_hours_long_when_the_clock_goes_back(zone: str) -> None:
    assert length(zone, FALL_BACK, 0, 3) == 4
    assert len(wall_spans(zone, FALL_BACK.toordinal(), 0, 180)) == 1


@pytest.mark.parametrize("zone", HERE)
def test_a_night_to_three_is_two_hours_long_when_the_clock_goes_forward(zone: str) -> None:
    assert length(zone, SPRING_FORWARD, 0, 3) == 2


@pytest.mark.parametrize("zone", HERE)
def test_days_have_23_24_and_25_hours(zone: str) -> None:
    hours = [(end - start) / 3600 for start, end in (day_span(zone, day.toordinal()) for day in DAYS)]
    assert [hours[DAYS.index(day)] for day in (FALL_BACK, date(2026, 11, 2), SPRING_FORWARD)] == [25, 24, 23]


def test_hours_inside_the_gap_are_empty() -> None:
    assert wall_spans("America/Denver", SPRING_FORWARD.toordinal(), 120, 180) == ()
    assert wall_spans("America/Denver", SPRING_FORWARD.toordinal(), 130, 170) == ()


def test_hours_that_begin_in_the_gap_begin_when_it_ends() -> None:
    ((start, end),) = wall_spans("America/Denver", SPRING_FORWARD.toordinal(), 150, 240)
    assert start == epoch(datetime(2027, 3, 14, 9, tzinfo=UTC))
    assert end == epoch(datetime(2027, 3, 14, 10, tzinfo=UTC))


def test_hours_that_end_in_the_gap_end_when_it_begins() -> None:
    ((_, end),) = wall_spans("America/Denver", SPRING_FORWARD.toordinal(), 60, 150)
    assert end == epoch(datetime(2027, 3, 14, 9, tzinfo=UTC))


def test_half_of_the_repeated_hour_is_open_twice() -> None:
    first, second = wall_spans("America/Denver", FALL_BACK.toordinal(), 60, 90)
    assert second[0] - first[0] == 3600
    assert first[1] - first[0] == second[1] - second[0] == 1800


def test_the_same_wall_time_is_an_hour_later_in_utc_once_the_clock_went_back() -> None:
    saturday, sunday = (wall_spans("America/Denver", day.toordinal(), 540, 600)[0][0] for day in DAYS[4:6])
    assert sunday - saturday == 25 * 3600


def test_hours_past_midnight_run_into_the_day_the_clock_changes() -> None:
    assert length("America/Denver", date(2026, 10, 31), 22, 27) == 6
    assert length("America/Denver", date(2027, 3, 13), 22, 27) == 4


@settings(deadline=None)
@given(st.sampled_from(HERE + ELSEWHERE), st.sampled_from(DAYS), st.integers(0, 1440), st.integers(1, 1440))
def test_a_window_holds_the_minutes_at_which_the_wall_clock_shows_it(
    zone: str, day: date, opens: int, minutes: int
) -> None:
    spans = wall_spans(zone, day.toordinal(), opens, opens + minutes)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    walk = range(epoch(midnight) // 60 - 1500, epoch(midnight) // 60 + 4500)
    naive = midnight.replace(tzinfo=None)
    shown = {m for m in walk if opens <= (wall(m, zone) - naive).total_seconds() / 60 < opens + minutes}
    assert {m for start, end in spans for m in range(start // 60, end // 60)} == shown
    assert all(before[1] < after[0] for before, after in pairwise(spans))


@settings(deadline=None)
@given(st.sampled_from(HERE + ELSEWHERE), st.integers(0, 2_500_000_000))
def test_offset_and_date_are_those_of_the_zone(zone: str, second: int) -> None:
    local = datetime.fromtimestamp(second, ZoneInfo(zone))
    offset = local.utcoffset()
    assert offset is not None
    assert offset_at(zone, second) == offset.total_seconds()
    assert local_day(zone, second) == local.date()
    assert ordinal_at(second, offset_at(zone, second)) == local.toordinal()


@settings(deadline=None)
@given(
    st.sampled_from(HERE + ELSEWHERE), st.sampled_from(DAYS), st.integers(0, 86_400), st.integers(1, 400_000)
)
def test_pieces_cover_a_window_and_each_has_one_date_and_one_offset(
    zone: str, day: date, since: int, seconds: int
) -> None:
    start = epoch(datetime(day.year, day.month, day.day, tzinfo=UTC)) - 86_400 + since
    pieces = day_pieces(zone, start, start + seconds)
    assert (pieces[0][0], pieces[-1][1]) == (start, start + seconds)
    assert all(before[1] == after[0] for before, after in pairwise(pieces))
    for first, end, offset in pieces:
        assert {offset_at(zone, at) for at in (first, (first + end) // 2, end - 1)} == {offset}
        assert len({local_day(zone, at) for at in (first, (first + end) // 2, end - 1)}) == 1


def test_a_stretch_that_ends_before_it_begins_has_no_pieces() -> None:
    noon = epoch(datetime(2026, 9, 14, 18, tzinfo=UTC))
    assert day_pieces("America/Denver", noon, noon - 3600) == []
    assert day_pieces("America/Denver", noon, noon) == []

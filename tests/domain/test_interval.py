"""Stretches of time touch without overlapping, and are merged and cut without losing a second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.interval import Interval, Span, epoch, instant, merge, subtract

DENVER = ZoneInfo("America/Denver")
NINE = datetime(2026, 9, 14, 15, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)

spans = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 15)).map(lambda pair: (pair[0], pair[0] + pair[1])),
    max_size=12,
)


def seconds(of: list[Span]) -> set[int]:
    """Every second that the spans hold."""
    return {second for start, end in of for second in range(start, end)}


def test_touching_is_not_overlapping() -> None:
    first, second = Interval(NINE, NINE + HALF_HOUR), Interval(NINE + HALF_HOUR, NINE + 2 * HALF_HOUR)
    assert not first.overlaps(second)
    assert not second.overlaps(first)


def test_sharing_a_second_is_overlapping() -> None:
    first = Interval(NINE, NINE + HALF_HOUR)
    assert first.overlaps(Interval(NINE + HALF_HOUR - timedelta(seconds=1), NINE + 2 * HALF_HOUR))


def test_an_interval_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="ends after"):
        Interval(NINE, NINE)


def test_an_interval_between_both_passes_of_the_repeated_hour_is_an_hour_long() -> None:
    first_pass = datetime(2026, 11, 1, 1, 30, tzinfo=DENVER)
    second_pass = first_pass.replace(fold=1)
    assert Interval(first_pass, second_pass).duration == timedelta(hours=1)


def test_an_interval_over_the_autumn_change_is_measured_in_elapsed_time() -> None:
    night = Interval(datetime(2026, 11, 1, 0, tzinfo=DENVER), datetime(2026, 11, 1, 3, tzinfo=DENVER))
    assert night.duration == timedelta(hours=4)
    assert night.span[1] - night.span[0] == 4 * 3600


def test_a_naive_instant_has_no_epoch_second() -> None:
    with pytest.raises(ValueError, match="zone"):
        epoch(datetime(2026, 9, 14, 9))  # noqa: DTZ001 - the naive instant is the point


def test_an_epoch_second_and_its_instant_are_one() -> None:
    assert instant(epoch(NINE)) == NINE
    assert instant(epoch(NINE)).tzinfo is UTC


def test_spans_that_touch_are_joined() -> None:
    assert merge([(5, 7), (0, 3), (3, 5), (9, 10)]) == [(0, 7), (9, 10)]


@given(spans)
def test_merging_keeps_every_second_and_leaves_gaps_between(given_spans: list[Span]) -> None:
    merged = merge(given_spans)
    assert seconds(merged) == seconds(given_spans)
    assert all(before[1] < after[0] for before, after in pairwise(merged))


@given(spans, spans)
def test_cutting_holes_leaves_exactly_the_other_seconds(given_spans: list[Span], holes: list[Span]) -> None:
    left = subtract(merge(given_spans), merge(holes))
    assert seconds(left) == seconds(given_spans) - seconds(holes)
    assert left == merge(left)

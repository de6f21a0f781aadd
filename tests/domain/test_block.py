"""A block covers the hours of the wall clock, once or in a rhythm, over clock changes, and never without an end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.domain.block import MOST_PIECES, Block, BlockKind, Rhythm, check_block
from scheduler.domain.errors import InvalidInput

ZONE = "America/Denver"
NOON, ONE = 12 * 60, 13 * 60
MONDAY = date(2026, 9, 14)
LUNCH = Block((1,), BlockKind.LUNCH, MONDAY, NOON, ONE)


def walls(block: Block) -> list[tuple[str, str]]:
    """What the wall clock shows at both ends of each piece."""
    zone = ZoneInfo(ZONE)
    return [
        (start.astimezone(zone).strftime("%m-%d %H:%M"), end.astimezone(zone).strftime("%m-%d %H:%M"))
        for start, end in block.stretches(ZONE)
    ]


def test_once_is_one_stretch() -> None:
    assert walls(LUNCH) == [("09-14 12:00", "09-14 13:00")]


def test_whole_days_go_from_midnight_to_midnight() -> None:
    week = Block((1,), BlockKind.AWAY, MONDAY, last=MONDAY + timedelta(days=4))
    assert walls(week) == [("09-14 00:00", "09-19 00:00")]


def test_over_several_days_the_times_are_those_of_the_first_and_the_last() -> None:
    trip = Block((1,), BlockKind.AWAY, MONDAY, NOON, 9 * 60, last=MONDAY + timedelta(days=2))
    check_block(trip)
    assert walls(trip) == [("09-14 12:00", "09-16 09:00")]


def test_lunch_stays_at_noon_when_the_clocks_change() -> None:
    lunch = replace(LUNCH, first=date(2026, 10, 30), rhythm=Rhythm.WORKDAYS, count=3)
    assert walls(lunch) == [
        ("10-30 12:00", "10-30 13:00"),
        ("11-02 12:00", "11-02 13:00"),
        ("11-03 12:00", "11-03 13:00"),
    ]
    assert lunch.stretches(ZONE)[0][0] == datetime(2026, 10, 30, 18, 0, tzinfo=UTC)
    assert lunch.stretches(ZONE)[1][0] == datetime(2026, 11, 2, 19, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rhythm", "days"),
    [(Rhythm.WEEKLY, ["09-14", "09-21", "09-28"]), (Rhythm.FORTNIGHTLY, ["09-14", "09-28"])],
)
def test_a_rhythm_ends_with_its_last_day_which_is_within(rhythm: Rhythm, days: list[str]) -> None:
    block = replace(LUNCH, rhythm=rhythm, last=date(2026, 9, 28))
    assert [start[:5] for start, _ in walls(block)] == days


def test_a_rhythm_of_workdays_begins_on_the_next_one() -> None:
    block = replace(LUNCH, first=date(2026, 9, 19), rhythm=Rhythm.WORKDAYS, count=1)
    assert walls(block)[0][0] == "09-21 12:00"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"practitioner_ids": ()}, "who"),
        ({"closes": NOON}, "closes"),
        ({"last": MONDAY - timedelta(days=1)}, "last"),
        ({"last": MONDAY + timedelta(days=400)}, "last"),
        ({"rhythm": Rhythm.WEEKLY}, "last"),
        ({"rhythm": Rhythm.WEEKLY, "count": 0}, "count"),
        ({"practitioner_ids": (1, 2, 3), "rhythm": Rhythm.WORKDAYS, "count": 250}, "last"),
    ],
)
def test_what_makes_no_sense_is_named(changes: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_block(replace(LUNCH, **changes))  # type: ignore[arg-type]
    assert field in refusal.value.errors


def test_a_year_of_lunches_for_one_is_not_too_much() -> None:
    year = replace(LUNCH, rhythm=Rhythm.WORKDAYS, last=MONDAY + timedelta(days=364))
    check_block(year)
    assert 255 < len(year.days) <= MOST_PIECES

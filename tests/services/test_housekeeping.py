"""Chores throw away what is over and nothing else."""

from __future__ import annotations

from datetime import timedelta

from scheduler.services import holding, housekeeping, slot_search
from scheduler.services.house import House
from scheduler.services.housekeeping import BEATS_KEPT
from tests.engines import NOW, SOMEBODY, query


def test_a_time_is_given_back_when_its_while_is_over_and_not_before(house: House) -> None:
    anybody = slot_search.find(house, query(), NOW, limit=1)[0]
    wish, start = query(practitioner_id=anybody.practitioner_id), anybody.start
    hold = holding.hold(house, wish, start, SOMEBODY, NOW)
    assert housekeeping.tidy(house, hold.expires_at - timedelta(seconds=1)).holds == 0
    assert slot_search.find(house, wish, NOW, limit=1)[0].start != start
    assert housekeeping.tidy(house, hold.expires_at).holds == 1
    assert slot_search.find(house, wish, NOW, limit=1)[0].start == start


def test_workers_that_are_long_gone_are_forgotten(house: House) -> None:
    housekeeping.beat(house, "old", started_at=NOW, now=NOW - BEATS_KEPT - timedelta(seconds=1))
    housekeeping.beat(house, "new", started_at=NOW, now=NOW)
    assert housekeeping.tidy(house, NOW).beats == 1
    assert housekeeping.tidy(house, NOW).beats == 0


def test_tidying_twice_changes_nothing_more(house: House) -> None:
    housekeeping.tidy(house, NOW)
    assert housekeeping.tidy(house, NOW) == housekeeping.Tidied(0, 0, 0, 0, 0)

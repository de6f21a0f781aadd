"""Many people, one time: one of them has it, all others are told so kindly, and nothing ever overlaps."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import func, select, text

from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.database import Database
from scheduler.services import slot_search
from tests.engines import NOW, open_house, query
from tests.services import contenders

pytestmark = pytest.mark.alone

CONTENDERS = 200
WORST_WAIT = 2.0
STORM_ROUNDS = 40


def overlaps(database: Database) -> int:
    """Counted by plain SQL that shares nothing with the program."""
    pairs = """SELECT count(*) FROM occupancy a JOIN occupancy b ON a.resource_id = b.resource_id AND a.id < b.id
               WHERE a.starts_at < b.ends_at AND b.starts_at < a.ends_at"""
    with database.reading() as connection:
        return int(connection.execute(text(pairs)).scalar_one())


def test_of_two_hundred_people_one_gets_the_time_and_all_others_three_alternatives(founded_url: str) -> None:
    house = open_house(founded_url)
    slot = slot_search.find(house, query(), NOW, limit=1)[0]
    house.database.dispose()
    outcomes = contenders.race(founded_url, slot.start, slot.practitioner_id, CONTENDERS)
    words = Counter(outcome.word for outcome in outcomes)
    assert words == {"done": 1, "slot-taken": CONTENDERS - 1}
    assert {outcome.alternatives for outcome in outcomes if outcome.word != "done"} == {3}
    assert max(outcome.seconds for outcome in outcomes) <= WORST_WAIT
    house = open_house(founded_url)
    with house.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(AppointmentRow)).scalar_one() == 1
    assert overlaps(house.database) == 0
    house.database.dispose()


def test_a_storm_of_booking_holding_moving_and_cancelling_never_overlaps(founded_url: str) -> None:
    outcomes = contenders.storm(founded_url, STORM_ROUNDS)
    words = Counter(outcome.word for outcome in outcomes)
    assert not [word for word in words if word.startswith("error")], words
    assert words["done"] > contenders.PROCESSES * STORM_ROUNDS / 4
    house = open_house(founded_url)
    assert overlaps(house.database) == 0
    _occupancy_agrees_with_the_visits(house.database)
    house.database.dispose()


def _occupancy_agrees_with_the_visits(database: Database) -> None:
    """Each booked visit takes two or three stretches, a cancelled one none."""
    taken = """SELECT a.status, a.mode, count(o.id) AS rows FROM appointment a
               LEFT JOIN occupancy o ON o.appointment_id = a.id GROUP BY a.id, a.status, a.mode"""
    expected = {"cancelled": {"in-person": 0, "virtual": 0}, "booked": {"in-person": 3, "virtual": 2}}
    with database.reading() as connection:
        for row in connection.execute(text(taken)):
            assert row.rows == expected[row.status][row.mode]

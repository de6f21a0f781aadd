"""Keeping a time while a form is filled in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from scheduler.domain.availability import Slot
from scheduler.domain.errors import HoldLapsed, NotOffered, SlotTaken
from scheduler.persistence.holds import HoldRow
from scheduler.persistence.occupancy import OccupancyRow
from scheduler.services import holding, slot_search
from scheduler.services.house import House
from tests.engines import NOW, SOMEBODY, query


def rows(house: House) -> tuple[int, int]:
    with house.database.reading() as connection:
        holds = connection.execute(select(func.count()).select_from(HoldRow)).scalar_one()
        taken = connection.execute(select(func.count()).select_from(OccupancyRow)).scalar_one()
    return holds, taken


def soonest(house: House) -> tuple[slot_search.SlotQuery, Slot]:
    slot = slot_search.find(house, query(), NOW, limit=1)[0]
    return query(practitioner_id=slot.practitioner_id), slot


def test_a_held_time_is_not_offered_to_others_until_it_lapses(house: House) -> None:
    asked, slot = soonest(house)
    hold = holding.hold(house, asked, slot.start, SOMEBODY, NOW)
    assert hold.expires_at == NOW + timedelta(minutes=15)
    before, after = hold.expires_at - timedelta(seconds=1), hold.expires_at
    assert slot_search.explain(house, asked, slot.start, before) is not None
    assert slot_search.explain(house, asked, slot.start, after) is None


def test_the_holder_still_sees_the_time_as_free(house: House) -> None:
    asked, slot = soonest(house)
    hold = holding.hold(house, asked, slot.start, SOMEBODY, NOW)
    own = query(practitioner_id=slot.practitioner_id, hold_id=hold.id)
    assert slot_search.explain(house, own, slot.start, NOW) is None


def test_a_lapsed_hold_does_not_stand_in_the_way_of_the_next(house: House) -> None:
    asked, slot = soonest(house)
    first = holding.hold(house, asked, slot.start, SOMEBODY, NOW)
    with pytest.raises(SlotTaken):
        holding.hold(house, asked, slot.start, SOMEBODY, NOW)
    second = holding.hold(house, asked, slot.start, SOMEBODY, first.expires_at)
    assert second.start == first.start


def test_one_press_keeps_the_time_longer(house: House) -> None:
    asked, slot = soonest(house)
    hold = holding.hold(house, asked, slot.start, SOMEBODY, NOW)
    later = NOW + timedelta(minutes=14)
    longer = holding.extend(house, hold.id, later)
    assert longer.expires_at == later + timedelta(minutes=15)
    assert slot_search.explain(house, asked, slot.start, hold.expires_at) is not None


def test_it_can_be_kept_ten_times_longer_and_not_for_ever(house: House) -> None:
    asked, slot = soonest(house)
    hold = holding.hold(house, asked, slot.start, SOMEBODY, NOW)
    for minute in range(10):
        holding.extend(house, hold.id, NOW + timedelta(minutes=minute))
    with pytest.raises(HoldLapsed):
        holding.extend(house, hold.id, NOW + timedelta(minutes=11))


def test_what_lapsed_is_not_kept_longer(house: House) -> None:
    asked, slot = soonest(house)
    hold = holding.hold(house, asked, slot.start, SOMEBODY, NOW)
    with pytest.raises(HoldLapsed):
        holding.extend(house, hold.id, hold.expires_at)
    with pytest.raises(HoldLapsed):
        holding.extend(house, "unknown", NOW)


def test_choosing_another_time_gives_the_first_one_back(house: House) -> None:
    asked, slot = soonest(house)
    other = slot_search.find(house, asked, NOW, limit=3)[2]
    first = holding.hold(house, asked, slot.start, SOMEBODY, NOW)
    holding.hold(house, asked, other.start, SOMEBODY, NOW, instead_of=first.id)
    assert holding.get(house, first.id, NOW) is None
    assert slot_search.explain(house, asked, slot.start, NOW) is None
    assert rows(house) == (1, 2)


def test_a_choice_that_fails_leaves_the_first_time_kept(house: House) -> None:
    asked, slot = soonest(house)
    first = holding.hold(house, asked, slot.start, SOMEBODY, NOW)
    with pytest.raises(NotOffered):
        holding.hold(house, asked, slot.start - timedelta(hours=9), SOMEBODY, NOW, instead_of=first.id)
    assert holding.get(house, first.id, NOW) == first


def test_leaving_gives_the_time_back_and_leaving_twice_changes_nothing(house: House) -> None:
    asked, slot = soonest(house)
    hold = holding.hold(house, asked, slot.start, SOMEBODY, NOW)
    for _ in range(2):
        holding.release(house, hold.id)
    assert rows(house) == (0, 0)


def test_housekeeping_gives_back_what_lapsed_and_nothing_else(house: House) -> None:
    asked, slot = soonest(house)
    other = slot_search.find(house, asked, NOW, limit=3)[2]
    holding.hold(house, asked, slot.start, SOMEBODY, NOW)
    kept = holding.hold(house, asked, other.start, SOMEBODY, NOW + timedelta(minutes=5))
    assert holding.release_lapsed(house, NOW + timedelta(minutes=16)) == 1
    assert holding.get(house, kept.id, NOW + timedelta(minutes=16)) == kept
    assert rows(house) == (1, 2)

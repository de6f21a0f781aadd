"""Kept times under pressure: whatever became of a hold meanwhile, no visit ever stands without its time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.exc import DBAPIError

from scheduler.domain.errors import HoldLapsed, SlotTaken
from scheduler.domain.visit import Visit
from scheduler.persistence.occupancy import OccupancyRow
from scheduler.services import booking, holding, racing, slot_search
from scheduler.services.house import House
from tests.engines import NOW, SOMEBODY, a_patient, a_request, query

SHORTLY_BEFORE = NOW + timedelta(minutes=15) - timedelta(seconds=1)
SHORTLY_AFTER = NOW + timedelta(minutes=15, seconds=1)


def rows(house: House, visit: Visit) -> int:
    with house.database.reading() as connection:
        return connection.execute(
            select(func.count())
            .select_from(OccupancyRow)
            .where(OccupancyRow.appointment_id == visit.appointment.id, OccupancyRow.kind == "visit")
        ).scalar_one()


def test_a_kept_time_that_another_took_in_the_last_second_is_not_booked_twice(house: House) -> None:
    slot = slot_search.find(house, query(), NOW, limit=1)[0]
    own = query(practitioner_id=slot.practitioner_id)
    kept = holding.hold(house, own, slot.start, SOMEBODY, NOW)
    request = a_request(house, start=slot.start, practitioner_id=slot.practitioner_id)
    assert booking.book(house, request, SOMEBODY, SHORTLY_AFTER).visit is not None
    late = replace(request, patient=a_patient(), hold_id=kept.id)
    with pytest.raises((SlotTaken, HoldLapsed)) as refusal:
        booking.book(house, late, SOMEBODY, SHORTLY_BEFORE)
    assert len(refusal.value.alternatives) == 3


def test_a_kept_room_that_another_took_in_the_last_second_is_taken_afresh_or_not_at_all(house: House) -> None:
    slot = slot_search.find(house, query(), NOW, limit=1)[0]
    kept = holding.hold(house, query(practitioner_id=slot.practitioner_id), slot.start, SOMEBODY, NOW)
    with house.database.transaction() as connection:
        connection.execute(delete(OccupancyRow).where(OccupancyRow.resource_id == kept.room_id))
    request = a_request(house, start=slot.start, practitioner_id=slot.practitioner_id, hold_id=kept.id)
    visit = booking.book(house, request, SOMEBODY, SHORTLY_BEFORE).visit
    assert visit is not None
    assert rows(house, visit) == 3


class Deadlock(Exception):
    """What PostgreSQL's driver raises when it breaks one."""

    sqlstate = "40P01"


def test_a_booking_that_deadlocks_every_time_is_a_time_just_taken_and_no_accident(house: House) -> None:
    tries = []

    def attempt() -> None:
        tries.append(1)
        raise DBAPIError("INSERT", {}, Deadlock())

    start = slot_search.find(house, query(), NOW, limit=1)[0].start
    with pytest.raises(SlotTaken) as refusal:
        racing.until_settled(house, attempt, query(), start, NOW)
    assert len(tries) == racing.ATTEMPTS
    assert len(refusal.value.alternatives) == 3

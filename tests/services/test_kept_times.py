"""Kept times under pressure: whatever became of a hold meanwhile, no visit ever stands without its time."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.exc import DBAPIError

from scheduler.domain.appointment import CancelledBy
from scheduler.domain.availability import Slot
from scheduler.domain.booking import MoveRequest
from scheduler.domain.directory import Mode
from scheduler.domain.errors import SlotTaken
from scheduler.domain.schedule import Closure
from scheduler.domain.visit import Visit
from scheduler.domain.wording import Text
from scheduler.persistence import people
from scheduler.persistence.occupancy import OccupancyRow
from scheduler.persistence.worklist import WorklistRow
from scheduler.services import booking, changing, holding, racing, rostering, slot_search
from scheduler.services.house import House
from scheduler.services.slot_search import SlotQuery
from tests.engines import MANAGER, NOW, OWNER, SOMEBODY, a_patient, a_request, in_texas, query

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
    with pytest.raises(SlotTaken) as refusal:
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


def kinds_on_the_list(house: House) -> list[str]:
    with house.database.reading() as connection:
        return list(connection.execute(select(WorklistRow.kind)).scalars())


def a_visit_ahead(house: House) -> Visit:
    start = slot_search.find(house, query(start=NOW + timedelta(days=7)), NOW, limit=1)[0].start
    visit = booking.book(house, a_request(house, start=start), SOMEBODY, NOW).visit
    assert visit is not None
    return visit


def times_for(house: House, visit: Visit) -> tuple[SlotQuery, list[Slot]]:
    asked = query(start=visit.appointment.start + timedelta(days=1), moving=visit.appointment.id)
    return asked, list(slot_search.find(house, asked, NOW, limit=30))


def test_a_kept_time_on_a_day_that_was_closed_meanwhile_is_booked_and_waits_for_the_desk(
    house: House,
) -> None:
    slot = slot_search.find(house, query(), NOW, limit=1)[0]
    kept = holding.hold(house, query(practitioner_id=slot.practitioner_id), slot.start, SOMEBODY, NOW)
    day = slot.start.astimezone(ZoneInfo("America/Denver")).date()
    rostering.save_closure(house, Closure(0, None, day, Text("Storm", "Tormenta")), MANAGER, NOW)
    request = a_request(house, start=slot.start, practitioner_id=slot.practitioner_id, hold_id=kept.id)
    assert booking.book(house, request, SOMEBODY, NOW).visit is not None
    assert kinds_on_the_list(house) == ["stranded"]


def test_one_link_keeps_one_time_for_a_move_in_however_many_windows(house: House) -> None:
    visit = a_visit_ahead(house)
    asked, times = times_for(house, visit)
    first, second = (holding.hold(house, asked, slot.start, OWNER, NOW) for slot in (times[0], times[-1]))
    assert holding.get(house, first.id, NOW) is None
    assert holding.get(house, second.id, NOW) == second


def test_a_time_kept_for_a_move_is_given_back_when_the_visit_is_cancelled(house: House) -> None:
    visit = a_visit_ahead(house)
    asked, times = times_for(house, visit)
    kept = holding.hold(house, asked, times[0].start, OWNER, NOW)
    changing.cancel(house, visit.appointment.id, CancelledBy.PATIENT, OWNER, NOW)
    assert holding.get(house, kept.id, NOW) is None
    with house.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(OccupancyRow)).scalar_one() == 0


def test_a_time_kept_around_the_visits_own_is_one_visit_of_the_day(house: House) -> None:
    visit = a_visit_ahead(house)
    longer = replace(visit.visit_type, minutes=visit.visit_type.minutes + 60, daily_cap=9)
    rostering.save_visit_type(house, longer, MANAGER, NOW)
    earlier = visit.appointment.start - timedelta(minutes=30)
    asked = query(moving=visit.appointment.id, practitioner_id=visit.practitioner.id)
    holding.hold(house, asked, earlier, OWNER, NOW)
    with house.database.reading() as connection:
        rows = connection.execute(
            select(OccupancyRow.visit_type_id)
            .where(OccupancyRow.kind == "hold", OccupancyRow.resource_id == visit.practitioner.id)
            .order_by(OccupancyRow.starts_at)
        )
        assert rows.scalars().all() == [visit.visit_type.id, None]


def test_switching_to_video_from_out_of_area_waits_for_the_desk_once(house: House) -> None:
    visit = a_visit_ahead(house)
    asked = query(
        Mode.VIRTUAL, start=visit.appointment.start + timedelta(days=1), moving=visit.appointment.id
    )
    first, *_, second = slot_search.find(house, asked, NOW, limit=30)
    in_mexico = replace(in_texas(house), state="MX")
    changing.move(
        house, visit.appointment.id, MoveRequest(first.start, Mode.VIRTUAL, virtual=in_mexico), OWNER, NOW
    )
    assert kinds_on_the_list(house) == ["out-of-area"]
    changing.move(house, visit.appointment.id, MoveRequest(second.start, Mode.VIRTUAL), OWNER, NOW)
    assert kinds_on_the_list(house) == ["out-of-area"]


def test_two_first_bookings_of_one_person_at_once_are_one_person(house: House) -> None:
    request = a_request(house)
    booked: list[Visit] = []

    def book() -> None:
        visit = booking.book(house, request, SOMEBODY, NOW).visit
        assert visit is not None
        booked.append(visit)

    with house.database.transaction() as connection:
        people.wait_for_turn(connection, house.vault, request.patient)
        number = people.add(connection, house.vault, request.patient, NOW)
        other = threading.Thread(target=book)
        other.start()
        other.join(0.5)
    other.join()
    assert [visit.appointment.patient_id for visit in booked] == [number]

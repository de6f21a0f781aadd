"""Somebody who is here gets another clinician or room; the time stays, nobody is told, and nothing is taken twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from scheduler.domain.booking import MoveRequest
from scheduler.domain.desk_state import DeskState
from scheduler.domain.directory import Mode
from scheduler.domain.errors import InvalidInput, MoveRefused, NotPermitted, SlotTaken, StaleVersion
from scheduler.domain.visit import Visit
from scheduler.persistence import occupancy
from scheduler.services import desk_moving, desk_status, rostering, undoing
from scheduler.services.house import House
from tests.engines import CLERK, MANAGER, NOW, OWNER, SOMEBODY
from tests.post import NEWS, book, outbox_of


@pytest.fixture
def here(house: House) -> Visit:
    """Somebody who has come, and waits."""
    visit = book(house, days=1)
    when = visit.appointment.start - timedelta(minutes=10)
    return desk_status.set_state(house, visit.appointment.public_id, DeskState.ARRIVED, CLERK, when)


def wish(visit: Visit, **changes: object) -> MoveRequest:
    booked = visit.appointment
    same = MoveRequest(booked.start, booked.mode, booked.practitioner_id, room_id=booked.room_id)
    return replace(same, **changes)  # type: ignore[arg-type]


def other_room(house: House, visit: Visit) -> int:
    with house.database.reading() as connection:
        rooms = house.clinic(connection).rooms
    assert visit.room is not None
    return next(
        room.id
        for room in rooms
        if room.id != visit.room.id and room.location_id == visit.location.id and room.kind == visit.room.kind
    )


def move(house: House, visit: Visit, asked: MoveRequest, minutes: int = -5) -> Visit:
    when = visit.appointment.start + timedelta(minutes=minutes)
    return desk_moving.move(house, visit.appointment.public_id, asked, CLERK, when)


def test_another_room_is_taken_and_the_old_one_given_back(house: House, here: Visit) -> None:
    room = other_room(house, here)
    moved = move(house, here, wish(here, room_id=room))
    assert (moved.appointment.room_id, moved.appointment.start) == (room, here.appointment.start)
    assert moved.appointment.is_here
    with house.database.reading() as connection:
        taken = set(
            connection.scalars(
                text("SELECT resource_id FROM occupancy WHERE appointment_id = :visit"),
                {"visit": here.appointment.id},
            )
        )
        assert occupancy.count_overlaps(connection) == 0
    assert taken == {here.practitioner.id, room, here.appointment.patient_id}
    assert [row.kind for row in outbox_of(house) if row.kind in NEWS] == ["confirmation"]


def test_it_is_taken_back_with_one_key(house: House, here: Visit) -> None:
    moved = move(house, here, wish(here, room_id=other_room(house, here)))
    when = here.appointment.start - timedelta(minutes=4, seconds=30)
    change = undoing.last(house, CLERK, when)
    assert change is not None
    back = undoing.undo(house, change.id, CLERK, when)
    assert back.appointment.room_id == here.appointment.room_id
    assert back.appointment.is_here
    assert moved.appointment.room_id != back.appointment.room_id


def test_a_room_that_is_taken_is_refused(house: House, here: Visit) -> None:
    room = other_room(house, here)
    with house.database.transaction() as connection:
        span = int(here.appointment.start.timestamp()), int(here.appointment.end.timestamp())
        connection.execute(
            text(
                "INSERT INTO occupancy (resource_id, starts_at, ends_at, kind) VALUES (:room, :start, :end, 'hold')"
            ),
            {"room": room, "start": span[0], "end": span[1]},
        )
    with pytest.raises(SlotTaken):
        move(house, here, wish(here, room_id=room))
    assert desk_moving.find(house, here.appointment.public_id).room_id == here.appointment.room_id


def test_time_that_is_over_is_asked_of_nobody(house: House, here: Visit) -> None:
    room = other_room(house, here)
    start = int(here.appointment.start.timestamp())
    with house.database.transaction() as connection:
        connection.execute(
            text(
                "INSERT INTO occupancy (resource_id, starts_at, ends_at, kind) VALUES (:room, :start, :end, 'hold')"
            ),
            {"room": room, "start": start - 600, "end": start + 300},
        )
    assert move(house, here, wish(here, room_id=room), minutes=5).appointment.room_id == room


def test_when_all_of_the_time_is_over_nothing_more_is_taken(house: House, here: Visit) -> None:
    room = other_room(house, here)
    moved = move(house, here, wish(here, room_id=room), minutes=24 * 60)
    assert moved.appointment.room_id == room


def test_another_time_another_length_and_another_place_are_refused(house: House, here: Visit) -> None:
    for asked in (
        wish(here, start=here.appointment.start + timedelta(minutes=5)),
        wish(here, minutes=5),
    ):
        with pytest.raises(MoveRefused):
            move(house, here, asked)
    with pytest.raises(InvalidInput):
        move(house, here, wish(here, mode=Mode.VIRTUAL, room_id=None))


def test_an_old_page_and_a_stranger_change_nothing(house: House, here: Visit) -> None:
    room = other_room(house, here)
    with pytest.raises(StaleVersion):
        move(house, here, wish(here, room_id=room, revision=here.appointment.revision - 1))
    for actor in (SOMEBODY, replace(OWNER, roles=frozenset())):
        with pytest.raises(NotPermitted):
            desk_moving.move(house, here.appointment.public_id, wish(here, room_id=room), actor, NOW)


def test_the_same_wish_twice_is_one_change(house: House, here: Visit) -> None:
    asked = wish(here, room_id=other_room(house, here))
    first = move(house, here, asked)
    again = move(house, here, asked)
    assert again.appointment.revision == first.appointment.revision


def test_a_call_may_go_on_by_telephone_where_its_kind_may_be_given_so(house: House) -> None:
    booked = book(house, Mode.VIRTUAL, days=1)
    when = booked.appointment.start - timedelta(minutes=10)
    waits = desk_status.set_state(house, booked.appointment.public_id, DeskState.ARRIVED, CLERK, when)
    with pytest.raises(InvalidInput):
        move(house, waits, wish(waits, mode=Mode.PHONE))
    kind = replace(booked.visit_type, modes=(*booked.visit_type.modes, Mode.PHONE))
    rostering.save_visit_type(house, kind, MANAGER, NOW)
    goes_on = move(house, waits, wish(waits, mode=Mode.PHONE)).appointment
    assert (goes_on.mode, goes_on.start) == (Mode.PHONE, booked.appointment.start)

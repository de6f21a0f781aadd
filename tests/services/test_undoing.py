"""Taking back a move, a squeeze and a booking, on both engines."""

from __future__ import annotations

from datetime import timedelta

from scheduler.domain.actor import Actor, Role
from scheduler.domain.appointment import Status
from scheduler.persistence import occupancy
from scheduler.services import desk_booking, desk_moving, undoing
from scheduler.services.changing import Wish
from scheduler.services.house import House
from tests.engines import CLERK, NOW, a_request
from tests.post import book

MANAGER = Actor(frozenset({Role.MANAGER}), id="8", request_id="test", address="192.0.2.9")


def take_back(house: House, actor: Actor) -> Status:
    change = undoing.last(house, actor, NOW)
    assert change is not None
    return undoing.undo(house, change.id, actor, NOW).appointment.status


def test_a_squeeze_beside_another_visit_is_taken_back_whole(house: House) -> None:
    first, other = book(house), book(house, days=9)
    before = first.appointment
    wish = Wish(before.end, before.mode, before.practitioner_id, overbook="Asked to")
    moved = desk_moving.move(house, other.appointment.public_id, wish, MANAGER, NOW)
    assert moved.appointment.start == before.end
    assert take_back(house, MANAGER) is Status.BOOKED
    assert desk_moving.find(house, other.appointment.public_id).start == other.appointment.start
    with house.database.reading() as connection:
        assert occupancy.count_overlaps(connection) == 0


def test_a_desks_booking_and_its_move_are_taken_back_one_after_the_other(house: House) -> None:
    visit = desk_booking.book(house, a_request(house, source="desk"), CLERK, NOW)
    start = visit.appointment.start
    later = Wish(start + timedelta(minutes=30), visit.appointment.mode, visit.practitioner.id)
    desk_moving.move(house, visit.appointment.public_id, later, CLERK, NOW + timedelta(seconds=1))
    change = undoing.last(house, CLERK, NOW + timedelta(seconds=2))
    assert change is not None
    assert undoing.undo(house, change.id, CLERK, NOW).appointment.start == start
    assert take_back(house, CLERK) is Status.ENTERED_IN_ERROR

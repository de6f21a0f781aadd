"""Taking back a move, a squeeze and a booking, on both engines."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from scheduler.domain.actor import Actor
from scheduler.domain.appointment import CancelledBy, Status
from scheduler.domain.booking import MoveRequest
from scheduler.domain.errors import SlotTaken, StaleVersion
from scheduler.domain.hand_over import Circuit
from scheduler.domain.visit import Visit
from scheduler.persistence import occupancy
from scheduler.services import delivery, desk_booking, desk_moving, desk_status, undoing, visit_panel
from scheduler.services.house import House
from scheduler.services.post_room import PostRoom
from tests.engines import CLERK, MANAGER, NOW, a_request
from tests.post import Tray, book, later, room_of


def take_back(house: House, actor: Actor) -> Status:
    change = undoing.last(house, actor, NOW)
    assert change is not None
    return undoing.undo(house, change.id, actor, NOW).appointment.status


def test_a_squeeze_beside_another_visit_is_taken_back_whole(house: House) -> None:
    first, other = book(house), book(house, days=9)
    before = first.appointment
    wish = MoveRequest(before.end, before.mode, before.practitioner_id, overbook="Asked to")
    moved = desk_moving.move(house, other.appointment.public_id, wish, MANAGER, NOW)
    assert moved.appointment.start == before.end
    assert take_back(house, MANAGER) is Status.BOOKED
    assert desk_moving.find(house, other.appointment.public_id).start == other.appointment.start
    with house.database.reading() as connection:
        assert occupancy.count_overlaps(connection) == 0


def test_a_desks_booking_and_its_move_are_taken_back_one_after_the_other(house: House) -> None:
    visit = desk_booking.book(house, a_request(house, source="desk"), CLERK, NOW)
    start = visit.appointment.start
    wish = MoveRequest(start + timedelta(minutes=30), visit.appointment.mode, visit.practitioner.id)
    desk_moving.move(house, visit.appointment.public_id, wish, CLERK, NOW + timedelta(seconds=1))
    change = undoing.last(house, CLERK, NOW + timedelta(seconds=2))
    assert change is not None
    assert undoing.undo(house, change.id, CLERK, NOW).appointment.start == start
    assert take_back(house, CLERK) is Status.ENTERED_IN_ERROR


LONG_AFTER = timedelta(hours=3)


def send(room: PostRoom) -> None:
    """All that is due is sent."""
    delivery.drain(room, Circuit())


def changed(house: House, kind: str) -> tuple[Visit, Tray]:
    """A visit whose booking was told, and which the desk has then moved or cancelled a minute later."""
    visit, tray = book(house), Tray()
    send(room_of(house, tray))
    assert tray.posted
    tray.posted.clear()
    if kind == "cancelled":
        desk_status.cancel(house, visit.appointment.public_id, CancelledBy.DESK, "other", CLERK, NOW)
    else:
        to = MoveRequest(
            visit.appointment.start + timedelta(hours=1), visit.appointment.mode, visit.practitioner.id
        )
        desk_moving.move(house, visit.appointment.public_id, to, CLERK, NOW)
    return visit, tray


def take_back_from_history(house: House, visit: Visit, now: datetime) -> Status:
    panel = visit_panel.show(house, visit.appointment.public_id, CLERK, now)
    assert undoing.last(house, CLERK, now) is None, "the key is for the first minute alone"
    assert panel.undoable is not None
    return undoing.undo(house, panel.undoable.id, CLERK, now).appointment.status


@pytest.mark.parametrize("kind", ["moved", "cancelled"])
def test_hours_later_the_history_takes_a_change_back_and_its_unsent_news_with_it(
    house: House, kind: str
) -> None:
    visit, tray = changed(house, kind)
    assert take_back_from_history(house, visit, NOW + LONG_AFTER) is Status.BOOKED
    stands = desk_moving.find(house, visit.appointment.public_id)
    assert (stands.start, stands.room_id) == (visit.appointment.start, visit.appointment.room_id)
    send(later(room_of(house, tray), hours=4))
    assert tray.posted == [], "nobody hears of what was taken back before they heard of it"


@pytest.mark.parametrize("kind", ["moved", "cancelled"])
def test_whoever_has_heard_of_a_change_hears_of_its_end(house: House, kind: str) -> None:
    visit, tray = changed(house, kind)
    send(later(room_of(house, tray), minutes=2))
    assert len(tray.posted) == 1
    take_back_from_history(house, visit, NOW + LONG_AFTER)
    send(later(room_of(house, tray), hours=3, minutes=1))
    assert len(tray.posted) == 2
    with house.database.reading() as connection:
        assert occupancy.count_overlaps(connection) == 0


def test_a_change_that_another_has_followed_is_not_taken_back(house: House) -> None:
    visit, _tray = changed(house, "moved")
    panel = visit_panel.show(house, visit.appointment.public_id, CLERK, NOW)
    assert panel.undoable is not None
    again = MoveRequest(
        visit.appointment.start + timedelta(hours=2), visit.appointment.mode, visit.practitioner.id
    )
    desk_moving.move(house, visit.appointment.public_id, again, CLERK, NOW + timedelta(minutes=5))
    with pytest.raises(StaleVersion):
        undoing.undo(house, panel.undoable.id, CLERK, NOW + LONG_AFTER)


def test_a_change_whose_old_time_was_given_away_is_not_taken_back(house: House) -> None:
    visit, _tray = changed(house, "moved")
    before = visit.appointment
    desk_booking.book(
        house, a_request(house, start=before.start, practitioner_id=before.practitioner_id), CLERK, NOW
    )
    with pytest.raises(SlotTaken):
        take_back_from_history(house, visit, NOW + LONG_AFTER)
    assert desk_moving.find(house, before.public_id).start == before.start + timedelta(hours=1)

"""The board for the wall: where everybody is, without a name."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from scheduler.domain.desk_state import DeskState
from scheduler.services import desk_status
from tests.engines import CLERK, NOW
from tests.inspector import Inspector
from tests.patients import Clock, words
from tests.post import book
from tests.programs import house_of


def test_the_board_moves_people_along_and_counts_their_minutes(
    app: Flask, clerk: Inspector, clock: Clock
) -> None:
    house = house_of(app)
    visit = book(house, days=0)
    public_id = visit.appointment.public_id
    assert "Expected 1" in words(clerk.get("/desk/flow"))
    desk_status.set_state(house, public_id, DeskState.ARRIVED, CLERK, NOW)
    clock.move_to(NOW + timedelta(minutes=12))
    page = words(clerk.get("/desk/flow"))
    assert "Is here 1" in page
    assert "12 min" in page
    desk_status.set_state(house, public_id, DeskState.IN_ROOM, CLERK, NOW + timedelta(minutes=12))
    page = words(clerk.get("/desk/flow"))
    assert "In room 1" in page
    assert "0 min" in page


def test_nobody_is_named_on_the_wall(app: Flask, clerk: Inspector) -> None:
    visit = book(house_of(app), days=0)
    page = clerk.get("/desk/flow").text
    assert visit.patient.family_name not in page
    assert "A.E." in page


def test_the_board_on_the_wall_goes_on_while_the_screen_is_locked(clerk: Inspector, clock: Clock) -> None:
    assert clerk.get("/desk").status_code == 200
    clock.shift(timedelta(minutes=16))
    assert clerk.get("/desk").status_code == 303
    board = clerk.get("/desk/flow")
    assert board.status_code == 200
    assert "data-screen" not in board.text

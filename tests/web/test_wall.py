"""A screen on the wall: its own address, initials alone, alive all day, and over when a manager takes it down."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import cast

import pytest
from flask import Flask

from scheduler.domain.desk_state import DeskState
from scheduler.domain.errors import NotPermitted
from scheduler.domain.link import LinkPurpose
from scheduler.persistence import links
from scheduler.services import desk_status, flow, private_links
from tests.engines import CLERK, NOW
from tests.inspector import Inspector
from tests.patients import Clock, words
from tests.post import book
from tests.programs import house_of
from tests.staff import Employ

PAGE = "/manage/screens"


@pytest.fixture
def manager(employ: Employ) -> Inspector:
    """Somebody who manages the clinic."""
    return employ("manager")


@pytest.fixture
def screen(app: Flask) -> Inspector:
    """A browser that nobody has signed in with."""
    return cast("Inspector", app.test_client())


def hanging(manager: Inspector) -> list[str]:
    return re.findall(r"/wall/[A-Za-z0-9_-]{43}(?=\")", manager.get(PAGE).text)


def hang(manager: Inspector) -> str:
    before = hanging(manager)
    assert manager.submit(PAGE, {}, to=PAGE).status_code == 303
    (made,) = set(hanging(manager)) - set(before)
    return made


def test_a_screen_shows_initials_and_minutes_to_nobody_in_particular(
    app: Flask, manager: Inspector, screen: Inspector, clock: Clock
) -> None:
    visit = book(house_of(app), days=0)
    address = hang(manager)
    desk_status.set_state(house_of(app), visit.appointment.public_id, DeskState.ARRIVED, CLERK, NOW)
    clock.move_to(NOW + timedelta(minutes=12))
    page = screen.get(address)
    assert "Is here 1" in words(page)
    assert "A.E." in page.text
    assert "12 min" in words(page)
    for secret in (visit.patient.family_name, visit.patient.phone[-4:], visit.appointment.public_id):
        assert secret not in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_a_screen_stays_alive_all_day_and_all_night(
    manager: Inspector, screen: Inspector, clock: Clock
) -> None:
    address = hang(manager)
    clock.move_to(NOW + timedelta(days=40))
    assert screen.get(address).status_code == 200


def test_a_screen_that_is_taken_down_shows_nothing_and_the_other_goes_on(
    manager: Inspector, screen: Inspector
) -> None:
    first = hang(manager)
    (number,) = re.findall(r"/manage/screens/([0-9a-f]{32})/remove", manager.get(PAGE).text)
    second = hang(manager)
    manager.submit(PAGE, {}, to=f"{PAGE}/{number}/remove")
    assert screen.get(first).status_code == 404
    assert screen.get(second).status_code == 200
    assert hanging(manager) == [second]


def test_the_address_of_a_screen_opens_nothing_else(manager: Inspector, screen: Inspector) -> None:
    secret = hang(manager).rpartition("/")[2]
    for door in ("/my", "/visit", "/offer", "/with"):
        assert screen.get(f"{door}/{secret}").status_code == 404
    assert screen.get(f"/ics/{secret}/feed.ics").status_code == 404
    assert screen.get("/desk").status_code == 303


def test_no_other_link_opens_the_board(app: Flask, screen: Inspector) -> None:
    house = house_of(app)
    visit = book(house, days=0)
    with house.database.transaction() as connection:
        secret = links.issue(
            connection, house.vault, LinkPurpose.MANAGE, now=NOW, appointment_id=visit.appointment.id
        )
    assert screen.get(f"/wall/{secret}").status_code == 404
    found = private_links.find(house, secret, {LinkPurpose.MANAGE}, NOW)
    with pytest.raises(NotPermitted):
        flow.for_wall(house, found, None, NOW)


@pytest.mark.parametrize("language", ["en", "es"])
def test_only_managers_hang_screens(employ: Employ, language: str) -> None:
    assert employ("desk").get(f"{PAGE}?lang={language}").status_code == 403
    assert employ("manager").get(f"{PAGE}?lang={language}").status_code == 200

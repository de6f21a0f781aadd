"""The screens on the wall are kept in the database of either engine."""

from __future__ import annotations

import pytest

from scheduler.domain.errors import NotFound, NotPermitted
from scheduler.domain.link import LinkPurpose
from scheduler.services import flow, private_links
from scheduler.services.house import House
from tests.engines import CLERK, MANAGER, NOW
from tests.post import book


def test_a_screen_is_hung_looked_at_and_taken_down(house: House) -> None:
    flow.hang(house, MANAGER, NOW)
    (screen,) = flow.screens(house, MANAGER)
    link = private_links.find(house, screen.secret, {LinkPurpose.WALL}, NOW)
    visit = book(house, days=0)
    (person,) = flow.for_wall(house, link, None, NOW).people
    assert person.initials.startswith("A.E.")
    assert "Example" not in str(person)
    assert person.number == visit.appointment.id
    assert flow.for_wall(house, link, visit.location.id + 1, NOW).people == ()
    flow.take_down(house, screen.id, MANAGER, NOW)
    assert flow.screens(house, MANAGER) == []
    with pytest.raises(NotFound):
        private_links.find(house, screen.secret, {LinkPurpose.WALL}, NOW)


def test_the_trail_names_the_screen_that_was_hung_and_taken_down(house: House) -> None:
    flow.hang(house, MANAGER, NOW)
    (screen,) = flow.screens(house, MANAGER)
    flow.take_down(house, screen.id, MANAGER, NOW)
    with house.database.reading() as connection:
        found = "SELECT action, object_id FROM audit WHERE object_type = 'screen' ORDER BY id"
        rows = [tuple(row) for row in connection.exec_driver_sql(found)]
    assert rows == [("hang", screen.id), ("take-down", screen.id)]


def test_the_desk_hangs_no_screens_and_nobody_takes_down_a_patient_s_link(house: House) -> None:
    with pytest.raises(NotPermitted):
        flow.hang(house, CLERK, NOW)
    visit = book(house)
    with house.database.reading() as connection:
        number = connection.exec_driver_sql("SELECT id FROM link WHERE purpose = 'manage'").scalar_one()
    with pytest.raises(NotFound):
        flow.take_down(house, number, MANAGER, NOW)
    assert flow.for_staff(house, None, CLERK, visit.appointment.start).people

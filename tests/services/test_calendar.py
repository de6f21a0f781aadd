"""The calendar's mark and its pages on both engines."""

from __future__ import annotations

import pytest

from scheduler.domain.appointment import CancelledBy
from scheduler.domain.calendar import View
from scheduler.domain.interval import epoch
from scheduler.services import calendar, changing
from scheduler.services.calendar import Wish
from scheduler.services.house import House
from tests.engines import CLERK, NOW
from tests.post import book


@pytest.mark.parametrize("view", [View.CLINICIANS, View.ROOMS, View.WEEK])
def test_the_mark_tells_of_every_change_and_the_page_shows_it(house: House, view: View) -> None:
    visit = book(house)
    day = visit.appointment.start.astimezone(visit.location.tz).date()
    wish = Wish(view, day, visit.practitioner.id)
    with house.database.reading() as connection:
        clinic = house.clinic(connection)
    before = calendar.mark(house, clinic, wish, epoch(NOW))
    assert before == calendar.mark(house, clinic, wish, epoch(NOW))
    assert calendar.look(house, wish, CLERK, epoch(NOW)).grid.count == 1
    changing.cancel(house, visit.appointment.id, CancelledBy.DESK, CLERK, NOW)
    assert calendar.mark(house, clinic, wish, epoch(NOW)) != before
    page = calendar.look(house, wish, CLERK, epoch(NOW))
    assert (page.grid.count, len(page.grid.cancelled)) == (0, 1)


def test_a_month_is_counted(house: House) -> None:
    visit = book(house)
    day = visit.appointment.start.astimezone(visit.location.tz).date()
    assert sum(calendar.month(house, Wish(View.MONTH, day), CLERK).totals) == 1

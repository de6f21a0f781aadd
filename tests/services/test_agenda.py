"""A clinician's own day costs the same for many visits as for two, and names as next whoever is still to come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from scheduler.domain.actor import Actor, Role
from scheduler.domain.appointment import CancelledBy
from scheduler.domain.desk_state import DeskState
from scheduler.domain.safety_gate import Tier
from scheduler.domain.visit import Visit
from scheduler.services import agenda, booking, changing, desk_status, slot_search
from scheduler.services.agenda import Agenda
from scheduler.services.house import House
from tests.engines import CLERK, NOW, SOMEBODY, a_request, query


def full_day(house: House, visits: int) -> list[Visit]:
    """Visits of one clinician on one day, soonest first."""
    booked: list[Visit] = []
    for _ in range(visits):
        wish = query(start=NOW + timedelta(days=1))
        if booked:
            wish = replace(wish, practitioner_id=booked[0].practitioner.id, start=booked[-1].appointment.end)
        slot = slot_search.find(house, wish, NOW, limit=1)[0]
        request = a_request(house, start=slot.start, practitioner_id=slot.practitioner_id)
        visit = booking.book(house, request, SOMEBODY, NOW).visit
        assert visit is not None
        booked.append(visit)
    return booked


def day_of(house: House, visit: Visit, minutes: int = 0) -> Agenda:
    """The day of a visit as its clinician sees it some minutes after the visit's start."""
    doctor = Actor(frozenset({Role.CLINICIAN}), id="9", practitioner_id=visit.practitioner.id)
    start = visit.appointment.start
    day = start.astimezone(visit.location.tz).date()
    return agenda.of_day(house, day, doctor, start + timedelta(minutes=minutes))


def test_a_day_costs_the_same_for_many_visits(house: House, count_statements: Callable[[], int]) -> None:
    visits = full_day(house, 4)
    asked = []
    for left in (visits, visits[:2]):
        for gone in visits[len(left) :]:
            changing.cancel(house, gone.appointment.id, CancelledBy.DESK, CLERK, NOW)
        day_of(house, visits[0])
        before = count_statements()
        seen = day_of(house, visits[0])
        assert len(seen.stops) == len(left)
        assert {stop.tier for stop in seen.stops} == {Tier.NONE}
        asked.append(count_statements() - before)
    assert asked[0] == asked[1]


def test_whoever_was_seen_early_or_did_not_come_is_not_the_next(house: House) -> None:
    first, second = full_day(house, 2)
    start = first.appointment.start
    shown = day_of(house, first, 1).next
    assert shown is not None
    assert shown.visit.appointment.id == first.appointment.id
    desk_status.set_state(
        house, first.appointment.public_id, DeskState.NO_SHOW, CLERK, start + timedelta(minutes=2)
    )
    shown = day_of(house, first, 3).next
    assert shown is not None
    assert shown.visit.appointment.id == second.appointment.id

"""A clinician's own day: whom they see and when, what was answered before, when they are away, and their hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from scheduler.domain.absence import Absence
from scheduler.domain.actor import Actor
from scheduler.domain.desk_state import DeskState, state
from scheduler.domain.directory import Practitioner
from scheduler.domain.errors import NotPermitted
from scheduler.domain.interval import Interval, instant
from scheduler.domain.right import Right, demand
from scheduler.domain.safety_gate import Tier
from scheduler.domain.schedule import WeeklyHours
from scheduler.domain.visit import Visit
from scheduler.domain.wall_clock import day_span
from scheduler.persistence import answers, appointment_lists, schedules, visits
from scheduler.services import looking
from scheduler.services.house import House
from scheduler.services.looking import Seen

TO_COME = frozenset({DeskState.BOOKED, DeskState.CONFIRMED, DeskState.ARRIVED, DeskState.IN_ROOM})


@dataclass(frozen=True, slots=True)
class Stop:
    """One visit of the day, and where the answers before it led; None when nobody was asked."""

    visit: Visit
    tier: Tier | None


@dataclass(frozen=True, slots=True)
class Agenda:
    """A day of one clinician. `next` is whom they see next, if anybody."""

    clinician: Practitioner
    stops: tuple[Stop, ...]
    next: Stop | None
    away: tuple[Absence, ...]
    hours: tuple[WeeklyHours, ...]


def of_day(house: House, day: date, actor: Actor, now: datetime) -> Agenda:
    """Show a clinician their own day, and write down whom they saw.

    :raises NotPermitted: for whoever sees no patients here.
    """
    demand(actor, Right.SEE_OWN_DAY)
    number = actor.practitioner_id
    if number is None:
        raise NotPermitted
    with house.database.transaction() as connection:
        clinic = house.clinic(connection)
        start, end = (instant(edge) for edge in day_span(clinic.organization.zone, day.toordinal()))
        numbers = appointment_lists.of_clinician(connection, number, start, end)
        found = visits.many(connection, house.vault, clinic, numbers) if numbers else []
        looking.at_list(connection, actor, "see-own-day", [Seen.visit(visit) for visit in found], now)
        tiers = answers.tiers_of(connection, house.vault, numbers)
        stops = tuple(Stop(visit, tiers.get(visit.appointment.id)) for visit in found)
        absences = schedules.absences(connection, start, practitioner_id=number)
    today = Interval(start, end)
    return Agenda(
        clinician=clinic.practitioner(number),
        stops=stops,
        next=next((stop for stop in stops if _is_to_come(stop, now)), None),
        away=tuple(one for one in absences if one.interval.overlaps(today)),
        hours=tuple(one for one in clinic.weekly_hours if one.practitioner_id == number and _holds(one, day)),
    )


def _is_to_come(stop: Stop, now: datetime) -> bool:
    """Somebody who was seen early, or who did not come, is not the next one."""
    return stop.visit.appointment.end > now and state(stop.visit.appointment) in TO_COME


def _holds(hours: WeeklyHours, day: date) -> bool:
    begun = hours.valid_from is None or hours.valid_from <= day
    return begun and (hours.valid_until is None or day <= hours.valid_until)

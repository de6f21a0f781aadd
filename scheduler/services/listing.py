"""The free times of some days, for programs: asked in dates, answered with the picture of the clinic they belong to.

A date begins when the clinic's own calendar says so, and only the directory knows that calendar. So the dates become
instants here, by the picture at hand; the statement that reads the busy times tells whether it is the one in force.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from scheduler.domain import availability
from scheduler.domain.availability import BusyRow, Question, Slot
from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Audience, Mode
from scheduler.domain.errors import InvalidInput, NotFound, NotPermitted
from scheduler.domain.interval import instant
from scheduler.domain.wall_clock import day_span, local_day
from scheduler.domain.wording import N_
from scheduler.services import directory, slot_search
from scheduler.services.directory import cache_of
from scheduler.services.house import House
from scheduler.services.slot_search import SlotQuery


@dataclass(frozen=True, slots=True)
class DaysQuery:
    """A wish for times that begin on `days` dates of the clinic's calendar; `first` is today when it is not said."""

    visit_type_code: str
    mode: Mode
    first: date | None
    days: int
    practitioner_id: int | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """Free times, soonest first, and the clinic they are at."""

    clinic: Clinic
    slots: tuple[Slot, ...]


def list_days(house: House, wish: DaysQuery, now: datetime) -> Listing:
    """List the free times of some days that a patient may book.

    :raises InvalidInput: when the clinic has no such visit, mode or clinician.
    :raises NotPermitted: when the desk alone books such visits.
    """
    question, busy = _look(house, wish, now)
    _refuse_unfit(question, wish)
    return Listing(question.clinic, tuple(availability.free_slots(question, busy)))


def _look(house: House, wish: DaysQuery, now: datetime) -> tuple[Question, list[BusyRow]]:
    """Ask with the picture at hand, and again with the newest when that has another calendar or more visits."""
    known = cache_of(house.database).last() or directory.clinic(house.database)
    try:
        question, busy = slot_search.look(house, _within(known, wish, now), now)
    except NotFound:
        known = directory.clinic(house.database)
        try:
            return slot_search.look(house, _within(known, wish, now), now)
        except NotFound:
            raise InvalidInput({"visit_type": N_("The clinic does not offer this visit.")}) from None
    if question.clinic.organization.zone == known.organization.zone:
        return question, busy
    return slot_search.look(house, _within(question.clinic, wish, now), now)


def _within(clinic: Clinic, wish: DaysQuery, now: datetime) -> SlotQuery:
    zone = clinic.organization.zone
    first = (wish.first or local_day(zone, int(now.timestamp()))).toordinal()
    return SlotQuery(
        wish.visit_type_code,
        wish.mode,
        instant(day_span(zone, first)[0]),
        instant(day_span(zone, first + wish.days)[0]),
        wish.practitioner_id,
    )


def _refuse_unfit(question: Question, wish: DaysQuery) -> None:
    visit_type = question.visit_type
    if not visit_type.active:
        raise InvalidInput({"visit_type": N_("The clinic does not offer this visit.")})
    if not {Audience.PATIENT, Audience.KNOWN_PATIENT} & visit_type.bookable_by:
        raise NotPermitted
    if wish.mode not in visit_type.modes:
        raise InvalidInput({"mode": N_("This visit cannot be booked in this way.")})
    if wish.practitioner_id is not None and not _works_here(question.clinic, wish.practitioner_id):
        raise InvalidInput({"practitioner": N_("The clinic has no such clinician.")})


def _works_here(clinic: Clinic, practitioner_id: int) -> bool:
    with suppress(NotFound):
        return clinic.practitioner(practitioner_id).active
    return False

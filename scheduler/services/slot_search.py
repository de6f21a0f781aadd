"""Which times can be offered: the one question that listing, keeping and booking a time all ask.

The busy rows and the directory's version come from one statement. The picture of the directory is guessed first (it
names whose rows are needed) and the question is put again in the rare case that the version says otherwise; so what a
page shows and what a booking accepts are decided by one rule, on one state of the clinic.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection

from scheduler.domain import availability
from scheduler.domain.availability import BusyRow, Question, Reason, Slot
from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Mode
from scheduler.domain.interval import epoch
from scheduler.persistence import occupancy
from scheduler.services import directory
from scheduler.services.directory import cache_of
from scheduler.services.house import House


class PartOfDay(StrEnum):
    """The part of the local day a person prefers."""

    MORNING = "morning"
    AFTERNOON = "afternoon"


NOON = 12


@dataclass(frozen=True, slots=True)
class SlotQuery:
    """A wish for a time: `[start, end)` in aware instants.

    `for_desk` lifts notice and horizon; `moving` is the number of the visit that wants to move, whose own time does not
    stand in its way; `hold_id` is the time that the asker keeps already. The desk may ask for one `room_id`, and for
    another length than the kind of visit has (`minutes`).
    """

    visit_type_code: str
    mode: Mode
    start: datetime
    end: datetime
    practitioner_id: int | None = None
    part_of_day: PartOfDay | None = None
    for_desk: bool = False
    moving: int | None = None
    hold_id: str | None = None
    room_id: int | None = None
    minutes: int | None = None


def read(
    connection: Connection, house: House, query: SlotQuery, now: datetime, *, also: tuple[int, ...] = ()
) -> tuple[Question, list[BusyRow]]:
    """The question in full and the busy rows that answer it, in one statement; `also` adds resources (the patient).

    :raises NotFound: when the clinic has no such visit type.
    """
    clinic = cache_of(house.database).last() or house.clinic(connection)
    while True:
        question = _question(clinic, query, now)
        version, busy = occupancy.busy(
            connection,
            (*question.resources, *also),
            question.reach,
            question.now,
            without_appointment=query.moving,
            beside_hold=query.hold_id,
        )
        if version == clinic.version:
            return question, busy
        clinic = house.clinic(connection)


def look(house: House, query: SlotQuery, now: datetime) -> tuple[Question, list[BusyRow]]:
    """The same for those who only look: a glance, unless the picture of the clinic has to be read anew.

    :raises NotFound: when the clinic has no such visit type.
    """
    clinic = cache_of(house.database).last() or directory.clinic(house.database)
    while True:
        question = _question(clinic, query, now)
        version, busy = occupancy.busy_at_a_glance(
            house.database,
            question.resources,
            question.reach,
            question.now,
            without_appointment=query.moving,
            beside_hold=query.hold_id,
        )
        if version == clinic.version:
            return question, busy
        clinic = directory.clinic(house.database)


def find(house: House, query: SlotQuery, now: datetime, limit: int | None = None) -> tuple[Slot, ...]:
    """List free times, soonest first."""
    question, busy = look(house, query, now)
    if query.part_of_day is None:
        return tuple(availability.free_slots(question, busy, limit))
    fitting = [
        slot for slot in availability.free_slots(question, busy) if _fits(slot, query, question.clinic)
    ]
    return tuple(fitting[:limit])


@dataclass(frozen=True, slots=True)
class Offer:
    """What a person choosing a time sees first: the soonest times, and every day that has one."""

    soonest: tuple[Slot, ...]
    days: tuple[date, ...]
    clinic: Clinic


def overview(house: House, query: SlotQuery, now: datetime, soonest: int = 3) -> Offer:
    """Show the soonest times and the days with free ones."""
    question, busy = look(house, query, now)
    if query.part_of_day is None:
        first, free_days = availability.overview(question, busy, soonest)
        return Offer(tuple(first), tuple(free_days), question.clinic)
    fitting = [
        slot for slot in availability.free_slots(question, busy) if _fits(slot, query, question.clinic)
    ]
    days = sorted({_local_day(slot, question.clinic) for slot in fitting})
    return Offer(tuple(fitting[:soonest]), tuple(days), question.clinic)


def explain(
    house: House, query: SlotQuery, start: datetime, now: datetime, practitioner_id: int | None = None
) -> Reason | None:
    """Say why `start` is not offered; None when it is."""
    narrow = replace(query, start=start, end=start, practitioner_id=practitioner_id or query.practitioner_id)
    question, busy = look(house, _around(narrow), now)
    return availability.explain(question, busy, start)


def nearest(
    house: House, query: SlotQuery, start: datetime, now: datetime, count: int = 3
) -> tuple[Slot, ...]:
    """List the free times closest to `start`, within the query's window."""
    question, busy = look(house, query, now)
    return availability.nearest(question, busy, start, count)


def _around(query: SlotQuery) -> SlotQuery:
    return replace(query, end=query.start.fromtimestamp(query.start.timestamp() + 1, query.start.tzinfo))


def _question(clinic: Clinic, query: SlotQuery, now: datetime) -> Question:
    kind = clinic.visit_type(query.visit_type_code)
    return Question(
        clinic=clinic,
        visit_type=kind if query.minutes is None else replace(kind, minutes=query.minutes),
        mode=query.mode,
        start=epoch(query.start),
        end=epoch(query.end),
        now=epoch(now),
        practitioner_id=query.practitioner_id,
        audience_notice=not query.for_desk,
        room_id=query.room_id,
    )


def _fits(slot: Slot, query: SlotQuery, clinic: Clinic) -> bool:
    before_noon = slot.start.astimezone(clinic.location(slot.location_id).tz).hour < NOON
    return before_noon is (query.part_of_day is PartOfDay.MORNING)


def _local_day(slot: Slot, clinic: Clinic) -> date:
    return slot.start.astimezone(clinic.location(slot.location_id).tz).date()

"""Booking at the desk: for somebody on the phone, somebody who has walked in, or a whole series of follow-ups.

The one way to book stays `booking.book`; here stands what the desk does around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduler.domain.actor import Actor
from scheduler.domain.booking import BookingRequest
from scheduler.domain.desk_state import DeskState
from scheduler.domain.directory import Mode
from scheduler.domain.errors import NotOffered, PatientBusy, SlotTaken
from scheduler.domain.right import Right, demand
from scheduler.domain.slot import Slot
from scheduler.domain.visit import Visit
from scheduler.services import booking, desk_status, slot_search
from scheduler.services.house import House
from scheduler.services.slot_search import SlotQuery

STEP = timedelta(minutes=5)
MOST_VISITS = 12
LOOKS_AHEAD = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Missed:
    """A visit of a series whose time was not free, with the nearest that are."""

    start: datetime
    alternatives: tuple[Slot, ...]


def book(house: House, request: BookingRequest, actor: Actor, now: datetime) -> Visit:
    """Book one visit for somebody at the desk.

    :raises SlotTaken, NotOffered: with the nearest free times.
    :raises PatientBusy, NotPermitted, InvalidInput: as their sentences say.
    """
    demand(actor, Right.BOOK)
    demand(actor, Right.SEE_PEOPLE)
    visit = booking.book(house, request, actor, now).visit
    assert visit is not None
    return visit


def soonest(house: House, code: str, day: date, zone: ZoneInfo, now: datetime) -> datetime | None:
    """The first free time of a kind of visit in person from a day on, where a booking form may begin."""
    begins = max(datetime.combine(day, time.min, zone).astimezone(UTC), now)
    query = SlotQuery(code, Mode.IN_PERSON, begins, begins + LOOKS_AHEAD, for_desk=True)
    found = slot_search.find(house, query, now, limit=1)
    return found[0].start if found else None


def walk_in(house: House, request: BookingRequest, actor: Actor, now: datetime) -> Visit:
    """Book somebody who stands at the counter, and note that they are here.

    :raises SlotTaken, NotOffered: with the nearest free times.
    """
    visit = book(house, replace(request, source="walk-in"), actor, now)
    return desk_status.set_state(house, visit.appointment.public_id, DeskState.ARRIVED, actor, now)


def further(
    house: House, first: Visit, request: BookingRequest, weeks: int, count: int, actor: Actor, now: datetime
) -> tuple[list[Visit], list[Missed]]:
    """Book the further visits of a series, each so many weeks after the one before at the same hour of the wall.

    Each is a visit of its own; one whose time is not free is named, and the others are booked all the same.
    """
    booked: list[Visit] = []
    missed: list[Missed] = []
    for start in starts_of(first, weeks, count):
        wish = replace(
            request,
            start=start,
            patient_id=first.appointment.patient_id,
            practitioner_id=first.appointment.practitioner_id,
        )
        try:
            booked.append(book(house, wish, actor, now))
        except (SlotTaken, NotOffered) as refusal:
            missed.append(Missed(start, refusal.alternatives))
        except PatientBusy:
            missed.append(Missed(start, ()))
    return booked, missed


def starts_of(first: Visit, weeks: int, count: int) -> Sequence[datetime]:
    """When the further visits of a series begin; the wall's hour stays, whatever the clocks do."""
    local = first.appointment.start.astimezone(ZoneInfo(first.location.zone))
    return [
        (local + timedelta(weeks=weeks * step)).astimezone(UTC) for step in range(1, min(count, MOST_VISITS))
    ]


def soon(now: datetime) -> datetime:
    """The next full five minutes: when somebody who walks in may begin."""
    past = timedelta(minutes=now.minute % 5, seconds=now.second, microseconds=now.microsecond)
    return now if not past else now - past + STEP

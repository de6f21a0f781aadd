"""Fill the database with very many made-up visits, to see whether the clinic stays quick when it is full.

New clinicians, each with a room of their own, get the days ahead four fifths full; what is left of the number goes
into the past, day by day backwards. Patients come round again and again, never twice on one day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import chain, count, cycle, islice
from random import Random

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Location, Mode, Place, Practitioner, Room, npi_from
from scheduler.domain.founding.crowd import FAMILY, GIVEN
from scheduler.domain.founding.fullness import Filling, Placed
from scheduler.domain.schedule import WeeklyHours
from scheduler.persistence import audit, directory, entries, schedules
from scheduler.services import founding, populating
from scheduler.services.house import House
from scheduler.services.populating import Known

AHEAD_DAYS = 90
FULLNESS = 0.8
BATCH = 10_000
MORNING, AFTERNOON = (8 * 60, 12 * 60), (13 * 60, 17 * 60)
MODES = (Mode.IN_PERSON, Mode.IN_PERSON, Mode.VIRTUAL, Mode.IN_PERSON, Mode.VIRTUAL)
"""How the new clinicians see people from Monday to Friday."""
BUSIEST_DAY = 24
"""More visits than one clinician has in a day: so many patients a clinician keep anybody from two visits a day."""

Progress = Callable[[int], None]


def load(
    house: House, practitioners: int, appointments: int, actor: Actor, now: datetime, told: Progress
) -> None:
    """Add so many clinicians and so many visits; `told` hears of each batch how many visits it had."""
    founding.found(house.database, actor, now)
    chance = Random(practitioners)  # noqa: S311 - made-up data must be the same every time
    with house.database.transaction() as connection:
        hired, rooms = _hire(connection, practitioners)
        clinic = directory.read_clinic(connection)
        crowd = populating.people_of(connection, house, _crowd(practitioners, appointments), chance, now)
        detail = {"practitioners": str(practitioners), "appointments": str(appointments)}
        audit.record(connection, actor, "load", "organization", 1, now=now, detail=detail)
    staff = [clinic.practitioner(number) for number in hired]
    filling = Filling(clinic, staff, chance, FULLNESS, [clinic.room(number) for number in rooms])
    visits = islice(_visits(filling, now), appointments)
    _write(house, visits, crowd, chance, now, told)


def _write(
    house: House,
    visits: Iterator[Placed],
    crowd: Sequence[Known],
    chance: Random,
    now: datetime,
    told: Progress,
) -> None:
    patients = cycle(crowd)
    while batch := list(islice(visits, BATCH)):
        with house.database.transaction() as connection:
            populating.visits_of(connection, house, batch, patients, chance, now)
        told(len(batch))


def _visits(filling: Filling, now: datetime) -> Iterator[Placed]:
    """The days ahead, then the past backwards without an end."""
    today = now.date()
    ahead = (today + timedelta(days=step) for step in range(1, AHEAD_DAYS + 1))
    past = (today - timedelta(days=step) for step in count())
    return chain.from_iterable(filling.day(day) for day in chain(ahead, _since_the_calendar_began(past)))


def _since_the_calendar_began(days: Iterator[date]) -> Iterator[date]:
    for day in days:
        if day.year < 1990:
            return
        yield day


def _crowd(practitioners: int, appointments: int) -> int:
    return max(practitioners * BUSIEST_DAY, min(appointments // 20, 50_000), 1)


def _hire(connection: Connection, count_of: int) -> tuple[list[int], list[int]]:
    """Add clinicians with a full week at the first office, and a room for each; returns both numbers."""
    clinic = directory.read_clinic(connection)
    first, office = len(clinic.practitioners), clinic.locations[0]
    numbers = range(first, first + count_of)
    rooms = [
        entries.save_room(connection, Room(0, office.id, f"Exam room {number}", "exam")) for number in numbers
    ]
    hired = [_hire_one(connection, clinic, office, number) for number in numbers]
    directory.bump(connection)
    return hired, rooms


def _hire_one(connection: Connection, clinic: Clinic, office: Location, number: int) -> int:
    practitioner = Practitioner(
        id=0,
        prefix="Dr.",
        given_name=GIVEN[number % len(GIVEN)],
        family_name=f"{FAMILY[number // len(GIVEN) % len(FAMILY)]} {number}",
        credentials="MD",
        npi=npi_from(200_000_000 + number),
        licensed_states=("TX",),
        languages=("en", "es"),
        places=tuple(Place(office.id, mode) for mode in dict.fromkeys(MODES)),
        visit_type_codes=frozenset(kind.code for kind in clinic.visit_types if kind.room_kind == "exam"),
    )
    hired = entries.save_practitioner(connection, practitioner)
    for weekday, mode in enumerate(MODES):
        for opens, closes in (MORNING, AFTERNOON):
            schedules.save_weekly_hours(
                connection, WeeklyHours(0, hired, office.id, mode, weekday, opens, closes)
            )
    return hired

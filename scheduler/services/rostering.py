"""Change the directory: who works where and when, in which rooms, for which visits; and what happens to booked visits.

Each change is one transaction: raise the directory's number (which queues the writers), wait for every clinician (so
that no booking is half done), write, compare the picture before with the picture after, and refuse or pass on the
visits that lost their place. Whoever confirms names the visits they saw by a mark; when others stand in the way by
then, they are asked again. Confirmed, each visit becomes a row on the desk's list: it is never moved or cancelled by
itself.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from scheduler.domain import entries as rules
from scheduler.domain.actor import Actor
from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Location, Organization, Practitioner, Room, VisitType
from scheduler.domain.errors import NotFound
from scheduler.domain.right import Right, demand
from scheduler.domain.schedule import Closure, DatedHours, WeeklyHours
from scheduler.domain.stranding import stranded
from scheduler.persistence import appointment_lists, directory, entries, occupancy, schedules
from scheduler.services import stranding
from scheduler.services.house import House

FAR = timedelta(days=3 * 366)
"""How far ahead booked visits are looked at: beyond every horizon."""

Write = Callable[[Connection], int]


def save_organization(
    house: House, organization: Organization, actor: Actor, now: datetime, confirmed: str | None = None
) -> None:
    """Change the clinic's identity.

    :raises InvalidInput, StrandsVisits: as `save_location`.
    """
    rules.check_organization(organization)

    def write(connection: Connection) -> int:
        entries.save_organization(connection, organization)
        return 1

    _change(house, write, ("edit", "organization"), actor, now, confirmed)


def save_location(
    house: House, location: Location, actor: Actor, now: datetime, confirmed: str | None = None
) -> int:
    """Add or change an office; returns its id.

    :raises InvalidInput: when a field cannot be used.
    :raises StrandsVisits: when booked visits would lose their place and `confirmed` is not their mark.
    """
    return _change(
        house,
        lambda connection: entries.save_location(connection, location),
        (_verb(location.id), "location"),
        actor,
        now,
        confirmed,
        lambda clinic: rules.check_location(clinic, location),
    )


def save_room(house: House, room: Room, actor: Actor, now: datetime, confirmed: str | None = None) -> int:
    """Add or change a room; returns its id.

    :raises InvalidInput, StrandsVisits: as `save_location`.
    """
    return _change(
        house,
        lambda connection: entries.save_room(connection, room),
        (_verb(room.id), "room"),
        actor,
        now,
        confirmed,
        lambda clinic: rules.check_room(clinic, room),
    )


def save_practitioner(
    house: House, practitioner: Practitioner, actor: Actor, now: datetime, confirmed: str | None = None
) -> int:
    """Add or change a clinician; returns the id.

    :raises InvalidInput, StrandsVisits: as `save_location`.
    """
    return _change(
        house,
        lambda connection: entries.save_practitioner(connection, practitioner),
        (_verb(practitioner.id), "practitioner"),
        actor,
        now,
        confirmed,
        lambda clinic: rules.check_practitioner(clinic, practitioner),
    )


def save_visit_type(
    house: House, visit_type: VisitType, actor: Actor, now: datetime, confirmed: str | None = None
) -> int:
    """Add or change a kind of visit; booked ones stay as they were booked. Returns its id.

    :raises InvalidInput, StrandsVisits: as `save_location`; retiring it or taking a way to meet away strands visits.
    """
    return _change(
        house,
        lambda connection: entries.save_visit_type(connection, visit_type),
        (_verb(visit_type.id), "visit-type"),
        actor,
        now,
        confirmed,
        lambda clinic: rules.check_visit_type(clinic, visit_type),
    )


def save_weekly_hours(
    house: House, hours: WeeklyHours, actor: Actor, now: datetime, confirmed: str | None = None
) -> int:
    """Add or change one weekly window; returns its id.

    :raises InvalidInput, StrandsVisits: as `save_location`.
    """
    return _change(
        house,
        lambda connection: schedules.save_weekly_hours(connection, hours),
        (_verb(hours.id), "weekly-hours"),
        actor,
        now,
        confirmed,
        lambda clinic: rules.check_weekly_hours(clinic, hours),
    )


def save_dated_hours(
    house: House, hours: DatedHours, actor: Actor, now: datetime, confirmed: str | None = None
) -> int:
    """Add or change the extra hours of one date; returns their id.

    :raises InvalidInput, StrandsVisits: as `save_location`.
    """
    return _change(
        house,
        lambda connection: schedules.save_dated_hours(connection, hours),
        (_verb(hours.id), "dated-hours"),
        actor,
        now,
        confirmed,
        lambda clinic: rules.check_dated_hours(clinic, hours),
    )


def save_closure(
    house: House, closure: Closure, actor: Actor, now: datetime, confirmed: str | None = None
) -> int:
    """Add or change a closed day; returns its id.

    :raises InvalidInput, StrandsVisits: as `save_location`.
    """
    return _change(
        house,
        lambda connection: schedules.save_closure(connection, closure),
        (_verb(closure.id), "closure"),
        actor,
        now,
        confirmed,
        lambda clinic: rules.check_closure(clinic, closure),
    )


def remove_weekly_hours(
    house: House, number: int, actor: Actor, now: datetime, confirmed: str | None = None
) -> None:
    """Take one weekly window off the list.

    :raises NotFound: when there is none.
    :raises StrandsVisits: as `save_location`.
    """
    _remove(house, schedules.remove_weekly_hours, number, "weekly-hours", actor, now, confirmed)


def remove_dated_hours(
    house: House, number: int, actor: Actor, now: datetime, confirmed: str | None = None
) -> None:
    """Take the extra hours of one date off the list.

    :raises NotFound, StrandsVisits: as `remove_weekly_hours`.
    """
    _remove(house, schedules.remove_dated_hours, number, "dated-hours", actor, now, confirmed)


def remove_closure(
    house: House, number: int, actor: Actor, now: datetime, confirmed: str | None = None
) -> None:
    """Be open again on a day that was closed.

    :raises NotFound: when there is no such closure.
    """
    _remove(house, schedules.remove_closure, number, "closure", actor, now, confirmed)


def _verb(number: int) -> str:
    return "edit" if number else "add"


def _remove(
    house: House,
    remove: Callable[[Connection, int], bool],
    number: int,
    kind: str,
    actor: Actor,
    now: datetime,
    confirmed: str | None,
) -> None:
    def write(connection: Connection) -> int:
        if not remove(connection, number):
            raise NotFound
        return number

    _change(house, write, ("remove", kind), actor, now, confirmed)


def _change(
    house: House,
    write: Write,
    act: tuple[str, str],
    actor: Actor,
    now: datetime,
    confirmed: str | None,
    check: Callable[[Clinic], None] | None = None,
) -> int:
    """Write one change of the directory; returns the id of what was written."""
    demand(actor, Right.KEEP_DIRECTORY)
    with house.database.transaction() as connection:
        directory.bump(connection)
        before = directory.read_clinic(connection)
        if check is not None:
            check(before)
        occupancy.lock(connection, [practitioner.id for practitioner in before.practitioners])
        visits = appointment_lists.open_between(connection, now, now + FAR)
        number = write(connection)
        left = stranded(before, directory.read_clinic(connection), visits)
        stranding.refuse_unseen(left, confirmed)
        stranding.pass_on(connection, house, left, act[1], now)
        stranding.record(connection, actor, act, number, left, now)
    return number

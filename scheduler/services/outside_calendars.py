"""Clinicians' own calendars: added, read again and again, and what they say blocks booking.

When one is to be read again is a chore of the clinic like any other (`timed_actions`), owed with the reading before.
Reading takes seconds and may fail, so it happens in no transaction: the chore only asks for it, the worker takes the
calendar, reads it, and settles what came of it. A calendar that cannot be read keeps what was read last. A busy time
never moves a visit: it becomes something for the desk to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import Connection

from scheduler.domain.actor import SYSTEM, Actor
from scheduler.domain.appointment import Appointment
from scheduler.domain.errors import InvalidInput, NotFound
from scheduler.domain.interval import Interval, Span, epoch, instant, merge
from scheduler.domain.notification import Kind
from scheduler.domain.outside_calendar import (
    AHEAD,
    MOST,
    OutsideCalendar,
    Reading,
    Validators,
    next_check,
    read_address,
)
from scheduler.domain.right import Right, demand
from scheduler.domain.wording import N_
from scheduler.domain.worklist import End
from scheduler.persistence import (
    appointment_lists,
    audit,
    busy_times,
    occupancy,
    outside_calendars,
    worklist,
)
from scheduler.services import announcement
from scheduler.services.house import House
from scheduler.services.stranding import SOON

CLASH = "calendar-clash"
READING = "calendar:"
LEASE = timedelta(minutes=2)
"""Longer than any reading takes: after it another worker may try."""


@dataclass(frozen=True, slots=True)
class Job:
    """A calendar to read: where, what is known of it, for which stretch, and in which zone days are days."""

    id: str
    practitioner_id: int
    address: str
    validators: Validators
    window: Span
    zone: str
    own_domain: str


def of_practitioner(house: House, practitioner_id: int) -> list[OutsideCalendar]:
    """Show the calendars of one clinician."""
    with house.database.reading() as connection:
        return outside_calendars.of_practitioner(connection, house.vault, practitioner_id)


def everybodys(house: House) -> list[OutsideCalendar]:
    """Show all calendars."""
    with house.database.reading() as connection:
        return outside_calendars.everybodys(connection, house.vault)


def add(house: House, practitioner_id: int, typed: str, actor: Actor, now: datetime) -> None:
    """Add a calendar by its address; it is read at once.

    :raises InvalidInput: when the address cannot be asked for, is there already, or there are too many.
    :raises NotFound: when there is no such clinician.
    :raises NotPermitted: for somebody else's, unless the actor keeps the directory.
    """
    address = read_address(typed)
    with house.database.transaction() as connection:
        house.clinic(connection).practitioner(practitioner_id)
        _demand(actor, practitioner_id)
        known = outside_calendars.of_practitioner(connection, house.vault, practitioner_id)
        if any(one.address == address for one in known):
            raise InvalidInput({"address": N_("This calendar is on the list already.")})
        if len(known) >= MOST:
            raise InvalidInput({"address": N_("There are too many calendars. Please remove one first.")})
        number = outside_calendars.add(connection, house.vault, practitioner_id, address, now)
        audit.record(connection, actor, "add", "outside-calendar", number, now=now)


def remove(house: House, number: str, actor: Actor, now: datetime) -> None:
    """Take a calendar away, and give back the time that it blocked.

    :raises NotFound: when it is not there.
    :raises NotPermitted: as `add`.
    """
    with house.database.transaction() as connection:
        calendar = _mine(connection, house, number, actor)
        who = calendar.practitioner_id
        occupancy.lock(connection, [who])
        changed = busy_times.replace(connection, number, who, ())
        outside_calendars.remove(connection, number)
        _settle_clashes(connection, house, who, changed, now)
        audit.record(connection, actor, "remove", "outside-calendar", number, now=now)


def look_again(house: House, number: str, actor: Actor, now: datetime) -> None:
    """Let a calendar be read at once.

    :raises NotFound, NotPermitted: as `remove`.
    """
    with house.database.transaction() as connection:
        _mine(connection, house, number, actor)
        outside_calendars.want(connection, number, now)


def take(house: House, now: datetime) -> Job | None:
    """Take the calendar that has waited longest to be read; None when none is due."""
    with house.database.glance() as connection:
        if not outside_calendars.is_any_due(connection, now):
            return None
    with house.database.transaction() as connection:
        number = outside_calendars.take_due(connection, now, LEASE)
        calendar = outside_calendars.get(connection, house.vault, number) if number else None
        if calendar is None:
            return None
        today = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
        return Job(
            id=calendar.id,
            practitioner_id=calendar.practitioner_id,
            address=calendar.address,
            validators=_told(calendar, now),
            window=(epoch(today), epoch(today + AHEAD)),
            zone=house.clinic(connection).organization.zone,
            own_domain=house.host,
        )


def settle(house: House, job: Job, reading: Reading, now: datetime) -> None:
    """Write down what came of a reading: its busy times block booking from now on, or the trouble is remembered."""
    with house.database.transaction() as connection:
        calendar = outside_calendars.get(connection, house.vault, job.id)
        if calendar is None:
            return
        if reading.trouble is not None:
            outside_calendars.note_trouble(connection, job.id, reading.trouble.value, now)
            _owe_next(connection, job.id, next_check(now, calendar.failures + 1), now)
            return
        count = None if reading.busy is None else len(reading.busy)
        if reading.busy is not None:
            occupancy.lock(connection, [job.practitioner_id])
            changed = busy_times.replace(connection, job.id, job.practitioner_id, reading.busy)
            _settle_clashes(connection, house, job.practitioner_id, changed, now)
        outside_calendars.note_read(connection, job.id, reading.validators, now, count)
        _owe_next(connection, job.id, next_check(now, 0), now)


def ask(connection: Connection, house: House, subject: str, now: datetime) -> str:
    """Let a calendar be read whose time has come; says why not when that is settled already."""
    number, checked = subject.removeprefix(READING).split(":")
    calendar = outside_calendars.get(connection, house.vault, number)
    if calendar is None:
        return "taken away"
    if calendar.checked_at is None or epoch(calendar.checked_at) != int(checked):
        return "read since"
    outside_calendars.want(connection, number, now)
    return ""


def _owe_next(connection: Connection, number: str, again: datetime, now: datetime) -> None:
    """Owe the next reading, by the moment of this one: one that somebody asks for earlier owes its own next."""
    announcement.owe_chore(connection, Kind.READ_CALENDAR, f"{READING}{number}:{epoch(now)}", again, now)


def _told(calendar: OutsideCalendar, now: datetime) -> Validators:
    """What the server said last, unless a day has begun since: then the stretch ahead reaches one day farther."""
    read = calendar.read_at
    is_todays = read is not None and read.astimezone(UTC).date() == now.astimezone(UTC).date()
    return calendar.validators if is_todays else Validators()


def _mine(connection: Connection, house: House, number: str, actor: Actor) -> OutsideCalendar:
    calendar = outside_calendars.get(connection, house.vault, number)
    if calendar is None:
        raise NotFound
    _demand(actor, calendar.practitioner_id)
    return calendar


def _demand(actor: Actor, practitioner_id: int) -> None:
    is_own = actor.practitioner_id == practitioner_id
    demand(actor, Right.BLOCK_OWN_TIME if is_own else Right.KEEP_DIRECTORY)


def _settle_clashes(
    connection: Connection, house: House, practitioner_id: int, changed: busy_times.Changed, now: datetime
) -> None:
    """Put visits that a new busy time meets on the desk's list, and take those off that nothing meets any more."""
    spans = merge((*changed.added, *changed.gone))
    if not spans:
        return
    first, last = instant(spans[0][0]), instant(spans[-1][1])
    since = max(now, first - timedelta(days=1))
    visits = appointment_lists.open_between(connection, since, last, practitioner_id=practitioner_id)
    touched = [visit for visit in visits if busy_times.meets(spans, _span(visit))]
    if not touched:
        return
    busy = merge(busy_times.between(connection, practitioner_id, first - timedelta(days=1), last))
    added = merge(changed.added)
    waiting = worklist.waiting(connection, CLASH, [visit.id for visit in touched])
    for visit in touched:
        if visit.id in waiting and not busy_times.meets(busy, _span(visit)):
            worklist.settle(connection, house.vault, [CLASH], visit.id, End.WITHDRAWN, SYSTEM, now)
        if visit.id not in waiting and busy_times.meets(added, _span(visit)):
            _tell_desk(connection, house, visit, now)


def _tell_desk(connection: Connection, house: House, visit: Appointment, now: datetime) -> None:
    worklist.add(
        connection,
        house.vault,
        CLASH,
        {},
        urgency="urgent" if visit.start - now < SOON else "normal",
        language=visit.language,
        now=now,
        appointment_id=visit.id,
    )


def _span(visit: Appointment) -> Span:
    return Interval(visit.start, visit.end).span

"""Planning the messages of the coming visits anew after the clinic changed its rules: by the worker, a few at a time.

Context. A manager who moves a reminder from two days to three means the visits that are booked already as well, and
there may be thousands.

Decision. The change owes one chore. It takes a handful of visits in the order of their time, plans each afresh in one
short transaction, and owes the next handful. A newer change drops what is left of the older one and begins again.

Consequence. Bookings wait for no more than a handful of visits, a crash repeats one handful, and repeating it changes
nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from scheduler.domain.appointment import OPEN, Status
from scheduler.domain.interval import epoch, instant
from scheduler.domain.notification import Kind
from scheduler.domain.visit import Visit
from scheduler.persistence import appointment_lists, appointments, planned_messages, visits
from scheduler.services import announcement
from scheduler.services.house import House

REPLAN = "replan:"
HANDFUL = 20
"""Visits planned by one transaction."""

SETTLE = timedelta(seconds=5)
"""By then a booking that still saw the old rules has ended."""

REST = timedelta(milliseconds=200)
"""So long others have the database to themselves between two handfuls."""

SINCE = timedelta(days=1)
"""A visit of this morning is still to be judged."""

MISSED_SINCE = timedelta(days=31)
"""So long after a missed visit a word about it may still be planned."""

STANDS = (*sorted(OPEN), Status.NOSHOW)
UNDER_WAY = timedelta(hours=1)


def begin(connection: Connection, version: int, now: datetime) -> None:
    """Owe the planning by the rules of this version of the clinic's directory."""
    planned_messages.end_replanning(connection, now + UNDER_WAY)
    _owe(connection, version, now - MISSED_SINCE, 0, now + SETTLE, now)


def is_under_way(house: House, now: datetime) -> bool:
    """Say whether some visits are still to be planned anew."""
    with house.database.glance() as connection:
        return planned_messages.is_replanning(connection, now + UNDER_WAY)


def step(connection: Connection, house: House, subject: str, now: datetime) -> None:
    """Plan the next handful after the one that `subject` names, and owe the rest."""
    version, start, number = map(int, subject.removeprefix(REPLAN).split(":"))
    found = appointment_lists.following(connection, STANDS, instant(start), number, HANDFUL)
    appointments.lock(connection, [each.id for each in found])
    clinic = house.clinic(connection)
    for visit in visits.many(connection, house.vault, clinic, [each.id for each in found]):
        if _is_to_plan(visit, now):
            announcement.plan_anew(connection, visit, now, announcement.RULES_CHANGED)
    if len(found) == HANDFUL:
        last = found[-1]
        _owe(connection, version, last.start, last.id, now + REST, now)


def _is_to_plan(visit: Visit, now: datetime) -> bool:
    """Say whether anything is still owed: nobody judges an old visit by rules that are new."""
    return visit.appointment.status is Status.NOSHOW or visit.appointment.start > now - SINCE


def _owe(
    connection: Connection, version: int, start: datetime, number: int, due_at: datetime, now: datetime
) -> None:
    subject = f"{REPLAN}{version}:{epoch(start)}:{number}"
    announcement.owe_chore(connection, Kind.REPLAN, subject, due_at, now)

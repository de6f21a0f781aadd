"""A visit that was declined in a calendar: its time is held for a while, the patient is asked, then it is given back.

A press on "decline" is easily made by mistake, and a calendar asks no second time. So nothing is given up at once: the
visit stands until the clinic has been open for a set while, the patient is told by mail how to keep it or choose
another time, and the desk sees it. A decline that comes too late for an online change is the desk's to answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from scheduler.domain.actor import SYSTEM, Actor
from scheduler.domain.appointment import CancelledBy
from scheduler.domain.call_back import Urgency
from scheduler.domain.news import Change
from scheduler.domain.notification import Addressee, Channel, Kind, Notification
from scheduler.domain.opening import after_open_time
from scheduler.domain.right import Right, demand
from scheduler.domain.visit import Visit
from scheduler.domain.worklist import End
from scheduler.persistence import appointments, audit, declines, outbox, visits, worklist
from scheduler.persistence.declines import Decline
from scheduler.services import announcement, changing, held_time, late_change
from scheduler.services.house import House

REASON = "declined-in-calendar"
USEFUL = timedelta(days=1)
SOON = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Held:
    """A declined visit, and when its time is given back."""

    visit: Visit
    until: datetime


def decline_within(
    connection: Connection, house: House, visit: Visit, addressee: Addressee, actor: Actor, now: datetime
) -> None:
    """Hold a declined visit and tell its people and the desk; a second decline while it is held changes nothing."""
    appointment = visit.appointment
    if declines.of_visit(connection, appointment.id, appointment.sequence) is not None:
        return
    if not visit.may_change(now):
        late_change.ask_within(connection, house, appointment.id, "cancel", "", actor, now)
        return
    if appointment.is_confirmed:
        unsaid = replace(appointment, confirmed_at=None, confirmed_by=None)
        appointments.change(connection, appointment, unsaid)
    until = held_until(house, connection, visit, now)
    number = declines.add(connection, appointment.id, appointment.sequence, addressee.value, now, until)
    outbox.owe(connection, [_giving_back(visit, number, until, now)], now)
    announcement.owe_about(connection, visit, Change.DECLINED, now)
    worklist.add(
        connection,
        house.vault,
        held_time.KIND,
        {"until": until.isoformat(), "phone": visit.patient.phone},
        urgency=(Urgency.URGENT if appointment.start - now < SOON else Urgency.NORMAL).value,
        language=appointment.language,
        now=now,
        appointment_id=appointment.id,
    )
    _record(connection, "decline", visit, actor, now)


def held_until(house: House, connection: Connection, visit: Visit, now: datetime) -> datetime:
    """When a visit declined now is given up: after the set while of opening time, at the latest when it begins."""
    clinic = house.clinic(connection)
    grace = timedelta(minutes=clinic.organization.decline_grace_minutes)
    return min(after_open_time(clinic, visit.location.id, now, grace), visit.appointment.start)


def give_up_at_once(house: House, appointment_id: int, actor: Actor, now: datetime) -> None:
    """Cancel a declined visit before its while is over: the desk has talked to the patient, say.

    :raises MoveRefused: when the visit can no longer change.
    """
    demand(actor, Right.CANCEL)
    with house.database.transaction() as connection:
        give_up_within(connection, house, appointment_id, actor, now)


def when_over(connection: Connection, house: House, appointment_id: int, sequence: int, now: datetime) -> str:
    """Give up a declined visit whose while is over; returns what came of it, in words for the ledger."""
    appointment = appointments.get(connection, appointment_id, locked=True)
    held = declines.of_visit(connection, appointment_id, sequence)
    if held is None or held.until > now:
        return "kept"
    if appointment.sequence != sequence or not appointment.is_open:
        held_time.end(connection, house, appointment_id, End.SETTLED, SYSTEM, now)
        return "visit changed"
    give_up_within(connection, house, appointment_id, SYSTEM, now)
    return ""


def held(house: House) -> tuple[Held, ...]:
    """Every declined visit that is held, the soonest to be given up first."""
    with house.database.reading() as connection:
        return held_of(connection, house, declines.pending(connection))


def held_of(connection: Connection, house: House, found: Sequence[Decline]) -> tuple[Held, ...]:
    """These declines with their visits; what has changed since is left out."""
    clinic = house.clinic(connection)
    numbers = [each.appointment_id for each in found]
    known = {
        visit.appointment.id: visit
        for visit in (visits.many(connection, house.vault, clinic, numbers) if numbers else ())
    }
    return tuple(
        Held(known[each.appointment_id], each.until)
        for each in found
        if known[each.appointment_id].appointment.is_open
        and known[each.appointment_id].appointment.sequence == each.sequence
    )


def until_when(house: House, visit: Visit) -> datetime | None:
    """When a visit will be given up because it was declined; None when it is not held."""
    with house.database.glance() as connection:
        found = declines.of_visit(connection, visit.appointment.id, visit.appointment.sequence)
    return None if found is None or not visit.appointment.is_open else found.until


def give_up_within(
    connection: Connection, house: House, appointment_id: int, actor: Actor, now: datetime
) -> None:
    """Cancel a declined visit in the caller's transaction.

    :raises MoveRefused: when the visit can no longer change.
    """
    held_time.end(connection, house, appointment_id, End.CANCELLED, actor, now)
    changing.cancel_within(
        connection, house, appointment_id, CancelledBy.PATIENT, actor, now, reason=REASON, in_time=True
    )


def _giving_back(visit: Visit, number: int, until: datetime, now: datetime) -> Notification:
    """The chore that gives the time back; a move or a cancellation before that silences it."""
    appointment = visit.appointment
    return Notification.about(
        appointment,
        Kind.DECLINE_GRACE,
        Channel.INTERNAL,
        Addressee.CLINIC,
        due_at=until,
        expires_at=until + USEFUL,
        occasion=str(number),
    )


def _record(connection: Connection, action: str, visit: Visit, actor: Actor, now: datetime) -> None:
    appointment = visit.appointment
    audit.record(
        connection,
        actor,
        action,
        "appointment",
        appointment.id,
        now=now,
        patient_id=appointment.patient_id,
        detail={"channel": "calendar"},
    )

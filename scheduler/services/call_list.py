"""The calls the desk makes for people who would rather hear a voice: who, why, and what came of it.

A call is a row of the same ledger as every mail and text, over the channel "phone": it is planned, silenced and counted
like them. Only the hand-over is a person's: they ring, and press what came of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.errors import StaleVersion
from scheduler.domain.interval import instant
from scheduler.domain.message_story import Entry, Outcome
from scheduler.domain.notification import Addressee, State, Verdict, verdict
from scheduler.domain.right import Right, demand
from scheduler.domain.visit import Visit
from scheduler.domain.wall_clock import day_span, local_day
from scheduler.domain.worklist import End
from scheduler.persistence import appointments, audit, messages, worklist
from scheduler.services.house import House
from scheduler.services.ledger import Line, lines_of, note_look

WRONG_NUMBER = "wrong-number"

_STATES: Mapping[Outcome, State] = {
    Outcome.REACHED: State.DELIVERED,
    Outcome.VOICEMAIL: State.SENT,
    Outcome.WRONG_NUMBER: State.UNDELIVERED,
}
"""Where each outcome leaves the row: a machine has the message, and nobody can say who heard it."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call: whom to ask for and at which number."""

    line: Line
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class CallList:
    """What is to be called today, the most pressing first, and what was called today, the newest first."""

    waiting: tuple[Call, ...]
    made: tuple[Call, ...]


def today(house: House, actor: Actor, now: datetime) -> CallList:
    """Show the calls of the clinic's day, and write down whose they are."""
    demand(actor, Right.SEND_MESSAGES)
    with house.database.transaction() as connection:
        start, end = _day(house, connection, now)
        waiting = lines_of(connection, house, messages.to_call(connection, end, now), now)
        made = lines_of(connection, house, messages.calls_made(connection, start), now)
        note_look(connection, (*waiting, *made), actor, now)
    return CallList(tuple(map(_call, waiting)), tuple(map(_call, made)))


def note(house: House, number: int, outcome: Outcome, actor: Actor, now: datetime) -> None:
    """Write down what came of a call; a wrong number goes on the worklist. The same press twice changes nothing.

    :raises NotFound: when there is no such message.
    :raises StaleVersion: when somebody else has settled the call, or it is no longer wanted.
    """
    demand(actor, Right.SEND_MESSAGES)
    with house.database.transaction() as connection:
        entry = messages.get(connection, number)
        if not messages.settle_call(connection, number, outcome, _STATES[outcome], now):
            if entry.outcome is outcome:
                return
            raise StaleVersion
        if outcome is Outcome.WRONG_NUMBER:
            _ask_for_number(connection, house, entry, now)
        _record(connection, f"call-{outcome.value}", entry, actor, now)


def take_back(house: House, number: int, actor: Actor, now: datetime) -> None:
    """Put a call back on the list: the wrong key was pressed.

    :raises NotFound: when there is no such message.
    :raises StaleVersion: when it is on the list already, its time has passed, or the visit has changed since.
    """
    demand(actor, Right.SEND_MESSAGES)
    with house.database.transaction() as connection:
        entry = messages.get(connection, number)
        visit = appointments.get(connection, entry.appointment_id, locked=True)
        current = visit.sequence, visit.status
        is_true = verdict(entry.kind, entry.sequence, entry.expires_at, now, current) is Verdict.GO
        if not is_true or not messages.reopen_call(connection, number, now):
            raise StaleVersion
        if entry.outcome is Outcome.WRONG_NUMBER:
            worklist.settle(
                connection, house.vault, [WRONG_NUMBER], entry.appointment_id, End.WITHDRAWN, actor, now
            )
        _record(connection, "call-again", entry, actor, now)


def _day(house: House, connection: Connection, now: datetime) -> tuple[datetime, datetime]:
    zone = house.clinic(connection).organization.zone
    start, end = day_span(zone, local_day(zone, int(now.timestamp())).toordinal())
    return instant(start), instant(end)


def _call(line: Line) -> Call:
    visit = line.visit
    if line.entry.addressee is Addressee.HELPER and visit.helper is not None:
        return Call(line, visit.helper.name, visit.helper.phone)
    return Call(line, visit.patient.name, _number(visit))


def _number(visit: Visit) -> str:
    """Where the patient will be, when they said so for this visit; else their own number."""
    return visit.virtual.callback_phone if visit.virtual else visit.patient.phone


def _ask_for_number(connection: Connection, house: House, entry: Entry, now: datetime) -> None:
    if entry.appointment_id in worklist.waiting(connection, WRONG_NUMBER, [entry.appointment_id]):
        return
    worklist.add(
        connection,
        house.vault,
        WRONG_NUMBER,
        {"kind": entry.kind.value},
        urgency="normal",
        language=entry.language,
        now=now,
        appointment_id=entry.appointment_id,
    )


def _record(connection: Connection, action: str, entry: Entry, actor: Actor, now: datetime) -> None:
    audit.record(
        connection,
        actor,
        action,
        "message",
        entry.id,
        now=now,
        patient_id=entry.patient_id,
        detail={"kind": entry.kind.value},
    )

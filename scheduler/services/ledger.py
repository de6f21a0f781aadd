"""The desk's look at the messages: what was sent to whom and why not, once more, or by a call instead.

Whoever looks at a person's messages is written down, one row for each person seen, in the transaction of the look.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain import message_again
from scheduler.domain.actor import Actor
from scheduler.domain.errors import CannotSend
from scheduler.domain.message_story import STATES, Entry, Group, Story, story
from scheduler.domain.notification import Channel, Kind, State
from scheduler.domain.right import Right, demand
from scheduler.domain.spoken_code import numbers_of
from scheduler.domain.visit import Visit
from scheduler.persistence import appointments, audit, channel_states, messages, outbox, visits
from scheduler.persistence.audit import Entry as Act
from scheduler.persistence.messages import Stretch
from scheduler.services import contact
from scheduler.services.house import House

PAGE = 50
"""Messages on one page of the ledger."""

CALLED_INSTEAD = "called-instead"


@dataclass(frozen=True, slots=True)
class Question:
    """What the desk looks for among the messages due in `[start, end)`; `page` counts from 0."""

    start: datetime
    end: datetime
    group: Group | None = None
    kind: Kind | None = None
    channel: Channel | None = None
    page: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One message with the visit it is about, what became of it, and what may be done."""

    entry: Entry
    visit: Visit
    story: Story
    may_resend: bool = False
    may_call: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """Some lines of the ledger; `has_more` says that another page follows.

    `came_back` is when mail to the patient's address last bounced, where the lines are about one visit.
    """

    lines: tuple[Line, ...]
    has_more: bool = False
    came_back: datetime | None = None


def look(house: House, asked: Question, actor: Actor, now: datetime) -> Found:
    """Show the messages of a stretch of time, and write down whose they were."""
    demand(actor, Right.SEE_MESSAGES)
    stretch = Stretch(
        asked.start,
        asked.end,
        STATES[asked.group] if asked.group else (),
        asked.kind,
        asked.channel,
        asked.page * PAGE,
        PAGE,
    )
    with house.database.transaction() as connection:
        entries = messages.of_stretch(connection, stretch)
        lines = lines_of(connection, house, entries[:PAGE], now)
        note_look(connection, lines, actor, now)
    return Found(lines, len(entries) > PAGE)


def look_by_code(house: House, code: str, actor: Actor, now: datetime) -> Found:
    """Show every message about the visit that a person names by its code on the phone."""
    demand(actor, Right.SEE_MESSAGES)
    with house.database.transaction() as connection:
        numbers = numbers_of(code, messages.highest_visit(connection))
        lines = lines_of(connection, house, messages.of_visits(connection, numbers), now) if numbers else ()
        note_look(connection, lines, actor, now)
    return Found(lines)


def of_visit(house: House, public_id: str, actor: Actor, now: datetime) -> tuple[Visit, Found]:
    """Show every message about one visit.

    :raises NotFound: when there is no such visit.
    """
    demand(actor, Right.SEE_MESSAGES)
    with house.database.transaction() as connection:
        appointment = appointments.named(connection, public_id, house.host)
        visit = visits.get(connection, house.vault, house.clinic(connection), appointment.id)
        lines = lines_of(connection, house, messages.of_visits(connection, [appointment.id]), now)
        came_back = contact.returned_at(connection, house, visit.patient)
        _note(connection, [(appointment.id, appointment.patient_id)], actor, now)
    return visit, Found(lines, came_back=came_back)


def one(house: House, number: int, actor: Actor, now: datetime) -> Line:
    """Show one message.

    :raises NotFound: when there is none.
    """
    demand(actor, Right.SEE_MESSAGES)
    with house.database.transaction() as connection:
        lines = lines_of(connection, house, [messages.get(connection, number)], now)
        note_look(connection, lines, actor, now)
    return lines[0]


def resend(house: House, number: int, actor: Actor, now: datetime) -> str:
    """Owe a message once more, for the visit as it stands; pressed twice it is one message. Returns the public id.

    :raises NotFound: when there is no such message.
    :raises CannotSend: when it is on its way or no longer true.
    """
    demand(actor, Right.SEND_MESSAGES)
    with house.database.transaction() as connection:
        entry = messages.get(connection, number)
        appointment = appointments.get(connection, entry.appointment_id, locked=True)
        outbox.owe(connection, [message_again.once_more(entry, appointment, now)], now)
        _act(connection, "resend", entry, actor, now)
    return appointment.public_id


def call_instead(house: House, number: int, actor: Actor, now: datetime) -> str:
    """Put a call on the list instead of a message; one that has not left stays. Returns the visit's public id.

    :raises NotFound: when there is no such message.
    :raises CannotSend: when it is just leaving or no longer true.
    """
    demand(actor, Right.SEND_MESSAGES)
    with house.database.transaction() as connection:
        entry = messages.get(connection, number)
        appointment = appointments.get(connection, entry.appointment_id, locked=True)
        call = message_again.by_phone(entry, appointment, now)
        if entry.state is State.PENDING and not messages.hold_back(connection, entry.id, CALLED_INSTEAD):
            raise CannotSend
        outbox.owe(connection, [call], now)
        _act(connection, "call-instead", entry, actor, now)
    return appointment.public_id


def lines_of(
    connection: Connection, house: House, entries: Sequence[Entry], now: datetime
) -> tuple[Line, ...]:
    """The lines of these messages, in their order: a few more statements, however many there are."""
    numbers = sorted({entry.appointment_id for entry in entries})
    if not numbers:
        return ()
    turns = messages.turns_of(connection, numbers)
    paused = channel_states.paused(connection)
    clinic = house.clinic(connection)
    known = {visit.appointment.id: visit for visit in visits.many(connection, house.vault, clinic, numbers)}
    return tuple(
        _line(
            entry,
            known[entry.appointment_id],
            story(entry, turns.get(entry.appointment_id, ()), now, paused),
            now,
        )
        for entry in entries
    )


def note_look(connection: Connection, lines: Iterable[Line], actor: Actor, now: datetime) -> None:
    """Write down whose messages were seen, once for each visit."""
    seen = {line.entry.appointment_id: line.entry.patient_id for line in lines}
    _note(connection, list(seen.items()), actor, now)


def _line(entry: Entry, visit: Visit, told: Story, now: datetime) -> Line:
    appointment = visit.appointment
    return Line(
        entry,
        visit,
        told,
        may_resend=message_again.may_resend(entry, appointment, now),
        may_call=message_again.may_call(entry, appointment, now),
    )


def _note(connection: Connection, seen: Sequence[tuple[int, int]], actor: Actor, now: datetime) -> None:
    acts = [Act("see-messages", "appointment", visit, patient) for visit, patient in seen]
    audit.record_many(connection, actor, acts, now=now)


def _act(connection: Connection, action: str, entry: Entry, actor: Actor, now: datetime) -> None:
    audit.record(
        connection,
        actor,
        action,
        "message",
        entry.id,
        now=now,
        patient_id=entry.patient_id,
        detail={"kind": entry.kind.value, "channel": entry.channel.value},
    )

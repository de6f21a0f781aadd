"""The ledger's questions about the outbox: which messages there are, of which day or visit, and what became of them.

`outbox.py` writes the rows and `claims.py` moves them for the worker; here are the desk's questions, and the few moves
that a person makes by hand. Every question names a bounded stretch of time or a few visits, so that a ledger of
millions of rows answers as fast as a small one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, null, select, text, update

from scheduler.domain.appointment import HOLDS_TIME
from scheduler.domain.errors import NotFound
from scheduler.domain.message_story import Entry, Happening, Outcome, Turn
from scheduler.domain.notification import Addressee, Channel, Kind, State
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.archive import ArchivedMessageRow
from scheduler.persistence.audit import AuditRow
from scheduler.persistence.outbox import OutboxRow

TOLD = tuple(channel.value for channel in Channel if channel is not Channel.INTERNAL)
"""The channels that reach a person; the clinic's own timed chores are no messages."""

_TURNS = {"move": Happening.MOVED, "cancel": Happening.CANCELLED}

_COLUMNS = (
    OutboxRow.id,
    OutboxRow.appointment_id,
    OutboxRow.patient_id,
    OutboxRow.sequence,
    OutboxRow.kind,
    OutboxRow.channel,
    OutboxRow.recipient,
    OutboxRow.language,
    OutboxRow.message_id,
    OutboxRow.state,
    OutboxRow.due_at,
    OutboxRow.next_attempt_at,
    OutboxRow.expires_at,
    OutboxRow.created_at,
    OutboxRow.sent_at,
    OutboxRow.attempts,
    OutboxRow.ambiguous,
    OutboxRow.reason,
    OutboxRow.phone_outcome,
    OutboxRow.parts,
)
_ENTRY = select(*_COLUMNS).where(
    OutboxRow.channel.in_(TOLD), OutboxRow.appointment_id.is_not(None), OutboxRow.patient_id.is_not(None)
)


_ARCHIVED = select(
    *(
        getattr(ArchivedMessageRow, column.key)
        for column in _COLUMNS
        if hasattr(ArchivedMessageRow, column.key)
    ),
    ArchivedMessageRow.due_at.label("next_attempt_at"),
    null().label("expires_at"),
    null().label("parts"),
).where(ArchivedMessageRow.channel.in_(TOLD))
"""The ledger's older part: what is there is settled, so when it would be tried next does not matter."""

# A partial index is used only where a query repeats its condition word for word, so these are literals.
_PENDING = text("outbox.state = 'pending'")
_CALLED = text("outbox.phone_outcome IS NOT NULL")
_IS_CALL = OutboxRow.channel == Channel.PHONE.value


@dataclass(frozen=True, slots=True)
class Stretch:
    """Messages due in `[start, end)`, in one of these states, perhaps of one kind or channel; from the `skip`-th on."""

    start: datetime
    end: datetime
    states: Collection[State] = ()
    kind: Kind | None = None
    channel: Channel | None = None
    skip: int = 0
    most: int = 50


def of_stretch(connection: Connection, asked: Stretch) -> list[Entry]:
    """The messages of a stretch of time, in the order in which they are due; one above `most` when there is more."""
    question = _ENTRY.where(OutboxRow.due_at >= asked.start, OutboxRow.due_at < asked.end)
    if asked.states:
        question = question.where(OutboxRow.state.in_([state.value for state in asked.states]))
    if asked.kind is not None:
        question = question.where(OutboxRow.kind == asked.kind.value)
    if asked.channel is not None:
        question = question.where(OutboxRow.channel == asked.channel.value)
    question = question.order_by(OutboxRow.due_at, OutboxRow.id).offset(asked.skip).limit(asked.most + 1)
    return _entries(connection.execute(question))


def of_visits(connection: Connection, appointment_ids: Collection[int]) -> list[Entry]:
    """Every message about these visits, the archived ones too, in the order in which they are due."""
    recent = _ENTRY.where(OutboxRow.appointment_id.in_(appointment_ids))
    older = _ARCHIVED.where(ArchivedMessageRow.appointment_id.in_(appointment_ids))
    entries = _entries(connection.execute(older)) + _entries(connection.execute(recent))
    return sorted(entries, key=lambda entry: (entry.due_at, entry.id))


def get(connection: Connection, message_id: int) -> Entry:
    """The message of that number.

    :raises NotFound: when there is none, or when it is no message to a person.
    """
    for question in (
        _ENTRY.where(OutboxRow.id == message_id),
        _ARCHIVED.where(ArchivedMessageRow.id == message_id),
    ):
        for entry in _entries(connection.execute(question)):
            return entry
    raise NotFound


def to_call(connection: Connection, until: datetime, now: datetime) -> list[Entry]:
    """The calls that are due before `until`, still of use and not yet settled, the most pressing first.

    A visit that no longer stands, or stands at another version, needs no such call.
    """
    question = (
        _ENTRY.join(AppointmentRow, AppointmentRow.id == OutboxRow.appointment_id)
        .where(
            _PENDING,
            OutboxRow.channel == Channel.PHONE.value,
            OutboxRow.next_attempt_at < until,
            OutboxRow.expires_at > now,
            AppointmentRow.sequence == OutboxRow.sequence,
            AppointmentRow.status.in_([*(status.value for status in HOLDS_TIME), "cancelled"]),
        )
        .order_by(OutboxRow.expires_at, OutboxRow.id)
    )
    return _entries(connection.execute(question))


def calls_made(connection: Connection, since: datetime) -> list[Entry]:
    """The calls that somebody made since then, the newest first."""
    question = _ENTRY.where(
        _CALLED,
        OutboxRow.channel == Channel.PHONE.value,
        OutboxRow.sent_at >= since,
    )
    return _entries(connection.execute(question.order_by(OutboxRow.sent_at.desc(), OutboxRow.id)))


def hold_back(connection: Connection, message_id: int, reason: str) -> bool:
    """Keep a message that waits from leaving; False when it waits no longer."""
    moved = connection.execute(
        update(OutboxRow)
        .where(OutboxRow.id == message_id, OutboxRow.state == State.PENDING.value)
        .values(state=State.SUPPRESSED.value, reason=reason, rendered=None)
    )
    return moved.rowcount == 1


def settle_call(
    connection: Connection, message_id: int, outcome: Outcome, state: State, now: datetime
) -> bool:
    """Write down what came of a call; False when it does not wait any more."""
    moved = connection.execute(
        update(OutboxRow)
        .where(_IS_CALL, OutboxRow.id == message_id, OutboxRow.state == State.PENDING.value)
        .values(
            state=state.value,
            phone_outcome=outcome.value,
            sent_at=now,
            attempts=OutboxRow.attempts + 1,
            reason=outcome.value if outcome is Outcome.WRONG_NUMBER else None,
        )
    )
    return moved.rowcount == 1


def reopen_call(connection: Connection, message_id: int, now: datetime) -> bool:
    """Let a call wait again; False when nothing came of it yet, or its time has passed."""
    moved = connection.execute(
        update(OutboxRow)
        .where(
            _IS_CALL,
            OutboxRow.id == message_id,
            OutboxRow.phone_outcome.is_not(None),
            OutboxRow.expires_at > now,
        )
        .values(state=State.PENDING.value, phone_outcome=None, sent_at=None, reason=None)
    )
    return moved.rowcount == 1


def turns_of(connection: Connection, appointment_ids: Collection[int]) -> Mapping[int, tuple[Turn, ...]]:
    """When each of these visits was changed or cancelled, oldest first, as the audit has it."""
    question = (
        select(AuditRow.object_id, AuditRow.at, AuditRow.action)
        .where(
            AuditRow.object_type == "appointment",
            AuditRow.object_id.in_([str(number) for number in appointment_ids]),
            AuditRow.action.in_(_TURNS),
        )
        .order_by(AuditRow.id)
    )
    found: dict[int, tuple[Turn, ...]] = {}
    for row in connection.execute(question):
        number = int(row.object_id)
        found[number] = (*found.get(number, ()), Turn(row.at, _TURNS[row.action]))
    return found


def highest_visit(connection: Connection) -> int:
    """The highest number of a visit; 0 when there is none."""
    return connection.execute(select(func.max(AppointmentRow.id))).scalar_one() or 0


def _entries(rows: Iterable[Row[Any]]) -> list[Entry]:
    return [
        Entry(
            id=row.id,
            appointment_id=row.appointment_id,
            patient_id=row.patient_id,
            sequence=row.sequence,
            kind=Kind(row.kind),
            channel=Channel(row.channel),
            addressee=Addressee(row.recipient),
            language=row.language,
            message_id=row.message_id,
            state=State(row.state),
            due_at=row.due_at,
            next_attempt_at=row.next_attempt_at,
            expires_at=row.expires_at,
            created_at=row.created_at,
            settled_at=row.sent_at,
            attempts=row.attempts,
            ambiguous=row.ambiguous,
            reason=row.reason or "",
            outcome=Outcome(row.phone_outcome) if row.phone_outcome else None,
            parts=row.parts,
        )
        for row in rows
    ]

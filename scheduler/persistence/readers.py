"""What one reader got lately, asked at the gate: how many texts came to a number, and what was told in one go.

Two workers may hold messages to the same reader at the same moment. `take_turns` makes the second wait for the first,
so that each counts what the other has just let through.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, bindparam, func, or_, select, text

from scheduler.domain.notification import Channel, Claimed, State
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.database import Instant
from scheduler.persistence.outbox import OutboxRow

_LOCK = text("SELECT pg_advisory_xact_lock(:number)")
_OUT = [State.SENT.value, State.DELIVERED.value, State.UNDELIVERED.value]
_ON_THE_WAY = [State.SENDING.value, State.UNKNOWN.value]
_TEXTS = text("outbox.channel = 'sms' AND outbox.address_index IS NOT NULL")


def take_turns(connection: Connection, address_index: bytes) -> None:
    """Wait for other messages to this reader that stand at the gate; SQLite lets one writer in anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK, {"number": int.from_bytes(address_index[:8], "big", signed=True)})


_LEFT_AT = func.coalesce(OutboxRow.sent_at, OutboxRow.opened_at)
_COUNTED = select(func.count().filter(bindparam("day", type_=Instant) <= _LEFT_AT), func.count()).where(
    _TEXTS,
    OutboxRow.address_index == bindparam("number"),
    OutboxRow.state.in_([*_OUT, *_ON_THE_WAY]),
    OutboxRow.id != bindparam("but"),
    bindparam("week", type_=Instant) <= _LEFT_AT,
)


def texts_since(
    connection: Connection, address_index: bytes, day: datetime, week: datetime, but: int
) -> tuple[int, int]:
    """How many texts went or are going to a number since `day` and since `week`, the message `but` left out."""
    asked = {"number": address_index, "day": day, "week": week, "but": but}
    row = connection.execute(_COUNTED, asked).one()
    return row[0], row[1]


_TOLD = (
    select(OutboxRow.state)
    .join(AppointmentRow, AppointmentRow.id == OutboxRow.appointment_id)
    .where(
        OutboxRow.patient_id == bindparam("patient"),
        OutboxRow.kind == bindparam("which"),
        OutboxRow.due_at >= bindparam("planned"),
        OutboxRow.channel == bindparam("over"),
        OutboxRow.recipient == bindparam("reader"),
        OutboxRow.appointment_id != bindparam("visit"),
        AppointmentRow.starts_at >= bindparam("begins"),
        AppointmentRow.starts_at < bindparam("ends"),
        AppointmentRow.sequence == OutboxRow.sequence,
        or_(
            OutboxRow.state.in_(_ON_THE_WAY),
            and_(OutboxRow.state.in_(_OUT), OutboxRow.opened_at >= bindparam("seen")),
        ),
    )
)


def told_together(
    connection: Connection, claimed: Claimed, patient_id: int, day: tuple[datetime, datetime]
) -> State | None:
    """What became of the same message about another visit of this patient on that day, where it spoke of this one too.

    SENT: this visit was told of in it. SENDING: it is on its way, and nobody knows yet. None: there is no such message.
    """
    asked = {
        "patient": patient_id,
        "which": claimed.kind.value,
        "planned": day[0] - timedelta(days=32),
        "over": claimed.channel.value,
        "reader": claimed.addressee.value,
        "visit": claimed.appointment_id,
        "begins": day[0],
        "ends": day[1],
        "seen": (claimed.created_at or claimed.due_at) + timedelta(minutes=1),
    }
    found = set(connection.scalars(_TOLD, asked))
    if not found:
        return None
    return State.SENT if found.intersection(_OUT) else State.SENDING


def number_of(channel: Channel) -> str:
    """The kind of look-up hash that a channel's addresses have."""
    return "email" if channel is Channel.EMAIL else "phone"

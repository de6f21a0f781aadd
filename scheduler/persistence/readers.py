"""What one reader got lately, asked at the gate: how many texts came to a number, and what was told in one go.

Two workers may hold messages to the same reader at the same moment. `claims.hold_still` makes the second wait for the
first, so that each counts what the other has just let through; so it is called before, in a statement of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, bindparam, case, func, literal, or_, select, text

from scheduler.domain.notification import Channel, Claimed, State
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.database import Instant
from scheduler.persistence.opt_outs import LAST_WORD
from scheduler.persistence.outbox import OutboxRow

_OUT = [State.SENT.value, State.DELIVERED.value, State.UNDELIVERED.value]
_ON_THE_WAY = [State.SENDING.value, State.UNKNOWN.value]
_TEXTS = text("outbox.channel = 'sms' AND outbox.address_index IS NOT NULL")

_LEFT_AT = func.coalesce(OutboxRow.sent_at, OutboxRow.opened_at)
_COUNTED = (
    select(
        func.count().filter(bindparam("day", type_=Instant) <= _LEFT_AT).label("today"),
        func.count().label("week"),
    )
    .where(
        _TEXTS,
        OutboxRow.address_index == bindparam("address"),
        OutboxRow.state.in_([*_OUT, *_ON_THE_WAY]),
        OutboxRow.id != bindparam("but"),
        bindparam("week", type_=Instant) <= _LEFT_AT,
    )
    .subquery()
)
_TOLD = (
    select(func.max(case((OutboxRow.state.in_(_OUT), 1), else_=0)))
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
_OF_MAIL = select(LAST_WORD.scalar_subquery(), _TOLD.scalar_subquery(), literal(0), literal(0))
_OF_TEXTS = select(
    LAST_WORD.scalar_subquery(), _TOLD.scalar_subquery(), _COUNTED.c.today, _COUNTED.c.week
).select_from(_COUNTED)


@dataclass(frozen=True, slots=True)
class Lately:
    """What one reader said and got before a message that stands at the gate.

    `told` is what became of the same message about another visit of this patient on that day, where it spoke of this
    visit too: SENT, or SENDING when it is on its way and nobody knows yet. `today` and `week` count the texts that
    went or are going to the number.
    """

    is_out: bool
    told: State | None
    today: int
    week: int


def lately(
    connection: Connection,
    claimed: Claimed,
    patient_id: int,
    address_index: bytes,
    *,
    visits_day: tuple[datetime, datetime],
    midnight: datetime,
    week: datetime,
) -> Lately:
    """All that the gate asks of a reader, in one statement; texts are counted since `midnight` and since `week`."""
    asked = {
        "address": address_index,
        "over": claimed.channel.value,
        "patient": patient_id,
        "which": claimed.kind.value,
        "planned": visits_day[0] - timedelta(days=32),
        "reader": claimed.addressee.value,
        "visit": claimed.appointment_id,
        "begins": visits_day[0],
        "ends": visits_day[1],
        "seen": (claimed.created_at or claimed.due_at) + timedelta(minutes=1),
    }
    if claimed.channel is Channel.SMS:
        asked |= {"day": midnight, "week": week, "but": claimed.id}
    word, told, today, of_week = connection.execute(
        _OF_TEXTS if claimed.channel is Channel.SMS else _OF_MAIL, asked
    ).one()
    states = {None: None, 1: State.SENT, 0: State.SENDING}
    return Lately(word == "out", states[told], today, of_week)


def number_of(channel: Channel) -> str:
    """The kind of look-up hash that a channel's addresses have."""
    return "email" if channel is Channel.EMAIL else "phone"

"""How a worker takes an owed message, marks it as leaving, and writes down what came of it.

`sending` is committed before the message is handed over: whoever finds such a row after a crash knows that the message
may be out, and need not guess. Every worker moves a row only while its own lease token stands in it, so a slow one
cannot undo what another has done since.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    RowMapping,
    Update,
    and_,
    bindparam,
    exists,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import aliased

from scheduler.domain.appointment import Status
from scheduler.domain.notification import Addressee, Channel, Claimed, Kind, State
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.outbox import OutboxRow

# The partial indexes are used only where a query repeats their condition word for word, so these are literals.
_PENDING = text("outbox.state = 'pending'")
_LEASED = text("outbox.state IN ('claimed', 'sending')")
_IN_FLIGHT = text("outbox.state IN ('claimed', 'sending', 'unknown')")

_EARLIER = aliased(OutboxRow)
_MUST_WAIT = exists().where(
    _EARLIER.appointment_id == OutboxRow.appointment_id,
    _EARLIER.channel == OutboxRow.channel,
    _EARLIER.recipient == OutboxRow.recipient,
    _EARLIER.id < OutboxRow.id,
    or_(
        _EARLIER.state.in_([State.CLAIMED.value, State.SENDING.value, State.UNKNOWN.value]),
        and_(_EARLIER.state == State.PENDING.value, _EARLIER.due_at <= OutboxRow.due_at),
    ),
)
"""An earlier message to the same reader about the same visit is on its way or waits for another try: then this one
waits too, so that the last message a person gets is the true one. A reminder that is not due yet holds nothing up."""

_DUE = (
    select(OutboxRow.id)
    .where(
        _PENDING,
        OutboxRow.next_attempt_at <= bindparam("now"),
        OutboxRow.channel == bindparam("over"),
        ~_MUST_WAIT,
    )
    .order_by(OutboxRow.next_attempt_at, OutboxRow.id)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_COLUMNS = (
    OutboxRow.id,
    OutboxRow.appointment_id,
    OutboxRow.sequence,
    OutboxRow.kind,
    OutboxRow.channel,
    OutboxRow.recipient.label("addressee"),
    OutboxRow.language,
    OutboxRow.message_id,
    OutboxRow.due_at,
    OutboxRow.expires_at,
    OutboxRow.attempts,
    OutboxRow.ambiguous,
    OutboxRow.lease_token,
    OutboxRow.rendered,
)


def claim(
    connection: Connection, channel: Channel, now: datetime, *, token: str, lease: timedelta, limit: int
) -> list[Claimed]:
    """Take up to `limit` due messages of one channel, oldest first, under a lease; no other worker gets them.

    `now` is the database's time, so that the clocks of the nodes do not matter.
    """
    ids = connection.scalars(_DUE, {"now": now, "over": channel.value, "most": limit}).all()
    if not ids:
        return []
    taken = connection.execute(
        update(OutboxRow)
        .where(OutboxRow.id.in_(ids), OutboxRow.state == State.PENDING.value)
        .values(state=State.CLAIMED.value, lease_token=token, lease_until=now + lease)
        .returning(*_COLUMNS)
    )
    return sorted((_claimed(row) for row in taken.mappings()), key=lambda each: (each.due_at, each.id))


def _claimed(row: RowMapping) -> Claimed:
    words = {"kind": Kind(row["kind"]), "channel": Channel(row["channel"])}
    return Claimed(**{**row, **words, "addressee": Addressee(row["addressee"])})


_CURRENT = (
    select(AppointmentRow.sequence, AppointmentRow.status)
    .where(AppointmentRow.id == bindparam("visit"))
    .with_for_update(read=True)
)


def current_version(connection: Connection, appointment_id: int) -> tuple[int, Status]:
    """A visit's sequence and status, held still until this transaction ends, so that no cancellation slips between."""
    row = connection.execute(_CURRENT, {"visit": appointment_id}).one()
    return row.sequence, Status(row.status)


def still_held(connection: Connection, claimed: Claimed) -> bool:
    """Say whether the message is still this worker's to send."""
    return connection.execute(select(OutboxRow.id).where(_mine(claimed, State.CLAIMED))).first() is not None


def begin_sending(connection: Connection, claimed: Claimed, rendered: bytes, until: datetime) -> bool:
    """Mark the message as on its way and freeze its bytes; False when it is no longer this worker's."""
    return _moves(
        connection,
        update(OutboxRow)
        .where(_mine(claimed, State.CLAIMED))
        .values(state=State.SENDING.value, rendered=rendered, lease_until=until),
    )


def drop(connection: Connection, claimed: Claimed, state: State, reason: str) -> bool:
    """End a message that never left: cancelled, expired, suppressed, or dead."""
    return _moves(
        connection,
        update(OutboxRow)
        .where(_mine(claimed, State.CLAIMED))
        .values(state=state.value, reason=reason, rendered=None),
    )


def release(connection: Connection, claimed: Claimed, again_at: datetime, reason: str) -> bool:
    """Put a message back that nobody could take: it costs no attempt."""
    return _moves(
        connection,
        update(OutboxRow)
        .where(_mine(claimed, State.CLAIMED, State.SENDING))
        .values(state=State.PENDING.value, next_attempt_at=again_at, reason=reason, lease_token=None),
    )


def settle_sent(connection: Connection, claimed: Claimed, now: datetime, reference: str) -> bool:
    """Mark the message as handed over; its bytes are no longer needed, so they go.

    A lease that ran out meanwhile does not matter, as long as nobody else has taken the message.
    """
    return _moves(
        connection,
        update(OutboxRow)
        .where(_mine(claimed, State.SENDING, State.UNKNOWN, State.PENDING))
        .values(
            state=State.SENT.value,
            attempts=OutboxRow.attempts + 1,
            sent_at=now,
            provider_ref=reference[:200],
            reason=None,
            rendered=None,
        ),
    )


def settle_later(connection: Connection, claimed: Claimed, again_at: datetime, reason: str) -> bool:
    """Put a message back that was refused for now: one attempt is used up."""
    return _moves(
        connection,
        update(OutboxRow)
        .where(_mine(claimed, State.CLAIMED, State.SENDING))
        .values(
            state=State.PENDING.value,
            attempts=OutboxRow.attempts + 1,
            next_attempt_at=again_at,
            reason=reason,
            lease_token=None,
        ),
    )


def settle_dead(connection: Connection, claimed: Claimed, reason: str) -> bool:
    """Give a message up; a person must call."""
    return _moves(
        connection,
        update(OutboxRow)
        .where(_mine(claimed, State.CLAIMED, State.SENDING))
        .values(state=State.DEAD.value, attempts=OutboxRow.attempts + 1, reason=reason, rendered=None),
    )


def settle_unknown(connection: Connection, claimed: Claimed, until: datetime) -> bool:
    """Say that nobody knows whether it was handed over; `reap` decides after `until`."""
    return _moves(
        connection,
        update(OutboxRow)
        .where(_mine(claimed, State.SENDING))
        .values(
            state=State.UNKNOWN.value, attempts=OutboxRow.attempts + 1, lease_until=until, reason="no-answer"
        ),
    )


def _mine(claimed: Claimed, *states: State) -> ColumnElement[bool]:
    return and_(
        OutboxRow.id == claimed.id,
        OutboxRow.lease_token == claimed.lease_token,
        OutboxRow.state.in_([state.value for state in states]),
    )


def _moves(connection: Connection, statement: Update) -> bool:
    return connection.execute(statement).rowcount == 1


def give_up(connection: Connection, now: datetime) -> list[tuple[int | None, str, str]]:
    """End what was sent twice and both times nobody knows whether it arrived.

    Returns the visit, the kind and the language of each such message: a person must call.
    """
    ended = connection.execute(
        update(OutboxRow)
        .where(
            _IN_FLIGHT,
            OutboxRow.state == State.UNKNOWN.value,
            OutboxRow.lease_until <= now,
            OutboxRow.ambiguous,
        )
        .values(state=State.DEAD.value, reason="unknown twice", rendered=None)
        .returning(OutboxRow.appointment_id, OutboxRow.kind, OutboxRow.language)
    )
    return [(row.appointment_id, row.kind, row.language) for row in ended]


def reap(connection: Connection, now: datetime) -> dict[State, int]:
    """Take back what a worker left lying when its lease ran out; returns how many rows went into each state.

    `claimed` was never handed over: back to pending. `sending` may have been: unknown. `unknown` is sent once more
    under its old Message-ID and marked; unknown a second time is `give_up`'s.
    """
    over = OutboxRow.lease_until <= now
    unknown = and_(_IN_FLIGHT, OutboxRow.state == State.UNKNOWN.value, over, ~OutboxRow.ambiguous)
    steps: tuple[tuple[State, ColumnElement[bool], dict[str, Any]], ...] = (
        (State.PENDING, unknown, {"ambiguous": True, "next_attempt_at": now}),
        (State.UNKNOWN, and_(_LEASED, OutboxRow.state == State.SENDING.value, over), {"reason": "no-answer"}),
        (
            State.PENDING,
            and_(_LEASED, OutboxRow.state == State.CLAIMED.value, over),
            {"next_attempt_at": now},
        ),
    )
    counts = dict.fromkeys((State.PENDING, State.UNKNOWN), 0)
    for state, where, values in steps:
        statement = update(OutboxRow).where(where).values(state=state.value, **values)
        counts[state] += connection.execute(statement).rowcount
    return counts

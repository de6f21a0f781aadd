"""How a worker takes an owed message, marks it as leaving, and writes down what came of it.

`sending` is committed before the message is handed over: whoever finds such a row after a crash knows that the message
may be out, and need not guess. Every worker moves a row only while its own lease token stands in it, so a slow one
cannot undo what another has done since.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Float,
    Integer,
    String,
    Update,
    and_,
    bindparam,
    exists,
    func,
    null,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import aliased

from scheduler.domain.appointment import Status
from scheduler.domain.notification import REMINDERS, Addressee, Channel, Claimed, Kind, State
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.bounces import RETURNED_AT
from scheduler.persistence.database import CLOCK
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
COLUMNS = (
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
    OutboxRow.subject,
    OutboxRow.created_at,
)


MOMENT: Mapping[str, ColumnElement[Any]] = {
    "sqlite": func.strftime("%Y-%m-%dT%H:%M:%f", "now", bindparam("offset", type_=String)) + "000Z",
    # In seconds: days would be reckoned by the server's own zone, where some have 23 or 25 hours.
    "postgresql": func.statement_timestamp()
    + func.make_interval(0, 0, 0, 0, 0, 0, bindparam("offset", type_=Float)),
}
_WAITING = {
    engine: select(func.count()).select_from(
        select(OutboxRow.id)
        .where(_PENDING, OutboxRow.next_attempt_at <= moment, OutboxRow.channel == bindparam("over"))
        .limit(bindparam("most", type_=Integer))
        .subquery()
    )
    for engine, moment in MOMENT.items()
}


def ahead(connection: Connection, offset: timedelta) -> object:
    """A distance from the database's clock, as its statements take it."""
    seconds = offset.total_seconds()
    return f"{seconds:+.3f} seconds" if connection.dialect.name == "sqlite" else seconds


def count_due(connection: Connection, channel: Channel, offset: timedelta, most: int) -> int:
    """How many messages of a channel are due by the database's clock and `offset`, counted up to `most`."""
    asked = {"over": channel.value, "offset": ahead(connection, offset), "most": most}
    return int(connection.execute(_WAITING[connection.dialect.name], asked).scalar_one())


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
        .returning(*COLUMNS)
    )
    return sorted((claimed_of(row) for row in taken.mappings()), key=lambda each: (each.due_at, each.id))


def claimed_of(row: Mapping[Any, Any]) -> Claimed:
    words = {"kind": Kind(row["kind"]), "channel": Channel(row["channel"])}
    return Claimed(**{**row, **words, "addressee": Addressee(row["addressee"])})


_TURN: Mapping[str, ColumnElement[Any]] = {
    "sqlite": null(),
    "postgresql": func.pg_advisory_xact_lock(bindparam("reader", type_=BigInteger), type_=String),
}
_STANDING = {
    engine: select(
        clock.label("now"),
        AppointmentRow.sequence,
        AppointmentRow.status,
        AppointmentRow.revision,
        RETURNED_AT.scalar_subquery().label("returned_at"),
        _TURN[engine],
    )
    .where(AppointmentRow.id == bindparam("visit"))
    .with_for_update(read=True)
    for engine, clock in CLOCK.items()
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a visit stands, at the database's `now`; `revision` tells whether it is as it was when it was read.

    `returned_at` is when mail to the address in question last came back.
    """

    now: datetime
    sequence: int
    status: Status
    revision: int
    returned_at: datetime | None = None


def hold_still(
    connection: Connection, appointment_id: int, reader: bytes | None = None, mailed: bytes | None = None
) -> Standing:
    """A visit's sequence and status, held still until this transaction ends, so that no cancellation slips between.

    `mailed` is the hash of the address that a mail is about to go to.

    With a `reader` (the hash of a number or address), messages to the same one wait for each other here, so that each
    counts what the other has just let through. SQLite lets one writer in anyway.
    """
    asked: dict[str, Any] = {"visit": appointment_id, "address": mailed}
    if connection.dialect.name == "postgresql":
        asked["reader"] = None if reader is None else int.from_bytes(reader[:8], "big", signed=True)
    row = connection.execute(_STANDING[connection.dialect.name], asked).one()
    return Standing(row.now, row.sequence, Status(row.status), row.revision, row.returned_at)


def still_held(connection: Connection, claimed: Claimed) -> bool:
    """Say whether the message is still this worker's to send."""
    return connection.execute(select(OutboxRow.id).where(mine(claimed, State.CLAIMED))).first() is not None


_BEGIN = (
    update(OutboxRow)
    .where(
        OutboxRow.id == bindparam("number"),
        OutboxRow.lease_token == bindparam("token"),
        OutboxRow.state.in_([State.CLAIMED.value, State.SENDING.value]),
    )
    .values(
        state=State.SENDING.value,
        rendered=bindparam("bytes"),
        lease_until=bindparam("until"),
        opened_at=bindparam("now"),
        address_index=bindparam("reader"),
        parts=bindparam("pieces"),
    )
)


def begin_sending(
    connection: Connection,
    claimed: Claimed,
    rendered: bytes,
    until: datetime,
    *,
    now: datetime,
    address_index: bytes | None = None,
    parts: int | None = None,
) -> bool:
    """Mark the message as on its way and freeze its bytes; False when it is no longer this worker's.

    Marking it again changes nothing: a database that went away in the middle may have kept the mark.
    """
    values = {
        "number": claimed.id,
        "token": claimed.lease_token,
        "bytes": rendered,
        "until": until,
        "now": now,
        "reader": address_index,
        "pieces": parts,
    }
    return connection.execute(_BEGIN, values).rowcount == 1


def defer(connection: Connection, claimed: Claimed, until: datetime, reason: str) -> bool:
    """Put a message off to another time of its own accord: from then on it is due, and no earlier."""
    return moves(
        connection,
        update(OutboxRow)
        .where(mine(claimed, State.CLAIMED))
        .values(
            state=State.PENDING.value,
            due_at=until,
            next_attempt_at=until,
            reason=reason,
            rendered=None,
            lease_token=None,
        ),
    )


def drop(connection: Connection, claimed: Claimed, state: State, reason: str) -> bool:
    """End a message that never left: cancelled, expired, suppressed, or dead."""
    return moves(
        connection,
        update(OutboxRow)
        .where(mine(claimed, State.CLAIMED))
        .values(state=state.value, reason=reason, rendered=None),
    )


def release(connection: Connection, claimed: Claimed, again_at: datetime, reason: str) -> bool:
    """Put a message back that nobody could take: it costs no attempt."""
    return moves(
        connection,
        update(OutboxRow)
        .where(mine(claimed, State.CLAIMED, State.SENDING))
        .values(
            state=State.PENDING.value,
            next_attempt_at=again_at,
            reason=reason,
            lease_token=None,
            rendered=kept_bytes(claimed),
        ),
    )


def kept_bytes(claimed: Claimed) -> Any:
    """Bytes that surely went nowhere are written afresh when they speak of "tomorrow"; others are replayed."""
    return None if claimed.kind in REMINDERS and claimed.rendered is None else OutboxRow.rendered


def mine(claimed: Claimed, *states: State) -> ColumnElement[bool]:
    return and_(
        OutboxRow.id == claimed.id,
        OutboxRow.lease_token == claimed.lease_token,
        OutboxRow.state.in_([state.value for state in states]),
    )


def moves(connection: Connection, statement: Update) -> bool:
    return connection.execute(statement).rowcount == 1

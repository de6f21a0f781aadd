"""What became of owed messages, written down: sent, later, given up, in doubt, or left lying by a worker that died.

`claims.py` brings a message as far as its hand-over; here is everything after it. A row moves only while the lease
token of whoever moves it stands in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, select, text, update

from scheduler.domain.notification import Channel, Claimed, State
from scheduler.persistence.claims import COLUMNS, MOMENT, ahead, claimed_of, kept_bytes, mine, moves
from scheduler.persistence.outbox import OutboxRow

# The partial indexes are used only where a query repeats their condition word for word, so these are literals.
_PENDING = text("outbox.state = 'pending'")
_LEASED = text("outbox.state IN ('claimed', 'sending')")
_IN_FLIGHT = text("outbox.state IN ('claimed', 'sending', 'unknown')")

_SENT = {
    engine: update(OutboxRow)
    .where(
        OutboxRow.id == bindparam("number"),
        OutboxRow.lease_token == bindparam("token"),
        OutboxRow.state.in_([State.SENDING.value, State.UNKNOWN.value, State.PENDING.value]),
    )
    .values(
        state=State.SENT.value,
        attempts=OutboxRow.attempts + 1,
        sent_at=moment,
        provider_ref=bindparam("reference"),
        provider=bindparam("by"),
        reason=None,
        rendered=None,
    )
    .returning(OutboxRow.sent_at)
    for engine, moment in MOMENT.items()
}


def settle_sent(
    connection: Connection, claimed: Claimed, offset: timedelta, reference: str, provider: str = ""
) -> datetime | None:
    """Mark the message as handed over, now by the database's clock and `offset`; its bytes are not needed any more.

    Returns when; None when it was no longer this worker's. A lease that ran out meanwhile does not matter, as long as
    nobody else has taken the message.
    """
    values = {
        "number": claimed.id,
        "token": claimed.lease_token,
        "offset": ahead(connection, offset),
        "reference": reference[:200],
        "by": provider[:32] or None,
    }
    return connection.execute(_SENT[connection.dialect.name], values).scalar()


def settle_later(connection: Connection, claimed: Claimed, again_at: datetime, reason: str) -> bool:
    """Put a message back that was refused for now: one attempt is used up."""
    return moves(
        connection,
        update(OutboxRow)
        .where(mine(claimed, State.CLAIMED, State.SENDING))
        .values(
            state=State.PENDING.value,
            attempts=OutboxRow.attempts + 1,
            next_attempt_at=again_at,
            reason=reason,
            lease_token=None,
            rendered=kept_bytes(claimed),
        ),
    )


def settle_chore(connection: Connection, claimed: Claimed, state: State, now: datetime, reason: str) -> bool:
    """Mark one of the clinic's own chores as done, or as no longer wanted."""
    return moves(
        connection,
        update(OutboxRow)
        .where(mine(claimed, State.CLAIMED))
        .values(
            state=state.value,
            attempts=OutboxRow.attempts + 1,
            sent_at=now if state is State.SENT else None,
            reason=reason or None,
        ),
    )


def settle_refused(connection: Connection, claimed: Claimed, reason: str) -> bool:
    """End a message that its reader does not want."""
    return moves(
        connection,
        update(OutboxRow)
        .where(mine(claimed, State.CLAIMED, State.SENDING))
        .values(state=State.SUPPRESSED.value, attempts=OutboxRow.attempts + 1, reason=reason, rendered=None),
    )


def settle_dead(connection: Connection, claimed: Claimed, reason: str) -> bool:
    """Give a message up; a person must call."""
    return moves(
        connection,
        update(OutboxRow)
        .where(mine(claimed, State.CLAIMED, State.SENDING))
        .values(state=State.DEAD.value, attempts=OutboxRow.attempts + 1, reason=reason, rendered=None),
    )


def settle_unknown(connection: Connection, claimed: Claimed, until: datetime) -> bool:
    """Say that nobody knows whether it was handed over; `reap` decides after `until`."""
    return moves(
        connection,
        update(OutboxRow)
        .where(mine(claimed, State.SENDING))
        .values(
            state=State.UNKNOWN.value, attempts=OutboxRow.attempts + 1, lease_until=until, reason="no-answer"
        ),
    )


@dataclass(frozen=True, slots=True)
class Doubt:
    """A message of which nobody knows whether it was handed over, since `since`."""

    claimed: Claimed
    since: datetime


def doubts(connection: Connection, channel: Channel, now: datetime, limit: int) -> list[Doubt]:
    """The messages of unknown fate whose rest is over, of one channel."""
    rows = connection.execute(
        select(*COLUMNS, OutboxRow.opened_at)
        .where(
            _IN_FLIGHT,
            OutboxRow.state == State.UNKNOWN.value,
            OutboxRow.channel == channel.value,
            OutboxRow.lease_until <= now,
        )
        .order_by(OutboxRow.lease_until)
        .limit(limit)
    )
    return [
        Doubt(
            claimed_of({name: value for name, value in row.items() if name != "opened_at"}),
            row["opened_at"] or row["due_at"],
        )
        for row in rows.mappings()
    ]


def settle_doubt(connection: Connection, doubt: Doubt, state: State, now: datetime, reason: str = "") -> bool:
    """Say what became of a message of unknown fate: it was sent, or a person must call."""
    values: dict[str, Any] = {"state": state.value, "reason": reason or None, "rendered": None}
    if state is not State.DEAD:
        values["sent_at"] = doubt.since
    return moves(connection, update(OutboxRow).where(mine(doubt.claimed, State.UNKNOWN)).values(**values))


def try_again(connection: Connection, doubt: Doubt, now: datetime, *, ambiguous: bool) -> bool:
    """Let a message of unknown fate go once more with the very same bytes; `ambiguous` marks that it may come twice."""
    return moves(
        connection,
        update(OutboxRow)
        .where(mine(doubt.claimed, State.UNKNOWN))
        .values(state=State.PENDING.value, ambiguous=ambiguous, next_attempt_at=now),
    )


def reap(connection: Connection, now: datetime) -> dict[State, int]:
    """Take back what a worker left lying when its lease ran out; returns how many rows went into each state.

    `claimed` was never handed over: back to pending. `sending` may have been: unknown.
    """
    over = OutboxRow.lease_until <= now
    sending = and_(_LEASED, OutboxRow.state == State.SENDING.value, over)
    taken = and_(_LEASED, OutboxRow.state == State.CLAIMED.value, over)
    steps: tuple[tuple[State, ColumnElement[bool], dict[str, Any]], ...] = (
        (State.UNKNOWN, sending, {"reason": "no-answer"}),
        (State.PENDING, taken, {"next_attempt_at": now}),
    )
    return {
        state: connection.execute(update(OutboxRow).where(where).values(state=state.value, **values)).rowcount
        for state, where, values in steps
    }


def expire_calls(connection: Connection, now: datetime) -> int:
    """End the calls that nobody made while they were of use."""
    late = update(OutboxRow).where(
        _PENDING, OutboxRow.channel == Channel.PHONE.value, OutboxRow.expires_at <= now
    )
    return connection.execute(late.values(state=State.EXPIRED.value, reason="too late")).rowcount

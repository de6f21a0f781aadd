"""How the sending goes, in numbers: what waits on each channel, and what came of the messages of the last while."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, text

from scheduler.domain.notification import Channel, State
from scheduler.persistence.outbox import OutboxRow

# The partial index is used only where a query repeats its condition word for word, so this is a literal.
_PENDING = text("outbox.state = 'pending'")


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits on a channel: how many messages, and since when the oldest is due."""

    number: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many messages of one channel, over one provider ("" before one was chosen), stand in one state."""

    channel: Channel
    provider: str
    state: State
    number: int


def waiting(connection: Connection, channel: Channel, now: datetime) -> Waiting:
    """What should have left over this channel by `now` and has not."""
    question = select(func.count(), func.min(OutboxRow.due_at)).where(
        _PENDING, OutboxRow.channel == channel.value, OutboxRow.next_attempt_at <= now
    )
    number, oldest = connection.execute(question).one()
    return Waiting(number, oldest)


def tallies(
    connection: Connection, channels: Collection[Channel], since: datetime, until: datetime
) -> list[Tally]:
    """What came of the messages that were due in `[since, until)`; keep the stretch short, every row in it is read."""
    question = (
        select(OutboxRow.channel, OutboxRow.provider, OutboxRow.state, func.count().label("number"))
        .where(
            OutboxRow.due_at >= since,
            OutboxRow.due_at < until,
            OutboxRow.channel.in_([channel.value for channel in channels]),
        )
        .group_by(OutboxRow.channel, OutboxRow.provider, OutboxRow.state)
    )
    return [
        Tally(Channel(row.channel), row.provider or "", State(row.state), row.number)
        for row in connection.execute(question)
    ]

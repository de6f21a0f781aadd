"""How each channel and each of its providers stands: paused by the clinic, out of reach, or well.

The row of provider "" is the channel itself: pausing it pauses all of its providers. What a worker finds out about a
provider is written here when it changes, for people to see; the worker's own circuit is what it acts by.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Boolean, Connection, Integer, String, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.notification import Channel
from scheduler.persistence.database import Instant, Model


class ChannelStateRow(Model):
    """One provider of one channel, or the channel as a whole (provider "")."""

    __tablename__ = "channel_state"
    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    provider: Mapped[str] = mapped_column(String(32), primary_key=True)
    paused: Mapped[bool] = mapped_column(Boolean, default=False)
    open_until: Mapped[datetime | None] = mapped_column(Instant)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    weight: Mapped[int] = mapped_column(Integer, default=100)
    changed_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class ChannelState:
    """How one provider stands; `open_until` is until when nobody tries it."""

    channel: Channel
    provider: str
    paused: bool
    open_until: datetime | None
    failures: int
    weight: int
    changed_at: datetime


def everything(connection: Connection) -> list[ChannelState]:
    """All rows, by channel and provider."""
    rows = connection.execute(
        select(ChannelStateRow.__table__).order_by(ChannelStateRow.channel, ChannelStateRow.provider)
    )
    return [
        ChannelState(
            Channel(row.channel),
            row.provider,
            row.paused,
            row.open_until,
            row.failures,
            row.weight,
            row.changed_at,
        )
        for row in rows
    ]


_PAUSED = select(ChannelStateRow.channel).where(ChannelStateRow.provider == "", ChannelStateRow.paused)


def paused(connection: Connection) -> frozenset[Channel]:
    """The channels that the clinic has paused."""
    return frozenset(Channel(name) for name in connection.scalars(_PAUSED))


def pause(connection: Connection, channel: Channel, *, paused: bool, now: datetime) -> None:
    """Pause a channel, or let it go on."""
    _put(connection, channel, "", now, paused=paused)


def report(
    connection: Connection,
    channel: Channel,
    provider: str,
    *,
    failures: int,
    open_until: datetime | None,
    now: datetime,
) -> None:
    """Write down what a worker found out about a provider."""
    _put(connection, channel, provider or "main", now, failures=failures, open_until=open_until)


def set_weight(connection: Connection, channel: Channel, provider: str, weight: int, now: datetime) -> None:
    """Write down how much of the channel's mail a provider gets, in hundredths."""
    _put(connection, channel, provider, now, weight=weight)


def _put(connection: Connection, channel: Channel, provider: str, now: datetime, **values: object) -> None:
    fresh = {"paused": False, "failures": 0, "weight": 100, "open_until": None}
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    changed = {**values, "changed_at": now}
    statement = insert(ChannelStateRow).values(
        channel=channel.value, provider=provider, **{**fresh, **changed}
    )
    connection.execute(statement.on_conflict_do_update(index_elements=["channel", "provider"], set_=changed))

"""How each channel and each of its providers stands: paused by the clinic, out of reach, or well.

The row of provider "" is the channel itself: pausing it pauses all of its providers, and it says which of two providers
has the work (`domain/failover`). What one worker finds out is written here when it changes, and all act by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from sqlalchemy import Boolean, Connection, Integer, Row, String, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.failover import Failover
from scheduler.domain.hand_over import Circuit
from scheduler.domain.notification import Channel
from scheduler.persistence.database import Instant, Model


class ChannelStateRow(Model):
    """One provider of one channel, or the channel as a whole (provider "").

    `active`, `strikes`, `switched_at`, `probe_at`, `probes` and `rest` (seconds) are the channel's failover; `failures`
    and `open_until` the circuit of a provider.
    """

    __tablename__ = "channel_state"
    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    provider: Mapped[str] = mapped_column(String(32), primary_key=True)
    paused: Mapped[bool] = mapped_column(Boolean, default=False)
    open_until: Mapped[datetime | None] = mapped_column(Instant)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    active: Mapped[int] = mapped_column(Integer, server_default="0")
    strikes: Mapped[int] = mapped_column(Integer, server_default="0")
    switched_at: Mapped[datetime | None] = mapped_column(Instant)
    probe_at: Mapped[datetime | None] = mapped_column(Instant)
    probes: Mapped[int] = mapped_column(Integer, server_default="0")
    rest: Mapped[int] = mapped_column(Integer, server_default="600")


@dataclass(frozen=True, slots=True)
class ChannelState:
    """How one provider stands; `open_until` is until when nobody tries it."""

    channel: Channel
    provider: str
    paused: bool
    open_until: datetime | None
    failures: int
    changed_at: datetime
    failover: Failover


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
            row.changed_at,
            _failover_of(row),
        )
        for row in rows
    ]


MAIN = "main"
"""The name under which the circuit of a channel's way out is kept."""

_OF_CHANNEL = select(ChannelStateRow.__table__).where(ChannelStateRow.channel == bindparam("over"))


@dataclass(frozen=True, slots=True)
class Standing:
    """What a worker must know before it takes messages of a channel: is it paused, and can the post be reached.

    `circuit` is None while nobody has found out anything.
    """

    paused: bool = False
    circuit: Circuit | None = None


def standing(connection: Connection, channel: Channel) -> Standing:
    """How a channel stands, by what all workers have found out; one statement."""
    rows = {row.provider: row for row in connection.execute(_OF_CHANNEL, {"over": channel.value})}
    whole, main = rows.get(""), rows.get(MAIN)
    circuit = None if main is None else Circuit(main.failures, main.open_until)
    return Standing(whole is not None and whole.paused, circuit)


_CHANNEL_ITSELF = select(ChannelStateRow.__table__).where(
    ChannelStateRow.channel == bindparam("over"), ChannelStateRow.provider == ""
)


def failover(connection: Connection, channel: Channel, *, locked: bool = False) -> Failover:
    """Which provider of a channel has the work; `locked` keeps others from changing it until the transaction ends."""
    question = _CHANNEL_ITSELF.with_for_update() if locked else _CHANNEL_ITSELF
    row = connection.execute(question, {"over": channel.value}).one_or_none()
    return Failover() if row is None else _failover_of(row)


def keep_failover(connection: Connection, channel: Channel, state: Failover, now: datetime) -> None:
    """Keep which provider has the work."""
    _put(
        connection,
        channel,
        "",
        now,
        active=state.active,
        strikes=state.failures,
        switched_at=_instant(state.changed_at),
        probe_at=_instant(state.probe_at),
        probes=state.probes,
        rest=int(state.rest),
    )


def ensure(connection: Connection, channel: Channel, now: datetime) -> None:
    """See to it that the channel has a row to lock."""
    if connection.execute(_CHANNEL_ITSELF, {"over": channel.value}).first() is None:
        keep_failover(connection, channel, Failover(), now)


def _failover_of(row: Row[Any]) -> Failover:
    return Failover(
        active=row.active,
        failures=row.strikes,
        changed_at=row.switched_at.timestamp() if row.switched_at else float("-inf"),
        probe_at=row.probe_at.timestamp() if row.probe_at else 0.0,
        probes=row.probes,
        rest=float(row.rest),
    )


def _instant(seconds: float) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if isfinite(seconds) and seconds > 0 else None


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
    _put(connection, channel, provider or MAIN, now, failures=failures, open_until=open_until)


def _put(connection: Connection, channel: Channel, provider: str, now: datetime, **values: object) -> None:
    fresh = {"paused": False, "failures": 0, "open_until": None}
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    changed = {**values, "changed_at": now}
    statement = insert(ChannelStateRow).values(
        channel=channel.value, provider=provider, **{**fresh, **changed}
    )
    connection.execute(statement.on_conflict_do_update(index_elements=["channel", "provider"], set_=changed))

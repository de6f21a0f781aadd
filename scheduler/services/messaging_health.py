"""How the sending goes: what waits and how long, how many leave, what fails at which provider, and what is paused.

The same figures stand on the manager's page, on /metrics and on /readyz, so that nobody has to guess which is right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.failover import USUAL
from scheduler.domain.notification import Channel, State
from scheduler.domain.right import Right, demand
from scheduler.persistence import audit, channel_states, message_figures
from scheduler.persistence.channel_states import ChannelState
from scheduler.persistence.message_figures import Tally
from scheduler.services.house import House

CHANNELS = (Channel.EMAIL, Channel.SMS, Channel.PHONE)
"""Those that reach a person."""

BY_MACHINE = (Channel.EMAIL, Channel.SMS)
"""Those that leave by themselves, and may be late."""

LATE_AFTER = timedelta(minutes=5)
"""A due message that waits longer than this is late: somebody should look."""

HOUR = timedelta(hours=1)

_GONE = frozenset({State.SENT, State.DELIVERED, State.UNDELIVERED})
_FAILED = frozenset({State.DEAD, State.UNDELIVERED})


@dataclass(frozen=True, slots=True)
class ProviderHealth:
    """One provider: how often in a row it could not be reached, until when nobody tries it, and what came of it.

    `sent` and `failed` count the messages that were due in the last hour.
    """

    name: str
    failures: int = 0
    open_until: datetime | None = None
    sent: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """One channel. `oldest_due` is how long the oldest due message waits; the counts are of the last hour.

    `stand_in_since` is since when the second provider has the work, because the usual one failed.
    """

    channel: Channel
    paused: bool
    waiting: int
    oldest_due: timedelta | None
    providers: tuple[ProviderHealth, ...]
    unsure: int = 0
    dropped: int = 0
    stand_in_since: datetime | None = None

    @property
    def sent(self) -> int:
        """How many left in the last hour."""
        return sum(provider.sent for provider in self.providers)

    @property
    def failed(self) -> int:
        """How many of the last hour failed for good."""
        return sum(provider.failed for provider in self.providers)

    @property
    def is_late(self) -> bool:
        """Say whether messages wait that should have left long ago; calls wait for people, who are never late."""
        return self.channel in BY_MACHINE and self.oldest_due is not None and self.oldest_due > LATE_AFTER

    @property
    def is_broken(self) -> bool:
        """Say whether none of its providers may be tried just now."""
        known = [provider for provider in self.providers if provider.name]
        return bool(known) and all(provider.open_until is not None for provider in known)


def look(connection: Connection, now: datetime) -> tuple[ChannelHealth, ...]:
    """Every channel's figures, for whoever holds a connection already."""
    states = channel_states.everything(connection)
    tallies = message_figures.tallies(connection, CHANNELS, now - HOUR, now)
    return tuple(_channel(connection, channel, states, tallies, now) for channel in CHANNELS)


def show(house: House, now: datetime) -> tuple[ChannelHealth, ...]:
    """Every channel's figures, from one snapshot."""
    with house.database.reading() as connection:
        return look(connection, now)


def pause(house: House, channel: Channel, actor: Actor, now: datetime) -> None:
    """Let nothing leave over a channel until it is resumed; doing it twice changes nothing."""
    _set(house, channel, actor, now, paused=True)


def resume(house: House, channel: Channel, actor: Actor, now: datetime) -> None:
    """Let a channel go on: what is still of use leaves, what is not is dropped with its reason."""
    _set(house, channel, actor, now, paused=False)


def _set(house: House, channel: Channel, actor: Actor, now: datetime, *, paused: bool) -> None:
    demand(actor, Right.KEEP_MESSAGES)
    with house.database.transaction() as connection:
        if (channel in channel_states.paused(connection)) is paused:
            return
        channel_states.pause(connection, channel, paused=paused, now=now)
        action = "pause-channel" if paused else "resume-channel"
        audit.record(connection, actor, action, "channel", channel.value, now=now)


def _channel(
    connection: Connection,
    channel: Channel,
    states: Iterable[ChannelState],
    tallies: Iterable[Tally],
    now: datetime,
) -> ChannelHealth:
    own = [state for state in states if state.channel is channel]
    counts = [tally for tally in tallies if tally.channel is channel]
    waiting = message_figures.waiting(connection, channel, now)
    return ChannelHealth(
        channel=channel,
        paused=any(state.paused and not state.provider for state in own),
        waiting=waiting.number,
        oldest_due=now - waiting.oldest if waiting.oldest else None,
        providers=_providers(own, counts, now),
        unsure=_count(counts, {State.UNKNOWN}),
        dropped=_count(counts, {State.CANCELLED, State.EXPIRED, State.SUPPRESSED}),
        stand_in_since=_stand_in_since(own),
    )


def _stand_in_since(states: Iterable[ChannelState]) -> datetime | None:
    whole = next((state.failover for state in states if not state.provider), None)
    if whole is None or whole.active == USUAL:
        return None
    return datetime.fromtimestamp(whole.changed_at, UTC)


def _providers(
    states: Sequence[ChannelState], tallies: Sequence[Tally], now: datetime
) -> tuple[ProviderHealth, ...]:
    known = {state.provider: state for state in states if state.provider}
    counted = {tally.provider for tally in tallies if tally.state in _GONE | _FAILED}
    return tuple(
        ProviderHealth(
            name,
            failures=known[name].failures if name in known else 0,
            open_until=_still_open(known[name], now) if name in known else None,
            sent=_count((tally for tally in tallies if tally.provider == name), _GONE),
            failed=_count((tally for tally in tallies if tally.provider == name), _FAILED),
        )
        for name in sorted({*known, *counted})
    )


def _still_open(state: ChannelState, now: datetime) -> datetime | None:
    return state.open_until if state.open_until is not None and state.open_until > now else None


def _count(tallies: Iterable[Tally], states: Iterable[State]) -> int:
    wanted = frozenset(states)
    return sum(tally.number for tally in tallies if tally.state in wanted)

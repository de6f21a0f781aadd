"""Which of a channel's two providers gets the next message, decided once for all workers.

The state is a row, so a provider that failed three workers once each is as unfit as one that failed one of them three
times, and of all workers together one tries a provider that rests. A worker that cannot ask goes on as it last knew.

Who got a message is written down before it goes to another than the usual provider: one of unknown fate goes again to
the same, whichever worker takes it, because the other could only send it twice. What cannot be written down waits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Connection

from scheduler.domain.failover import USUAL, Failover
from scheduler.domain.hand_over import HandOver, Held
from scheduler.domain.notification import Channel
from scheduler.persistence import channel_states, hand_overs
from scheduler.persistence.database import AWAY, database_now
from scheduler.services.house import House


@dataclass(slots=True)
class SharedChoice:
    """The choice of one channel. `offset` moves the database's clock (demo and tests)."""

    house: House
    channel: Channel
    offset: timedelta = timedelta(0)
    _seen: Failover = field(default_factory=Failover)

    def choose(self) -> int:
        """The provider for the next message."""
        try:
            with self.house.database.glance() as connection:
                self._seen = channel_states.failover(connection, self.channel)
            return self._seen.active if self._seen.active == USUAL else self._second_or_probe()
        except AWAY:
            return self._seen.active

    def heard(self, provider: int, answer: HandOver) -> bool:
        """Learn from one answer of `provider`; True when the work has changed hands by it."""
        if self._seen.after(provider, answer, 0.0) == self._seen:
            return False
        try:
            return self._learn(provider, answer)
        except AWAY:
            return False

    def held(self, name: str) -> Held | None:
        """Who had the message of that name last; None when nobody can say now."""
        try:
            with self.house.database.glance() as connection:
                return hand_overs.held(connection, name)
        except AWAY:
            return None

    def hand_to(self, name: str, provider: str) -> bool:
        """Write down who is about to get the message; False when that cannot be written now."""
        try:
            with self.house.database.stroke() as connection:
                hand_overs.hand_to(connection, name, provider)
        except AWAY:
            return False
        return True

    def _second_or_probe(self) -> int:
        """While the second has the work: whether this very message goes to the usual one, to try it."""
        with self.house.database.glance() as connection:
            now = self._seconds(connection)
        if not self._seen.wants_probe(now):
            return self._seen.active
        with self.house.database.transaction() as connection:
            state, now = self._locked(connection)
            choice = state.choice(now)
            if state.wants_probe(now):
                state = state.probing(now)
                self._keep(connection, state)
            self._seen = state
        return choice

    def _learn(self, provider: int, answer: HandOver) -> bool:
        with self.house.database.transaction() as connection:
            before, now = self._locked(connection)
            after = before.after(provider, answer, now)
            if after != before:
                self._keep(connection, after)
            self._seen = after
        return before.active != after.active

    def _locked(self, connection: Connection) -> tuple[Failover, float]:
        channel_states.ensure(connection, self.channel, database_now(connection) + self.offset)
        state = channel_states.failover(connection, self.channel, locked=True)
        return state, self._seconds(connection)

    def _seconds(self, connection: Connection) -> float:
        return (database_now(connection) + self.offset).timestamp()

    def _keep(self, connection: Connection, state: Failover) -> None:
        channel_states.keep_failover(connection, self.channel, state, database_now(connection) + self.offset)

"""What sending needs: the house, a carrier for one channel, and the time that all workers share.

Shared: the sending of messages, and the finding out what became of them.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from scheduler.domain.hand_over import HandOver
from scheduler.domain.letter import Letter
from scheduler.domain.notification import Channel
from scheduler.persistence.database import AWAY, database_now
from scheduler.services.house import House

Outcome = TypeVar("Outcome")

PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, *(5.0,) * 6)
"""Seconds between the tries of a worker whose database is away: 36 in all, well within its lease of a message."""


class Carrier(Protocol):
    """One way for messages to travel. `post` raises nothing that it can foresee: it answers with a `HandOver`."""

    @property
    def channel(self) -> Channel:
        """Which messages it carries."""
        ...

    @property
    def is_idempotent(self) -> bool:
        """Whether the provider takes a repeat of the same message for the same message."""
        ...

    def write(self, letter: Letter) -> bytes:
        """The message as it will travel; the same letter gives the same bytes."""
        ...

    def parts(self, message: bytes) -> int | None:
        """Into how many parts the message falls on its way; None where nobody counts them."""
        ...

    def post(self, message: bytes, address: str) -> HandOver:
        """Hand the message over, to this one address."""
        ...

    def inquire(self, message: bytes, address: str, since: datetime) -> HandOver | None:
        """Ask the provider whether it has this message of ours, sent to the address since then.

        ACCEPTED: it has it. REFUSED: it surely has not. None: it cannot say.
        """
        ...


@dataclass(frozen=True, slots=True)
class PostRoom:
    """What sending needs: the house, one carrier, and where the clinic's pages are.

    `offset` moves the database's clock (demo and tests); `chance` gives the jitter, in [0, 1); `pauses` are how long,
    in seconds, to wait for a database that is away.
    """

    house: House
    carrier: Carrier
    base_url: str
    offset: timedelta = timedelta(0)
    chance: Callable[[], float] = field(default=random.random)
    pauses: tuple[float, ...] = PAUSES

    def now(self, connection: Connection) -> datetime:
        """The time that due dates and leases are held against: the database's, the same for every node."""
        return database_now(connection) + self.offset

    def patiently(self, work: Callable[[], Outcome], stop: Callable[[], bool]) -> Outcome:
        """Do it as soon as the database answers again: what this worker holds, nobody else takes meanwhile.

        Only for work that may be done twice, since the answer to a commit can be lost.

        :raises OperationalError: when the database stays away, or is away while the worker is to stop.
        """
        for pause in self.pauses:
            try:
                return work()
            except AWAY:
                if stop():
                    raise
                time.sleep(pause)
        return work()

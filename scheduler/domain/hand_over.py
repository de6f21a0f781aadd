"""What came of handing a message to the post, and what is done next.

An answer that never came is not guessed at: the message is `UNSURE`, is sent once more under the same Message-ID, and
is marked as perhaps sent twice. A post office that cannot be reached is no attempt at all: otherwise an outage of two
minutes would use up every message's tries.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

ATTEMPTS = 8
"""After so many refusals a message is given up and a person must call."""

FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=10)
LONGEST_OUTAGE_PAUSE = timedelta(minutes=1)


class Result(StrEnum):
    """The post's answer."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    UNSURE = "unsure"
    BAD_ADDRESS = "bad-address"
    """Refused for good because of the address itself: nothing more goes there until somebody says that it is right."""
    OPTED_OUT = "opted-out"
    """The reader told the carrier to stop: nothing more goes to this number until they say otherwise."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """The post's answer, its name for the message, and a reason that names nobody ("smtp 550 5.1.1").

    `wait` is how long the post asked us to wait before the next try, None when it did not say. `provider` names who
    answered, where a channel has more than one.
    """

    result: Result
    reason: str = ""
    reference: str = ""
    wait: timedelta | None = None
    provider: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """Who had a message last, None while only the usual provider may have had it; `in_doubt` says it may lie there."""

    provider: str | None = None
    in_doubt: bool = False


def pause(attempts: int, chance: float) -> timedelta:
    """How long to wait after `attempts` failures: full jitter under a ceiling that doubles; `chance` lies in [0, 1)."""
    ceiling = min(FIRST_PAUSE * (1 << min(attempts, 20)), LONGEST_PAUSE)
    return max(timedelta(seconds=1), ceiling * chance)


@dataclass(frozen=True, slots=True)
class Circuit:
    """Whether one post office is worth trying: after it could not be reached, nobody knocks until `open_until`."""

    failures: int = 0
    open_until: datetime | None = None

    def lets_pass(self, now: datetime) -> bool:
        """Say whether a message may be tried now."""
        return self.open_until is None or now >= self.open_until

    @property
    def is_broken(self) -> bool:
        """While it is, one message is tried at a time."""
        return self.failures > 0

    def after(self, result: Result, now: datetime, asked: timedelta | None = None) -> Circuit:
        """The circuit after one more answer; any answer at all proves that the post can be reached.

        A post that says "not now" and asked for some time gets it, from every message.
        """
        if result is Result.DEFERRED and asked:
            return Circuit(self.failures + 1, now + min(asked, LONGEST_PAUSE))
        if result is not Result.UNREACHABLE:
            return Circuit()
        wait = min(FIRST_PAUSE * (1 << min(self.failures, 10)), LONGEST_OUTAGE_PAUSE)
        return Circuit(self.failures + 1, now + wait)

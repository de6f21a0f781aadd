"""One browser of one member of the staff: how far it has come in, when its screen locks, and when it is over.

Context. A desk is left for a minute, a screen stays open, a cookie is copied. Only a hand at the keyboard may keep a
session open; a page that asks for news by itself must not.

Decision (45 CFR 164.312(a)(2)(iii)). A quarter of an hour after the last input the screen locks: nothing is shown and
nothing done until the same person has shown who they are. Locked for an hour, three wrong tries, or twelve hours after
the sign-in, and the session is over. All of it is worked out from instants in the row, so no clock has to run for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from scheduler.domain.account import StaffMember
from scheduler.domain.right import PROOF_HOLDS

LONGEST_SESSION = timedelta(hours=12)
LOCKS_AFTER = timedelta(minutes=15)
WARNS_BEFORE = timedelta(minutes=2)
LONGEST_LOCK = timedelta(minutes=60)
LONGEST_WAIT = timedelta(minutes=10)
"""How long after the password the second factor may come."""

MOST_WRONG = 3
CHALLENGE_HOLDS = timedelta(minutes=5)


class Stage(StrEnum):
    """How far a browser has come in."""

    SECOND = "second"
    """The password was right; the second factor is awaited."""
    LOCKED = "locked"
    SET_UP = "set-up"
    """There is no second factor yet, and here everybody needs one."""
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Browser:
    """What is remembered of where a session began: the device in words, and the network address."""

    device: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class StaffSession:
    """One signed-in browser of one account.

    `seen_at` is its last request, `input_at` the last one that a hand has made. `second_at` is when the second factor
    was shown, `proved_at` when anything was; `wrong` counts wrong tries since.
    """

    id: str
    account_id: int
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    input_at: datetime
    device: str = ""
    address: str = ""
    second_at: datetime | None = None
    proved_at: datetime | None = None
    locked_at: datetime | None = None
    wrong: int = 0

    def locked_since(self, now: datetime) -> datetime | None:
        """Since when the screen is locked, by hand or by itself; None while it is open."""
        if self.locked_at is not None:
            return self.locked_at
        by_itself = self.input_at + LOCKS_AFTER
        return by_itself if now >= by_itself else None

    def is_live(self, now: datetime) -> bool:
        """Say whether it is neither over nor locked for too long; both ends are outside."""
        locked = self.locked_since(now)
        return now < self.expires_at and (locked is None or now - locked < LONGEST_LOCK)

    def is_proved(self, now: datetime) -> bool:
        """Say whether it was shown lately who sits here."""
        return self.proved_at is not None and now - self.proved_at < PROOF_HOLDS


def stage(session: StaffSession, member: StaffMember, now: datetime, *, needs_factor: bool) -> Stage:
    """How far this browser has come in; `needs_factor` where nobody works without a second factor."""
    if member.has_factor and session.second_at is None:
        return Stage.SECOND
    if session.locked_since(now) is not None:
        return Stage.LOCKED
    return Stage.SET_UP if needs_factor and not member.has_factor else Stage.OPEN

"""What became of the made-up clinic's messages: most arrived, some did not, and each for a reason that happens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from scheduler.domain.appointment import Status
from scheduler.domain.message_story import Outcome
from scheduler.domain.notification import Channel, Kind, Notification, State
from scheduler.domain.visit import Visit

STOPPED_TEXTS = 23
"""Every so many people have asked for no more texts."""

TAKEN_IN = timedelta(seconds=3)
"""So long after it was due the provider took a message."""


@dataclass(frozen=True, slots=True)
class Fate:
    """Where one message stands; `at` is when it left or a person called."""

    state: State
    reason: str | None = None
    at: datetime | None = None
    outcome: Outcome | None = None
    parts: int | None = None

    @property
    def is_lost(self) -> bool:
        """Say whether its reader was surely not reached."""
        return self.state in {State.DEAD, State.UNDELIVERED}


def has_stopped_texts(visit: Visit) -> bool:
    """Say whether this made-up person once answered STOP."""
    return visit.appointment.patient_id % STOPPED_TEXTS == 0


def fate(owed: Notification, visit: Visit, chance: Random, now: datetime) -> Fate:
    """What became of a message by `now`; what is not due yet waits."""
    given_up = visit.appointment.changed_at if visit.appointment.status is Status.CANCELLED else None
    if given_up is not None and owed.kind is not Kind.CANCELLED and given_up < owed.due_at:
        return Fate(State.CANCELLED, "superseded")
    if owed.due_at > now:
        return Fate(State.PENDING)
    if owed.channel is Channel.PHONE:
        return _called(owed, chance, now)
    if owed.channel is Channel.SMS and has_stopped_texts(visit):
        return Fate(State.SUPPRESSED, "opted-out")
    return _sent(owed, chance)


def _called(owed: Notification, chance: Random, now: datetime) -> Fate:
    """A call of today still waits, as a rule; one of the days before was made."""
    if now - owed.due_at < timedelta(hours=16):
        return Fate(State.PENDING)
    at = owed.due_at + timedelta(minutes=chance.randrange(20, 180))
    drawn = chance.random()
    if drawn < 0.7:
        return Fate(State.DELIVERED, None, at, Outcome.REACHED)
    if drawn < 0.95:
        return Fate(State.SENT, None, at, Outcome.VOICEMAIL)
    return Fate(State.UNDELIVERED, Outcome.WRONG_NUMBER.value, at, Outcome.WRONG_NUMBER)


def _sent(owed: Notification, chance: Random) -> Fate:
    drawn, at = chance.random(), owed.due_at + TAKEN_IN
    parts = (2 if owed.language == "es" and drawn < 0.3 else 1) if owed.channel is Channel.SMS else None
    if drawn < 0.012:
        return Fate(State.DEAD, "smtp 550" if owed.channel is Channel.EMAIL else "sms 21211")
    if drawn < 0.022:
        reason = "5.1.1" if owed.channel is Channel.EMAIL else "sms 30005"
        return Fate(State.UNDELIVERED, reason, at, parts=parts)
    if drawn < 0.03 and owed.kind not in {Kind.CONFIRMATION, Kind.CANCELLED}:
        return Fate(State.SUPPRESSED, "daily-cap" if owed.channel is Channel.SMS else "opted-out")
    if owed.channel is Channel.SMS and drawn < 0.9:
        return Fate(State.DELIVERED, None, at, parts=parts)
    return Fate(State.SENT, None, at, parts=parts)

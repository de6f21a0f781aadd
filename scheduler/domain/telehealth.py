"""A visit by video from the waiting room to its end: where it stands, and the moves that each state permits.

The appointment keeps its own status (booked, arrived, fulfilled); this is the call beside it. A phone call in its place
is a state with an outcome of its own, never a failure. Parties are rows, so that a third one needs no other tables; the
call itself is made for two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from scheduler.domain.appointment import Status
from scheduler.domain.errors import MoveRefused, Refusal
from scheduler.domain.wording import N_

HERE = timedelta(seconds=8)
"""A party is here as long as it was heard of within this time; it says so every few seconds."""

MORE_TIME = timedelta(minutes=5)
"""What one press of "5 more minutes" tells those who wait."""


class Stage(StrEnum):
    """Where the call stands."""

    EXPECTED = "expected"
    WAITING = "waiting"
    ADMITTED = "admitted"
    IN_CALL = "in-call"
    PHONE = "phone"
    ENDED = "ended"


MOVES: Mapping[Stage, frozenset[Stage]] = {
    Stage.EXPECTED: frozenset({Stage.WAITING, Stage.PHONE, Stage.ENDED}),
    Stage.WAITING: frozenset({Stage.EXPECTED, Stage.ADMITTED, Stage.PHONE, Stage.ENDED}),
    Stage.ADMITTED: frozenset({Stage.WAITING, Stage.IN_CALL, Stage.PHONE, Stage.ENDED}),
    Stage.IN_CALL: frozenset({Stage.WAITING, Stage.PHONE, Stage.ENDED}),
    Stage.PHONE: frozenset({Stage.WAITING, Stage.ADMITTED, Stage.ENDED}),
    Stage.ENDED: frozenset({Stage.WAITING}),
}
"""From each state, the states a call may move to. An end that was pressed by mistake leads back to the waiting room."""

TALKING = frozenset({Stage.ADMITTED, Stage.IN_CALL})
"""The clinician has let the patient in: only now may the two browsers speak to each other."""


STANDS = frozenset(
    {Status.PENDING, Status.BOOKED, Status.ARRIVED, Status.CHECKED_IN, Status.FULFILLED, Status.NOSHOW}
)
"""A visit in one of these states may have a call: who was marked as missing may still come."""


class Provider(StrEnum):
    """How picture and sound travel: between the two browsers, at an address of the clinician's own, or by telephone."""

    OWN = "own"
    LINK = "link"
    PHONE = "phone"


class Party(StrEnum):
    """Who may be in a visit. A companion is somebody to whom the patient gave a link of their own."""

    PATIENT = "patient"
    CLINICIAN = "clinician"
    COMPANION = "companion"


CALLERS = frozenset({Party.PATIENT, Party.CLINICIAN})
"""The parties of the call itself. Others wait with the patient and are told why."""


class Outcome(StrEnum):
    """How a visit ended. `RULE` is the clinic's own clock."""

    BY_VIDEO = "by-video"
    BY_PHONE = "by-phone"
    NOT_REACHED = "not-reached"
    CUT_SHORT = "cut-short"
    RULE = "rule"


SEEN = frozenset({Outcome.BY_VIDEO, Outcome.BY_PHONE})
"""The patient was seen; the appointment is fulfilled."""


class Quality(StrEnum):
    """How the line was, best first, as the page said it in words."""

    GOOD = "good"
    WEAK = "weak"
    SOUND_ONLY = "sound-only"
    LOST = "lost"

    def worse(self, other: Quality | None) -> Quality:
        """The worse one of two."""
        order = list(Quality)
        return self if other is None or order.index(self) >= order.index(other) else other


class AreaDecision(StrEnum):
    """What was decided about a patient who is where the clinician holds no licence."""

    GO_ON = "go-on"
    NOT_TODAY = "not-today"


class RoomClosed(Refusal):
    """The waiting room is not open: too early, too late, or the visit is no video visit any more."""

    code = "room-closed"
    sentence = N_("The room for this visit is not open. Please look at the time of your visit, or call us.")


class NotAdmitted(Refusal):
    """The clinician has not let this party in, or somebody else speaks for it on another device."""

    code = "not-admitted"
    sentence = N_("The call has not begun here. Please wait on the page of your visit, or call us.")


@dataclass(frozen=True, slots=True)
class VideoVisit:
    """The call of one visit as it stands; instants are aware UTC, None for what has not happened.

    `address` is where an outside meeting is. `delay_until` is what those who wait were told last. `heard_well` and
    `was_easy` are what the patient said of the call afterwards ("yes", "partly", "no"), if anything.
    """

    appointment_id: int
    stage: Stage = Stage.EXPECTED
    provider: Provider = Provider.OWN
    address: str = ""
    waiting_since: datetime | None = None
    admitted_at: datetime | None = None
    connected_at: datetime | None = None
    phone_at: datetime | None = None
    ended_at: datetime | None = None
    delay_until: datetime | None = None
    outcome: Outcome | None = None
    area: AreaDecision | None = None
    rated: bool = False
    heard_well: str | None = None
    was_easy: str | None = None

    def permits(self, stage: Stage) -> bool:
        """Say whether the call may move to `stage`."""
        return stage in MOVES[self.stage]

    def moved_to(self, stage: Stage, now: datetime) -> VideoVisit:
        """The call in its next state, with the time of the move; the first time of each kind stays.

        :raises MoveRefused: when the table of moves does not list the step.
        """
        if not self.permits(stage):
            raise MoveRefused
        moved = replace(self, stage=stage)
        if stage is Stage.WAITING:
            return replace(moved, waiting_since=self.waiting_since or now, ended_at=None, outcome=None)
        if stage is Stage.ADMITTED:
            return replace(moved, admitted_at=self.admitted_at or now, delay_until=None)
        if stage is Stage.IN_CALL:
            return replace(moved, connected_at=self.connected_at or now)
        if stage is Stage.PHONE:
            return replace(moved, phone_at=self.phone_at or now)
        return replace(moved, ended_at=now) if stage is Stage.ENDED else moved

    @property
    def is_talking(self) -> bool:
        """Say whether the two browsers may speak to each other."""
        return self.stage in TALKING and self.provider is Provider.OWN


@dataclass(frozen=True, slots=True)
class Window:
    """From when until when the room of a visit is open, by the visit's own time and the clinic's rules.

    `lead` is how long before its time the waiting room opens, `grace` how long after it the visit is ended by rule.
    """

    start: datetime
    end: datetime
    lead: timedelta
    grace: timedelta

    @property
    def opens(self) -> datetime:
        """The first instant at which somebody may wait."""
        return self.start - self.lead

    @property
    def closes(self) -> datetime:
        """The instant from which the visit is over by rule."""
        return self.end + self.grace

    def is_open(self, now: datetime) -> bool:
        """Say whether the room is open; its end is outside."""
        return self.opens <= now < self.closes

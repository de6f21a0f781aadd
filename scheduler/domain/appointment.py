"""A visit with a time, a place and a state (FHIR R4 Appointment), and the moves its state permits.

The iTIP sequence (RFC 5546, 2.1.4) is the version: a change that attendees must hear of raises it; moves that concern
the clinic alone (arrived, fulfilled) leave it. A guarded update therefore names both sequence and status.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from scheduler.domain.directory import Mode
from scheduler.domain.errors import MoveRefused
from scheduler.domain.spoken_code import spoken_code


class Status(StrEnum):
    """FHIR R4 AppointmentStatus, stored and sent as spelt there."""

    PROPOSED = "proposed"
    PENDING = "pending"
    BOOKED = "booked"
    ARRIVED = "arrived"
    CHECKED_IN = "checked-in"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    NOSHOW = "noshow"
    WAITLIST = "waitlist"
    ENTERED_IN_ERROR = "entered-in-error"


HOLDS_TIME = frozenset(
    {Status.PENDING, Status.BOOKED, Status.ARRIVED, Status.CHECKED_IN, Status.FULFILLED, Status.NOSHOW}
)
"""A visit in one of these states occupies its practitioner, its room and its patient."""

OPEN = frozenset({Status.PENDING, Status.BOOKED})
"""A visit in one of these states may still be moved or cancelled."""

HERE = frozenset({Status.ARRIVED, Status.CHECKED_IN})
"""The patient of a visit in one of these states is here: who sees them and where may change, the time may not."""

MOVES: dict[Status, frozenset[Status]] = {
    Status.PROPOSED: frozenset({Status.PENDING, Status.BOOKED, Status.CANCELLED, Status.ENTERED_IN_ERROR}),
    Status.PENDING: frozenset({Status.BOOKED, Status.CANCELLED, Status.ENTERED_IN_ERROR}),
    Status.BOOKED: frozenset(
        {Status.ARRIVED, Status.CHECKED_IN, Status.CANCELLED, Status.NOSHOW, Status.ENTERED_IN_ERROR}
    ),
    Status.ARRIVED: frozenset(
        {
            Status.BOOKED,
            Status.CHECKED_IN,
            Status.FULFILLED,
            Status.CANCELLED,
            Status.NOSHOW,
            Status.ENTERED_IN_ERROR,
        }
    ),
    Status.CHECKED_IN: frozenset(
        {Status.ARRIVED, Status.FULFILLED, Status.CANCELLED, Status.NOSHOW, Status.ENTERED_IN_ERROR}
    ),
    Status.FULFILLED: frozenset({Status.CHECKED_IN, Status.ENTERED_IN_ERROR}),
    Status.NOSHOW: frozenset({Status.BOOKED, Status.ARRIVED, Status.CHECKED_IN, Status.ENTERED_IN_ERROR}),
    Status.CANCELLED: frozenset({Status.ENTERED_IN_ERROR}),
    Status.WAITLIST: frozenset({Status.PROPOSED, Status.BOOKED, Status.CANCELLED, Status.ENTERED_IN_ERROR}),
    Status.ENTERED_IN_ERROR: frozenset(),
}
"""From each state, the states a visit may move to."""


class CancelledBy(StrEnum):
    """Who gave the visit up; FHIR cancelationReason groups (pat, prov, other)."""

    PATIENT = "patient"
    HELPER = "helper"
    DESK = "desk"
    CLINICIAN = "clinician"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Appointment:
    """One visit, at one version. Instants are aware UTC; `changed_at` is the stamp of this version (iCal DTSTAMP).

    `confirmed_at` is when its people said that they will come, `confirmed_by` the channel they said it over; another
    time asks them anew. `arrived_at`, `roomed_at`, `seen_at` and `left_at` are the patient's way through the house.
    `revision` counts every change of the visit, also those that no attendee hears of.
    """

    id: int
    uid: str
    sequence: int
    status: Status
    mode: Mode
    visit_type_code: str
    patient_id: int
    practitioner_id: int
    location_id: int
    room_id: int | None
    start: datetime
    end: datetime
    created_at: datetime
    changed_at: datetime
    language: str
    source: str = "web"
    cancelled_by: CancelledBy | None = None
    cancel_reason: str | None = None
    cancelled_late: bool = False
    related_person_id: str | None = None
    confirmed_at: datetime | None = None
    confirmed_by: str | None = None
    arrived_at: datetime | None = None
    roomed_at: datetime | None = None
    seen_at: datetime | None = None
    left_at: datetime | None = None
    revision: int = 1

    @property
    def public_id(self) -> str:
        """The name of the visit on the wire: the local part of its UID."""
        return self.uid.partition("@")[0]

    @property
    def spoken_code(self) -> str:
        """Six digits to say on the phone; they find the visit and open nothing."""
        return spoken_code(self.id)

    @property
    def is_open(self) -> bool:
        """Say whether the visit may still be moved or cancelled."""
        return self.status in OPEN

    @property
    def is_here(self) -> bool:
        """Say whether the patient has come and is not gone yet."""
        return self.status in HERE

    @property
    def is_confirmed(self) -> bool:
        """Say whether its people have said that they will come, at this time."""
        return self.confirmed_at is not None

    def confirmed(self, by: str, now: datetime) -> Appointment:
        """The visit with the word that its people will come; the first word stays.

        :raises MoveRefused: when the visit no longer stands or has begun to be past.
        """
        if not self.is_open or now >= self.end:
            raise MoveRefused
        return self if self.is_confirmed else replace(self, confirmed_at=now, confirmed_by=by)

    def next_stamp(self, now: datetime) -> datetime:
        """The stamp of the next version: strictly later than this one, in whole seconds (RFC 5545, 3.8.7.2)."""
        return max(now.replace(microsecond=0), self.changed_at + timedelta(seconds=1))

    def permits(self, status: Status) -> bool:
        """Say whether the visit may move to `status`."""
        return status in MOVES[self.status]

    def moved_to(self, status: Status, now: datetime) -> Appointment:
        """The visit in its next state; a cancellation is a new version, arrivals are not.

        :raises MoveRefused: when the table of moves does not list the step.
        """
        if not self.permits(status):
            raise MoveRefused
        heard = status is Status.CANCELLED
        return replace(
            self,
            status=status,
            sequence=self.sequence + 1 if heard else self.sequence,
            changed_at=self.next_stamp(now) if heard else self.changed_at,
        )

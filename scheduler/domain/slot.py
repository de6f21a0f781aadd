"""One time that can be booked, and the reasons for which a time cannot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scheduler.domain.directory import Mode


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that can be booked (FHIR Slot, status free): the visit itself, without its buffers.

    `practitioner_id` and `room_id` are resource ids; a virtual visit has no room, yet has the location whose zone and
    hours it follows.
    """

    start: datetime
    end: datetime
    mode: Mode
    practitioner_id: int
    location_id: int
    room_id: int | None = None


class Reason(StrEnum):
    """Why a time is not offered."""

    CLOSED = "closed"
    ABSENT = "absent"
    OUTSIDE_HOURS = "outside-hours"
    TAKEN = "taken"
    TOO_SOON = "too-soon"
    TOO_FAR = "too-far"
    NO_ROOM = "no-room"
    CAP = "cap"
    OFF_GRID = "off-grid"
    NOT_GIVEN = "not-given"

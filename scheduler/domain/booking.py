"""What a person asks for when booking, before anything is decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.directory import Mode
from scheduler.domain.person import HelperDetails, PatientDetails, VirtualDetails
from scheduler.domain.safety_gate import Answer


@dataclass(frozen=True, slots=True)
class GateAnswers:
    """What was answered to which wording, in which language."""

    version: str
    answers: Mapping[str, Answer]
    language: str


@dataclass(frozen=True, slots=True)
class BookingRequest:
    """A booking as asked for: the last place that knew strings has turned them into this.

    `hold_id` is set when the time was kept while the form was filled in; `practitioner_id` None means any clinician.
    `source` is "web", "api", "phone", "walk-in" or "desk". The rest is the desk's: the patient it chose, one room, a
    note that nobody else sees, and whether the patient is to be told. `overbook` is why a manager
    passes over hours and buffers.
    """

    visit_type_code: str
    mode: Mode
    start: datetime
    practitioner_id: int | None
    gate: GateAnswers
    patient: PatientDetails
    helper: HelperDetails | None = None
    virtual: VirtualDetails | None = None
    hold_id: str | None = None
    source: str = "web"
    patient_id: int | None = None
    room_id: int | None = None
    note: str = ""
    tell: bool = True
    overbook: str = ""


@dataclass(frozen=True, slots=True)
class MoveRequest:
    """Where a visit should go: a start, a mode, perhaps a clinician; `virtual` is needed when it becomes virtual.

    `seen` is the version that the person looked at; `hold_id` the time they keep. `is_patients` says that the patient
    asked for it, whoever carries it out. The rest is the desk's: the revision it looked at, one `room_id`, another
    length in `minutes`, and whether the patient is to be told (`tell`). `overbook` is why a manager
    passes over hours and buffers.
    """

    start: datetime
    mode: Mode
    practitioner_id: int | None = None
    virtual: VirtualDetails | None = None
    hold_id: str | None = None
    seen: int | None = None
    is_patients: bool = False
    revision: int | None = None
    room_id: int | None = None
    minutes: int | None = None
    tell: bool = True
    overbook: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """A time kept for somebody who is still filling in the form."""

    id: str
    visit_type_code: str
    mode: Mode
    practitioner_id: int
    location_id: int
    room_id: int | None
    start: datetime
    end: datetime
    expires_at: datetime
    extensions: int = 0
    appointment_id: int | None = None

"""The clinic as data: who works where, in which rooms, for which visits, and what each visit is.

FHIR R4 names: Organization, Location, Practitioner (with the PractitionerRole folded in), HealthcareService as
`VisitType`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from scheduler.domain.wording import Text


class Mode(StrEnum):
    """How patient and clinician meet."""

    IN_PERSON = "in-person"
    VIRTUAL = "virtual"
    PHONE = "phone"


class Audience(StrEnum):
    """Who may book a visit type."""

    PATIENT = "patient"
    KNOWN_PATIENT = "known-patient"
    DESK = "desk"


@dataclass(frozen=True, slots=True)
class Organization:
    """The clinic's identity. `discreet_name` is what a lock screen may show, when the full name says too much.

    `hold_minutes` is how long a time is kept while a form is filled in and by how much one press extends it,
    `hold_extensions` how often (WCAG 2.2.1 asks for at least ten). `decline_grace_minutes` of opening time a visit that
    was declined in a calendar is held before it is given up. `video_opens_minutes` before its time people may come into
    the room of a video visit; `video_grace_minutes` after its time it is ended by rule. `practice_minutes` is how long
    the desk takes to try a device with somebody.
    """

    name: str
    phone: str
    email: str
    zone: str
    discreet_name: str = ""
    website: str = ""
    logo_text: str = ""
    languages: tuple[str, ...] = ("en", "es")
    hold_minutes: int = 15
    hold_extensions: int = 10
    decline_grace_minutes: int = 120
    video_opens_minutes: int = 30
    video_grace_minutes: int = 60
    practice_minutes: int = 15

    @property
    def neutral_name(self) -> str:
        """The name for mails, texts and calendars."""
        return self.discreet_name or self.name

    @property
    def video_lead(self) -> timedelta:
        """How long before its time the room of a video visit opens."""
        return timedelta(minutes=self.video_opens_minutes)

    @property
    def video_grace(self) -> timedelta:
        """How long after its time a video visit is ended by rule."""
        return timedelta(minutes=self.video_grace_minutes)


@dataclass(frozen=True, slots=True)
class Location:
    """An office (FHIR Location); its zone rules the wall clock of everything that happens there."""

    id: int
    code: str
    name: str
    zone: str
    line: str
    city: str
    state: str
    postal_code: str
    phone: str
    latitude: float | None = None
    longitude: float | None = None
    directions: Text = field(default_factory=lambda: Text(""))
    active: bool = True

    @property
    def address(self) -> str:
        """One line, as on an envelope."""
        return f"{self.line}, {self.city}, {self.state} {self.postal_code}"

    @property
    def tz(self) -> ZoneInfo:
        """The zone's rules."""
        return ZoneInfo(self.zone)


@dataclass(frozen=True, slots=True)
class Room:
    """A room; `id` is its resource id. `kind` is what visit types ask for ("exam", "procedure")."""

    id: int
    location_id: int
    name: str
    kind: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """Where and how a practitioner works."""

    location_id: int
    mode: Mode


@dataclass(frozen=True, slots=True)
class Practitioner:
    """A clinician; `id` is the resource id that time is booked on."""

    id: int
    prefix: str
    given_name: str
    family_name: str
    credentials: str
    npi: str
    licensed_states: tuple[str, ...]
    languages: tuple[str, ...]
    places: tuple[Place, ...]
    visit_type_codes: frozenset[str]
    active: bool = True

    @property
    def name(self) -> str:
        """As patients hear it: prefix, given and family name."""
        return " ".join(part for part in (self.prefix, self.given_name, self.family_name) if part)

    def works(self, location_id: int, mode: Mode) -> bool:
        """Say whether this practitioner sees people there in that way."""
        return Place(location_id, mode) in self.places


@dataclass(frozen=True, slots=True)
class VisitType:
    """A kind of visit (FHIR HealthcareService); all times in minutes unless the name says days."""

    id: int
    code: str
    title: Text
    summary: Text
    modes: tuple[Mode, ...]
    minutes: int
    buffer_before: int
    buffer_after: int
    minimum_notice: int
    horizon_days: int
    patient_cutoff: int
    daily_cap: int | None
    bookable_by: frozenset[Audience]
    room_kind: str | None
    preparation: Text = field(default_factory=lambda: Text(""))
    active: bool = True

    @property
    def duration(self) -> timedelta:
        """The visit's length in elapsed time."""
        return timedelta(minutes=self.minutes)

    @property
    def cutoff(self) -> timedelta:
        """How long before the start patients may still change the visit themselves."""
        return timedelta(minutes=self.patient_cutoff)

    def needs_room(self, mode: Mode) -> bool:
        """Only a visit in person takes a room."""
        return mode is Mode.IN_PERSON and self.room_kind is not None


@dataclass(frozen=True, slots=True)
class ConsentText:
    """A text that people agree to, kept by version so that the record says what they saw."""

    kind: str
    version: str
    text: Text


def npi_is_valid(npi: str) -> bool:
    """Check a National Provider Identifier: ten digits, Luhn over the prefix 80840 (CMS, 45 CFR 162.406)."""
    return len(npi) == 10 and npi.isascii() and npi.isdigit() and _luhn("80840" + npi) == 0


def npi_from(nine_digits: int) -> str:
    """The valid identifier that begins with these nine digits."""
    begun = f"{nine_digits:09d}"
    return f"{begun}{-_luhn(f'80840{begun}0') % 10}"


def _luhn(digits: str) -> int:
    """The sum of ISO/IEC 7812-1, annex B, modulo ten; 0 for a valid number."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10

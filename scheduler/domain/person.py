"""The people a visit is about: the patient, and the daughter or son who may have booked it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

ADULT_AT = 18
"""Years."""


class RemindBy(StrEnum):
    """How a person wants to hear from the clinic."""

    EMAIL = "email"
    SMS = "sms"
    PHONE = "phone"


class Relation(StrEnum):
    """Who the helper is to the patient."""

    CHILD = "child"
    SPOUSE = "spouse"
    RELATIVE = "relative"
    FRIEND = "friend"
    CAREGIVER = "caregiver"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PatientDetails:
    """What a person says of the patient at booking; the phone is E.164, the e-mail may be missing.

    `zone` is where their wall clock is, when it is known to differ from the clinic's.
    """

    given_name: str
    family_name: str
    birth_date: date
    phone: str
    email: str | None
    language: str
    remind_by: tuple[RemindBy, ...] = ()
    zone: str | None = None

    @property
    def name(self) -> str:
        """Given and family name."""
        return f"{self.given_name} {self.family_name}".strip()

    def is_minor(self, today: date) -> bool:
        """Say whether the patient is under 18 on that date: then a clinician calls back first (a sign of the gate)."""
        before_birthday = (today.month, today.day) < (self.birth_date.month, self.birth_date.day)
        return today.year - self.birth_date.year - before_birthday < ADULT_AT


@dataclass(frozen=True, slots=True)
class HelperDetails:
    """Who books for the patient (FHIR RelatedPerson); `may_be_told` lets copies go to them."""

    name: str
    phone: str
    email: str | None
    relation: Relation
    may_be_told: bool = True


@dataclass(frozen=True, slots=True)
class VirtualDetails:
    """Where the patient will be for a virtual visit (a code as in `whereabouts`: "US-TX"), and what they agreed to.

    `zone` is that of the screen on which the patient themselves said so; None when somebody else did, or none was told.
    """

    state: str
    callback_phone: str
    consent_version: str
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Patient:
    """A patient as kept; `id` is the resource id, so that nobody can be in two visits at once."""

    id: int
    details: PatientDetails

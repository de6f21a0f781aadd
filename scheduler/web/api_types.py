"""What programs may say to the API: the types that check every request, and from which `/openapi.json` is written.

What comes in is strict where a slip would book the wrong thing: no unknown field, no text without a limit, no number
in place of a text. Where nobody is harmed it is kind: a helper may be told in few words or in many, a reason to cancel
may be any, a state may be "TX". The single values are in `api_fields`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, model_validator

from scheduler.domain import plain_text
from scheduler.domain.directory import Mode
from scheduler.domain.person import Relation, RemindBy
from scheduler.domain.safety_gate import Answer
from scheduler.domain.wording import N_, Language
from scheduler.web.api_fields import (
    SAFE_NUMBER,
    Clinician,
    Code,
    Date,
    Day,
    Email,
    Instant,
    Kin,
    Name,
    Number,
    Phone,
    Reason,
    State,
    Version,
)
from scheduler.web.forms.changes import WhyCancel

MOST_DAYS = 60
MOST_ERRORS = 40
_SENTENCES = {
    "missing": N_("This is missing."),
    "extra_forbidden": N_("There is no such field."),
    "string_type": N_("This must be a text."),
    "string_too_short": N_("This is too short."),
    "string_too_long": N_("This is too long."),
    "string_pattern_mismatch": N_("This has signs that cannot be used here."),
    "enum": N_("This is not one of the choices."),
    "too_long": N_("There are too many of these."),
    "greater_than_equal": N_("This number is too small."),
    "less_than_equal": N_("This number is too large."),
}
_OTHERWISE = N_("This cannot be used as it is.")


class Asked(BaseModel):
    """Anything a program says."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class LanguageQuery(BaseModel):
    """What every address takes after `?`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    lang: Language | None = Field(
        None, description="The language of sentences; else Accept-Language decides."
    )


class SlotsQuery(LanguageQuery):
    """Which times to list."""

    visit_type: Code
    mode: Mode
    first: Day | None = Field(None, alias="from", description="First date, in the clinic's zone; else today.")
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = 14
    practitioner: Number | None = Field(None, description="Only this clinician; else any.")


class GateAsked(Asked):
    """The answers to the safety questions of one wording: every question, and no other."""

    version: Version
    answers: Annotated[dict[Code, Answer], Field(max_length=100)]


class PatientAsked(Asked):
    """The person the visit is for."""

    given_name: Name
    family_name: Name
    birth_date: Date
    phone: Phone
    email: Email | None = None
    language: Language


class HelperAsked(Asked):
    """Who books for the patient: a name (`name`, or `given_name` and `family_name`) and a number to call.

    What else is sent is not kept.
    """

    model_config = ConfigDict(extra="ignore")
    name: Name
    phone: Phone
    email: Email | None = None
    relation: Kin = Field(
        Relation.OTHER,
        validation_alias=AliasChoices("relation", "relationship"),
        description=f"One of {', '.join(Relation)}; anything else is kept as other.",
    )
    may_be_told: bool = Field(True, description="Whether messages about the visit may go to the helper.")

    @model_validator(mode="before")
    @classmethod
    def _one_name(cls, given: Any) -> Any:
        """Put a name together that came in two parts, as the patient's does."""
        if not isinstance(given, dict) or "name" in given:
            return given
        parts = [given.get(part) for part in ("given_name", "family_name")]
        said = [part for part in parts if isinstance(part, str)]
        return {**given, "name": " ".join(said)} if said else given


class VirtualAsked(Asked):
    """What a video visit needs: where the patient will be, a number to call back, the consent that was accepted."""

    state: State = Field(
        description="US- and the state's letters, such as US-TX (or TX alone where no country has these letters); "
        "outside the United States the country's two letters (ISO 3166-1), such as MX or CA; or other."
    )
    callback_phone: Phone
    consent_version: Version


class BookingAsked(Asked):
    """A visit as asked for."""

    visit_type: Code
    mode: Mode
    start: Instant
    practitioner: Clinician | None = Field(None, description="As listed with the time; else any clinician.")
    gate: GateAsked
    patient: PatientAsked
    helper: HelperAsked | None = None
    remind_by: Annotated[list[RemindBy], Field(max_length=3)] = []
    virtual: VirtualAsked | None = Field(None, description="Needed for a video visit, and for no other.")


class MoveAsked(Asked):
    """Another time for a visit."""

    start: Instant
    practitioner: Clinician | None = Field(None, description="As listed with the time; else any clinician.")
    sequence: Annotated[int, Field(ge=0, le=SAFE_NUMBER)] | None = Field(
        None, description="The version that was looked at; a visit that changed since is refused."
    )


class CancelAsked(Asked):
    """A visit given up."""

    reason: Reason | None = Field(
        None,
        description=f"One of {', '.join(WhyCancel)} is kept as it is. Anything else is kept as other and its "
        "words are thrown away, because they might tell of somebody's health.",
    )
    sequence: Annotated[int, Field(ge=0, le=SAFE_NUMBER)] | None = Field(
        None, description="The version that was looked at; a visit that changed since is refused."
    )


def errors_of(trouble: ValidationError) -> dict[str, str]:
    """One English sentence a field, as refusals carry them; fields are named by their path, with dots."""
    found: dict[str, str] = {}
    for error in trouble.errors(include_url=False, include_input=False)[:MOST_ERRORS]:
        path = ".".join(_step(step) for step in error["loc"] if step != "[key]") or "body"
        found.setdefault(path, _sentence_of(error))
    return found


def _sentence_of(error: Mapping[str, Any]) -> str:
    """Our own checks bring their sentence along; for pydantic's there is a table."""
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    return _SENTENCES.get(error["type"], _OTHERWISE)


def _step(step: int | str) -> str:
    return plain_text.clean(str(step), 64)

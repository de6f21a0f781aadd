"""When two records may be one person: a rule for showing both to somebody who can ask, never for deciding."""

from __future__ import annotations

from enum import StrEnum

from scheduler.domain.person import PatientDetails
from scheduler.domain.sounding import folded, sounds


class Part(StrEnum):
    """What two records may disagree on, and somebody chooses between."""

    NAME = "name"
    BIRTH_DATE = "birth-date"
    PHONE = "phone"
    EMAIL = "email"
    LANGUAGE = "language"


def may_be_one(one: PatientDetails, other: PatientDetails) -> bool:
    """Say whether two records look like one person: two of birthday, telephone and sound of the name agree."""
    born = one.birth_date == other.birth_date
    reached = one.phone == other.phone
    return (born and (reached or _share(one.family_name, other.family_name))) or (
        reached and sounds(folded(one.name)) == sounds(folded(other.name))
    )


def _share(one: str, other: str) -> bool:
    """Say whether any word of two names sounds alike: people give one of two last names, or both."""
    return bool(set(sounds(folded(one)).split()) & set(sounds(folded(other)).split()))

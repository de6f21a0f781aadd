"""What a patient says on coming to a video visit: where they are now, how to reach them, and whether all is well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from scheduler.domain.safety_gate import Answer, Tier


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where the patient is at this hour: a place as in `whereabouts`, the number to call, and where help should come.

    `street` may be empty: nobody must type an address to see a doctor.
    """

    place: str
    phone: str
    street: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Everything said so far, each with its instant; None is a question that was not answered yet."""

    whereabouts: Whereabouts | None = None
    placed_at: datetime | None = None
    consent_version: str = ""
    agreed_at: datetime | None = None
    gate_version: str = ""
    signs: Mapping[str, Answer] = field(default_factory=dict)
    tier: Tier | None = None
    answered_at: datetime | None = None

    def needs_consent(self, version_in_force: str) -> bool:
        """Say whether the text was not agreed to, or has changed since."""
        return self.consent_version != version_in_force

    def needs_signs(self, version_in_force: str) -> bool:
        """Say whether the safety questions of the wording in force were not answered."""
        return self.answered_at is None or self.gate_version != version_in_force

    @property
    def has_red_flag(self) -> bool:
        """Say whether something was said that cannot wait."""
        return self.tier in {Tier.EMERGENCY, Tier.SAME_DAY}

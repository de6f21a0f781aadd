"""The safety questions that stand before any time is shown, and where each answer leads.

The wording is data with a version; this module knows only the tiers and their order. "Not sure" to a sign of any tier
leads to a clinician's call, as the clinic decided. Answers are health data: callers keep them encrypted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from scheduler.domain.errors import GateNeeded, InvalidInput
from scheduler.domain.wording import N_, Text


class Tier(StrEnum):
    """How soon care is needed, most urgent first."""

    EMERGENCY = "emergency"
    SAME_DAY = "same-day"
    CALL_BACK = "call-back"
    NONE = "none"


class Answer(StrEnum):
    """What a person can say to a sign."""

    NO = "no"
    YES = "yes"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Question:
    """One sign, in both languages."""

    id: str
    tier: Tier
    text: Text


@dataclass(frozen=True, slots=True)
class Gate:
    """The questions of one version of the wording."""

    version: str
    questions: tuple[Question, ...]

    def of_tier(self, tier: Tier) -> tuple[Question, ...]:
        """The signs of one tier, in their order."""
        return tuple(question for question in self.questions if question.tier is tier)

    def triage(self, version: str, answers: Mapping[str, Answer]) -> Tier:
        """Where these answers lead.

        An emergency sign decides at once, whatever is still unanswered: nobody with one must first finish a form.

        :raises GateNeeded: when the answers were given to another wording.
        :raises InvalidInput: when a sign has no answer and none of the given ones decides already, or when there is no
            such sign.
        """
        if version != self.version:
            raise GateNeeded
        known = {question.id: question.tier for question in self.questions}
        said_yes = [known[sign] for sign, answer in answers.items() if sign in known and answer is Answer.YES]
        if Tier.EMERGENCY in said_yes:
            return Tier.EMERGENCY
        missing = {
            f"gate.{sign}": N_("Please answer this question.") for sign in known if sign not in answers
        }
        foreign = {f"gate.{sign}": N_("There is no such question.") for sign in answers if sign not in known}
        if missing or foreign:
            raise InvalidInput({**missing, **foreign})
        if Tier.SAME_DAY in said_yes:
            return Tier.SAME_DAY
        unsure = any(sign in known and answer is Answer.UNSURE for sign, answer in answers.items())
        return Tier.CALL_BACK if said_yes or unsure else Tier.NONE

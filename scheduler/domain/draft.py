"""A booking while it is being filled in: what is known so far, and which question comes next.

Nothing here is asked twice and nothing is lost on the way back. A time is looked at only after the safety questions of
the wording in force were answered, in this very draft, and led to booking.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from scheduler.domain.booking import BookingRequest, GateAnswers
from scheduler.domain.call_back import CallBack
from scheduler.domain.directory import Mode
from scheduler.domain.person import HelperDetails, PatientDetails, VirtualDetails
from scheduler.domain.safety_gate import Answer, Gate, Tier


class ForWhom(StrEnum):
    """Whom the visit is for, as seen by the person who books."""

    MYSELF = "myself"
    SOMEONE = "someone"


class Step(StrEnum):
    """The questions on the way to a visit, in the order in which they are asked."""

    SAFETY = "safety"
    VISIT = "visit"
    TIME = "time"
    WHO = "who"
    HELPER = "helper"
    PATIENT = "patient"
    VIDEO = "video"
    CHECK = "check"


STEPS = tuple(Step)


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed at one step and cannot be used as it is: kept raw, to be shown again and put right."""

    step: Step
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DraftAnswers:
    """What was answered so far. `start` is the chosen time, an aware UTC instant, kept or not."""

    gate: GateAnswers | None = None
    visit_type_code: str = ""
    mode: Mode | None = None
    start: datetime | None = None
    practitioner_id: int | None = None
    for_whom: ForWhom | None = None
    helper: HelperDetails | None = None
    patient: PatientDetails | None = None
    virtual: VirtualDetails | None = None
    is_minor: bool = False
    call_back: CallBack | None = None
    typed: Typed | None = None

    def typed_at(self, step: Step) -> tuple[tuple[str, str], ...] | None:
        """What was last typed at a step and refused; None when that was nothing."""
        return self.typed.fields if self.typed is not None and self.typed.step is step else None

    def tier(self, gate: Gate) -> Tier | None:
        """Where the safety answers lead; None while the wording in force still has open questions."""
        if self.gate is None or self.gate.version != gate.version:
            return None
        said = self.gate.answers
        for tier in (Tier.EMERGENCY, Tier.SAME_DAY):
            if any(said.get(question.id) is Answer.YES for question in gate.of_tier(tier)):
                return tier
        if any(question.id not in said for question in gate.questions):
            return None
        return gate.triage(self.gate.version, said)

    def lacking(self, gate: Gate) -> Step:
        """The first question that is still open; `CHECK` when all is known."""
        open_questions = {
            Step.SAFETY: self.tier(gate) is not Tier.NONE,
            Step.VISIT: not self.visit_type_code or self.mode is None,
            Step.TIME: self.start is None,
            Step.WHO: self.for_whom is None,
            Step.HELPER: self.for_whom is ForWhom.SOMEONE and self.helper is None,
            Step.PATIENT: self.patient is None,
            Step.VIDEO: self.mode is Mode.VIRTUAL and self.virtual is None,
        }
        return next((step for step, is_open in open_questions.items() if is_open), Step.CHECK)

    def answering(self, gate: Gate, tier: Tier, said: dict[str, Answer], language: str) -> DraftAnswers:
        """The draft with the answers to one tier's signs; answers to another wording are given up.

        A sign that leads to care sooner than a visit gives up the chosen time, so that somebody else can have it.
        """
        before = self.gate if self.gate and self.gate.version == gate.version else None
        kept = dict(before.answers) if before else {}
        kept |= {question.id: said[question.id] for question in gate.of_tier(tier)}
        answered = replace(self, gate=GateAnswers(gate.version, kept, language))
        if answered.tier(gate) in {None, Tier.NONE}:
            return answered
        return replace(answered, start=None, practitioner_id=None)

    def wanting(self, visit_type_code: str, mode: Mode) -> DraftAnswers:
        """The draft for this visit; the time chosen for another visit is given up."""
        if (visit_type_code, mode) == (self.visit_type_code, self.mode):
            return self
        return replace(self, visit_type_code=visit_type_code, mode=mode, start=None, practitioner_id=None)

    def request(self, hold_id: str | None) -> BookingRequest:
        """The booking that this draft asks for; only when nothing is lacking."""
        assert self.gate and self.mode and self.start and self.patient
        return BookingRequest(
            visit_type_code=self.visit_type_code,
            mode=self.mode,
            start=self.start,
            practitioner_id=self.practitioner_id,
            gate=self.gate,
            patient=self.patient,
            helper=self.helper if self.for_whom is ForWhom.SOMEONE else None,
            virtual=self.virtual if self.mode is Mode.VIRTUAL else None,
            hold_id=hold_id,
        )

"""Claims about a booking that is being filled in: what comes next, and when a time may be looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from scheduler.domain.booking import GateAnswers
from scheduler.domain.call_back import Urgency, urgency_of
from scheduler.domain.directory import Mode
from scheduler.domain.draft import DraftAnswers, ForWhom, Step
from scheduler.domain.person import HelperDetails, PatientDetails, Relation, VirtualDetails
from scheduler.domain.safety_gate import Answer, Gate, Question, Tier
from scheduler.domain.wording import Text

GATE = Gate(
    "1",
    (
        Question("numb", Tier.EMERGENCY, Text("Numb?")),
        Question("fever", Tier.SAME_DAY, Text("Fever?")),
        Question("cancer", Tier.CALL_BACK, Text("Cancer?")),
    ),
)
NO = {"numb": Answer.NO, "fever": Answer.NO, "cancer": Answer.NO}
PASSED = GateAnswers("1", NO, "en")
START = datetime(2026, 9, 16, 15, tzinfo=UTC)
ROSA = PatientDetails("Rosa", "Sample", date(1951, 3, 9), "+19155550123", None, "en")
LUZ = HelperDetails("Luz", "+19155550198", None, Relation.CHILD)
FULL = DraftAnswers(PASSED, "review", Mode.IN_PERSON, START, 3, ForWhom.MYSELF, None, ROSA)


@pytest.mark.parametrize(
    ("said", "tier"),
    [
        ({}, None),
        ({"numb": Answer.NO}, None),
        ({"numb": Answer.YES}, Tier.EMERGENCY),
        ({"numb": Answer.NO, "fever": Answer.YES}, Tier.SAME_DAY),
        ({"fever": Answer.YES, "numb": Answer.YES}, Tier.EMERGENCY),
        ({"numb": Answer.UNSURE}, None),
        (NO | {"numb": Answer.UNSURE}, Tier.CALL_BACK),
        (NO | {"cancer": Answer.YES}, Tier.CALL_BACK),
        (NO | {"fever": Answer.YES, "cancer": Answer.UNSURE}, Tier.SAME_DAY),
        (NO, Tier.NONE),
    ],
)
def test_the_answers_lead_as_soon_as_they_decide(said: dict[str, Answer], tier: Tier | None) -> None:
    assert DraftAnswers(GateAnswers("1", said, "en")).tier(GATE) is tier


def test_answers_to_another_wording_lead_nowhere() -> None:
    assert replace(FULL, gate=GateAnswers("0", NO, "en")).tier(GATE) is None
    assert replace(FULL, gate=GateAnswers("0", NO, "en")).lacking(GATE) is Step.SAFETY


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({"gate": None}, Step.SAFETY),
        ({"gate": GateAnswers("1", NO | {"numb": Answer.YES}, "en")}, Step.SAFETY),
        ({"visit_type_code": ""}, Step.VISIT),
        ({"mode": None}, Step.VISIT),
        ({"start": None}, Step.TIME),
        ({"for_whom": None}, Step.WHO),
        ({"for_whom": ForWhom.SOMEONE}, Step.HELPER),
        ({"for_whom": ForWhom.SOMEONE, "helper": LUZ}, Step.CHECK),
        ({"patient": None}, Step.PATIENT),
        ({"mode": Mode.VIRTUAL}, Step.VIDEO),
        ({"mode": Mode.VIRTUAL, "virtual": VirtualDetails("US-TX", "+19155550199", "1")}, Step.CHECK),
        ({}, Step.CHECK),
    ],
)
def test_the_first_open_question_comes_next(changes: dict[str, object], step: Step) -> None:
    assert replace(FULL, **changes).lacking(GATE) is step  # type: ignore[arg-type]


def test_answering_one_page_keeps_the_others() -> None:
    draft = DraftAnswers(PASSED).answering(GATE, Tier.SAME_DAY, {"fever": Answer.YES}, "es")
    assert draft.gate == GateAnswers("1", NO | {"fever": Answer.YES}, "es")


def test_a_sign_gives_the_chosen_time_up_and_an_all_clear_keeps_it() -> None:
    flagged = FULL.answering(GATE, Tier.SAME_DAY, {"fever": Answer.YES}, "en")
    assert (flagged.start, flagged.practitioner_id, flagged.patient) == (None, None, ROSA)
    assert FULL.answering(GATE, Tier.SAME_DAY, {"fever": Answer.NO}, "en").start == START


def test_answering_a_new_wording_gives_the_old_answers_up() -> None:
    old = DraftAnswers(GateAnswers("0", {"gone": Answer.YES}, "en"))
    assert old.answering(GATE, Tier.EMERGENCY, {"numb": Answer.NO}, "en").gate == GateAnswers(
        "1", {"numb": Answer.NO}, "en"
    )


def test_another_visit_gives_the_time_up_and_the_same_one_does_not() -> None:
    assert FULL.wanting("review", Mode.IN_PERSON) is FULL
    other = FULL.wanting("review", Mode.VIRTUAL)
    assert (other.start, other.practitioner_id, other.patient) == (None, None, ROSA)


def test_the_request_leaves_out_what_no_longer_applies() -> None:
    virtual = VirtualDetails("US-TX", "+19155550199", "1")
    request = replace(FULL, helper=LUZ, virtual=virtual).request("hold")
    assert (request.helper, request.virtual, request.hold_id) == (None, None, "hold")
    both = replace(FULL, helper=LUZ, for_whom=ForWhom.SOMEONE, virtual=virtual, mode=Mode.VIRTUAL).request(
        None
    )
    assert (both.helper, both.virtual) == (LUZ, virtual)


@pytest.mark.parametrize(
    ("tier", "urgency"),
    [
        (Tier.EMERGENCY, Urgency.URGENT),
        (Tier.SAME_DAY, Urgency.URGENT),
        (Tier.CALL_BACK, Urgency.NORMAL),
        (Tier.NONE, Urgency.NORMAL),
        (None, Urgency.NORMAL),
    ],
)
def test_signs_that_need_care_today_make_a_call_urgent(tier: Tier | None, urgency: Urgency) -> None:
    assert urgency_of(tier) is urgency

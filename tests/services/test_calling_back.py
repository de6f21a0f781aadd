"""Claims about asking for a call: it reaches the desk once, as urgent as it is, with the answers sealed beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Row, select

from scheduler.domain.booking import GateAnswers
from scheduler.domain.call_back import BestTime, CallBack
from scheduler.domain.draft import DraftAnswers
from scheduler.domain.errors import GateNeeded, StaleVersion
from scheduler.domain.safety_gate import Answer
from scheduler.persistence import drafts
from scheduler.persistence.answers import GateAnswerRow
from scheduler.persistence.audit import AuditRow
from scheduler.persistence.worklist import WorklistRow
from scheduler.services import calling_back, drafting
from scheduler.services.house import House
from tests.engines import NOW, SOMEBODY, passed_gate

WISH = CallBack("Rosa Sample", "+19155550123", "es", BestTime.AFTERNOON)


def rows(house: House) -> list[Row[tuple[object, ...]]]:
    with house.database.reading() as connection:
        return list(connection.execute(select(WorklistRow.__table__)).all())


def with_sign(house: House, sign: str) -> GateAnswers:
    gate = passed_gate(house)
    return replace(gate, answers={**gate.answers, sign: Answer.YES})


@pytest.mark.parametrize(
    ("sign", "urgency", "tier"),
    [
        ("bladder-bowel", "urgent", "emergency"),
        ("fever-infection", "urgent", "same-day"),
        ("cancer", "normal", "call-back"),
    ],
)
def test_a_call_is_as_urgent_as_its_sign(house: House, sign: str, urgency: str, tier: str) -> None:
    handle = drafting.begin(house, DraftAnswers(gate=with_sign(house, sign)), NOW)
    calling_back.ask(house, handle, WISH, SOMEBODY, NOW)
    [row] = rows(house)
    assert (row.kind, row.urgency, row.state, row.language) == ("call-back", urgency, "open", "es")
    note = house.vault.open("worklist", row.id, row.sealed)
    assert note == {"name": "Rosa Sample", "phone": "+19155550123", "best_time": "afternoon", "tier": tier}


def test_whoever_would_rather_talk_needs_no_answers(house: House) -> None:
    handle = drafting.begin(house, DraftAnswers(), NOW)
    calling_back.ask(house, handle, WISH, SOMEBODY, NOW)
    [row] = rows(house)
    assert row.urgency == "normal"
    with house.database.reading() as connection:
        assert connection.execute(select(GateAnswerRow.id)).first() is None


def test_the_answers_are_kept_with_the_call_and_the_tier(house: House) -> None:
    handle = drafting.begin(house, DraftAnswers(gate=with_sign(house, "cancer")), NOW)
    calling_back.ask(house, handle, WISH, SOMEBODY, NOW)
    with house.database.reading() as connection:
        kept = connection.execute(select(GateAnswerRow.__table__)).one()
    said = house.vault.open("gate_answer", kept.id, kept.sealed)
    assert kept.worklist_id == rows(house)[0].id
    assert (said["tier"], said["answers"]["cancer"]) == ("call-back", "yes")


def test_a_half_answered_gate_counts_as_far_as_it_goes(house: House) -> None:
    gate = with_sign(house, "fall-crash")
    half = replace(gate, answers={"fall-crash": Answer.YES})
    handle = drafting.begin(house, DraftAnswers(gate=half), NOW)
    calling_back.ask(house, handle, WISH, SOMEBODY, NOW)
    assert rows(house)[0].urgency == "urgent"


def test_the_same_wish_twice_is_one_call_and_another_number_is_another(house: House) -> None:
    handle = drafting.begin(house, DraftAnswers(), NOW)
    calling_back.ask(house, handle, WISH, SOMEBODY, NOW)
    calling_back.ask(house, handle, WISH, SOMEBODY, NOW + timedelta(minutes=1))
    assert len(rows(house)) == 1
    calling_back.ask(house, handle, replace(WISH, phone="+19155550199"), SOMEBODY, NOW)
    assert len(rows(house)) == 2


def test_two_presses_at_one_moment_are_one_call(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    handle = drafting.begin(house, DraftAnswers(), NOW)
    save = drafts.save

    def overtaken(*args: object, **kwargs: object) -> drafts.Draft:
        """The other press got there first, and this one's transaction is rolled back."""
        monkeypatch.setattr(drafts, "save", save)
        raise StaleVersion

    monkeypatch.setattr(drafts, "save", overtaken)
    calling_back.ask(house, handle, WISH, SOMEBODY, NOW)
    calling_back.ask(house, handle, WISH, SOMEBODY, NOW)
    assert len(rows(house)) == 1


def test_a_forgotten_draft_cannot_ask(house: House) -> None:
    with pytest.raises(GateNeeded):
        calling_back.ask(house, "x" * 43, WISH, SOMEBODY, NOW)


def test_asking_is_written_down_without_a_name(house: House) -> None:
    handle = drafting.begin(house, DraftAnswers(), NOW)
    calling_back.ask(house, handle, WISH, SOMEBODY, NOW)
    with house.database.reading() as connection:
        act = connection.execute(select(AuditRow.__table__).where(AuditRow.action == "ask-for-call")).one()
    assert act.object_id == rows(house)[0].id
    assert "Rosa" not in str(tuple(act))

"""Claims about drafts: no answer is lost, no time is kept without need, and nothing lies open in the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from scheduler.domain.booking import Hold
from scheduler.domain.call_back import BestTime, CallBack
from scheduler.domain.directory import Mode
from scheduler.domain.draft import DraftAnswers, ForWhom, Step, Typed
from scheduler.domain.errors import GateNeeded, StaleVersion
from scheduler.domain.person import HelperDetails, Relation
from scheduler.persistence import drafts
from scheduler.persistence.drafts import DraftRow
from scheduler.persistence.holds import HoldRow
from scheduler.services import booking, draft_values, drafting, holding, slot_search
from scheduler.services.house import House
from tests.engines import NOW, SOMEBODY, a_patient, in_texas, passed_gate, query


def full(house: House) -> DraftAnswers:
    """A draft in which every question has an answer."""
    return DraftAnswers(
        gate=passed_gate(house),
        visit_type_code="imaging-review",
        mode=Mode.VIRTUAL,
        start=NOW + timedelta(days=2),
        practitioner_id=3,
        for_whom=ForWhom.SOMEONE,
        helper=HelperDetails("Luz Helper", "+19155550198", None, Relation.CHILD, may_be_told=False),
        patient=a_patient(),
        virtual=in_texas(house),
        is_minor=True,
        call_back=CallBack("Rosa", "+19155550123", "es", BestTime.MORNING),
        typed=Typed(Step.PATIENT, (("given_name", "Rosa"), ("remind_by", "sms"), ("remind_by", "phone"))),
    )


def a_hold(house: House) -> Hold:
    start = slot_search.find(house, query(), NOW, limit=1)[0].start
    return holding.hold(house, query(), start, SOMEBODY, NOW)


def held(house: House) -> set[str]:
    with house.database.reading() as connection:
        return set(connection.execute(select(HoldRow.id)).scalars())


def test_every_answer_comes_back_as_it_was_given(house: House) -> None:
    handle = drafting.begin(house, full(house), NOW)
    draft = drafting.load(house, handle, NOW)
    assert draft is not None
    assert draft.answers == replace(full(house), patient=draft.answers.patient)
    assert draft.answers.patient is not None


def test_an_empty_draft_is_empty_again(house: House) -> None:
    draft = drafting.load(house, drafting.begin(house, DraftAnswers(), NOW), NOW)
    assert draft is not None
    assert draft.answers == DraftAnswers()


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"mode": "by-foot", "start": "soon", "practitioner": "x"},
        {"gate": {"version": "1"}, "helper": {"name": "only"}, "virtual": ["US-TX"]},
        {"gate": [], "patient": {"birth_date": "yesterday"}, "call_back": 7, "for_whom": "nobody"},
        {"typed": ["nowhere", ["given_name", "Rosa"]]},
        {"typed": []},
        {"typed": ["patient", "Rosa"]},
    ],
)
def test_what_cannot_be_read_is_asked_again(values: dict[str, object]) -> None:
    assert draft_values.read(values) == DraftAnswers()


def test_an_unknown_handle_opens_nothing(house: House) -> None:
    assert drafting.load(house, "x" * 43, NOW) is None


def test_a_draft_is_forgotten_two_hours_after_the_last_answer(house: House) -> None:
    handle = drafting.begin(house, DraftAnswers(), NOW)
    later = NOW + timedelta(minutes=90)
    drafting.advance(house, handle, lambda answers: replace(answers, visit_type_code="follow-up"), later)
    assert drafting.load(house, handle, later + timedelta(minutes=119)) is not None
    assert drafting.load(house, handle, later + timedelta(hours=2)) is None


def test_an_answer_to_a_forgotten_draft_is_refused(house: House) -> None:
    with pytest.raises(GateNeeded):
        drafting.advance(house, "x" * 43, lambda answers: answers, NOW)


def test_answers_from_two_windows_add_up(house: House) -> None:
    handle = drafting.begin(house, DraftAnswers(), NOW)
    drafting.advance(house, handle, lambda answers: replace(answers, for_whom=ForWhom.MYSELF), NOW)
    drafting.advance(house, handle, lambda answers: replace(answers, visit_type_code="follow-up"), NOW)
    draft = drafting.load(house, handle, NOW)
    assert draft is not None
    assert (draft.answers.for_whom, draft.answers.visit_type_code) == (ForWhom.MYSELF, "follow-up")
    assert draft.version == 2


def test_an_answer_that_meets_another_is_put_on_top_of_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = drafting.begin(house, DraftAnswers(), NOW)
    save, misses = drafts.save, [StaleVersion(), StaleVersion()]

    def contested(*args: object, **kwargs: object) -> drafts.Draft:
        if misses:
            raise misses.pop()
        return save(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(drafts, "save", contested)
    draft = drafting.advance(house, handle, lambda answers: replace(answers, is_minor=True), NOW)
    assert draft.answers.is_minor


def test_a_kept_time_stays_with_its_draft(house: House) -> None:
    handle, hold = drafting.begin(house, DraftAnswers(), NOW), a_hold(house)
    drafting.advance(house, handle, lambda answers: replace(answers, start=hold.start), NOW, hold=hold)
    draft = drafting.advance(house, handle, lambda answers: replace(answers, is_minor=True), NOW)
    assert draft.hold_id == hold.id
    assert held(house) == {hold.id}


def test_a_time_that_is_no_longer_wanted_is_given_back(house: House) -> None:
    handle, hold = drafting.begin(house, DraftAnswers(), NOW), a_hold(house)
    drafting.advance(house, handle, lambda answers: replace(answers, start=hold.start), NOW, hold=hold)
    draft = drafting.advance(house, handle, lambda answers: answers.wanting("follow-up", Mode.VIRTUAL), NOW)
    assert draft.hold_id is None
    assert held(house) == set()


def test_another_time_takes_the_place_of_the_first(house: House) -> None:
    handle, first = drafting.begin(house, DraftAnswers(), NOW), a_hold(house)
    drafting.advance(house, handle, lambda answers: replace(answers, start=first.start), NOW, hold=first)
    second = a_hold(house)
    drafting.advance(house, handle, lambda answers: replace(answers, start=second.start), NOW, hold=second)
    assert held(house) == {second.id}


def test_giving_up_empties_the_draft_and_gives_the_time_back(house: House) -> None:
    handle, hold = drafting.begin(house, full(house), NOW), a_hold(house)
    drafting.advance(house, handle, lambda answers: replace(answers, start=hold.start), NOW, hold=hold)
    drafting.forget(house, handle, NOW)
    drafting.forget(house, handle, NOW)
    draft = drafting.load(house, handle, NOW)
    assert held(house) == set()
    assert draft is None or draft.answers == DraftAnswers()


def test_a_draft_that_became_a_visit_stays_what_it_became(house: House) -> None:
    hold = a_hold(house)
    answers = DraftAnswers(
        passed_gate(house), "imaging-review", Mode.IN_PERSON, hold.start, hold.practitioner_id, ForWhom.MYSELF
    )
    handle = drafting.begin(house, replace(answers, patient=a_patient()), NOW)
    draft = drafting.load(house, handle, NOW)
    assert draft is not None
    booked = booking.book(house, draft.answers.request(hold.id), SOMEBODY, NOW, draft_id=draft.id)
    again = drafting.advance(house, handle, lambda answers: replace(answers, is_minor=True), NOW)
    drafting.forget(house, handle, NOW)
    assert booked.visit is not None
    assert again.appointment_id == booked.visit.appointment.id
    assert again.answers == DraftAnswers()


def test_nothing_typed_lies_open_in_the_database(house: House) -> None:
    drafting.begin(house, full(house), NOW)
    with house.database.reading() as connection:
        row = connection.execute(select(DraftRow.__table__)).one()
    for word in (b"Ana", b"Luz", b"555", b"1948", b"imaging"):
        assert word not in bytes(row.sealed)

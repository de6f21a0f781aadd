"""A thing to do is taken, put off, tried and ended; what is urgent rests shortly, and nothing is dropped unsaid."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from scheduler.domain.call_back import Urgency
from scheduler.domain.errors import InvalidInput, MoveRefused
from scheduler.domain.worklist import NEEDS_WORDS, SORTS, Act, End, Item, State, Step, after
from tests.engines import NOW

ITEM = Item("a" * 32, "call-back", Urgency.NORMAL, State.OPEN, "en", None, {}, NOW)
MINUTE = timedelta(minutes=1)


def test_every_step_is_a_version() -> None:
    item = ITEM
    for step in (Act(Step.CLAIM), Act(Step.NOTE, words="son at home"), Act(Step.RELEASE)):
        item = after(item, step, 4, NOW)
    assert item.version == 3
    assert (item.state, item.claimed_by) == (State.OPEN, None)


def test_what_was_put_off_waits_again_when_its_rest_is_over() -> None:
    resting = after(ITEM, Act(Step.SNOOZE, until=NOW + 15 * MINUTE), 4, NOW)
    assert resting.is_resting(NOW + 14 * MINUTE)
    assert not resting.is_resting(NOW + 15 * MINUTE)


def test_something_urgent_rests_one_hour_at_most() -> None:
    urgent = replace(ITEM, urgency=Urgency.URGENT)
    after(urgent, Act(Step.SNOOZE, until=NOW + 60 * MINUTE), 4, NOW)
    with pytest.raises(InvalidInput):
        after(urgent, Act(Step.SNOOZE, until=NOW + 61 * MINUTE), 4, NOW)


@pytest.mark.parametrize("until", [None, NOW, NOW - MINUTE])
def test_a_rest_ends_in_the_future(until: object) -> None:
    with pytest.raises(InvalidInput):
        after(ITEM, Act(Step.SNOOZE, until=until), 4, NOW)  # type: ignore[arg-type]


def test_after_no_answer_it_comes_back_by_itself_and_sooner_when_urgent() -> None:
    calm = after(ITEM, Act(Step.TRIED), 4, NOW)
    urgent = after(replace(ITEM, urgency=Urgency.URGENT), Act(Step.TRIED), 4, NOW)
    assert calm.snoozed_until and urgent.snoozed_until
    assert NOW < urgent.snoozed_until < calm.snoozed_until


@pytest.mark.parametrize("end", sorted(NEEDS_WORDS))
def test_whoever_drops_a_thing_says_why(end: End) -> None:
    with pytest.raises(InvalidInput):
        after(ITEM, Act(Step.DONE, end=end), 4, NOW)
    assert after(ITEM, Act(Step.DONE, end=end, words="called twice"), 4, NOW).done_at == NOW


def test_an_end_must_fit_the_kind() -> None:
    with pytest.raises(InvalidInput):
        after(replace(ITEM, kind="wrong-number"), Act(Step.DONE, end=End.SENT_TO_CARE), 4, NOW)
    with pytest.raises(InvalidInput):
        after(ITEM, Act(Step.DONE), 4, NOW)


@pytest.mark.parametrize("step", [step for step in Step if step is not Step.REOPEN])
def test_what_is_done_is_only_taken_up_again(step: Step) -> None:
    done = after(ITEM, Act(Step.DONE, end=End.SPOKE), 4, NOW)
    with pytest.raises(MoveRefused):
        after(done, Act(step, end=End.SPOKE, words="x", until=NOW + MINUTE), 4, NOW)
    again = after(done, Act(Step.REOPEN), 5, NOW)
    assert (again.state, again.claimed_by, again.done_at) == (State.CLAIMED, 5, None)


def test_what_waits_is_not_taken_up_again() -> None:
    with pytest.raises(MoveRefused):
        after(ITEM, Act(Step.REOPEN), 4, NOW)


def test_a_kind_that_nobody_listed_can_be_ended_all_the_same() -> None:
    strange = replace(ITEM, kind="never-heard-of")
    assert strange.kind not in SORTS
    assert after(strange, Act(Step.DONE, end=End.PUT_RIGHT), 4, NOW).state is State.DONE

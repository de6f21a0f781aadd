"""A failing provider is left for a while, and nothing makes the work flap between two of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.failover import FIRST_REST, KEPT_FOR, LONGEST_REST, PROBE_PAUSE, SECOND, USUAL, Failover
from scheduler.domain.hand_over import HandOver, Result

GOOD = HandOver(Result.ACCEPTED)
GONE = HandOver(Result.UNREACHABLE)
BUSY = HandOver(Result.DEFERRED, "http 429", wait=timedelta(seconds=3))
WRONG_NUMBER = HandOver(Result.REFUSED, "sms 21211")


def fallen(now: float = 0.0) -> Failover:
    """The second provider has just taken over."""
    state = Failover()
    for _ in range(3):
        state = state.after(USUAL, GONE, now)
    assert state.active == SECOND
    return state


@pytest.mark.parametrize("answer", [GONE, BUSY, HandOver(Result.UNSURE)])
def test_three_failures_in_a_row_bring_the_second(answer: HandOver) -> None:
    state = Failover()
    for _ in range(2):
        state = state.after(USUAL, answer, 0.0)
        assert state.choice(0.0) == USUAL
    assert state.after(USUAL, answer, 0.0).choice(0.0) == SECOND


def test_a_good_answer_between_forgives_and_a_wrong_number_is_nobodys_fault() -> None:
    state = Failover()
    for answer in (GONE, GONE, GOOD, GONE, GONE, WRONG_NUMBER, GONE, GONE):
        state = state.after(USUAL, answer, 0.0)
    assert state.choice(0.0) == USUAL


def test_the_second_keeps_the_work_for_a_while_even_if_it_fails_too() -> None:
    state = fallen()
    for _ in range(9):
        state = state.after(SECOND, GONE, KEPT_FOR - 1)
    assert state.choice(KEPT_FOR - 1) == SECOND
    assert state.after(SECOND, GONE, KEPT_FOR).choice(KEPT_FOR) == USUAL


def test_the_usual_one_comes_back_after_three_good_tries_with_pauses() -> None:
    state, now = fallen(), FIRST_REST
    assert state.choice(now - 1) == SECOND
    for _ in range(3):
        assert state.choice(now) == USUAL
        state = state.after(USUAL, GOOD, now)
        now += PROBE_PAUSE
    assert state.active == USUAL


def test_between_two_tries_the_second_has_the_work() -> None:
    state = fallen().after(USUAL, GOOD, FIRST_REST)
    assert state.choice(FIRST_REST + 1) == SECOND


def test_a_bad_try_doubles_the_rest_up_to_an_hour() -> None:
    state, now = fallen(), FIRST_REST
    for rest in (1200.0, 2400.0, 3600.0, 3600.0):
        state = state.after(USUAL, GONE, now)
        assert state.probe_at == now + rest
        now = state.probe_at
    assert state.rest == LONGEST_REST


STEPS = st.lists(st.tuples(st.floats(0.0, 400.0), st.sampled_from([GOOD, GONE, BUSY])), max_size=120)


@given(STEPS, STEPS)
def test_whatever_they_answer_the_second_is_brought_in_at_most_once_in_five_minutes(
    first: list[tuple[float, HandOver]], second: list[tuple[float, HandOver]]
) -> None:
    state, now, taken_over = Failover(), 0.0, [float("-inf")]
    for (pause, usual), (_, other) in zip(first, second, strict=False):
        now += pause
        chosen = state.choice(now)
        after = state.after(chosen, usual if chosen == USUAL else other, now)
        if after.active == SECOND and state.active == USUAL:
            assert now - taken_over[-1] >= KEPT_FOR
            taken_over.append(now)
        state = after

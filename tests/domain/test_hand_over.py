"""How long to wait, and when to stop knocking."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from scheduler.domain.hand_over import (
    ATTEMPTS,
    LONGEST_OUTAGE_PAUSE,
    LONGEST_PAUSE,
    Circuit,
    Result,
    pause,
)

NOW = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)


def test_pauses_grow_to_a_ceiling() -> None:
    longest = [pause(attempts, 0.999) for attempts in range(1, 30)]
    assert all(earlier <= later for earlier, later in pairwise(longest))
    assert longest[0] < timedelta(seconds=4)
    assert max(longest) <= LONGEST_PAUSE


def test_chance_spreads_the_pause_over_its_whole_range() -> None:
    assert pause(5, 0.0) == timedelta(seconds=1)
    assert pause(5, 0.5) == timedelta(seconds=32)
    assert pause(5, 0.999) > timedelta(seconds=63)


def test_the_attempts_last_longer_than_a_short_outage() -> None:
    assert sum((pause(n, 0.5) for n in range(1, ATTEMPTS)), timedelta(0)) > timedelta(minutes=3)


def test_a_post_that_cannot_be_reached_is_left_alone_for_longer_and_longer() -> None:
    circuit, waits = Circuit(), []
    for _ in range(10):
        circuit = circuit.after(Result.UNREACHABLE, NOW)
        assert circuit.open_until is not None
        waits.append(circuit.open_until - NOW)
    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=2)
    assert waits[-1] == LONGEST_OUTAGE_PAUSE


def test_nobody_knocks_before_the_pause_is_over() -> None:
    circuit = Circuit().after(Result.UNREACHABLE, NOW)
    assert not circuit.lets_pass(NOW)
    assert circuit.lets_pass(NOW + timedelta(seconds=2))
    assert circuit.is_broken


@pytest.mark.parametrize("result", sorted(set(Result) - {Result.UNREACHABLE}))
def test_any_answer_at_all_closes_the_circuit(result: Result) -> None:
    assert Circuit().after(Result.UNREACHABLE, NOW).after(result, NOW) == Circuit()
    assert Circuit().lets_pass(NOW)

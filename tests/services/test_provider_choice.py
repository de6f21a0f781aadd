"""Two workers and two providers: what one worker learns, both act by, and the work does not flap between them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import OperationalError

from scheduler.domain.failover import FIRST_REST, KEPT_FOR, PROBE_PAUSE, SECOND, USUAL
from scheduler.domain.hand_over import HandOver, Result
from scheduler.domain.notification import Channel
from scheduler.services.house import House
from scheduler.services.provider_choice import SharedChoice
from tests.engines import NOW

GOOD = HandOver(Result.ACCEPTED)
GONE = HandOver(Result.UNREACHABLE)


def workers(house: House, seconds: float = 0.0) -> tuple[SharedChoice, SharedChoice]:
    """Two workers that know nothing yet, so long after the tests' moment."""
    offset = NOW - datetime.now(UTC) + timedelta(seconds=seconds)
    one = SharedChoice(house, Channel.SMS, offset)
    return one, replace(one)


def fall(house: House) -> None:
    """The usual provider fails three times: twice at one worker, once at the other."""
    first, second = workers(house)
    for worker in (first, second, first):
        assert worker.choose() == USUAL
        worker.heard(USUAL, GONE)


def test_failures_at_several_workers_count_together(house: House) -> None:
    first, second = workers(house)
    assert [worker.heard(USUAL, GONE) for worker in (first, second, first)] == [False, False, True]
    assert (first.choose(), second.choose()) == (SECOND, SECOND)


def test_a_good_answer_anywhere_forgives(house: House) -> None:
    first, second = workers(house)
    for _ in range(4):
        first.choose()
        first.heard(USUAL, GONE)
        second.choose()
        second.heard(USUAL, GOOD)
    assert first.choose() == USUAL


def test_one_channel_says_nothing_of_another(house: House) -> None:
    fall(house)
    assert SharedChoice(house, Channel.EMAIL).choose() == USUAL


def test_of_two_workers_one_tries_the_provider_that_rests(house: House) -> None:
    fall(house)
    first, second = workers(house, FIRST_REST + 1)
    assert [first.choose(), second.choose()] == [USUAL, SECOND]


def test_three_good_tries_at_whichever_worker_bring_it_back(house: House) -> None:
    fall(house)
    for turn in range(3):
        worker = workers(house, FIRST_REST + 1 + turn * (PROBE_PAUSE + 1))[turn % 2]
        assert worker.choose() == USUAL
        assert worker.heard(USUAL, GOOD) is (turn == 2)
    after = workers(house, FIRST_REST + 1 + 3 * PROBE_PAUSE)
    assert [worker.choose() for worker in after] == [USUAL, USUAL]


def test_nobody_changes_it_twice_within_five_minutes(house: House) -> None:
    fall(house)
    for worker in (*workers(house, 10), *workers(house, KEPT_FOR - 60)):
        worker.choose()
        for _ in range(5):
            assert worker.heard(SECOND, GONE) is False


def test_a_worker_that_cannot_ask_goes_on_as_it_last_knew(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    fall(house)
    first, _ = workers(house)
    assert first.choose() == SECOND

    def away(_self: object) -> None:
        raise OperationalError("", {}, OSError("gone"))

    for name in ("glance", "transaction"):
        monkeypatch.setattr(type(house.database), name, away)
    assert first.choose() == SECOND
    assert first.heard(SECOND, GONE) is False

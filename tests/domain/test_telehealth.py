"""Claims about the states of a video visit: the table of moves, walked as a whole, and what each move writes down."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest

from scheduler.domain.errors import MoveRefused
from scheduler.domain.telehealth import MOVES, Outcome, Provider, Quality, Stage, VideoVisit, Window
from tests.engines import NOW

LATER = NOW + timedelta(minutes=5)


@pytest.mark.parametrize(("before", "after"), list(product(Stage, Stage)), ids=str)
def test_a_call_moves_as_the_table_says_and_in_no_other_way(before: Stage, after: Stage) -> None:
    call = VideoVisit(1, before)
    if after in MOVES[before]:
        assert call.moved_to(after, NOW).stage is after
    else:
        with pytest.raises(MoveRefused):
            call.moved_to(after, NOW)


def test_every_state_can_end_and_be_reached() -> None:
    reached = {stage for moves in MOVES.values() for stage in moves}
    assert reached == set(Stage)
    assert all(Stage.ENDED in MOVES[stage] for stage in Stage if stage is not Stage.ENDED)


def test_the_first_time_of_each_kind_stays() -> None:
    call = VideoVisit(1).moved_to(Stage.WAITING, NOW).moved_to(Stage.ADMITTED, NOW)
    again = call.moved_to(Stage.WAITING, LATER).moved_to(Stage.ADMITTED, LATER)
    assert (again.waiting_since, again.admitted_at) == (NOW, NOW)


def test_letting_in_ends_the_notice_of_delay() -> None:
    late = VideoVisit(1, Stage.WAITING, delay_until=LATER)
    assert late.moved_to(Stage.ADMITTED, NOW).delay_until is None


def test_an_end_pressed_by_mistake_leads_back_without_its_outcome() -> None:
    ended = VideoVisit(1, Stage.ENDED, ended_at=NOW, outcome=Outcome.CUT_SHORT)
    again = ended.moved_to(Stage.WAITING, LATER)
    assert (again.ended_at, again.outcome) == (None, None)


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("provider", list(Provider))
def test_browsers_speak_only_when_let_in_to_our_own_video(stage: Stage, provider: Provider) -> None:
    speaks = stage in {Stage.ADMITTED, Stage.IN_CALL} and provider is Provider.OWN
    assert VideoVisit(1, stage, provider).is_talking is speaks


def test_the_room_opens_and_closes_by_the_clinics_rules() -> None:
    lead, grace = timedelta(minutes=30), timedelta(minutes=60)
    window = Window(NOW, NOW + timedelta(minutes=30), lead, grace)
    opens, closes = NOW - timedelta(minutes=30), NOW + timedelta(minutes=90)
    moment = timedelta(microseconds=1)
    assert [window.is_open(when) for when in (opens - moment, opens, closes - moment, closes)] == [
        False,
        True,
        True,
        False,
    ]


def test_the_worst_of_the_line_is_remembered() -> None:
    assert Quality.GOOD.worse(None) is Quality.GOOD
    assert Quality.GOOD.worse(Quality.WEAK) is Quality.WEAK
    assert Quality.LOST.worse(Quality.WEAK) is Quality.LOST

"""Each fate of a message becomes one plain sentence that names the true reason."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from scheduler.config import ROOT
from scheduler.domain.message_story import (
    FAILED,
    STATES,
    SUPPRESSED,
    UNSURE_TWICE,
    Entry,
    Group,
    Happening,
    Outcome,
    Turn,
    story,
)
from scheduler.domain.notification import Addressee, Channel, Kind, State
from scheduler.services.announcement import NOT_WANTED, RULES_CHANGED
from scheduler.services.ledger import CALLED_INSTEAD
from tests.engines import NOW

HOUR = timedelta(hours=1)


def an_entry(**changes: Any) -> Entry:
    """A reminder by mail that was due an hour ago, planned a day before."""
    fields: dict[str, Any] = {
        "id": 1,
        "appointment_id": 1,
        "patient_id": 1,
        "sequence": 0,
        "kind": Kind.REMINDER_WEEK,
        "channel": Channel.EMAIL,
        "addressee": Addressee.PATIENT,
        "language": "en",
        "message_id": "m@x",
        "state": State.PENDING,
        "due_at": NOW - HOUR,
        "next_attempt_at": NOW - HOUR,
        "expires_at": NOW + 5 * HOUR,
        "created_at": NOW - 24 * HOUR,
        "settled_at": None,
        "attempts": 0,
        "ambiguous": False,
        "reason": "",
    }
    return Entry(**(fields | changes))


def test_every_state_stands_in_exactly_one_group() -> None:
    listed = [state for states in STATES.values() for state in states]
    assert sorted(listed) == sorted(State)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.SMS, Channel.PHONE])
def test_every_state_on_every_channel_has_a_sentence_and_its_instant(state: State, channel: Channel) -> None:
    told = story(an_entry(state=state, channel=channel, settled_at=NOW), (), NOW)
    assert told.sentence.endswith(".")
    assert ("%(when)s" in told.sentence) == (told.when is not None)


def test_a_message_silenced_by_a_move_says_when_the_visit_was_moved() -> None:
    moved = Turn(NOW - 2 * HOUR, Happening.MOVED)
    told = story(an_entry(state=State.CANCELLED, reason="superseded"), (moved,), NOW)
    assert told.sentence == "Not sent: the visit was changed %(when)s."
    assert told.when == moved.at


def test_only_the_first_change_after_its_planning_silenced_it() -> None:
    turns = (
        Turn(NOW - 48 * HOUR, Happening.MOVED),
        Turn(NOW - 3 * HOUR, Happening.CANCELLED),
        Turn(NOW - 2 * HOUR, Happening.MOVED),
    )
    told = story(an_entry(state=State.CANCELLED, reason="superseded"), turns, NOW)
    assert told.sentence == "Not sent: the visit was cancelled %(when)s."
    assert told.when == NOW - 3 * HOUR


@pytest.mark.parametrize("reason", sorted(SUPPRESSED))
def test_a_message_held_back_says_its_own_reason(reason: str) -> None:
    assert story(an_entry(state=State.SUPPRESSED, reason=reason), (), NOW).sentence == SUPPRESSED[reason]


@pytest.mark.parametrize("reason", sorted(FAILED))
def test_a_dead_message_says_its_own_reason(reason: str) -> None:
    assert story(an_entry(state=State.DEAD, reason=reason), (), NOW).sentence == FAILED[reason]


def test_a_reason_of_a_machine_is_never_shown_as_a_sentence() -> None:
    told = story(an_entry(state=State.DEAD, reason="smtp 550"), (), NOW)
    assert "mail server" in told.sentence
    assert "550" not in told.sentence


@pytest.mark.parametrize(
    ("state", "reason", "word"),
    [
        (State.UNDELIVERED, "5.1.1", "nobody has this address"),
        (State.UNDELIVERED, "5.2.2", "mailbox is full"),
        (State.UNDELIVERED, "5.7.1", "refused it"),
        (State.UNDELIVERED, "sms 30005", "Nobody has this number"),
        (State.UNDELIVERED, "sms 99999", "did not arrive"),
        (State.UNDELIVERED, "5.0.0", "did not arrive"),
        (State.DEAD, "sms 21211", "not a phone number"),
        (State.DEAD, "sms 99999", "text service would not take it"),
    ],
)
def test_what_came_back_says_what_the_desk_can_do_about_it(state: State, reason: str, word: str) -> None:
    assert word in story(an_entry(state=state, reason=reason), (), NOW).sentence


def test_a_message_that_waits_for_another_try_says_when() -> None:
    later = NOW + HOUR
    told = story(an_entry(reason="smtp 451", attempts=1, next_attempt_at=later), (), NOW)
    assert told.when == later
    assert "try again" in told.sentence


def test_a_paused_channel_is_the_reason_for_waiting() -> None:
    waits = story(an_entry(), (), NOW, {Channel.EMAIL})
    assert "paused" in waits.sentence
    assert "paused" not in story(an_entry(next_attempt_at=NOW + HOUR), (), NOW, {Channel.EMAIL}).sentence
    assert "paused" not in story(an_entry(), (), NOW, {Channel.SMS}).sentence


def test_what_waited_too_long_is_over_even_before_anybody_says_so() -> None:
    told = story(an_entry(expires_at=NOW), (), NOW)
    assert "too late" in told.sentence
    assert "Not called" in story(an_entry(expires_at=NOW, channel=Channel.PHONE), (), NOW).sentence


def test_a_doubtful_hand_over_is_told_beside_the_good_news() -> None:
    told = story(an_entry(state=State.SENT, ambiguous=True, settled_at=NOW), (), NOW)
    assert told.more == (UNSURE_TWICE,)


@pytest.mark.parametrize("outcome", Outcome)
def test_a_call_says_what_came_of_it_and_when(outcome: Outcome) -> None:
    made = an_entry(channel=Channel.PHONE, state=State.DELIVERED, outcome=outcome, settled_at=NOW)
    told = story(made, (), NOW)
    assert told.when == NOW
    assert "%(when)s" in told.sentence


def test_the_groups_are_those_of_the_filter() -> None:
    assert set(STATES) == set(Group)


def test_every_reason_for_holding_a_message_back_has_a_sentence_of_its_own() -> None:
    """The reasons as they stand in the code, so that a new one cannot be forgotten."""
    written = "\n".join(path.read_text() for path in sorted((ROOT / "scheduler").rglob("*.py")))
    found = set(re.findall(r'Stop\("([a-z -]+)"', written))
    found |= set(re.findall(r'State\.SUPPRESSED\.value, reason="([^"]+)"', written))
    found |= {CALLED_INSTEAD, NOT_WANTED, RULES_CHANGED, "helper-not-told"}
    assert {"daily-cap", "told in the answer"} < found
    assert sorted(found - {"written anew"} - set(SUPPRESSED)) == []


@pytest.mark.parametrize("kind", [Kind.LINKS, Kind.OFFER, Kind.BOOK_AGAIN])
def test_what_does_not_speak_of_the_time_of_a_visit_has_its_own_reason(kind: Kind) -> None:
    told = story(an_entry(kind=kind, state=State.CANCELLED, reason="superseded"), (), NOW)
    assert "the visit has changed" not in told.sentence
    assert told.sentence.startswith("Not sent:")

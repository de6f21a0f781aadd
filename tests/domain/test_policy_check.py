"""What a manager may set about messages, and what is refused with a sentence at its field."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scheduler.domain.errors import InvalidInput
from scheduler.domain.notification import Channel, Kind
from scheduler.domain.policy import MessagePolicy, MessageRules, Rule
from scheduler.domain.policy_check import LIMITS, NAMES_A_TIME, RULES, SENTENCES, check_limits, check_policy
from scheduler.domain.quiet_hours import QuietHours

GOOD = MessagePolicy(1, Kind.REMINDER_TWO_DAYS, (Channel.EMAIL,), Rule.DAYS_BEFORE, 2)


def complaints(policy: MessagePolicy) -> set[str]:
    """The fields that are complained about."""
    try:
        check_policy(policy)
    except InvalidInput as refusal:
        return set(refusal.errors)
    return set()


def test_a_sound_policy_passes() -> None:
    assert complaints(GOOD) == set()


@pytest.mark.parametrize("rule", Rule)
def test_each_rule_has_its_limits_and_says_them(rule: Rule) -> None:
    least, most = LIMITS[rule]
    kind = next(kind for kind, rules in RULES.items() if rule in rules)
    channels = (Channel.INTERNAL,) if kind is Kind.NO_SHOW else (Channel.EMAIL,)
    minute = 600 if rule in NAMES_A_TIME else None
    policy = MessagePolicy(1, kind, channels, rule, least, minute)
    assert complaints(policy) == set()
    assert complaints(replace(policy, value=most)) == set()
    assert complaints(replace(policy, value=most + 1)) == {"value"}
    assert complaints(replace(policy, value=least - 1)) == {"value"}
    assert str(most) in SENTENCES[rule]


def test_a_reminder_never_goes_out_after_the_visit() -> None:
    assert complaints(replace(GOOD, rule=Rule.DAY_AFTER_AT, value=1, at_minute=600)) == {"rule"}


def test_a_rule_with_a_time_of_day_needs_one() -> None:
    assert complaints(replace(GOOD, rule=Rule.DAY_BEFORE_AT, value=1)) == {"at_minute"}


def test_some_way_to_send_it_must_be_chosen() -> None:
    assert complaints(replace(GOOD, channels=())) == {"channels"}


def test_a_message_to_a_person_is_no_chore_and_a_chore_tells_nobody() -> None:
    assert complaints(replace(GOOD, channels=(Channel.INTERNAL,))) == {"channels"}
    missed = MessagePolicy(1, Kind.NO_SHOW, (Channel.EMAIL,), Rule.MINUTES_AFTER, 30)
    assert complaints(missed) == {"channels"}


def test_a_message_that_follows_its_change_has_no_policy() -> None:
    assert "rule" in complaints(replace(GOOD, kind=Kind.CANCELLED))


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        (MessageRules(texts_per_day=0), "texts_per_day"),
        (MessageRules(texts_per_day=11, texts_per_week=20), "texts_per_day"),
        (MessageRules(texts_per_day=3, texts_per_week=2), "texts_per_week"),
        (MessageRules(texts_per_week=51), "texts_per_week"),
        (MessageRules(quiet=QuietHours(1440, 480)), "quiet_from"),
    ],
)
def test_limits_that_make_no_sense_are_refused(rules: MessageRules, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_limits(rules)
    assert set(refused.value.errors) == {field}
    check_limits(MessageRules())

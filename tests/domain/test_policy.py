"""A policy says when a message is due, on whole days of the wall clock or in elapsed time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from scheduler.domain.directory import Mode
from scheduler.domain.notification import Channel, Kind
from scheduler.domain.policy import MessagePolicy, MessageRules, Rule, wall_instant
from tests.domain.test_quiet_hours import ZONES

DENVER = "America/Denver"
NOW = datetime(2026, 10, 1, tzinfo=UTC)


def a_policy(rule: Rule, value: int = 0, at_minute: int | None = None, **changes: object) -> MessagePolicy:
    fields: dict[str, object] = {"id": 1, "kind": Kind.REMINDER_DAY, "channels": (Channel.EMAIL,)}
    return MessagePolicy(**(fields | changes), rule=rule, value=value, at_minute=at_minute)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("policy", "due"),
    [
        (a_policy(Rule.AT_ONCE), NOW),
        (a_policy(Rule.HOURS_BEFORE, 2), datetime(2026, 11, 2, 14, 0, tzinfo=UTC)),
        (a_policy(Rule.MINUTES_BEFORE, 15), datetime(2026, 11, 2, 15, 45, tzinfo=UTC)),
        (a_policy(Rule.MINUTES_AFTER, 30), datetime(2026, 11, 2, 17, 0, tzinfo=UTC)),
        (a_policy(Rule.DAYS_BEFORE, 2), datetime(2026, 10, 31, 15, 0, tzinfo=UTC)),
        (a_policy(Rule.DAY_BEFORE_AT, 1, 600), datetime(2026, 11, 1, 17, 0, tzinfo=UTC)),
        (a_policy(Rule.DAY_AFTER_AT, 1, 600), datetime(2026, 11, 3, 17, 0, tzinfo=UTC)),
    ],
)
def test_each_rule_has_its_moment_across_the_change_of_november_first(
    policy: MessagePolicy, due: datetime
) -> None:
    start = datetime(2026, 11, 2, 16, 0, tzinfo=UTC)
    assert policy.due(start, start + timedelta(minutes=30), DENVER, NOW) == due


def test_a_time_in_the_spring_gap_is_its_end_and_one_that_comes_twice_is_its_first() -> None:
    gap = datetime(2027, 3, 14).toordinal()  # noqa: DTZ001 - a date
    twice = datetime(2026, 11, 1).toordinal()  # noqa: DTZ001 - a date
    assert wall_instant(DENVER, gap, 150) == datetime(2027, 3, 14, 9, 0, tzinfo=UTC)
    assert wall_instant(DENVER, twice, 90) == datetime(2026, 11, 1, 7, 30, tzinfo=UTC)


@given(some.integers(0, 400), some.integers(0, 1439), some.sampled_from(ZONES))
@settings(max_examples=300, deadline=None)
def test_the_wall_shows_the_time_that_was_asked_for_or_has_jumped_over_it(
    day: int, minute: int, zone: str
) -> None:
    """The oracle: go through the day minute by minute until the wall clock shows the time or a later one."""
    ordinal = datetime(2026, 9, 1).toordinal() + day  # noqa: DTZ001 - a date
    found = wall_instant(zone, ordinal, minute)
    rules = ZoneInfo(zone)
    midnight = datetime.combine(datetime.fromordinal(ordinal), datetime.min.time(), tzinfo=UTC)
    moment = midnight - timedelta(hours=15)
    while True:
        local = moment.astimezone(rules)
        if (local.toordinal(), local.hour * 60 + local.minute) >= (ordinal, minute):
            break
        moment += timedelta(minutes=1)
    assert found == moment


def test_the_narrowest_policy_is_in_force_and_one_that_is_off_hides_the_wider() -> None:
    every = a_policy(Rule.HOURS_BEFORE, 1)
    by_mode = a_policy(Rule.HOURS_BEFORE, 2, mode=Mode.VIRTUAL)
    by_type = a_policy(Rule.HOURS_BEFORE, 3, visit_type_code="follow-up")
    off = a_policy(Rule.HOURS_BEFORE, 4, visit_type_code="follow-up", mode=Mode.PHONE, active=False)
    rules = MessageRules((every, by_mode, by_type, off))

    def value(code: str, mode: Mode) -> int | None:
        found = rules.of(Kind.REMINDER_DAY, code, mode)
        return None if found is None else found.value

    assert value("imaging-review", Mode.IN_PERSON) == 1
    assert value("imaging-review", Mode.VIRTUAL) == 2
    assert value("follow-up", Mode.VIRTUAL) == 3
    assert value("follow-up", Mode.PHONE) is None

"""The figures of the sending are those of the ledger, on both databases, and a pause is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.domain.failover import SECOND, Failover
from scheduler.domain.notification import Channel
from scheduler.persistence import channel_states
from scheduler.services import ledger, messaging_health
from scheduler.services.house import House
from scheduler.services.messaging_health import LATE_AFTER, ChannelHealth
from tests.engines import CLERK, MANAGER, NOW
from tests.post import book
from tests.services.test_ledger import acts, confirmation, put

MINUTE = timedelta(minutes=1)


def health(house: House, channel: Channel = Channel.EMAIL) -> ChannelHealth:
    """One channel's figures."""
    return next(one for one in messaging_health.show(house, NOW) if one.channel is channel)


def mail(house: House, **values: object) -> int:
    """A confirmation that was due a minute ago, left as a worker would leave it."""
    number = confirmation(house, book(house)).entry.id
    put(house, number, **{"due_at": NOW - MINUTE, "next_attempt_at": NOW - MINUTE, **values})
    return number


def test_a_quiet_house_has_every_channel_at_nought(house: House) -> None:
    shown = messaging_health.show(house, NOW)
    assert [one.channel for one in shown] == [Channel.EMAIL, Channel.SMS, Channel.PHONE]
    assert {(one.waiting, one.oldest_due, one.sent, one.failed, one.paused) for one in shown} == {
        (0, None, 0, 0, False)
    }


def test_what_waits_is_counted_with_the_age_of_the_oldest(house: House) -> None:
    mail(house)
    mail(house, due_at=NOW - 3 * MINUTE)
    found = health(house)
    assert (found.waiting, found.oldest_due, found.is_late) == (2, 3 * MINUTE, False)


def test_a_message_is_late_after_the_limit_and_not_before(house: House) -> None:
    number = mail(house, due_at=NOW - LATE_AFTER)
    assert not health(house).is_late
    put(house, number, due_at=NOW - LATE_AFTER - timedelta(seconds=1))
    assert health(house).is_late


def test_a_call_that_waits_for_a_person_is_never_late(house: House) -> None:
    visit = book(house)
    ledger.call_instead(house, confirmation(house, visit).entry.id, CLERK, NOW - timedelta(hours=2))
    found = health(house, Channel.PHONE)
    assert (found.waiting, found.is_late) == (1, False)


def test_what_left_and_what_failed_is_counted_for_each_provider(house: House) -> None:
    mail(house, state="sent", provider="first")
    mail(house, state="delivered", provider="first")
    mail(house, state="undelivered", provider="first")
    mail(house, state="dead", provider="second")
    mail(house, state="unknown", provider="second")
    mail(house, state="suppressed")
    found = health(house)
    assert [(one.name, one.sent, one.failed) for one in found.providers] == [
        ("first", 3, 1),
        ("second", 0, 1),
    ]
    assert (found.sent, found.failed, found.unsure, found.dropped) == (3, 2, 1, 1)


def test_only_the_last_hour_is_counted(house: House) -> None:
    mail(house, state="sent", due_at=NOW - timedelta(hours=1))
    mail(house, state="sent", due_at=NOW - timedelta(hours=1, seconds=1))
    mail(house, state="sent", due_at=NOW)
    assert health(house).sent == 1


@pytest.mark.parametrize(("until", "is_broken"), [(MINUTE, True), (timedelta(0), False), (-MINUTE, False)])
def test_a_circuit_is_open_until_its_moment(house: House, until: timedelta, is_broken: bool) -> None:
    with house.database.transaction() as connection:
        channel_states.report(
            connection, Channel.SMS, "first", failures=2, open_until=NOW + until, now=NOW - MINUTE
        )
    assert health(house, Channel.SMS).is_broken is is_broken


def test_a_channel_with_a_second_provider_at_work_is_not_broken(house: House) -> None:
    with house.database.transaction() as connection:
        for name, until in (("first", NOW + MINUTE), ("second", None)):
            channel_states.report(connection, Channel.SMS, name, failures=0, open_until=until, now=NOW)
    assert not health(house, Channel.SMS).is_broken


def test_a_pause_is_kept_and_written_down_once(house: House) -> None:
    for _ in range(2):
        messaging_health.pause(house, Channel.SMS, MANAGER, NOW)
    assert health(house, Channel.SMS).paused
    assert not health(house).paused
    for _ in range(2):
        messaging_health.resume(house, Channel.SMS, MANAGER, NOW)
    assert not health(house, Channel.SMS).paused
    assert (len(acts(house, "pause-channel")), len(acts(house, "resume-channel"))) == (1, 1)


def test_a_second_provider_that_stands_in_is_shown_with_since_when(house: House) -> None:
    assert health(house).stand_in_since is None
    with house.database.transaction() as connection:
        state = Failover(SECOND, changed_at=(NOW - MINUTE).timestamp())
        channel_states.keep_failover(connection, Channel.EMAIL, state, NOW)
    assert health(house).stand_in_since == NOW - MINUTE

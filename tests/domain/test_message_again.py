"""A message goes out again only while it is true and not on its way, and two presses are one message."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from scheduler.domain import message_again
from scheduler.domain.appointment import Appointment, Status
from scheduler.domain.directory import Mode
from scheduler.domain.errors import CannotSend
from scheduler.domain.notification import Channel, Kind, State
from tests.domain.test_message_story import HOUR, an_entry
from tests.engines import NOW

ON_ITS_WAY = (State.CLAIMED, State.SENDING, State.UNKNOWN)


def an_appointment(**changes: Any) -> Appointment:
    """A booked visit tomorrow, moved once."""
    fields: dict[str, Any] = {
        "id": 1,
        "uid": "a@clinic.example.com",
        "sequence": 1,
        "status": Status.BOOKED,
        "mode": Mode.IN_PERSON,
        "visit_type_code": "imaging-review",
        "patient_id": 1,
        "practitioner_id": 21,
        "location_id": 1,
        "room_id": None,
        "start": NOW + timedelta(days=1),
        "end": NOW + timedelta(days=1, minutes=30),
        "created_at": NOW,
        "changed_at": NOW,
        "language": "en",
    }
    return Appointment(**(fields | changes))


@pytest.mark.parametrize("state", State)
def test_only_a_message_at_rest_may_go_again(state: State) -> None:
    entry = an_entry(state=state)
    expected = state not in {State.PENDING, *ON_ITS_WAY}
    assert message_again.may_resend(entry, an_appointment(), NOW) is expected


@pytest.mark.parametrize("state", State)
def test_a_call_may_replace_what_waits_but_never_what_is_leaving(state: State) -> None:
    assert message_again.may_call(an_entry(state=state), an_appointment(), NOW) is (state not in ON_ITS_WAY)


def test_it_speaks_of_the_visit_as_it_stands_now() -> None:
    again = message_again.once_more(an_entry(state=State.SENT), an_appointment(), NOW)
    assert (again.sequence, again.due_at, again.channel) == (1, NOW, Channel.EMAIL)


def test_two_presses_are_one_message_and_a_third_after_it_failed_is_another() -> None:
    first = message_again.once_more(an_entry(state=State.SENT), an_appointment(), NOW)
    second = message_again.once_more(an_entry(state=State.SENT), an_appointment(), NOW + HOUR)
    third = message_again.once_more(an_entry(id=2, state=State.DEAD), an_appointment(), NOW)
    assert first.dedupe_key == second.dedupe_key != third.dedupe_key


def test_a_reminder_of_a_visit_that_has_begun_is_of_no_use() -> None:
    entry, visit = an_entry(state=State.DEAD), an_appointment(start=NOW, end=NOW + HOUR)
    assert not message_again.may_resend(entry, visit, NOW)
    assert not message_again.may_call(entry, visit, NOW)


def test_news_of_a_cancellation_is_told_for_a_day_even_after_the_hour_of_the_visit() -> None:
    entry = replace(an_entry(state=State.DEAD), kind=Kind.CANCELLED)
    over = an_appointment(status=Status.CANCELLED, start=NOW - 2 * HOUR, end=NOW - HOUR)
    assert message_again.once_more(entry, over, NOW).expires_at == NOW + timedelta(days=1)


def test_a_reminder_of_a_cancelled_visit_is_refused() -> None:
    with pytest.raises(CannotSend):
        message_again.once_more(an_entry(state=State.SENT), an_appointment(status=Status.CANCELLED), NOW)


def test_a_call_instead_goes_to_the_same_reader_over_the_phone() -> None:
    call = message_again.by_phone(an_entry(), an_appointment(), NOW)
    assert (call.channel, call.kind, call.expires_at) == (
        Channel.PHONE,
        Kind.REMINDER_WEEK,
        NOW + timedelta(days=1),
    )


def test_a_call_with_news_comes_before_the_visit_begins() -> None:
    visit = an_appointment(start=NOW + 2 * HOUR, end=NOW + 3 * HOUR)
    call = message_again.by_phone(replace(an_entry(), kind=Kind.CONFIRMATION), visit, NOW)
    assert call.expires_at == visit.start


def test_a_call_is_not_sent_again_by_a_machine() -> None:
    call = an_entry(channel=Channel.PHONE, state=State.UNDELIVERED)
    assert not message_again.may_resend(call, an_appointment(), NOW)

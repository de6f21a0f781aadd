"""One message: its key, its Message-ID, and the last look before it leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.domain.appointment import HOLDS_TIME, Status
from scheduler.domain.news import Change, owed
from scheduler.domain.notification import Kind, Verdict, verdict
from tests.letters import a_helper, a_patient, an_appointment

NOW = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)


def test_keys_fit_their_column() -> None:
    appointment = an_appointment(id=2**62, sequence=2**31 - 1)
    for change in Change:
        for message in owed(appointment, a_patient(), a_helper(), change, NOW):
            assert len(message.dedupe_key) <= 120
            assert len(message.message_id) <= 120


def test_the_message_id_is_one_for_every_attempt_and_lies_in_our_domain() -> None:
    message, copy = owed(an_appointment(), a_patient(), a_helper(), Change.BOOKED, NOW)
    assert message.message_id == owed(an_appointment(), a_patient(), None, Change.BOOKED, NOW)[0].message_id
    assert message.message_id != copy.message_id
    assert message.message_id.endswith("@clinic.example.com")
    assert "ana" not in message.message_id


def test_a_message_is_frozen() -> None:
    (message,) = owed(an_appointment(), a_patient(), None, Change.BOOKED, NOW)
    assert replace(message, sequence=1) != message


class TestVerdict:
    """The last look before a message leaves."""

    later = NOW + timedelta(days=1)

    def judge(self, kind: Kind, sequence: int, current: tuple[int, Status], now: datetime = NOW) -> Verdict:
        return verdict(kind, sequence, self.later, now, current)

    @pytest.mark.parametrize("status", sorted(HOLDS_TIME))
    def test_a_confirmation_goes_while_the_visit_stands(self, status: Status) -> None:
        assert self.judge(Kind.CONFIRMATION, 2, (2, status)) is Verdict.GO

    def test_a_message_about_an_older_version_is_silenced(self) -> None:
        for kind in set(Kind) - {Kind.LINKS}:
            assert self.judge(kind, 1, (2, Status.BOOKED)) is Verdict.CANCELLED

    def test_a_request_never_follows_a_cancellation(self) -> None:
        of_the_end = {Kind.CANCELLED, Kind.OFFER_GONE}
        for kind in set(Kind) - of_the_end:
            assert self.judge(kind, 3, (3, Status.CANCELLED)) is Verdict.CANCELLED
        for kind in of_the_end:
            assert self.judge(kind, 3, (3, Status.CANCELLED)) is Verdict.GO

    def test_a_cancellation_needs_a_cancelled_visit(self) -> None:
        assert self.judge(Kind.CANCELLED, 3, (3, Status.BOOKED)) is Verdict.CANCELLED
        assert self.judge(Kind.CANCELLED, 3, (3, Status.ENTERED_IN_ERROR)) is Verdict.CANCELLED

    def test_links_are_sent_whatever_the_version(self) -> None:
        assert self.judge(Kind.LINKS, 0, (5, Status.BOOKED)) is Verdict.GO

    def test_the_end_of_use_is_outside(self) -> None:
        current = (0, Status.BOOKED)
        just_before = self.later - timedelta(microseconds=1)
        assert self.judge(Kind.CONFIRMATION, 0, current, just_before) is Verdict.GO
        assert self.judge(Kind.CONFIRMATION, 0, current, self.later) is Verdict.EXPIRED
        assert verdict(Kind.CONFIRMATION, 0, None, self.later, current) is Verdict.GO

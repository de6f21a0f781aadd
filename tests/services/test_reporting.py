"""The report counts each visit once, in its own week, and a rate of nothing is no rate."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.domain.appointment import CancelledBy, Status
from scheduler.domain.errors import NotPermitted, ProofNeeded
from scheduler.domain.report import Use, Week
from scheduler.services import changing, reporting
from scheduler.services.house import House
from tests.engines import CLERK, MANAGER, NOW
from tests.post import book

MONDAY = NOW.date()


def test_visits_stand_in_their_own_week_by_what_became_of_them(house: House) -> None:
    soon, given_up = book(house, days=1), book(house, days=1)
    book(house, days=8)
    changing.cancel(house, given_up.appointment.id, CancelledBy.DESK, CLERK, NOW)
    found = reporting.report(house, MONDAY + timedelta(days=2), 2, MANAGER, NOW)
    assert (found.first, found.after) == (MONDAY, MONDAY + timedelta(days=14))
    first, second = found.weeks
    assert dict(first.by_status) == {Status.BOOKED: 1, Status.CANCELLED: 1}
    assert (second.total, first.no_show_rate) == (1, None)
    assert sum(found.channels.values()) == sum(found.languages.values()) == 3
    own = next(use for use in found.clinicians if use.name == soon.practitioner.name)
    assert own.visits >= 1
    assert own.rate is not None
    assert 0 < own.rate < 1


def test_the_next_free_time_is_days_away(house: House) -> None:
    found = reporting.report(house, MONDAY, 1, MANAGER, NOW)
    assert any(one.days is not None and 0 <= one.days < 14 for one in found.next_free)


def test_rates_are_shares() -> None:
    week = Week(MONDAY, {Status.FULFILLED: 3, Status.NOSHOW: 1, Status.CANCELLED: 4}, 2)
    assert (week.no_show_rate, week.late_cancel_rate) == (0.25, 0.25)
    assert Use("Room 1", 0, 0, 0).rate is None


def test_the_report_is_the_managers_and_leaves_only_with_a_fresh_proof(house: House) -> None:
    with pytest.raises(NotPermitted):
        reporting.report(house, MONDAY, 1, CLERK, NOW)
    with pytest.raises(NotPermitted):
        reporting.note_export(house, CLERK, NOW)
    with pytest.raises(ProofNeeded):
        reporting.note_export(house, MANAGER, NOW)

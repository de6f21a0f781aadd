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
    assert sum(found.shares.channels.values()) == sum(found.shares.languages.values()) == 3
    own = next(use for use in found.shares.clinicians if use.name == soon.practitioner.name)
    assert own.visits >= 1
    assert own.rate is not None
    assert 0 < own.rate < 1


def test_week_by_week_the_shares_are_those_of_the_whole(house: House) -> None:
    for days in (1, 2, 8):
        book(house, days=days)
    whole = reporting.report(house, MONDAY, 3, MANAGER, NOW).shares
    weeks = reporting.by_week(house, MONDAY + timedelta(days=4), 3, MANAGER)
    assert [week.start for week in weeks] == [MONDAY + timedelta(days=7 * turn) for turn in range(3)]
    assert [sum(week.channels.values()) for week in weeks] == [2, 1, 0]
    for use in whole.clinicians:
        own = [one for week in weeks for one in week.clinicians if one.name == use.name]
        assert sum(one.minutes for one in own) == use.minutes
        assert sum(one.open_minutes for one in own) == use.open_minutes
    with pytest.raises(NotPermitted):
        reporting.by_week(house, MONDAY, 3, CLERK)


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

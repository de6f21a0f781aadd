"""Who waits for what, who is asked first, and how long they may think: only the hours of the day count."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.domain.directory import Mode
from scheduler.domain.errors import InvalidInput
from scheduler.domain.quiet_hours import QuietHours
from scheduler.domain.slot import Slot
from scheduler.domain.waitlist import (
    Candidate,
    Entry,
    EntryState,
    OfferSettings,
    Part,
    Wish,
    check_settings,
    ranked,
    think_until,
)
from tests.engines import NOW

DENVER = ZoneInfo("America/Denver")
HOUR = timedelta(hours=1)
SLOT = Slot(NOW + 25 * HOUR, NOW + 26 * HOUR, Mode.IN_PERSON, 1, 1, 5)
"""Tuesday, 10:00 in El Paso."""
WISH = Wish("imaging-review", frozenset({Mode.IN_PERSON}))
ENTRY = Entry("a", 9, WISH, "en", EntryState.WAITING, NOW)


def with_wish(**changes: object) -> Entry:
    return replace(ENTRY, wish=replace(WISH, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("entry", "fits"),
    [
        (ENTRY, True),
        (with_wish(modes=frozenset({Mode.VIRTUAL})), False),
        (with_wish(practitioner_ids=frozenset({1, 2})), True),
        (with_wish(practitioner_ids=frozenset({2})), False),
        (with_wish(weekdays=frozenset({1})), True),
        (with_wish(weekdays=frozenset({0, 2})), False),
        (with_wish(part=Part.MORNING), True),
        (with_wish(part=Part.AFTERNOON), False),
        (with_wish(notice=25 * HOUR), True),
        (with_wish(notice=26 * HOUR), False),
        (replace(ENTRY, visit_start=SLOT.start + HOUR), True),
        (replace(ENTRY, visit_start=SLOT.start), False),
    ],
)
def test_a_time_suits_when_every_part_of_the_wish_does(entry: Entry, fits: bool) -> None:
    assert entry.fits(SLOT, DENVER, NOW) is fits


def test_who_has_no_visit_is_asked_first_and_then_who_waited_longest() -> None:
    early = replace(ENTRY, id="early", appointment_id=1, created_at=NOW - 2 * HOUR)
    late = replace(ENTRY, id="late", appointment_id=2, created_at=NOW - HOUR)
    without = replace(ENTRY, id="without", created_at=NOW)
    order = ranked([Candidate(entry, SLOT) for entry in (late, without, early)])
    assert [one.entry.id for one in order] == ["without", "early", "late"]


QUIET = QuietHours(21 * 60, 8 * 60)


def wall(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 9, day, hour, minute, tzinfo=DENVER).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "start", "until"),
    [
        (wall(14, 9), wall(16, 10), wall(14, 10)),
        (wall(14, 20, 30), wall(16, 10), wall(15, 8, 30)),
        (wall(14, 9), wall(14, 9, 45), wall(14, 9, 30)),
        (wall(14, 20, 40), wall(15, 8, 10), wall(14, 21)),
    ],
)
def test_only_hours_of_the_day_count(now: datetime, start: datetime, until: datetime) -> None:
    found = think_until(now, start, 60, QUIET, "America/Denver")
    assert found == until
    assert found is not None
    assert not QUIET.are_on(found - timedelta(seconds=1), ["America/Denver"])


@pytest.mark.parametrize(("now", "start"), [(wall(14, 22), wall(16, 10)), (wall(14, 9), wall(14, 9, 20))])
def test_nobody_is_asked_at_night_or_when_it_is_too_late(now: datetime, start: datetime) -> None:
    assert think_until(now, start, 60, QUIET, "America/Denver") is None


@pytest.mark.parametrize(
    "settings", [OfferSettings(people=0), OfferSettings(people=4), OfferSettings(minutes=5)]
)
def test_settings_that_make_no_sense_are_refused(settings: OfferSettings) -> None:
    with pytest.raises(InvalidInput):
        check_settings(settings)

"""The sign on the door: first door opened to last door closed, neighbouring days with the same hours together."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Mode
from scheduler.domain.opening import OpenDays, after_open_time, office_hours
from scheduler.domain.schedule import Closure, WeeklyHours
from scheduler.domain.wording import Text
from tests.factories import DOCTOR, EL_PASO, MONDAY, a_clinic, hours


def clinic_with(*windows: WeeklyHours) -> Clinic:
    return a_clinic(weekly_hours=windows)


def window(
    weekday: int, opens: int, closes: int, mode: Mode = Mode.IN_PERSON, until: date | None = None
) -> WeeklyHours:
    return WeeklyHours(0, DOCTOR, EL_PASO, mode, weekday, opens, closes, valid_until=until)


def test_days_with_the_same_hours_are_said_together() -> None:
    clinic = clinic_with(window(0, 480, 720), window(0, 780, 1020), window(1, 480, 1020), window(4, 480, 780))
    assert office_hours(clinic, EL_PASO, MONDAY) == (OpenDays(0, 1, 480, 1020), OpenDays(4, 4, 480, 780))


def test_a_day_between_parts_the_run() -> None:
    clinic = clinic_with(window(0, 480, 1020), window(2, 480, 1020))
    assert office_hours(clinic, EL_PASO, MONDAY) == (OpenDays(0, 0, 480, 1020), OpenDays(2, 2, 480, 1020))


def test_video_hours_do_not_open_the_door() -> None:
    assert office_hours(clinic_with(window(0, 480, 1020, Mode.VIRTUAL)), EL_PASO, MONDAY) == ()


def test_hours_that_have_ended_are_not_on_the_sign() -> None:
    assert office_hours(clinic_with(window(0, 480, 1020, until=date(2026, 1, 1))), EL_PASO, MONDAY) == ()


def test_another_office_has_its_own_sign() -> None:
    assert office_hours(clinic_with(window(0, 480, 1020)), EL_PASO + 1, MONDAY) == ()


def at(text: str) -> datetime:
    """A moment by the clock of El Paso."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/Denver")).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-09-14T09:00", 120, "2026-09-14T11:00"),
        ("2026-09-14T06:00", 120, "2026-09-14T11:00"),
        ("2026-09-14T16:00", 120, "2026-09-15T10:00"),
        ("2026-09-14T23:30", 120, "2026-09-15T11:00"),
        ("2026-09-18T16:30", 120, "2026-09-21T10:30"),
        ("2026-09-19T12:00", 120, "2026-09-21T11:00"),
        ("2026-09-14T16:00", 60, "2026-09-14T17:00"),
        ("2026-09-14T09:00", 0, "2026-09-14T09:00"),
        ("2026-10-30T16:00", 120, "2026-11-02T10:00"),
        ("2027-03-12T16:00", 120, "2027-03-15T10:00"),
    ],
)
def test_only_the_hours_when_the_office_is_open_count(start: str, minutes: int, end: str) -> None:
    clinic = a_clinic(weekly_hours=hours(9, 17, weekdays=range(5)))
    assert after_open_time(clinic, EL_PASO, at(start), timedelta(minutes=minutes)) == at(end)


def test_a_closed_day_does_not_count_and_a_clinic_without_hours_has_elapsed_time() -> None:
    labor_day = Closure(1, None, date(2026, 9, 7), Text("Labor Day", "Día del Trabajo"))
    clinic = a_clinic(weekly_hours=hours(9, 17, weekdays=range(5)), closures=(labor_day,))
    two = timedelta(hours=2)
    assert after_open_time(clinic, EL_PASO, at("2026-09-04T16:00"), two) == at("2026-09-08T10:00")
    assert after_open_time(a_clinic(weekly_hours=()), EL_PASO, at("2026-09-04T16:00"), two) == at(
        "2026-09-04T18:00"
    )

"""The sign on the door: first door opened to last door closed, neighbouring days with the same hours together."""

from __future__ import annotations

from datetime import date

from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Mode
from scheduler.domain.opening import OpenDays, office_hours
from scheduler.domain.schedule import WeeklyHours
from tests.factories import DOCTOR, EL_PASO, MONDAY, a_clinic


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

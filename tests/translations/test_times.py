"""Dates and times read as a person in El Paso says them, in both languages and on the days the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_time

from scheduler.translations import LOCALES, phones, times
from scheduler.translations.times import HARD_SPACE, NARROW_SPACE, plain

EL_PASO = ZoneInfo("America/Denver")
TUESDAY = datetime(2026, 12, 1, 21, 0, tzinfo=UTC)


def test_large_letters_may_break_anywhere_but_inside_a_clock_time() -> None:
    words = times.moment(TUESDAY, EL_PASO, "El Paso", "es")
    assert times.loose(words) == f"martes, 1 de diciembre, 2:00{HARD_SPACE}p.m. hora de El Paso (MST)"
    assert times.loose(times.day(TUESDAY, "en", year=True)) == "Tuesday, December 1, 2026"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Tuesday, December 1, 2:00 PM El Paso time (MST)"),
        ("es", "martes, 1 de diciembre, 2:00 p.m. hora de El Paso (MST)"),
    ],
)
def test_a_moment_names_day_time_and_zone(language: str, said: str) -> None:
    assert plain(times.moment(TUESDAY, EL_PASO, "El Paso", language)) == said


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Tuesday, December 1, 2026"), ("es", "martes, 1 de diciembre de 2026")]
)
def test_the_year_is_said_where_it_matters(language: str, said: str) -> None:
    assert plain(times.day(date(2026, 12, 1), language, year=True)) == said


def test_a_date_or_a_time_does_not_break_across_lines() -> None:
    said = times.moment(TUESDAY, EL_PASO, "El Paso", "en")
    assert f"December{HARD_SPACE}1" in said
    assert f"2:00{HARD_SPACE}PM" in said
    assert f"El{HARD_SPACE}Paso{HARD_SPACE}time (MST)" in said


def test_cldrs_narrow_space_becomes_an_ordinary_one() -> None:
    from_cldr = format_time(TUESDAY, "short", tzinfo=EL_PASO, locale=LOCALES["en"])  # type: ignore[index]
    assert NARROW_SPACE in from_cldr
    assert plain(from_cldr) == "2:00 PM"
    assert times.hard(from_cldr) == f"2:00{HARD_SPACE}PM"


@pytest.mark.parametrize(
    ("hour", "en", "es"),
    [
        (0, "12:05 AM", "12:05 a.m."),
        (11, "11:05 AM", "11:05 a.m."),
        (12, "12:05 PM", "12:05 p.m."),
        (23, "11:05 PM", "11:05 p.m."),
    ],
)
def test_the_clock_has_twelve_hours(hour: int, en: str, es: str) -> None:
    local = datetime(2026, 12, 1, hour, 5, tzinfo=EL_PASO)
    assert (plain(times.clock(local, "en")), plain(times.clock(local, "es"))) == (en, es)


@pytest.mark.parametrize(
    ("instant", "said"),
    [
        (datetime(2026, 11, 1, 7, 30, tzinfo=UTC), "1:30 AM El Paso time (MDT)"),
        (datetime(2026, 11, 1, 8, 30, tzinfo=UTC), "1:30 AM El Paso time (MST)"),
        (datetime(2027, 3, 14, 8, 59, tzinfo=UTC), "1:59 AM El Paso time (MST)"),
        (datetime(2027, 3, 14, 9, 0, tzinfo=UTC), "3:00 AM El Paso time (MDT)"),
    ],
)
def test_the_hour_that_comes_twice_is_told_apart_and_the_missing_one_is_never_said(
    instant: datetime, said: str
) -> None:
    assert plain(times.moment(instant, EL_PASO, "El Paso", "en")).endswith(said)


@pytest.mark.parametrize(
    ("instant", "zone", "said"),
    [
        (TUESDAY, "America/Denver", ""),
        (TUESDAY, "America/Ciudad_Juarez", ""),
        (TUESDAY, "America/Phoenix", ""),
        (datetime(2026, 7, 1, 21, 0, tzinfo=UTC), "America/Phoenix", "2:00 PM Arizona time (MST)"),
        (TUESDAY, "America/Chicago", "3:00 PM Central time (CST)"),
        (TUESDAY, "America/Chihuahua", "3:00 PM Chihuahua time (CST)"),
        (TUESDAY, "Europe/Madrid", "10:00 PM Madrid time (CET)"),
        (TUESDAY + timedelta(hours=4), "Europe/Madrid", "Wednesday, December 2, 2:00 AM Madrid time (CET)"),
        (TUESDAY, "America/Sao_Paulo", "6:00 PM Sao Paulo time"),
    ],
)
def test_the_viewers_own_time_is_said_only_where_the_walls_differ(
    instant: datetime, zone: str, said: str
) -> None:
    assert plain(times.viewer_time(instant, ZoneInfo(zone), EL_PASO, "en")) == said


def test_one_instant_is_two_days_on_two_walls_whichever_was_asked_first() -> None:
    late = datetime(2026, 11, 1, 5, 0, tzinfo=UTC)
    assert plain(times.day(late.astimezone(EL_PASO), "en")) == "Saturday, October 31"
    assert plain(times.day(late.astimezone(ZoneInfo("America/Chicago")), "en")) == "Sunday, November 1"
    told = times.viewer_time(late, ZoneInfo("America/Chicago"), EL_PASO, "en")
    assert plain(told) == "Sunday, November 1, 12:00 AM Central time (CDT)"


def test_the_viewers_own_time_speaks_spanish() -> None:
    assert (
        plain(times.viewer_time(TUESDAY, ZoneInfo("America/Chicago"), EL_PASO, "es"))
        == "3:00 p.m. hora del Centro (CST)"
    )


def test_a_visit_is_said_from_start_to_end() -> None:
    end = TUESDAY + timedelta(minutes=60)
    assert (
        plain(times.stretch(TUESDAY, end, EL_PASO, "El Paso", "en"))
        == "2:00 PM to 3:00 PM El Paso time (MST)"
    )
    assert (
        plain(times.stretch(TUESDAY, end, EL_PASO, "El Paso", "es"))
        == "2:00 p.m. a 3:00 p.m. hora de El Paso (MST)"
    )


def test_weekdays_are_said_as_a_run_or_alone() -> None:
    assert times.weekdays(0, 4, "en") == "Monday to Friday"
    assert times.weekdays(0, 1, "es") == "lunes y martes"
    assert times.weekdays(0, 4, "es") == "lunes a viernes"
    assert times.weekdays(5, 5, "en") == "Saturday"


def test_today_is_asked_of_the_zone() -> None:
    late = datetime(2026, 12, 2, 5, 0, tzinfo=UTC)
    assert times.today(late, EL_PASO) == date(2026, 12, 1)


@pytest.mark.parametrize(
    ("number", "shown", "href"),
    [
        ("+19155550123", "(915) 555-0123", "tel:+1-915-555-0123"),
        ("+526565550123", "+52 656 555 0123", "tel:+52-656-555-0123"),
        ("+19155550123;ext=5", "(915) 555-0123 ext. 5", "tel:+1-915-555-0123;ext=5"),
        ("call the desk", "call the desk", "tel:"),
    ],
)
def test_a_telephone_number_is_shown_and_dialled(number: str, shown: str, href: str) -> None:
    assert phones.shown(number).replace(" x", " ext. ") == shown
    assert phones.href(number) == href

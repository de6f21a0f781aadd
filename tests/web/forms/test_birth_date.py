"""Claims about reading a date of birth: in any order that means one day, and never guessed where it could mean two."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from scheduler.web.forms.birth_date import BAD_DATE, NO_DATE, SHORT_YEAR, WORD_MONTH, month_of, read
from scheduler.web.forms.sheet import Sheet

TODAY = date(2026, 9, 14)
BORN = date(1948, 3, 9)


def sheet(**typed: str) -> Sheet:
    return Sheet(MultiDict({name.replace("__", "-"): value for name, value in typed.items()}))


@pytest.mark.parametrize(
    ("typed", "month"),
    [
        ("1", 1),
        ("12", 12),
        ("January", 1),
        ("enero", 1),
        ("ene", 1),
        ("SEPT", 9),
        ("septiembre", 9),
        ("setiembre", 9),
        ("agosto.", 8),
        ("de", None),
        ("x", None),
        ("", None),
    ],
)
def test_a_month_is_understood_as_number_or_word(typed: str, month: int | None) -> None:
    assert month_of(typed) == month


def test_june_and_july_are_not_mixed_up() -> None:
    assert [month_of(word) for word in ("jun", "jul", "junio", "julio")] == [6, 7, 6, 7]
    assert month_of("mar") == 3
    assert month_of("may") == month_of("mayo") == 5


@pytest.mark.parametrize(("month", "day"), [("2", "29"), ("feb", "29"), ("febrero", "29")])
def test_february_29_is_a_birthday_in_leap_years_alone(month: str, day: str) -> None:
    leap = sheet(born__month=month, born__day=day, born__year="1952")
    assert leap.birth_date("born", TODAY) == date(1952, 2, 29)
    common = sheet(born__month=month, born__day=day, born__year="1951")
    assert common.birth_date("born", TODAY) is None
    assert common.errors


def test_today_is_a_birth_date_and_tomorrow_is_not() -> None:
    assert sheet(b__month="9", b__day="14", b__year="2026").birth_date("b", TODAY) == TODAY
    assert sheet(b__month="9", b__day="15", b__year="2026").birth_date("b", TODAY) is None


@pytest.mark.parametrize(
    "typed",
    [
        "9 de marzo de 1948",
        "9 de marzo del 1948",
        "marzo 9, 1948",
        "March 9th, 1948",
        "9/marzo/48",
        "9-mar-1948",
        "1948-03-09",
        "Mar 9 1948",
    ],
)
@pytest.mark.parametrize("box", [0, 1, 2])
def test_a_whole_date_in_one_box_is_understood_whichever_box_it_is(typed: str, box: int) -> None:
    boxes = ["", "", ""]
    boxes[box] = typed
    assert read((boxes[0], boxes[1], boxes[2]), TODAY) == BORN


@pytest.mark.parametrize(
    ("typed", "born"),
    [("13/9/1948", date(1948, 9, 13)), ("9/13/48", date(1948, 9, 13)), ("3/3/48", date(1948, 3, 3))],
)
def test_numbers_that_mean_one_day_alone_are_read(typed: str, born: date) -> None:
    assert read((typed, "", ""), TODAY) == born


@pytest.mark.parametrize("typed", [("3/9/48", "", ""), ("", "9/3/1948", ""), ("03/09", "", "1948")])
def test_numbers_that_could_mean_two_days_are_asked_again(typed: tuple[str, str, str]) -> None:
    assert read(typed, TODAY) == WORD_MONTH


def test_a_year_of_two_numbers_is_read_where_one_century_alone_is_possible() -> None:
    assert read(("3", "9", "48"), TODAY) == BORN
    assert read(("3", "9", "27"), TODAY) == date(1927, 3, 9)
    assert read(("3", "9", "26"), TODAY) == SHORT_YEAR
    assert read(("3", "9", "05"), TODAY) == SHORT_YEAR


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (("", "", ""), NO_DATE),
        (("3", "", "1948"), NO_DATE),
        (("marzo", "", ""), NO_DATE),
        (("marzo abril 9", "", ""), BAD_DATE),
        (("13", "9", "1948"), BAD_DATE),
        (("2", "30", "1948"), BAD_DATE),
        (("3", "9", "198"), BAD_DATE),
    ],
)
def test_what_is_no_date_is_answered_with_what_to_do(typed: tuple[str, str, str], sentence: str) -> None:
    assert read(typed, TODAY) == sentence


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_nothing_that_is_typed_breaks_the_reading(month: str, day: str, year: str) -> None:
    assert isinstance(read((month, day, year), TODAY), date | str)

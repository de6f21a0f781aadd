"""A telephone number is the same number however it is typed, and one that nobody can call is none."""

from __future__ import annotations

import pytest

from scheduler.translations import phones


@pytest.mark.parametrize(
    "typed", ["+19155550123", "915 555 0123", "(915) 555-0123", "1-915-555-0123", "+1 915.555.0123"]
)
def test_every_spelling_of_a_number_is_kept_alike(typed: str) -> None:
    assert phones.e164(typed) == "+19155550123"


@pytest.mark.parametrize("typed", ["+16135550123", "613-555-0123"])
def test_a_neighbour_in_the_north_shares_our_country_code(typed: str) -> None:
    assert phones.e164(typed) == "+16135550123"


@pytest.mark.parametrize("typed", ["+52 999 923 4567", "999 923 4567"])
def test_ten_digits_that_are_none_of_ours_may_be_across_the_bridge(typed: str) -> None:
    assert phones.e164(typed) == "+529999234567"


@pytest.mark.parametrize("typed", ["+19991234567", "+1915555012", "+191555501234", "12", "", "call me"])
def test_a_number_that_nobody_has_is_none(typed: str) -> None:
    assert phones.e164(typed) is None


def test_a_kept_number_is_shown_and_dialled_like_a_typed_one() -> None:
    assert phones.shown("+19155550123") == phones.shown("915-555-0123") == "(915) 555-0123"
    assert phones.href("+19155550123") == "tel:+1-915-555-0123"


@pytest.mark.parametrize(
    "typed",
    ["+52 1 999 923 4567", "044 999 923 4567", "045 9999234567", "01 999 923 4567", "0052 1 999 923 4567"],
)
def test_what_was_once_dialled_before_a_mexican_number_is_left_out(typed: str) -> None:
    assert phones.read(typed) == "+529999234567"

"""Names are found as the ear hears them, whatever the accents and whoever writes them down."""

from __future__ import annotations

import pytest

from scheduler.domain.sounding import folded, sound, sounds


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("González", "Gonsales"),
        ("González", "GONZALEZ"),
        ("Vásquez", "Bazques"),
        ("Hernández", "Ernandes"),
        ("Núñez", "Nunes"),
        ("Villa", "Viya"),
        ("Cruz", "Krus"),
        ("Stephens", "Stefens"),
        ("Catherine", "Katharine"),
        ("Nicholson", "Nixolson"),
    ],
)
def test_names_that_sound_alike_are_one_to_the_ear(one: str, other: str) -> None:
    assert sounds(folded(one)) == sounds(folded(other))


@pytest.mark.parametrize(
    ("one", "other"), [("Lopez", "Perez"), ("Ana", "Eva"), ("Garcia", "Galvan"), ("Maria", "Mario Luis")]
)
def test_names_that_sound_different_stay_apart(one: str, other: str) -> None:
    assert sounds(folded(one)) != sounds(folded(other))


def test_folding_leaves_letters_and_digits_alone() -> None:
    assert folded("  José-María  O'Neill (915) 555") == "jose maria o neill 915 555"
    assert sound("915") == ""
    assert sound("") == ""

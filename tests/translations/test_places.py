"""Places are named in the reader's language, and understood however a program spells their code."""

from __future__ import annotations

import pytest

from scheduler.translations import places


@pytest.mark.parametrize(
    ("code", "english", "spanish"),
    [
        ("US-NM", "New Mexico", "Nuevo México"),
        ("US-AZ", "Arizona", "Arizona"),
        ("MX", "Mexico", "México"),
        ("CA", "Canada", "Canadá"),
        ("other", "Somewhere else", "En otro lugar"),
        ("US-ZZ", "Somewhere else", "En otro lugar"),
    ],
)
def test_a_place_has_a_name_in_both_languages(code: str, english: str, spanish: str) -> None:
    assert (places.named(code, "en"), places.named(code, "es")) == (english, spanish)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("US-TX", "US-TX"),
        ("us-tx", "US-TX"),
        ("TX", "US-TX"),
        ("CA", "CA"),
        ("US-CA", "US-CA"),
        ("mx", "MX"),
        ("Other", "other"),
        ("US", None),
        ("US-XX", None),
        ("QQ", None),
        ("EU", None),
    ],
)
def test_a_code_is_read_kindly_and_never_taken_for_another(written: str, code: str | None) -> None:
    assert places.code_of(written) == code


@pytest.mark.parametrize("language", ["en", "es"])
def test_lists_stand_in_the_readers_alphabet(language: str) -> None:
    names = [name for _code, name in places.countries(language)]
    assert len(names) > 240
    assert names[0] == ("Afghanistan" if language == "en" else "Afganistán")
    assert "MX" in dict(places.countries(language))
    assert "US" not in dict(places.countries(language))
    assert len(places.states(language)) == 51

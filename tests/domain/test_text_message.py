"""A text is counted as the network counts it, and loses an accent only where that costs no meaning."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.text_message import BASIC, EXTENDED, Alphabet, Count, count, fitted, is_gsm7

GSM = st.text(st.sampled_from(sorted(BASIC | EXTENDED)), max_size=700)


class TestCounting:
    """Septets, UTF-16 units and parts."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", Count(Alphabet.GSM7, 0, 1)),
            ("a" * 160, Count(Alphabet.GSM7, 160, 1)),
            ("a" * 161, Count(Alphabet.GSM7, 161, 2)),
            ("a" * 306, Count(Alphabet.GSM7, 306, 2)),
            ("a" * 307, Count(Alphabet.GSM7, 307, 3)),
            ("á" + "a" * 69, Count(Alphabet.UCS2, 70, 1)),
            ("á" + "a" * 70, Count(Alphabet.UCS2, 71, 2)),
            ("á" + "a" * 133, Count(Alphabet.UCS2, 134, 2)),
            ("á" + "a" * 134, Count(Alphabet.UCS2, 135, 3)),
            ("€" * 80, Count(Alphabet.GSM7, 160, 1)),
            ("€" * 81, Count(Alphabet.GSM7, 162, 2)),
            ("😀", Count(Alphabet.UCS2, 2, 1)),
            ("😀" * 36, Count(Alphabet.UCS2, 72, 2)),
        ],
    )
    def test_the_borders_are_where_the_standard_has_them(self, text: str, expected: Count) -> None:
        assert count(text) == expected

    def test_an_escape_never_falls_on_both_sides_of_a_border(self) -> None:
        # 152 letters, then a sign of two septets: it begins the second part, which is then 152 letters too long.
        assert count("a" * 152 + "€" + "a" * 151).parts == 2
        assert count("a" * 152 + "€" + "a" * 152).parts == 3
        assert count("a" * 306).parts == 2

    def test_nor_does_a_character_of_two_halves(self) -> None:
        assert count("á" + "a" * 65 + "😀" + "a" * 65).parts == 2
        assert count("á" + "a" * 65 + "😀" + "a" * 66).parts == 3

    def test_the_alphabet_has_the_letters_that_the_standard_lists(self) -> None:
        assert len(BASIC) == 127  # 128 places, one of which is the escape
        assert is_gsm7("éñüàèìòùÉÑÜÇ¿¡€[]{}")
        assert [letter for letter in "áíóúÁÍÓÚÈç`´–—“”…\u202f\u00a0º" if is_gsm7(letter)] == []

    @given(GSM)
    def test_as_many_parts_as_an_honest_packer_fills(self, text: str) -> None:
        packed: list[int] = [0]
        for letter in text:
            size = 2 if letter in EXTENDED else 1
            packed = [*packed[:-1], packed[-1] + size] if packed[-1] + size <= 153 else [*packed, size]
        units = sum(2 if letter in EXTENDED else 1 for letter in text)
        assert count(text) == Count(Alphabet.GSM7, units, 1 if units <= 160 else len(packed))


class TestFitting:
    """What is done to a text before it travels."""

    def test_narrow_spaces_dashes_and_quotes_become_plain(self) -> None:
        text = "\u201cTue\u201d \u2013 2:00\u202fPM\u00a0El\u00a0Paso\u2026 it\u2019s"
        assert fitted(text) == '"Tue" - 2:00 PM El Paso... it\'s'

    @pytest.mark.parametrize(
        ("spanish", "sent"),
        [
            ("sábado", "sabado"),
            ("miércoles", "miércoles"),
            ("Clínica del Dolor, teléfono", "Clinica del Dolor, teléfono"),
            ("Mañana, ¿sí o no? ¡Gracias!", "Mañana, ¿sí o no? ¡Gracias!"),
            ("la recepción", "la recepcion"),
        ],
    )
    def test_an_accent_goes_where_the_word_stays_the_same_word(self, spanish: str, sent: str) -> None:
        assert fitted(spanish) == sent

    @pytest.mark.parametrize("word", ["está", "cambió", "más", "Sí", "cuándo", "aquí", "DÓNDE", "público"])
    def test_an_accent_stays_where_it_tells_words_apart(self, word: str) -> None:
        text = f"El sábado {word} todo"
        assert fitted(text) == text
        assert count(text).alphabet is Alphabet.UCS2

    def test_letters_that_come_in_two_pieces_are_put_together(self) -> None:
        assert fitted("man\u0303ana") == "mañana"
        assert fitted("sa\u0301bado") == "sabado"

    def test_what_nobody_sees_is_left_out(self) -> None:
        assert fitted("a\u200bb\u202ec\x00d\ufeff") == "abcd"

    def test_other_scripts_stay_as_they_are(self) -> None:
        assert fitted("Łukasz 中 😀") == "Łukasz 中 😀"
        assert count("Łukasz").alphabet is Alphabet.UCS2

    def test_a_name_with_a_foreign_accent_is_not_half_changed(self) -> None:
        assert fitted("José Łópez") == "José Łópez"

    @given(st.text(max_size=300))
    def test_fitting_twice_changes_nothing_more_and_never_costs_more(self, text: str) -> None:
        once = fitted(text)
        assert fitted(once) == once

    @given(st.text(st.sampled_from("aeiouáéíóúñü ,.:"), max_size=200))
    def test_fitting_never_costs_parts(self, text: str) -> None:
        assert count(fitted(text)).parts <= count(text).parts

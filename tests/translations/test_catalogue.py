"""The Spanish of a sentence comes from the file that translators edit; a sentence that is missing stays English."""

from __future__ import annotations

import pytest

from scheduler.translations import Catalogue, catalogue, language_of, translate


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("es", "es"),
        ("es-MX", "es"),
        ("es_US", "es"),
        ("ES", "es"),
        ("en-GB", "en"),
        ("fr", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_a_tag_leads_to_a_language_the_clinic_speaks(tag: str | None, language: str) -> None:
    assert language_of(tag) == language


def test_a_known_sentence_is_spanish() -> None:
    assert translate("There is a problem", "es") == "Hay un problema"


def test_a_sentence_that_nobody_translated_stays_english() -> None:
    assert translate("Nobody ever wrote this sentence.", "es") == "Nobody ever wrote this sentence."


def test_one_and_many_have_their_own_forms() -> None:
    spanish = Catalogue({}, {"%(num)s minute": ("%(num)s minuto", "%(num)s minutos")})
    assert [spanish.ngettext("%(num)s minute", "%(num)s minutes", n) for n in (0, 1, 2)] == [
        "%(num)s minutos",
        "%(num)s minuto",
        "%(num)s minutos",
    ]


def test_the_catalogue_is_read_once() -> None:
    assert catalogue(language_of("es")) is catalogue(language_of("es-MX"))

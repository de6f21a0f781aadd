"""Words for people in two languages, and the mark that tells the translators which sentences are theirs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    """The languages the clinic speaks, as BCP 47 primary tags."""

    ENGLISH = "en"
    SPANISH = "es"


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both languages; an empty Spanish text falls back to English rather than to nothing."""

    en: str
    es: str = ""

    def in_(self, language: str) -> str:
        """Return the text in `language` ("en" or "es")."""
        return self.es if language == Language.SPANISH and self.es else self.en


def N_(sentence: str) -> str:  # noqa: N802 - the name every gettext extractor knows
    """Mark a sentence for translation without translating it here."""
    return sentence

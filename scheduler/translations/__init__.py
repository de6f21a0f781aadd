"""The clinic's Spanish, and dates, times and telephone numbers as people say them in either language.

Both doors need this: the web for its pages, the worker for its messages. English is the language of the source, so its
catalogue is empty. The Spanish one is read straight from the `.po` file that translators edit (about 20 ms, once per
process): there is no compiled copy that could be forgotten.
"""

from __future__ import annotations

from functools import cache
from gettext import NullTranslations
from pathlib import Path

from babel import Locale
from babel.messages.pofile import read_po

from scheduler.domain.wording import Language

CATALOGUE = Path(__file__).parent / "es" / "LC_MESSAGES" / "messages.po"

LOCALES = {Language.ENGLISH: Locale("en", "US"), Language.SPANISH: Locale("es", "US")}
"""`es_US`, not `es`: a 12-hour clock, weeks from Sunday, and "MST" where bare `es` says "-0700"."""


class Catalogue(NullTranslations):
    """One language's sentences in memory; a sentence that is missing falls back to its English."""

    def __init__(self, singular: dict[str, str], plural: dict[str, tuple[str, ...]]) -> None:
        super().__init__()
        self._singular = singular
        self._plural = plural

    def gettext(self, message: str) -> str:
        """The sentence in this language. An empty one stays empty (gettext would answer with the file's header)."""
        return self._singular.get(message, message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The form that goes with `n`; English and Spanish both have one for 1 and one for all else."""
        forms = self._plural.get(msgid1, (msgid1, msgid2))
        return forms[0] if n == 1 else forms[1]


def language_of(tag: str | None) -> Language:
    """The clinic's language for a tag such as "es", "es-MX" or "en_US"; English when the clinic does not speak it."""
    primary = (tag or "").replace("_", "-").partition("-")[0].lower()
    return Language.SPANISH if primary == Language.SPANISH else Language.ENGLISH


@cache
def catalogue(language: Language) -> Catalogue:
    """The sentences of a language; read once."""
    if language is Language.ENGLISH:
        return Catalogue({}, {})
    with CATALOGUE.open("rb") as handle:
        messages = read_po(handle, locale="es_US")
    singular: dict[str, str] = {}
    plural: dict[str, tuple[str, ...]] = {}
    for message in messages:
        said = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        if not message.id or message.fuzzy or not all(said):
            continue
        if isinstance(message.id, str):
            singular[message.id] = said[0]
        else:
            plural[message.id[0]] = said
    return Catalogue(singular, plural)


def translate(sentence: str, language: str) -> str:
    """One sentence in a language, for callers that have no request (messages, files, tests)."""
    return catalogue(language_of(language)).gettext(sentence)

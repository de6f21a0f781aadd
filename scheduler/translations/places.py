"""The names of states and countries in either language, and their codes as a program may write them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache

from scheduler.domain.whereabouts import HOME, OTHER, STATES
from scheduler.domain.wording import N_
from scheduler.translations import LOCALES, language_of, translate

ELSEWHERE = N_("Somewhere else")
NO_COUNTRY = frozenset(["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"])
"""Codes that CLDR names beside those of ISO 3166-1: islands of a country, unions, and marks for tests."""


def named(code: str, language: str) -> str:
    """A place's name: "Arizona", "Mexico" / "México"; a code that means nothing is "Somewhere else"."""
    if code in STATES:
        return STATES[code].in_(language_of(language))
    return dict(countries(language_of(language))).get(code) or translate(ELSEWHERE, language)


@cache
def states(language: str) -> tuple[tuple[str, str], ...]:
    """Every state with its code, in the order of the alphabet of this language's names."""
    return _in_order((code, name.in_(language_of(language))) for code, name in STATES.items())


@cache
def countries(language: str) -> tuple[tuple[str, str], ...]:
    """Every country but the clinic's own with its code, in the order of the alphabet."""
    territories = LOCALES[language_of(language)].territories
    named = ((str(code), str(name)) for code, name in territories.items())
    return _in_order(pair for pair in named if len(pair[0]) == 2 and pair[0] not in {*NO_COUNTRY, HOME})


def code_of(written: str) -> str | None:
    """The code that a program wrote: "US-TX", "mx", "other"; "TX" is the state, for no country has these letters.

    "CA" is Canada and never California. None when nothing has this code.
    """
    code = written.strip()
    if code.lower() == OTHER:
        return OTHER
    code = code.upper()
    if code in STATES or code in dict(countries("en")):
        return code
    return f"{HOME}-{code}" if f"{HOME}-{code}" in STATES else None


def _in_order(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(pairs, key=lambda pair: _plain(pair[1])))


def _plain(name: str) -> str:
    """A name without accents, so that "África" does not stand behind "Z"."""
    return unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()

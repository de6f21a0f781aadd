"""Reads a date of birth however it was written: in three boxes, all in one box, with the month as a word or a number.

What could mean two days is asked again, never guessed: "9/3/1948" is a day in March south of the border and a day in
September north of it. A year of two numbers is read where one century alone is possible.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date

from scheduler.domain.wording import N_
from scheduler.translations import LOCALES

OLDEST = 120
"""Years; nobody has lived much longer, and a slip of the finger is likelier."""

LONGEST = 40

NO_DATE = N_("Enter the date of birth: month, day and year.")
BAD_DATE = N_("Check the date of birth. Write it like March 9 1951.")
WORD_MONTH = N_("Write the month as a word, like March. Then we know which number is the day.")
SHORT_YEAR = N_("Write the year with four numbers, like 1951.")
FUTURE_DATE = N_("The date of birth is in the future. Please check it.")
OLD_DATE = N_("Check the year of birth.")

Parts = tuple[str, str, str]
"""Month, day and year, as typed."""


def read(typed: Parts, today: date) -> date | str:
    """The date of birth, or the sentence that says why it is none."""
    parts = typed if all(typed) else _parted(typed)
    if isinstance(parts, str):
        return parts
    month, day, year = parts
    if not (year.isdecimal() and len(year) in {2, 4}):
        return BAD_DATE
    if len(year) == 2:
        if int(year) <= today.year % 100:
            return SHORT_YEAR
        year = f"{today.year // 100 - 1}{year}"
    try:
        born = date(int(year), month_of(month) or 0, int(day))
    except (ValueError, OverflowError):
        return BAD_DATE
    if born > today:
        return FUTURE_DATE
    return OLD_DATE if today.year - born.year > OLDEST else born


def month_of(typed: str) -> int | None:
    """The month that a number, a word or the beginning of a word means, in either language; None when none."""
    if typed.isdecimal() and typed.isascii():
        return int(typed)
    word = _plain(typed)
    if len(word) < 3:
        return None
    return next((number for name, number in _MONTHS if name.startswith(word) or word.startswith(name)), None)


def _parted(typed: Parts) -> Parts | str:
    """A date that was typed into fewer boxes than three, taken apart; or the sentence that says why not."""
    words = [
        word for word in re.findall(r"[^\W\d_]+|\d+", " ".join(typed)) if word.casefold() not in _FILLERS
    ]
    if len(words) != 3:
        return NO_DATE
    named = [word for word in words if not word.isdecimal()]
    if len(named) > 1:
        return BAD_DATE
    if named:
        words.remove(named[0])
        return _with_month(named[0], words)
    if len(words[0]) == 4:
        return words[1], words[2], words[0]
    return _of_numbers(words)


def _with_month(month: str, numbers: Sequence[str]) -> Parts:
    first, last = numbers
    return (month, last, first) if len(first) == 4 else (month, first, last)


def _of_numbers(numbers: Sequence[str]) -> Parts | str:
    first, second, year = numbers
    if int(first) > 12 or first == second:
        return second, first, year
    return (first, second, year) if int(second) > 12 else WORD_MONTH


def _plain(word: str) -> str:
    letters = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in letters if letter.isalpha())


def _month_names() -> Iterable[tuple[str, int]]:
    for locale in LOCALES.values():
        for number, name in locale.months["format"]["wide"].items():
            yield _plain(name), number


_FILLERS = frozenset({"de", "del", "of", "st", "nd", "rd", "th"})
_MONTHS = (*_month_names(), ("setiembre", 9))
"""September has two spellings in Spanish."""

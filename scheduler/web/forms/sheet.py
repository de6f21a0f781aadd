"""Reads one filled-in form field by field, kindly, and gathers what is wrong with it in the order of the page.

Kindly: a phone number in any spelling, a month as a word or a number, stray spaces and signs. What cannot be used is
told in one sentence that says what to do.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar

from werkzeug.datastructures import MultiDict

from scheduler.domain.errors import InvalidInput
from scheduler.domain.plain_text import clean, is_one_address
from scheduler.domain.wording import N_
from scheduler.translations import LOCALES, phones

E = TypeVar("E", bound=StrEnum)

NAME_LENGTH = 100
ADDRESS_LENGTH = 254
PHONE_LENGTH = 40
OLDEST = 120
"""Years; nobody has lived much longer, and a slip of the finger is likelier."""

TOO_LONG = N_("This is too long. Please write less.")
BAD_PHONE = N_("Check the phone number. Write it with the area code, like (915) 555-0123.")
BAD_EMAIL = N_("Check the e-mail address. It looks like name@example.com.")
NO_DATE = N_("Enter the date of birth: month, day and year.")
BAD_DATE = N_("Check the date of birth. Write it like March 9 1951.")
SHORT_YEAR = N_("Write the year with four numbers, like 1951.")
FUTURE_DATE = N_("The date of birth is in the future. Please check it.")
OLD_DATE = N_("Check the year of birth.")


class Sheet:
    """One filled-in form; ask for its fields, then `settle` it."""

    def __init__(self, typed: MultiDict[str, str]) -> None:
        self._typed = typed
        self.errors: dict[str, str] = {}

    def settle(self) -> None:
        """Finish the reading.

        :raises InvalidInput: when anything was wrong.
        """
        if self.errors:
            raise InvalidInput(self.errors)

    def wrong(self, name: str, sentence: str) -> None:
        """Note what is wrong with a field; the first complaint stands."""
        self.errors.setdefault(name, sentence)

    def text(self, name: str, missing: str, limit: int = NAME_LENGTH) -> str:
        """A line of text that must be there."""
        words = self.optional(name, limit)
        if not words:
            self.wrong(name, missing)
        return words

    def optional(self, name: str, limit: int = NAME_LENGTH, *, lines: bool = False) -> str:
        """A text that may be left out."""
        typed = self._typed.get(name, "")
        if len(typed.strip()) > limit:
            self.wrong(name, TOO_LONG)
        return clean(typed, limit, lines=lines)

    def phone(self, name: str, missing: str) -> str:
        """A telephone number, as E.164."""
        typed = self.text(name, missing, PHONE_LENGTH)
        number = phones.read(typed)
        if number is None:
            self.wrong(name, BAD_PHONE)
        return number or ""

    def email(self, name: str) -> str | None:
        """An e-mail address; it may be left out."""
        address = self.optional(name, ADDRESS_LENGTH).replace(" ", "")
        if address and not is_one_address(address):
            self.wrong(name, BAD_EMAIL)
        return address or None

    def one_of(self, name: str, kind: type[E], missing: str) -> E | None:
        """One of a list of choices; None is an error that was noted."""
        chosen = self._typed.get(name, "")
        if chosen not in {member.value for member in kind}:
            self.wrong(name, missing)
            return None
        return kind(chosen)

    def many_of(self, name: str, kind: type[E]) -> tuple[E, ...]:
        """Any of a list of choices, in the order of the list."""
        chosen = set(self._typed.getlist(name))
        return tuple(member for member in kind if member.value in chosen)

    def yes_or_no(self, name: str, missing: str) -> bool:
        """A question of yes or no that must be answered."""
        said = self._typed.get(name, "")
        if said not in {"yes", "no"}:
            self.wrong(name, missing)
        return said == "yes"

    def ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self._typed.get(name))

    def birth_date(self, name: str, today: date) -> date | None:
        """A date of birth from three fields; None is an error that was noted."""
        parts = {part: clean(self._typed.get(f"{name}-{part}", ""), 20) for part in DATE_PARTS}
        found = _birth_date(parts["month"], parts["day"], parts["year"], today)
        if isinstance(found, str):
            self.wrong(name, found)
            return None
        return found


DATE_PARTS = ("month", "day", "year")


def month_of(typed: str) -> int | None:
    """The month that a number, a word or the beginning of a word means, in either language; None when none."""
    if typed.isdecimal() and typed.isascii():
        return int(typed)
    word = _plain(typed)
    if len(word) < 3:
        return None
    return next((number for name, number in _MONTHS if name.startswith(word) or word.startswith(name)), None)


def _birth_date(month: str, day: str, year: str, today: date) -> date | str:
    """The date of birth, or the sentence that says why it is none."""
    if not (month and day and year):
        return NO_DATE
    if not (year.isdecimal() and len(year) == 4):
        return SHORT_YEAR if year.isdecimal() and len(year) == 2 else BAD_DATE
    try:
        born = date(int(year), month_of(month) or 0, int(day))
    except (ValueError, OverflowError):
        return BAD_DATE
    if born > today:
        return FUTURE_DATE
    return OLD_DATE if today.year - born.year > OLDEST else born


def date_parts(name: str, when: date | None) -> dict[str, str]:
    """A date as its three fields show it again."""
    numbers = ("", "", "") if when is None else (str(when.month), str(when.day), str(when.year))
    return {f"{name}-{part}": number for part, number in zip(DATE_PARTS, numbers, strict=True)}


def typed_date(name: str, typed: Mapping[str, str]) -> dict[str, str]:
    """What stands in a date's three fields, by part."""
    return {part: typed.get(f"{name}-{part}", "") for part in DATE_PARTS}


def _plain(word: str) -> str:
    letters = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in letters if letter.isalpha())


def _month_names() -> Iterable[tuple[str, int]]:
    for locale in LOCALES.values():
        for number, name in locale.months["format"]["wide"].items():
            yield _plain(name), number


_MONTHS = tuple(_month_names())

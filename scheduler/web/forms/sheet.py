"""Reads one filled-in form field by field, kindly, and gathers what is wrong with it in the order of the page.

Kindly: a phone number in any spelling, a date of birth in any order, stray spaces and signs. What cannot be used is
told in one sentence that says what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar

from werkzeug.datastructures import MultiDict

from scheduler.domain.errors import InvalidInput
from scheduler.domain.plain_text import clean, is_one_address
from scheduler.domain.wording import N_
from scheduler.translations import phones
from scheduler.web.forms import birth_date

E = TypeVar("E", bound=StrEnum)

NAME_LENGTH = 100
ADDRESS_LENGTH = 254
PHONE_LENGTH = 40

TOO_LONG = N_("This is too long. Please write less.")
BAD_PHONE = N_("Check the phone number. Write it with the area code, like (915) 555-0123.")
BAD_EMAIL = N_("Check the e-mail address. It looks like name@example.com.")


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
        month, day, year = (
            clean(self._typed.get(f"{name}-{part}", ""), birth_date.LONGEST) for part in DATE_PARTS
        )
        found = birth_date.read((month, day, year), today)
        if isinstance(found, str):
            self.wrong(name, found)
            return None
        return found


DATE_PARTS = ("month", "day", "year")


def date_parts(name: str, when: date | None) -> dict[str, str]:
    """A date as its three fields show it again."""
    numbers = ("", "", "") if when is None else (str(when.month), str(when.day), str(when.year))
    return {f"{name}-{part}": number for part, number in zip(DATE_PARTS, numbers, strict=True)}


def typed_date(name: str, typed: Mapping[str, str]) -> dict[str, str]:
    """What stands in a date's three fields, by part."""
    return {part: typed.get(f"{name}-{part}", "") for part in DATE_PARTS}

"""The fields of an entry in the directory: how each is asked for, and how what was typed into it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

from werkzeug.datastructures import MultiDict

from scheduler.domain.wording import N_, Text
from scheduler.web.forms.sheet import Sheet

LINE, LINES = 200, 4000
MISSING = N_("Please fill this in.")
NO_NUMBER = N_("Enter a number.")
NO_DATE = N_("Enter a date.")
NO_TIME = N_("Enter a time.")
NO_CHOICE = N_("Please choose one.")
MIDNIGHT = 1440
SOME_DAY = date(2000, 1, 1)
"""Stands for a date that could not be read, until the complaint about it is shown."""

YEARS = range(2000, 2101)
"""The years in which a clinic plans; a slip of the finger lies outside."""


def day_of(typed: str) -> date | None:
    """The day that an address or a form names; None for what names none, or one that nobody plans for."""
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        return None
    return found if found.year in YEARS else None


class Kind(StrEnum):
    """How a field is asked for."""

    TEXT = "text"
    EMAIL = "email"
    PHONE = "tel"
    AREA = "area"
    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    CHOICE = "choice"
    CHOICES = "choices"
    SWITCH = "switch"


Option = tuple[str, str]
"""A value and its label in the page's language."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field; label and hint are msgids."""

    name: str
    label: str
    kind: Kind = Kind.TEXT
    hint: str = ""
    optional: bool = False
    options: Sequence[Option] = ()


Typed = dict[str, str | list[str]]
"""What stands in the fields when a page is shown: lists for those with several choices."""


def typed_again(fields: Sequence[Field], form: MultiDict[str, str]) -> Typed:
    """What a person sent, to be shown again beside what was wrong with it."""
    many = (Kind.CHOICES, Kind.SWITCH)
    return {
        field.name: form.getlist(field.name) if field.kind in many else form.get(field.name, "")
        for field in fields
    }


def ticked(is_on: bool) -> list[str]:
    """A switch as it is shown."""
    return ["yes"] if is_on else []


def clock(minutes: int | None) -> str:
    """Minutes after midnight as a time field shows them."""
    return "" if minutes is None else f"{minutes // 60 % 24:02}:{minutes % 60:02}"


class EntrySheet(Sheet):
    """One filled-in entry."""

    def __init__(self, typed: MultiDict[str, str]) -> None:
        super().__init__(typed)
        self._form = typed

    def line(self, name: str) -> str:
        """A line that must be there."""
        return self.text(name, MISSING, LINE)

    def both(self, name: str, *, lines: bool = False) -> Text:
        """A text in both languages, from the fields `name_en` and `name_es`; the checks say what may be missing."""
        limit = LINES if lines else LINE
        return Text(
            self.optional(f"{name}_en", limit, lines=lines), self.optional(f"{name}_es", limit, lines=lines)
        )

    def number(self, name: str) -> int:
        """A whole number that must be there."""
        found = self.number_or_none(name)
        if found is None:
            self.wrong(name, NO_NUMBER)
        return found or 0

    def number_or_none(self, name: str) -> int | None:
        """A whole number, or nothing."""
        typed = self.optional(name, 12)
        if not typed:
            return None
        if not (typed.isascii() and typed.isdigit()):
            self.wrong(name, NO_NUMBER)
            return 0
        return int(typed)

    def decimal_or_none(self, name: str) -> float | None:
        """A number with a point, or nothing."""
        typed = self.optional(name, 20)
        try:
            return float(typed) if typed else None
        except ValueError:
            self.wrong(name, NO_NUMBER)
            return None

    def day(self, name: str) -> date:
        """A date that must be there."""
        found = self.day_or_none(name)
        if found is None:
            self.wrong(name, NO_DATE)
        return found or SOME_DAY

    def day_or_none(self, name: str) -> date | None:
        """A date as a date field sends it, or nothing."""
        typed = self.optional(name, 10)
        try:
            found = date.fromisoformat(typed) if typed else None
        except ValueError:
            found = date.max
        if found is not None and found.year not in YEARS:
            self.wrong(name, NO_DATE)
            return None
        return found

    def minutes(self, name: str) -> int:
        """A time of day that must be there, as minutes after midnight."""
        found = self.minutes_or_none(name)
        if found is None:
            self.wrong(name, NO_TIME)
        return found or 0

    def minutes_or_none(self, name: str) -> int | None:
        """A time of day as a time field sends it, or nothing."""
        typed = self.optional(name, 8)
        if not typed:
            return None
        try:
            found = time.fromisoformat(typed)
        except ValueError:
            self.wrong(name, NO_TIME)
            return None
        return found.hour * 60 + found.minute

    def until(self, name: str, *, next_day: str | None = None) -> int:
        """A closing time: midnight is the end of the day, and a ticked `next_day` field adds one."""
        found = self.minutes(name)
        if next_day is not None and self.ticked(next_day):
            return found + MIDNIGHT
        return found or MIDNIGHT

    def key(self, name: str) -> int:
        """The id of a chosen thing."""
        typed = self.optional(name, 12)
        if not (typed.isascii() and typed.isdigit()):
            self.wrong(name, NO_CHOICE)
            return 0
        return int(typed)

    def values(self, name: str) -> list[str]:
        """Everything that was ticked in a list of choices."""
        return self._form.getlist(name)[:100]

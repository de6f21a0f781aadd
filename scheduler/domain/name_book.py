"""Everybody's name, telephone and birthday in a form that is quick to look through: as written, and as heard.

The book is plain lists of text, so that a hundred thousand people are gone through in a few thousandths of a second and
a page of it can be sealed and kept as it stands (`persistence.people_pages`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from scheduler.domain.person import PatientDetails
from scheduler.domain.sounding import folded, sounds

ENOUGH = 5
"""With fewer found as written, those who sound alike are looked for too."""

LONGEST = 80


@dataclass(frozen=True, slots=True)
class Line:
    """One person in the book: their number, how they are written (name, telephone, birthday), how the name sounds."""

    number: int
    written: str
    heard: str

    @classmethod
    def of(cls, number: int, details: PatientDetails) -> Line:
        """The line of somebody."""
        name, born = folded(details.name), details.birth_date
        written = f" {name} {details.phone.lstrip('+')} {born:%Y%m%d} {born:%m%d%Y} "
        return cls(number, written, f" {sounds(name)} ")


@dataclass(slots=True)
class NameBook:
    """Everybody who is known so far, by place in parallel lists."""

    places: dict[int, int] = field(default_factory=dict)
    numbers: list[int] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    def put(self, line: Line) -> None:
        """Know somebody, or know them anew."""
        place = self.places.get(line.number)
        if place is None:
            self.places[line.number] = len(self.numbers)
            self.numbers.append(line.number)
            self.written.append(line.written)
            self.heard.append(line.heard)
        else:
            self.written[place], self.heard[place] = line.written, line.heard

    def put_old(self, lines: Iterable[Line]) -> None:
        """Know people from an older page; who is known already was read later and stays as they are."""
        for line in lines:
            if line.number not in self.places:
                self.put(line)

    def lines(self, numbers: Iterable[int]) -> list[Line]:
        """The lines of those among these numbers who are known."""
        places = (self.places[number] for number in numbers if number in self.places)
        return [Line(self.numbers[at], self.written[at], self.heard[at]) for at in places if self.written[at]]

    def forget(self, number: int) -> None:
        """Find somebody no more: their record was joined to another."""
        self.put(Line(number, "", ""))

    def find(self, asked: str, most: int) -> list[int]:
        """The numbers of people in whom every word is found, those written so first, then those who sound so."""
        words = _words(asked)
        if not words:
            return []
        found = _having(self.written, words, None)
        if len(found) < ENOUGH and not any(word.isdigit() for word in words):
            ears = [_ear(each) for word in asked.split() for each in [sounds(folded(word))] if each]
            others = _having(self.heard, ears, most) if ears else []
            known = set(found)
            found += [place for place in others if place not in known]
        return [self.numbers[place] for place in found[:most]]

    def alike(self, details: PatientDetails) -> list[int]:
        """The numbers of those who were born on the same day and have a last name that sounds the same."""
        ears = [f" {each} " for each in sounds(folded(details.family_name)).split()]
        born = _having(self.written, [f" {details.birth_date:%Y%m%d} "], None)
        return [self.numbers[at] for at in born if any(ear in self.heard[at] for ear in ears)]


def _having(texts: Sequence[str], words: Sequence[str], most: int | None) -> list[int]:
    """The places of the texts that hold every word."""
    first, *others = words
    places: Iterable[int] = [place for place, text in enumerate(texts) if first in text]
    for word in others:
        places = [place for place in places if word in texts[place]]
    return list(places)[:most]


def _words(asked: str) -> list[str]:
    """What to look for: names from their beginning, numbers anywhere in a telephone or a birthday."""
    typed = _numbers_joined(folded(asked[:LONGEST])).split()
    return [word if word.isdigit() else f" {word}" for word in typed]


def _ear(sound: str) -> str:
    """How a name that is still being typed begins to sound; a single consonant would fit half the town."""
    return f" {sound}" if len(sound) > 1 else f" {sound} "


def _numbers_joined(asked: str) -> str:
    """Digits typed with signs between ("915 555-0123", "3/9/1951") as one number."""
    parts = asked.split()
    digits = [part for part in parts if part.isdigit()]
    if len(digits) < 2:
        return asked
    names = [part for part in parts if not part.isdigit()]
    return " ".join([*names, _as_date(digits) or "".join(digits)])


def _as_date(digits: Sequence[str]) -> str:
    if len(digits) != 3:
        return ""
    try:
        if len(digits[0]) == 4:
            return f"{date(int(digits[0]), int(digits[1]), int(digits[2])):%Y%m%d}"
        return f"{date(int(digits[2]), int(digits[0]), int(digits[1])):%Y%m%d}" if len(digits[2]) == 4 else ""
    except ValueError:
        return ""

"""Finding people while the desk types: by name as written or heard, by telephone, by date of birth.

Context. Names, telephones and birthdays lie sealed, so the database cannot search them. Keyed hashes of every beginning
of every name would tell a thief how often each occurs, and cost fifteen rows a person on each booking.

Decision. Each process keeps what it needs to search in memory, unsealed once, and reads on each search only what has
changed since. Measured with 100,000 people: unsealing takes two seconds, once in a process's life; a search takes a
tenth of the budget (`tests/bench/desk.py`). Memory is about 30 MB for that many.

Consequence. What is found is read again from the database before it is shown, so nobody sees an old telephone number.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.person import Patient, PatientDetails
from scheduler.domain.right import Right, demand
from scheduler.domain.sounding import folded, sounds
from scheduler.persistence import appointments, audit, people
from scheduler.persistence.audit import Entry as Act
from scheduler.persistence.database import Database
from scheduler.persistence.vault import Vault
from scheduler.services.house import House

MOST = 12
ENOUGH = 5
"""With fewer found as written, those who sound alike are looked for too."""

LATE = timedelta(minutes=2)
"""So much before the last look is read again: a transaction that began early may have been kept late."""


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody who was found, and the day of their next visit."""

    patient: Patient
    next_visit: datetime | None


@dataclass(slots=True)
class Index:
    """What one process knows of everybody, by place in parallel lists."""

    places: dict[int, int] = field(default_factory=dict)
    numbers: list[int] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    stamps: dict[int, datetime] = field(default_factory=dict)
    looked: datetime | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, number: int, details: PatientDetails, stamp: datetime) -> None:
        """Know somebody, or know them anew."""
        name = folded(details.name)
        born = details.birth_date
        written = f" {name} {details.phone.lstrip('+')} {born:%Y%m%d} {born:%m%d%Y} "
        place = self.places.get(number)
        if place is None:
            self.places[number] = len(self.numbers)
            self.numbers.append(number)
            self.written.append(written)
            self.heard.append(f" {sounds(name)} ")
        else:
            self.written[place], self.heard[place] = written, f" {sounds(name)} "
        self.stamps[number] = stamp

    def find(self, asked: str, most: int) -> list[int]:
        """The numbers of people in whom every word is found, those written so first, then those who sound so."""
        words = _words(asked)
        if not words:
            return []
        found = _having(self.written, words, None)
        if len(found) < ENOUGH:
            ears = [f" {each}" for word in asked.split() for each in [sounds(folded(word))] if each]
            others = (
                _having(self.heard, ears, most)
                if ears and not any(w.strip().isdigit() for w in words)
                else []
            )
            known = set(found)
            found += [place for place in others if place not in known]
        return [self.numbers[place] for place in found[:most]]


def search(house: House, asked: str, actor: Actor, now: datetime) -> list[Found]:
    """Find people by what was typed so far, and write down who was shown.

    :raises NotPermitted: when the actor may not look for people.
    """
    demand(actor, Right.SEE_PEOPLE)
    index = _index_of(house.database)
    _refresh(index, house, now)
    numbers = index.find(asked, MOST)
    if not numbers:
        return []
    with house.database.transaction() as connection:
        found = _read(connection, house.vault, numbers, now)
        acts = [Act("find-person", "patient", each.patient.id, each.patient.id) for each in found]
        audit.record_many(connection, actor, acts, now=now)
    return found


def alike(house: House, details: PatientDetails, actor: Actor, now: datetime) -> list[Found]:
    """People who may be the same as somebody about to be kept: by sound of name and birthday, or by telephone."""
    by_phone = search(house, details.phone.lstrip("+"), actor, now)
    by_name = [
        each
        for each in search(house, details.family_name, actor, now)
        if each.patient.details.birth_date == details.birth_date
    ]
    known = {each.patient.id: each for each in (*by_phone, *by_name)}
    return list(known.values())


def get(house: House, patient_id: int, actor: Actor, now: datetime) -> Found | None:
    """One person by number; None when there is none."""
    demand(actor, Right.SEE_PEOPLE)
    with house.database.reading() as connection:
        found = _read(connection, house.vault, [patient_id], now)
    return found[0] if found else None


def warm(house: House, now: datetime) -> None:
    """Unseal ahead of the first letter that is typed."""
    _refresh(_index_of(house.database), house, now)


def _read(connection: Connection, vault: Vault, numbers: Sequence[int], now: datetime) -> list[Found]:
    known = people.some(connection, vault, numbers)
    ahead = appointments.next_of_patients(connection, numbers, now)
    return [Found(known[number], ahead.get(number)) for number in numbers if number in known]


def _having(texts: Sequence[str], words: Sequence[str], most: int | None) -> list[int]:
    """The places of the texts that hold every word."""
    first, *others = words
    places: Iterable[int] = [place for place, text in enumerate(texts) if first in text]
    for word in others:
        places = [place for place in places if word in texts[place]]
    return list(places)[:most]


def _words(asked: str) -> list[str]:
    """What to look for: names from their beginning, numbers anywhere in a telephone or a birthday."""
    return [word if word.isdigit() else f" {word}" for word in _numbers_joined(folded(asked[:80])).split()]


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


def _refresh(index: Index, house: House, now: datetime) -> None:
    with index.lock:
        since = index.looked - LATE if index.looked else None
        with house.database.reading() as connection:
            fresh = people.changed_since(connection, house.vault, since, index.stamps)
            for number, stamp, details in fresh:
                index.put(number, details, stamp)
        index.looked = now


_indexes: WeakKeyDictionary[Database, Index] = WeakKeyDictionary()
_making = threading.Lock()


def _index_of(database: Database) -> Index:
    with _making:
        return _indexes.setdefault(database, Index())

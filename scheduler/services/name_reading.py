"""Keeping the book of names at hand in each process, so that nobody at the desk waits for it.

Context. What is searched lies sealed. Unsealed one by one, a hundred thousand people cost a process seconds, and the
first person to search paid for them.

Decision. A process begins to read when it starts (`wsgi.py`): whoever was kept or changed lately at once, a few
hundred at most, all others in a thread of its own, by pages that were sealed whole (`persistence.people_pages`). Until
the last page is read a search finds those known so far, and says so. Each search first reads what other processes
have changed. Measured against keyed hashes in the database (`tests/bench/desk.py`, BENCHMARKS.md).

Consequence. Nobody waits longer than one portion takes. About 30 MB a process hold a hundred thousand people.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias
from weakref import WeakKeyDictionary

from scheduler.domain.name_book import Line, NameBook
from scheduler.domain.person import PatientDetails
from scheduler.persistence import people, people_pages
from scheduler.persistence.database import Database
from scheduler.services.house import House

LATE = timedelta(minutes=2)
"""So much before the last look is read again: a transaction that began early may have been kept late."""

PORTION = 400
"""So many people are unsealed at once: a fiftieth of a second."""

BIND_AFTER = 1000
"""With so many loose people the pages are bound anew, for the processes to come."""

Kept: TypeAlias = tuple[int, datetime, Line | None]


@dataclass(slots=True)
class Shelf:
    """The book of one process, how far it is read, and when other people's changes were last looked for."""

    book: NameBook = field(default_factory=NameBook)
    stamps: dict[int, datetime] = field(default_factory=dict)
    looked: datetime | None = None
    is_whole: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


def find(house: House, asked: str, most: int, now: datetime) -> tuple[list[int], bool]:
    """The numbers of people whom the words mean, as they are known now, and whether everybody was looked through."""
    shelf = begin(house, now)
    with shelf.lock:
        _refresh(shelf, house, now)
        return shelf.book.find(asked, most), shelf.is_whole


def alike(house: House, details: PatientDetails, now: datetime) -> list[int]:
    """The numbers of those who may be the same person, as far as the book is read."""
    shelf = begin(house, now)
    with shelf.lock:
        _refresh(shelf, house, now)
        return shelf.book.alike(details)


def begin(house: House, now: datetime) -> Shelf:
    """Begin to read the book, unless this process has begun; the newest people are known when this returns."""
    shelf = _shelf_of(house.database)
    with shelf.lock:
        if shelf.looked is not None:
            return shelf
        with house.database.reading() as connection:
            loose, pages = people_pages.loose(connection), people_pages.numbers(connection)
        _put(shelf, _read(house, loose[:PORTION]))
        shelf.looked = now
        shelf.is_whole = len(loose) <= PORTION and not pages
    if not shelf.is_whole:
        rest = (shelf, house, loose, pages, now)
        threading.Thread(target=_finish, args=rest, name="book of names", daemon=True).start()
    return shelf


def _finish(shelf: Shelf, house: House, loose: Sequence[int], pages: Sequence[int], now: datetime) -> None:
    """Read all the others; when that fails, the next search begins anew."""
    try:
        for start in range(PORTION, len(loose), PORTION):
            found = _read(house, loose[start : start + PORTION])
            with shelf.lock:
                _put(shelf, found)
        for number in pages:
            with house.database.reading() as connection:
                lines = people_pages.read(connection, house.vault, number)
            with shelf.lock:
                shelf.book.put_old(lines)
        shelf.is_whole = True
    finally:
        with shelf.lock:
            shelf.looked = shelf.looked if shelf.is_whole else None
    if len(loose) >= BIND_AFTER:
        _bind(shelf, house, sorted({people_pages.page_of(number) for number in loose}), now - LATE)


def _bind(shelf: Shelf, house: House, pages: Sequence[int], whole_until: datetime) -> None:
    """Seal what was just read as pages, each in a transaction of its own: nobody waits for all of them."""
    for number in pages:
        with shelf.lock:
            lines = shelf.book.lines(people_pages.span_of(number))
        with house.database.transaction() as connection:
            people_pages.keep(connection, house.vault, number, lines, whole_until)


def _refresh(shelf: Shelf, house: House, now: datetime) -> None:
    """Read those who were changed since the last look, by whichever process."""
    if shelf.looked is None:
        return
    with house.database.reading() as connection:
        changed = people.changed_since(connection, shelf.looked - LATE)
    fresh = [number for number, stamp in changed if shelf.stamps.get(number) != stamp]
    for start in range(0, len(fresh), PORTION):
        _put(shelf, _read(house, fresh[start : start + PORTION]))
    shelf.looked = max(now, shelf.looked)


def _read(house: House, numbers: Sequence[int]) -> Sequence[Kept]:
    if not numbers:
        return ()
    with house.database.reading() as connection:
        return people.lines(connection, house.vault, numbers)


def _put(shelf: Shelf, found: Sequence[Kept]) -> None:
    for number, stamp, line in found:
        shelf.stamps[number] = stamp
        if line is None:
            shelf.book.forget(number)
        else:
            shelf.book.put(line)


_shelves: WeakKeyDictionary[Database, Shelf] = WeakKeyDictionary()
_making = threading.Lock()


def _shelf_of(database: Database) -> Shelf:
    with _making:
        return _shelves.setdefault(database, Shelf())

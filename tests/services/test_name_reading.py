"""The book of names: whole in each process, never in anybody's way, and up to date with other processes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from scheduler.persistence import people, people_pages
from scheduler.services import name_reading
from scheduler.services.house import House
from tests.engines import NOW, a_patient, open_house


@pytest.fixture
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Portions and bindings that a few people fill."""
    monkeypatch.setattr(name_reading, "PORTION", 3)
    monkeypatch.setattr(name_reading, "BIND_AFTER", 4)


@pytest.fixture
def other(founded_url: str, house: House) -> Iterator[House]:
    """Another process of the same clinic."""
    found = open_house(founded_url)
    yield found
    found.database.dispose()


def keep(house: House, name: str, days_ago: int = 0) -> int:
    with house.database.transaction() as connection:
        stamp = NOW - timedelta(days=days_ago)
        return people.add(connection, house.vault, a_patient(given_name=name, family_name="Sample"), stamp)


def rename(house: House, number: int, name: str) -> None:
    with house.database.transaction() as connection:
        details = a_patient(given_name=name, family_name="Sample")
        people.renew(connection, house.vault, number, details, NOW + timedelta(seconds=1))


def find(house: House, asked: str) -> list[int]:
    return name_reading.find(house, asked, 50, NOW)[0]


def until_whole(house: House) -> None:
    for _ in range(400):
        if name_reading.find(house, "x", 1, NOW)[1] and not _is_reading():
            return
        time.sleep(0.01)
    raise AssertionError("the book was never whole")


def _is_reading() -> bool:
    return any(each.name == "book of names" for each in threading.enumerate())


def pages_of(house: House) -> list[int]:
    with house.database.reading() as connection:
        return people_pages.numbers(connection)


def loose_of(house: House) -> list[int]:
    with house.database.reading() as connection:
        return people_pages.loose(connection)


@pytest.mark.usefixtures("small_portions")
def test_the_newest_are_known_at_once_and_everybody_soon(house: House) -> None:
    old, *_, new = [keep(house, name, 50 - place) for place, name in enumerate(["Olga", *"abcdefgh", "Nora"])]
    assert find(house, "nora") == [new]
    until_whole(house)
    assert find(house, "olga") == [old]


@pytest.mark.usefixtures("small_portions")
def test_a_later_process_reads_sealed_pages_instead_of_people(house: House, other: House) -> None:
    numbers = [keep(house, f"Ann{place}", 9) for place in range(8)]
    until_whole_after_begin(house)
    assert pages_of(house) == sorted({number // people_pages.PEOPLE for number in numbers}, reverse=True)
    assert loose_of(other) == []
    until_whole_after_begin(other)
    assert sorted(find(other, "ann")) == numbers


def until_whole_after_begin(house: House) -> None:
    name_reading.begin(house, NOW)
    until_whole(house)


@pytest.mark.usefixtures("small_portions")
def test_an_old_page_never_shows_an_old_name(house: House, other: House) -> None:
    numbers = [keep(house, f"Ann{place}", 9) for place in range(8)]
    until_whole_after_begin(house)
    rename(house, numbers[0], "Zoe")
    new = keep(house, "Yan")
    assert loose_of(house) == [numbers[0], new]
    until_whole_after_begin(other)
    assert find(other, "zoe") == [numbers[0]]
    assert find(other, "yan") == [new]
    assert numbers[0] not in find(other, "ann")


def test_what_another_process_keeps_or_changes_is_found_at_once(house: House, other: House) -> None:
    assert find(house, "mina") == []
    number = keep(other, "Mina")
    assert find(house, "mina") == [number]
    rename(other, number, "Lina")
    assert find(house, "mina") == []
    assert find(house, "lina") == [number]


def test_somebody_joined_to_another_is_found_no_more(house: House, other: House) -> None:
    kept, gone = keep(house, "Kira"), keep(house, "Gita")
    assert find(house, "gita") == [gone]
    with other.database.transaction() as connection:
        people.join_to(connection, gone, kept, NOW + timedelta(seconds=1))
    assert find(house, "gita") == []
    assert find(other, "gita") == []


@pytest.mark.usefixtures("small_portions")
def test_a_page_tells_a_thief_nothing(house: House) -> None:
    for place in range(8):
        keep(house, f"Ann{place}", 9)
    until_whole_after_begin(house)
    with house.database.reading() as connection:
        (sealed,) = connection.execute(text("SELECT sealed FROM people_page")).one()
    assert b"ann" not in bytes(sealed).lower()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.usefixtures("small_portions")
def test_a_reading_that_fails_is_begun_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [keep(house, f"Ann{place}", 9) for place in range(8)]
    broken = threading.Event()
    real = people.lines

    def fails_once(*asked: object) -> object:
        if threading.current_thread().name == "book of names" and not broken.is_set():
            broken.set()
            raise RuntimeError("the database went away")
        return real(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(people, "lines", fails_once)
    name_reading.begin(house, NOW)
    until_whole(house)
    assert broken.is_set()
    assert sorted(find(house, "ann")) == numbers

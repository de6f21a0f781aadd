"""Measures the desk's calendar against a bare query and the barest page: a day of 400 visits, an idle poll, a search.

    ./dev bench desk [--people 100000]

Ten clinicians with forty visits each on one day. Server time is taken inside the process, without a network. What is
painted is taken in a real browser that has never seen the page, from the press to the second frame with all of it.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import cycle
from random import Random
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from scheduler.app import create_app
from scheduler.domain.actor import SYSTEM, Actor, Role
from scheduler.domain.directory import Mode
from scheduler.domain.founding.crowd import someone
from scheduler.domain.founding.fullness import Placed
from scheduler.domain.interval import epoch
from scheduler.domain.person import PatientDetails
from scheduler.domain.sounding import folded, sounds
from scheduler.persistence import people
from scheduler.services import loading, name_reading, people_search, populating, staffing
from scheduler.services.house import House
from tests.bench._measure import NOW, engine, median, medians, table
from tests.bench._painted import painted
from tests.engines import KEYS, open_house

ENGINES = ("sqlite", "postgresql")
CLINICIANS, EACH = 10, 40
CLERK = Actor(frozenset({Role.DESK}), id="1")
PASSWORD = "correct horse battery"
SOON = NOW + timedelta(hours=1)
SAMPLE = 20_000
"""So many people get keyed hashes: fifteen rows each are slow to write, which is part of the answer."""
NAMES = ("gar", "maria", "lopez ana", "gonsales", "0147", "3/9/1950")


def main() -> None:
    """Print one table for each engine."""
    parser = argparse.ArgumentParser(prog="./dev bench desk")
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--engines", nargs="*", default=ENGINES)
    options = parser.parse_args()
    for name in options.engines:
        with engine(name) as (house, url, folder):
            day = fill(house)
            app = _app(url, str(folder))
            client = _signed_in(app, house)
            _pages(name, house, client, day)
            painted(name, client, url, folder, day, CLINICIANS * EACH)
            _search(name, house, url, options.people)


def fill(house: House) -> str:
    """One day of 400 visits, a quarter of an hour each, from six in the morning."""
    loading.load(house, CLINICIANS, 0, SYSTEM, NOW, lambda _: None)
    chance = Random(4)
    with house.database.transaction() as connection:
        clinic = house.clinic(connection)
        crowd = populating.people_of(connection, house, CLINICIANS * EACH, chance, NOW)
        kind = clinic.visit_type("nurse-triage-call")
        dawn = epoch(NOW.replace(hour=12, minute=0)) + 86400
        placed = [
            Placed(
                one.id,
                clinic.locations[0].id,
                None,
                kind,
                Mode.PHONE,
                dawn + turn * 1200,
                dawn + turn * 1200 + 900,
            )
            for one in clinic.practitioners[-CLINICIANS:]
            for turn in range(EACH)
        ]
        populating.visits_of(connection, house, placed, cycle(crowd), chance, NOW, cancelled=0)
    return (NOW + timedelta(days=1)).date().isoformat()


def _app(url: str, folder: str) -> Flask:
    offset = int((NOW - datetime.now(UTC)).total_seconds())
    return create_app(
        {
            "DATABASE_URL": url,
            "INSTANCE_PATH": folder,
            "ENCRYPTION_KEYS": KEYS,
            "RATE_LIMITS": "off",
            "DEMO": "1",
            "NOW_OFFSET": str(offset),
        }
    )


def _signed_in(app: Flask, house: House) -> FlaskClient:
    staffing.create_user(
        house.database,
        email="desk@example.com",
        name="Desk",
        roles=["desk"],
        password=PASSWORD,
        now=NOW,
        actor=SYSTEM,
    )
    client = app.test_client()
    page = client.get("/sign-in").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    sent = {"csrf_token": token, "email": "desk@example.com", "password": PASSWORD}
    client.post("/sign-in", data=sent)
    return client


def _pages(name: str, house: House, client: FlaskClient, day: str) -> None:
    tag = client.get(f"/desk/live?day={day}").headers["ETag"]
    assert (
        client.get(f"/desk/live?day={day}").get_data(as_text=True).count("data-visit=") == CLINICIANS * EACH
    )
    rows: list[tuple[object, ...]] = [
        _row(
            "a day of 400 visits", lambda: client.get(f"/desk?day={day}"), lambda: client.get("/healthz"), 60
        ),
        _row(
            "an open page, nothing changed",
            lambda: client.get(f"/desk/live?day={day}", headers={"If-None-Match": tag}),
            lambda: _select(house),
            5,
        ),
    ]
    table(f"The calendar on {name}", ("what", "ms", "limit ms", "bare ms", "ratio"), rows)


def _select(house: House) -> None:
    with house.database.glance() as connection:
        connection.execute(text("SELECT version FROM directory_version")).scalar()


def _row(title: str, ours: Callable[[], Any], bare: Callable[[], Any], limit: int) -> tuple[object, ...]:
    taken, least = median(ours), median(bare)
    return title, taken, limit, least, taken / least


def _search(name: str, house: House, url: str, count: int) -> None:
    long_ago = NOW - timedelta(days=30)
    with house.database.transaction() as connection:
        populating.people_of(connection, house, count, Random(1), long_ago)
    first = _begun(house)
    later_house = open_house(url)
    later = _begun(later_house)
    rows: list[tuple[object, ...]] = [
        ("a first search while the very first process reads everybody", first[0], 100),
        ("until that process knows everybody, in a thread", first[1], ""),
        ("a first search in a later process", later[0], 100),
        ("until that process knows everybody, from sealed pages", later[1], ""),
    ]
    table(f"A process that has just begun, {count:,} people on {name}", ("what", "ms", "limit ms"), rows)
    blind = BlindIndex(house, min(count, SAMPLE))
    searches: list[tuple[object, ...]] = []
    for asked in NAMES:
        taken, looked, least = medians(
            lambda: people_search.search(later_house, asked, CLERK, SOON),  # noqa: B023
            lambda: blind.find(asked),  # noqa: B023
            lambda: _select(house),
        )
        searches.append((asked, taken, 100, taken / least, looked))
    header = ("typed", "ms", "limit ms", "ratio to a bare query", f"keyed hashes of {blind.people:,} ms")
    table(f"Searching {count:,} people on {name}", header, searches)
    table(
        f"Keeping one person more on {name}",
        ("what", "ms", "rows a person"),
        [("a person alone", *blind.cost(0)), ("with keyed hashes of every beginning", *blind.cost(1))],
    )
    later_house.database.dispose()


def _begun(house: House) -> tuple[float, float]:
    """Milliseconds until the first search of a process is answered, and until it knows everybody."""
    begun = time.perf_counter()
    name_reading.find(house, "maria", 12, SOON)
    answered = time.perf_counter()
    while any(thread.name == "book of names" for thread in threading.enumerate()):
        time.sleep(0.005)
    return (answered - begun) * 1000, (time.perf_counter() - begun) * 1000


class BlindIndex:
    """The other way: a keyed hash of every beginning of every name, of its sound, of telephone and birthday."""

    def __init__(self, house: House, people_count: int) -> None:
        self._house = house
        with house.database.transaction() as connection:
            connection.execute(text("CREATE TABLE token (hash VARCHAR(32), person BIGINT)"))
            numbers = connection.execute(
                text("SELECT id FROM patient ORDER BY id DESC LIMIT :most"), {"most": people_count}
            ).scalars()
            known = people.some(connection, house.vault, list(numbers))
            rows = [row for one in known.values() for row in self._rows(one.id, one.details)]
            self.people, self.share = len(known), len(rows) / len(known)
            for start in range(0, len(rows), 20_000):
                connection.execute(_ADD_TOKEN, rows[start : start + 20_000])
            connection.execute(text("CREATE INDEX ix_token ON token (hash, person)"))

    def find(self, asked: str) -> list[int]:
        """Everybody who has every word."""
        words = folded(asked).split()
        parts = [f"SELECT person FROM token WHERE hash = :w{place}" for place in range(len(words))]
        values = {f"w{place}": self._hash(word) for place, word in enumerate(words)}
        with self._house.database.reading() as connection:
            return list(connection.execute(text(" INTERSECT ".join(parts) + " LIMIT 12"), values).scalars())

    def cost(self, with_hashes: int) -> tuple[float, object]:
        """Milliseconds to keep one person, and the rows beside the person's own."""
        chance = Random(3)

        def keep() -> None:
            with self._house.database.transaction() as connection:
                details = someone(7, chance)
                number = people.add(connection, self._house.vault, details, NOW)
                if with_hashes:
                    connection.execute(_ADD_TOKEN, self._rows(number, details))

        return median(keep), self.share if with_hashes else 0

    def _rows(self, number: int, details: PatientDetails) -> list[dict[str, Any]]:
        name = folded(details.name)
        words = {word[:length] for word in name.split() for length in range(2, len(word) + 1)}
        words |= set(sounds(name).split()) | {
            details.phone,
            details.phone[-4:],
            f"{details.birth_date:%Y%m%d}",
        }
        return [{"hash": self._hash(word), "person": number} for word in words]

    def _hash(self, word: str) -> str:
        return self._house.vault.index("token", word).hex()


_ADD_TOKEN = text("INSERT INTO token (hash, person) VALUES (:hash, :person)")


if __name__ == "__main__":
    main()

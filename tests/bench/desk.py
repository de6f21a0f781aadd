"""Measures the desk's calendar against a bare query and the barest page: a day of 400 visits, an idle poll, a search.

    ./dev bench desk [--people 100000]

Ten clinicians with forty visits each on one day. Server time is taken inside the process, without a network.
"""

from __future__ import annotations

import argparse
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
from scheduler.domain.founding.fullness import Placed
from scheduler.domain.interval import epoch
from scheduler.services import loading, people_search, populating, staffing
from scheduler.services.house import House
from tests.bench._measure import NOW, engine, median, table
from tests.engines import KEYS

ENGINES = ("sqlite", "postgresql")
CLINICIANS, EACH = 10, 40
CLERK = Actor(frozenset({Role.DESK}), id="1")
PASSWORD = "correct horse battery"
NAMES = ("gar", "maria", "lopez ana", "gonsales", "0147", "3/9/1950")


def main() -> None:
    """Print one table for each engine."""
    parser = argparse.ArgumentParser(prog="./dev bench desk")
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--engines", nargs="*", default=ENGINES)
    options = parser.parse_args()
    for name in options.engines:
        with engine(name) as (house, url, folder):
            day = _fill(house)
            app = _app(url, str(folder))
            _pages(name, house, _signed_in(app, house), day)
            _search(name, house, options.people)


def _fill(house: House) -> str:
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


def _search(name: str, house: House, count: int) -> None:
    long_ago = NOW - timedelta(days=30)
    with house.database.transaction() as connection:
        populating.people_of(connection, house, count, Random(1), long_ago)
    begun = time.perf_counter()
    people_search.warm(house, NOW)
    warmed = (time.perf_counter() - begun) * 1000
    rows: list[tuple[object, ...]] = []
    for asked in NAMES:
        taken = median(lambda: people_search.search(house, asked, CLERK, NOW + timedelta(hours=1)))  # noqa: B023
        least = median(lambda: _select(house))
        rows.append((asked, taken, 100, least, taken / least))
    rows.append(("unsealing them all, once in a process", warmed, "", "", ""))
    table(f"Searching {count:,} people on {name}", ("typed", "ms", "limit ms", "bare ms", "ratio"), rows)


if __name__ == "__main__":
    main()

"""What becomes of messages when workers, the database or the post die on them, and when visits are given up."""

from __future__ import annotations

import argparse
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from scheduler.persistence import migration
from scheduler.services.house import House
from tests.bench._measure import engine, scratch, table
from tests.engines import open_house
from tests.postgres import as_text, running_cluster
from tests.storm import cancels, owed
from tests.storm.crew import Crew, free_port
from tests.storm.judge import Verdict, verdict
from tests.storm.sink import Sink, sinking

FOUND = ("states", "lost", "mails twice", "texts twice", "replays absorbed", "unmarked")


def kills(options: argparse.Namespace) -> None:
    """Many workers, many messages, and kills at random moments while they send, with each kind of text company."""
    rows: list[tuple[object, ...]] = []
    for name in options.engines:
        rows.extend((name, company, *_killed(options, name, company)) for company in options.companies)
    header = ("engine", "text company", "messages", "kills", "seconds", *FOUND, "mails twice a kill")
    table("Workers killed while they send", header, rows)


def _killed(options: argparse.Namespace, name: str, company: str) -> tuple[object, ...]:
    port = free_port()
    with engine(name) as (house, url, folder), sinking(folder, company, port) as sink:
        count = owed.owe_many(house, options.messages)
        busy = 6.0 if company == "idempotent" else 120.0
        with Crew(url, folder, sink, busy=busy) as crew:
            if company == "reporting":
                crew.open_web(port, 2)
            crew.hire(options.workers)
            begun = time.monotonic()
            for number in range(1, options.kills + 1):
                _wait_for(house, sink, count * number // (options.kills + 2))
                time.sleep(crew.chance.uniform(0, 0.3))
                crew.kill_one()
            owed.settle(house, 900)
            seconds = time.monotonic() - begun
            crew.dismiss()
        found = verdict(house, sink.lines())
    return count, crew.kills, seconds, *_said(found), found.mails_twice / max(crew.kills, 1)


def _wait_for(house: House, sink: Sink, count: int) -> None:
    while sink.log.read_bytes().count(b"\n") < count and owed.unsettled(house):
        time.sleep(0.1)


def _said(found: Verdict) -> tuple[object, ...]:
    states = ", ".join(f"{state} {count:,}" for state, count in sorted(found.states.items()))
    return (
        states,
        found.lost,
        found.mails_twice,
        found.texts_twice,
        found.replays,
        found.unmarked,
    )


def outages(options: argparse.Namespace) -> None:
    """The database crashes so many times, then is away for a while, and then the post is, all while messages leave."""
    rows: list[tuple[object, ...]] = []
    for name in options.engines:
        crashes = 0 if name == "sqlite" else options.crashes
        with breakable(name) as (house, url, folder, away), sinking(folder, "plain") as sink:
            count = owed.owe_many(house, options.messages)
            with Crew(url, folder, sink) as crew:
                crew.hire(options.workers)
                for number in range(1, crashes + 1):
                    sink.wait_for(count * number // (crashes + 4), 300)
                    away(0.0)
                sink.wait_for(count * (crashes + 1) // (crashes + 4), 300)
                away(options.away)
                sink.wait_for(count * (crashes + 2) // (crashes + 4), 300)
                sink.hang_up()
                time.sleep(options.away)
                sink.come_back()
                owed.settle(house, 900)
                crew.dismiss()
            found = verdict(house, sink.lines())
        rows.append((name, count, crashes, *_said(found)))
    header = ("engine", "messages", "database crashes", *FOUND)
    away_for = f"{options.away:.0f} s"
    table(f"Database crashes, then {away_for} without it, then {away_for} without the post", header, rows)


@contextmanager
def breakable(name: str) -> Iterator[tuple[House, str, Path, Callable[[float], None]]]:
    """A migrated, empty clinic, and how to make its database go away for so many seconds.

    PostgreSQL is killed and started again; SQLite, which is no process, is held by somebody else.
    """
    if name == "sqlite":
        with engine(name) as (house, url, folder):
            yield house, url, folder, lambda seconds: _hold(folder / "clinic.sqlite", seconds)
        return
    with scratch() as folder, running_cluster(durable=True) as cluster:

        def crash(seconds: float) -> None:
            cluster.crash()
            time.sleep(seconds)
            cluster.start()

        house = open_house(as_text(cluster.url))
        migration.upgrade(house.database)
        yield house, as_text(cluster.url), folder, crash
        house.database.dispose()


def _hold(path: Path, seconds: float) -> None:
    with closing(sqlite3.connect(path, isolation_level=None, timeout=60)) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)


def clocks(options: argparse.Namespace) -> None:
    """Web processes with a clock of their own in each, and no worker at all."""
    rows: list[tuple[object, ...]] = []
    for name in options.engines:
        with engine(name) as (house, url, folder), sinking(folder, "plain") as sink:
            count = owed.owe_many(house, options.messages)
            with Crew(url, folder, sink) as crew:
                crew.open_web(free_port(), options.workers, "tests.storm.clocked:app")
                crew.wait_for_clocks(house, options.workers)
                owed.settle(house, 900)
            rows.append((name, options.workers, count, *_said(verdict(house, sink.lines()))))
    table("Web processes with a clock of their own", ("engine", "processes", "messages", *FOUND), rows)


def cancelled(options: argparse.Namespace) -> None:
    """Visits given up at the very moment at which their reminders leave."""
    rows: list[tuple[object, ...]] = []
    for name in options.engines:
        with engine(name) as (house, url, folder), sinking(folder) as sink:
            owed.owe_many(house, options.cancels * 2)
            cancels.put_off(house)
            with Crew(url, folder, sink) as crew:
                crew.hire(2)
                crew.wait_for_clocks(house, 2)
                done = cancels.race(house, crew.offset, options.cancel_rate, options.cancels)
                owed.settle(house, 600)
                crew.dismiss()
                found = cancels.raced(house, done, sink, crew.offset)
        rows.append(
            (
                name,
                found.cancelled,
                found.left,
                found.stale,
                found.overtaking,
                found.unsaid,
                found.late * 1000,
                found.waited * 1000,
            )
        )
    header = (
        "engine",
        "cancelled",
        "reminders that had left",
        "stale",
        "overtaking",
        "news not come",
        "latest in flight ms",
        "cancel p95 ms",
    )
    table("Cancellations racing their reminders", header, rows)

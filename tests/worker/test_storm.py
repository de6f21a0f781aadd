"""Whatever dies or goes away in the middle of it, nothing is lost, and nothing comes twice that is not marked."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from scheduler.domain.actor import SYSTEM
from scheduler.persistence import migration
from scheduler.services import founding
from scheduler.services.house import House
from tests.engines import NOW, open_house
from tests.postgres import as_text, running_cluster
from tests.storm import cancels, owed
from tests.storm.crew import Crew, free_port
from tests.storm.judge import verdict
from tests.storm.sink import sinking

MESSAGES = 160
KILLS = 3
BUSY = 4.0
"""Seconds of a hand-over, after which what a killed worker had begun is looked into."""

WORKERS = 2
WEB_PROCESSES = 4
AWAY_SECONDS = 1.5
VISITS = 80
VISITS_PER_SECOND = 30


@pytest.mark.slow
@pytest.mark.parametrize("company", ["idempotent", "reporting"])
def test_workers_killed_while_they_send_lose_nothing_and_mark_every_doubt(
    house: House, founded_url: str, tmp_path: Path, company: str
) -> None:
    assert owed.owe_many(house, MESSAGES) == MESSAGES
    mails_twice_per_kill = 2 if house.database.is_sqlite else 1
    port = free_port()
    with sinking(tmp_path, company, port) as sink, Crew(founded_url, tmp_path, sink, busy=BUSY) as crew:
        if company == "reporting":
            crew.open_web(port, 1)
        crew.hire(WORKERS)
        sink.wait_for(1)
        for _ in range(KILLS):
            time.sleep(crew.chance.uniform(0.05, 0.4))
            crew.kill_one()
        owed.settle(house, 55)
        assert crew.dismiss() == [0] * WORKERS
        found = verdict(house, sink.lines())
    assert set(found.states) <= {"sent", "delivered"}
    assert (found.lost, found.texts_twice, found.unmarked) == (0, 0, 0)
    assert found.mails_twice <= mails_twice_per_kill * crew.kills


@pytest.mark.slow
def test_a_clock_in_each_of_several_web_processes_sends_nothing_twice(
    house: House, founded_url: str, tmp_path: Path
) -> None:
    assert owed.owe_many(house, MESSAGES) == MESSAGES
    with sinking(tmp_path, "plain") as sink, Crew(founded_url, tmp_path, sink) as crew:
        crew.open_web(free_port(), WEB_PROCESSES, "tests.storm.clocked:app")
        crew.wait_for_clocks(house, WEB_PROCESSES)
        owed.settle(house, 55)
        found = verdict(house, sink.lines())
    assert found.states == {"sent": MESSAGES}
    assert (found.lost, found.mails_twice, found.texts_twice, found.marked) == (0, 0, 0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_while_the_database_and_the_post_are_away_nothing_is_lost_or_used_up(
    engine: str, tmp_path: Path
) -> None:
    with _breakable(engine, tmp_path) as (house, url, break_database):
        assert owed.owe_many(house, MESSAGES) == MESSAGES
        with sinking(tmp_path, "plain") as sink, Crew(url, tmp_path, sink) as crew:
            crew.hire(WORKERS)
            for part in (4, 3):
                sink.wait_for(MESSAGES // part)
                break_database()
            sink.wait_for(MESSAGES // 2)
            sink.hang_up()
            time.sleep(AWAY_SECONDS)
            sink.come_back()
            owed.settle(house, 55)
            assert crew.dismiss() == [0] * WORKERS
            found = verdict(house, sink.lines())
    assert found.states == {"sent": MESSAGES}
    assert (found.lost, found.unmarked) == (0, 0)


@contextmanager
def _breakable(engine: str, folder: Path) -> Iterator[tuple[House, str, Callable[[], None]]]:
    """A founded clinic, its address, and how to make its database go away for a moment.

    PostgreSQL is killed and started again; SQLite, which is no process, is held by somebody else.
    """
    if engine == "sqlite":
        path = folder / "clinic.sqlite"
        with _founded(f"sqlite:///{path}") as house:
            yield house, f"sqlite:///{path}", lambda: _hold(path)
        return
    with running_cluster(durable=True) as cluster, _founded(as_text(cluster.url)) as house:
        yield house, as_text(cluster.url), cluster.crash_and_start


def _hold(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        time.sleep(AWAY_SECONDS)


@contextmanager
def _founded(url: str) -> Iterator[House]:
    house = open_house(url)
    migration.upgrade(house.database)
    founding.found(house.database, SYSTEM, NOW)
    yield house
    house.database.dispose()


@pytest.mark.slow
@pytest.mark.alone
def test_a_reminder_never_leaves_after_its_visit_was_cancelled(
    house: House, founded_url: str, tmp_path: Path
) -> None:
    owed.owe_many(house, VISITS * 2)
    cancels.put_off(house)
    with sinking(tmp_path) as sink, Crew(founded_url, tmp_path, sink) as crew:
        crew.hire(WORKERS)
        crew.wait_for_clocks(house, WORKERS)
        done = cancels.race(house, crew.offset, VISITS_PER_SECOND, VISITS)
        owed.settle(house, 55)
        assert crew.dismiss() == [0] * WORKERS
        found = cancels.raced(house, done, sink, crew.offset)
    assert found.cancelled == VISITS
    assert VISITS // 10 < found.left < VISITS * 2, "they did not race"
    assert (found.stale, found.overtaking, found.unsaid) == (0, 0, 0)

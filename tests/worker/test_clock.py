"""The worker ticks, survives its ticks, follows a clock that steps back, and stops without dropping anything."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import func, select

from scheduler.config import ROOT
from scheduler.domain.hand_over import Circuit
from scheduler.persistence import audit, heartbeats
from scheduler.persistence.holds import HoldRow
from scheduler.services import holding, sealing, slot_search
from scheduler.services.delivery import Drained
from scheduler.services.house import House
from scheduler.services.post_room import PostRoom
from scheduler.worker import clock as worker_clock
from scheduler.worker.clock import POLL, Clock
from tests.engines import KEYS, NOW, SOMEBODY, query
from tests.post import UNREACHABLE, Tray, book, outbox_of, parsed, states
from tests.worker.test_post_office import a_free_port


@pytest.fixture
def clock(room: PostRoom, tmp_path: Path) -> Iterator[Clock]:
    """A worker that runs in this process."""
    clock = Clock(room, tmp_path / "audit.anchor")
    yield clock
    if clock._ticks.running:
        clock.stop()


def wait_for(what: Callable[[], object], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


def all_sent(house: House) -> bool:
    return bool(outbox_of(house)) and all(row.state == "sent" for row in outbox_of(house))


def nodes(house: House) -> int:
    """How many workers have said that they are at work; one that is told to stop before that just ends."""
    with house.database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(heartbeats.HeartbeatRow)) or 0


class TestTicks:
    def test_a_booking_is_confirmed_while_the_worker_runs(
        self, house: House, clock: Clock, tray: Tray
    ) -> None:
        clock.start()
        visit = book(house)
        wait_for(lambda: all_sent(house))
        assert [address for address, _ in tray.posted] == [visit.patient.email]

    def test_the_worker_shows_that_it_lives(self, house: House, clock: Clock) -> None:
        clock.rounds.beat()
        with house.database.reading() as connection:
            beat = heartbeats.last_beat(connection)
        assert beat is not None
        assert abs(beat - clock.now()) < timedelta(seconds=30)

    def test_what_was_written_down_is_sealed(self, house: House, clock: Clock, tmp_path: Path) -> None:
        book(house)
        clock.rounds.seal()
        clock.rounds.recheck()
        with house.database.reading() as connection:
            assert not audit.unsealed(connection, 1)
        anchor = tmp_path / "audit.anchor"
        assert sealing.verify(house.database, house.vault, anchor, now=NOW) == ()

    def test_a_time_that_nobody_came_back_for_is_given_back(self, house: House, clock: Clock) -> None:
        wish = query()
        start = slot_search.find(house, wish, NOW, limit=1)[0].start
        holding.hold(house, wish, start, SOMEBODY, NOW - timedelta(hours=2))
        clock.rounds.tidy()
        with house.database.reading() as connection:
            assert connection.execute(select(func.count()).select_from(HoldRow)).scalar() == 0

    def test_a_tick_that_breaks_is_written_down_and_ticks_again(
        self, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        ticks = []

        def break_first() -> None:
            ticks.append(1)
            if len(ticks) == 1:
                raise RuntimeError("a database that is away")

        monkeypatch.setattr(clock, "reap", break_first)
        monkeypatch.setattr(worker_clock, "REAP_SECONDS", 0.1)
        with caplog.at_level(logging.ERROR, "scheduler"):
            clock.start()
            wait_for(lambda: len(ticks) > 1)
        assert any(getattr(record, "facts", {}).get("tick") == "reap" for record in caplog.records)

    def test_a_wall_clock_that_steps_back_stalls_nothing(
        self, house: House, clock: Clock, tray: Tray
    ) -> None:
        """After a step back of an hour every tick lies an hour ahead; the watch sees it by the intervals."""
        clock.start()
        wait_for(lambda: _calm(clock))
        clock._ticks.pause()
        time.sleep(1)
        ahead = datetime.now(UTC) + timedelta(hours=3)
        for job in clock._ticks.get_jobs():
            job.modify(next_run_time=ahead)
        clock.watch()
        assert all(job.next_run_time <= datetime.now(UTC) for job in clock._ticks.get_jobs())
        clock._ticks.resume()
        book(house)
        wait_for(lambda: all_sent(house))
        assert len(tray.posted) == 1

    def test_the_watch_leaves_a_clock_alone_that_runs_well(self, clock: Clock) -> None:
        clock.start()
        wait_for(lambda: _calm(clock))
        before = {job.id: job.next_run_time for job in clock._ticks.get_jobs() if job.id == "recheck"}
        clock.watch()
        assert before == {job.id: job.next_run_time for job in clock._ticks.get_jobs() if job.id == "recheck"}

    def test_a_dead_post_is_said_once_and_each_refusal_with_its_reason(
        self, house: House, clock: Clock, tray: Tray, caplog: pytest.LogCaptureFixture
    ) -> None:
        visit = book(house)
        tray.answers = [UNREACHABLE, UNREACHABLE]
        with caplog.at_level(logging.INFO, "scheduler"):
            clock.start()
            wait_for(lambda: all_sent(house))
            clock.stop()
        events = [record.getMessage() for record in caplog.records]
        assert events.count("post cannot be reached") == 1
        assert events.count("post can be reached") == 1
        reasons = [record.facts for record in caplog.records if record.getMessage() == "message not sent"]  # type: ignore[attr-defined]
        assert [each["reason"] for each in reasons] == ["smtp ConnectionRefusedError"] * 2
        assert str(visit.patient.email) not in caplog.text + repr(reasons)

    @pytest.mark.parametrize(
        ("done", "wait"),
        [
            ({"idle_for": None}, POLL),
            ({"idle_for": timedelta(hours=1)}, POLL),
            ({"idle_for": timedelta(seconds=0.2)}, timedelta(seconds=0.2)),
            ({"idle_for": timedelta(seconds=-5)}, POLL),
            ({"idle_for": timedelta(seconds=0.001)}, worker_clock.SOONEST),
        ],
    )
    def test_it_looks_again_when_the_next_message_is_due_and_never_spins(
        self, done: dict[str, Any], wait: timedelta
    ) -> None:
        assert worker_clock._until_next(Drained(Circuit(), **done)) == wait


def _calm(clock: Clock) -> bool:
    """Every tick has run once and lies ahead."""
    now = datetime.now(UTC)
    return all(job.next_run_time and job.next_run_time > now for job in clock._ticks.get_jobs())


class TestProcesses:
    """Real workers, real signals, a real server that keeps count."""

    def test_several_workers_send_each_mail_once_and_stop_when_asked(
        self, house: House, founded_url: str, tmp_path: Path
    ) -> None:
        visits = [book(house) for _ in range(12)]
        sink = Sink()
        with a_sink(sink) as port, workers(2, founded_url, tmp_path, port) as running:
            wait_for(lambda: all_sent(house) and nodes(house) == 2, 60)
            for worker in running:
                worker.send_signal(signal.SIGTERM)
            assert [worker.wait(30) for worker in running] == [0, 0]
        assert sink.readers == Counter(visit.patient.email for visit in visits)

    def test_a_worker_told_to_stop_in_a_hand_over_finishes_it(
        self, house: House, founded_url: str, tmp_path: Path
    ) -> None:
        for _ in range(8):
            book(house)
        sink = Sink(seconds=1.5)
        with a_sink(sink) as port, workers(1, founded_url, tmp_path, port) as (worker,):
            wait_for(lambda: ("confirmation", "sending") in states(house), 60)
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(30) == 0
        found = Counter(row.state for row in outbox_of(house))
        assert set(found) == {"sent", "pending"}
        assert sum(sink.readers.values()) == found["sent"] <= worker_clock.LANES

    def test_without_a_server_mails_become_files(
        self, house: House, founded_url: str, tmp_path: Path
    ) -> None:
        visit = book(house)
        with workers(1, founded_url, tmp_path, None) as (worker,):
            wait_for(lambda: all_sent(house), 60)
            worker.send_signal(signal.SIGINT)
            assert worker.wait(30) == 0
        (kept,) = (tmp_path / "outbox" / "mail").iterdir()
        assert parsed(kept.read_bytes())["To"] == visit.patient.email


class Sink:
    """A server that counts what reaches whom, and takes its time."""

    def __init__(self, seconds: float = 0) -> None:
        self.readers: Counter[str | None] = Counter()
        self._seconds = seconds

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        await asyncio.sleep(self._seconds)
        self.readers.update(envelope.rcpt_tos)
        return "250 OK"


@contextmanager
def a_sink(sink: Sink) -> Iterator[int]:
    port = a_free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@contextmanager
def workers(
    count: int, url: str, folder: Path, port: int | None
) -> Iterator[tuple[subprocess.Popen[bytes], ...]]:
    """Workers as `./dev up` starts them; their clock stands at the tests' moment."""
    settings = {
        "INSTANCE_PATH": str(folder),
        "DATABASE_URL": url,
        "ENCRYPTION_KEYS": KEYS,
        "MAIL_FROM": "visits@clinic.example.com",
        "TESTING": "1",
        "NOW_OFFSET": str(int((NOW - datetime.now(UTC)).total_seconds()) + 60),
        "SMTP_URL": f"smtp://127.0.0.1:{port}" if port else "",
    }
    environment = os.environ | {f"SCHEDULER_{name}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
    running = tuple(subprocess.Popen(command, cwd=ROOT, env=environment) for _ in range(count))
    try:
        yield running
    finally:
        for worker in running:
            if worker.poll() is None:
                worker.kill()
            worker.wait()

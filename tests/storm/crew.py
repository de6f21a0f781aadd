"""The crew of a storm: workers, and web processes with a clock of their own, started alike and killed at random.

Leases are short here, so that what a killed worker held is found within seconds.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from scheduler.config import ROOT, load_settings
from scheduler.domain.notification import Channel
from scheduler.persistence.heartbeats import HeartbeatRow
from scheduler.services import delivery, settling
from scheduler.services.house import House
from scheduler.worker import clock
from tests.engines import KEYS, NOW
from tests.storm.sink import BASE_URL, TOKEN, Sink

SHORT = timedelta(seconds=3)
"""How long a worker may hold what it has not begun to hand over."""

BUSY = "STORM_BUSY"
"""Names how many seconds a hand-over may take until its message is in doubt: longer than the company's reports take."""


def shorten() -> None:
    """Make the leases of this process short."""
    delivery.LEASE = SHORT
    delivery.SENDING_LEASE = timedelta(seconds=float(os.environ[BUSY]))
    settling.GRACE = dict.fromkeys((Channel.EMAIL, Channel.SMS), timedelta(seconds=1))
    clock.REAP_SECONDS = 1


def worker() -> None:
    """A worker as `flask worker` runs it, with short leases; its settings come from the environment."""
    shorten()
    clock.run(load_settings())


def free_port() -> int:
    """A port that nobody has at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _clocks(house: House) -> int:
    with house.database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(HeartbeatRow)).scalar_one())


@dataclass
class Crew:
    """The processes of a storm: workers, where one that is killed is replaced at once, and web servers, which stay."""

    url: str
    folder: Path
    sink: Sink
    busy: float = 20.0
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    doors: list[subprocess.Popen[bytes]] = field(default_factory=list)
    kills: int = 0
    offset: timedelta = field(
        default_factory=lambda: timedelta(seconds=int((NOW - datetime.now(UTC)).total_seconds()) + 60)
    )

    def hire(self, count: int = 1) -> None:
        """Start so many workers."""
        for _ in range(count):
            self.running.append(self._start("-m", "tests.storm", "worker"))

    def open_web(self, port: int, processes: int, app: str = "wsgi:app") -> None:
        """Start a web server of so many processes, and wait until it answers."""
        bind = ("--bind", f"127.0.0.1:{port}", "--processes", str(processes))
        server = self._start("-m", "scheduler.server", *bind, "--app", app)
        self.doors.append(server)
        until = time.monotonic() + 40
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).close()
                return
            assert server.poll() is None, (self.folder / "crew.log").read_text()[-2000:]
            time.sleep(0.1)
        raise AssertionError("the web server does not answer")

    def wait_for_clocks(self, house: House, count: int) -> None:
        """Return when so many clocks have shown that they live."""
        until = time.monotonic() + 40
        while (ticking := _clocks(house)) < count:
            assert time.monotonic() < until, f"{ticking} of {count} clocks tick"
            time.sleep(0.05)

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, *arguments]
        with (self.folder / "crew.log").open("ab") as log:
            return subprocess.Popen(command, cwd=ROOT, env=self._environment(), stdout=log, stderr=log)

    def _environment(self) -> dict[str, str]:
        repeats = "&repeats=safe" if self.sink.company == "idempotent" else ""
        settings = {
            "INSTANCE_PATH": str(self.folder),
            "DATABASE_URL": self.url,
            "ENCRYPTION_KEYS": KEYS,
            "MAIL_FROM": "visits@clinic.example.com",
            "BASE_URL": BASE_URL,
            "TESTING": "1",
            "RATE_LIMITS": "off",
            "NOW_OFFSET": str(int(self.offset.total_seconds())),
            "SMTP_URL": f"smtp://127.0.0.1:{self.sink.smtp}",
            "SMS_URL": f"http://AC1:{TOKEN}@127.0.0.1:{self.sink.http}/?from=+19155550100{repeats}",
        }
        named = {f"SCHEDULER_{name}": value for name, value in settings.items()}
        return os.environ | named | {BUSY: str(self.busy)}

    def kill_one(self) -> None:
        """End a random worker without a warning, and start another in its place."""
        victim = self.running.pop(self.chance.randrange(len(self.running)))
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        self.kills += 1
        self.hire()

    def dismiss(self) -> list[int]:
        """Ask all workers to stop, and return how each ended."""
        for one in self.running:
            one.terminate()
        return [one.wait(60) for one in self.running]

    def __enter__(self) -> Crew:
        """Use with `with`: nobody is left behind."""
        return self

    def __exit__(self, *_: object) -> None:
        for one in (*self.running, *self.doors):
            if one.poll() is None:
                one.kill()
            one.wait()

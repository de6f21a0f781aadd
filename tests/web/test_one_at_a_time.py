"""Quick requests of one process take turns; a slow one holds nobody up; an accident gives the turn back."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from scheduler.app import create_app
from scheduler.web.one_at_a_time import OneAtATime
from tests.engines import KEYS

LONG = 30.0
"""Seconds that no test waits for unless it fails."""


class Desk:
    """An application that tells how many are in it at once, and keeps each until it is let go."""

    def __init__(self) -> None:
        self.within = threading.Semaphore(0)
        self.go = threading.Event()
        self.most = self._now = 0
        self._counting = threading.Lock()

    def __call__(self, _environ: Any, _start: Any) -> Iterable[bytes]:
        with self._counting:
            self._now += 1
            self.most = max(self.most, self._now)
        self.within.release()
        self.go.wait(LONG)
        with self._counting:
            self._now -= 1
        return [b"done"]


def _ask(application: Any, times: int) -> list[threading.Thread]:
    threads = [threading.Thread(target=application, args=({}, print)) for _ in range(times)]
    for thread in threads:
        thread.start()
    return threads


def test_quick_requests_take_turns() -> None:
    desk = Desk()
    threads = _ask(OneAtATime(desk, patience=LONG), 4)
    assert desk.within.acquire(timeout=LONG)
    assert not desk.within.acquire(timeout=0.2)
    desk.go.set()
    for thread in threads:
        thread.join(LONG)
    assert desk.most == 1


def test_a_slow_request_holds_nobody_up() -> None:
    desk = Desk()
    threads = _ask(OneAtATime(desk, patience=0.01), 3)
    assert all(desk.within.acquire(timeout=LONG) for _ in range(3))
    desk.go.set()
    for thread in threads:
        thread.join(LONG)
    assert desk.most == 3


def test_an_accident_gives_the_turn_back() -> None:
    def breaks(_environ: Any, _start: Any) -> Iterable[bytes]:
        raise RuntimeError

    application = OneAtATime(breaks, patience=LONG)
    for _ in range(2):
        with pytest.raises(RuntimeError):
            application({}, print)


@pytest.mark.parametrize(
    ("url", "takes_turns"),
    [("sqlite:///{folder}/one.sqlite", True), ("postgresql://nobody@127.0.0.1:1/none", False)],
)
def test_only_where_requests_compute_and_hardly_wait(url: str, takes_turns: bool, tmp_path: Path) -> None:
    app = create_app(
        {
            "INSTANCE_PATH": str(tmp_path),
            "DATABASE_URL": url.format(folder=tmp_path),
            "ENCRYPTION_KEYS": KEYS,
            "TESTING": "1",
        }
    )
    assert isinstance(app.wsgi_app, OneAtATime) is takes_turns
    app.extensions["database"].dispose()

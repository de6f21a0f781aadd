"""The web server answers beside slow clients, refuses what is too large, replaces the dead and stops without a cut."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from scheduler import server

ROOT = Path(__file__).resolve().parent.parent
APP = """
import os, time
def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/long":
        time.sleep(1)
    start_response("200 OK", [("Content-Type", "text/plain")])
    environ["wsgi.input"].read()
    return [str(os.getpid()).encode() if path == "/pid" else b"finished"]
"""
REFUSING = "raise SystemExit('SCHEDULER_BASE_URL: must be an address')"


@dataclass(frozen=True, slots=True)
class Started:
    """A server in a process of its own."""

    process: subprocess.Popen[bytes]
    port: int

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def ask(self, path: str) -> bytes:
        """One request on a connection of its own; the whole answer."""
        with self.connect() as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
            return b"".join(iter(lambda: connection.recv(4096), b""))

    def pid(self) -> int:
        return int(self.ask("/pid").rsplit(b"\r\n", 1)[-1])


Start = Callable[..., Started]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts servers over a bare application; all of them end with the test."""
    started: list[Started] = []

    def one(*options: str, app: str = APP) -> Started:
        (tmp_path / "bare.py").write_text(app, encoding="utf-8")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        command = [
            sys.executable,
            "-m",
            "scheduler.server",
            "--bind",
            f"127.0.0.1:{port}",
            "--app",
            "bare:app",
        ]
        env = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}
        process = subprocess.Popen([*command, *options], cwd=ROOT, env=env, stderr=subprocess.PIPE)
        started.append(Started(process, port))
        if app == APP:
            _wait_for(lambda: bool(_answers(started[-1])))
        return started[-1]

    yield one
    for each in started:
        each.process.terminate()
        each.process.communicate(timeout=20)


def test_a_request_under_way_is_answered_when_the_server_is_told_to_stop(start: Start) -> None:
    running, answers = start(), list[bytes]()
    thread = threading.Thread(target=lambda: answers.append(running.ask("/long")))
    thread.start()
    time.sleep(0.4)
    running.process.send_signal(signal.SIGTERM)
    thread.join(10)
    assert answers[0].endswith(b"finished")
    assert running.process.wait(10) == 0


def test_nothing_new_is_taken_while_stopping(start: Start) -> None:
    running = start()
    thread = threading.Thread(target=running.ask, args=("/long",))
    thread.start()
    time.sleep(0.4)
    running.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    with pytest.raises(ConnectionRefusedError):
        running.connect()
    thread.join(10)


def test_an_idle_server_stops_at_once(start: Start) -> None:
    running = start()
    began = time.monotonic()
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(10) == 0
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize(
    "beginning",
    [
        b"GET /x HTTP/1.1\r\nHost: a\r\n",
        b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n0123",
    ],
    ids=["headers", "body"],
)
def test_forty_slow_clients_do_not_keep_a_quick_one_waiting(start: Start, beginning: bytes) -> None:
    running = start("--threads", "2")
    with ExitStack() as stack:
        for _ in range(40):
            stack.enter_context(running.connect()).sendall(beginning)
        began = time.monotonic()
        assert running.ask("/x").endswith(b"finished")
        assert time.monotonic() - began < 2


def test_a_hundred_megabytes_are_refused_before_they_are_sent(start: Start) -> None:
    running = start()
    with running.connect() as connection:
        connection.sendall(b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 104857600\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 413")


def test_endless_headers_are_refused(start: Start) -> None:
    running = start()
    with running.connect() as connection:
        connection.sendall(b"GET /x HTTP/1.1\r\nHost: a\r\nX-Long: " + b"a" * (server.MAX_HEADERS + 10))
        assert connection.recv(4096).split()[1] == b"431"


def test_a_child_that_dies_is_replaced(start: Start) -> None:
    running = start("--processes", "1")
    first = running.pid()
    time.sleep(server.TOO_SOON_SECONDS)
    os.kill(first, signal.SIGKILL)
    _wait_for(lambda: _answers(running) not in (None, first))
    assert running.process.poll() is None


def test_children_do_not_outlive_a_killed_parent(start: Start) -> None:
    running = start("--processes", "1")
    child = running.pid()
    running.process.kill()
    _wait_for(lambda: _is_gone(child))


def test_an_application_that_cannot_start_ends_the_server_and_says_why_without_a_trace(start: Start) -> None:
    running = start("--processes", "1", app=REFUSING)
    assert running.process.wait(20) == 1
    assert running.process.stderr
    assert running.process.stderr.read() == b"SCHEDULER_BASE_URL: must be an address\n"


def test_the_servers_own_name_is_not_told(start: Start) -> None:
    assert b"waitress" not in start().ask("/x").lower()


def _answers(running: Started) -> int | None:
    try:
        return running.pid()
    except (OSError, ValueError):
        return None


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def _wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until, "it did not happen within 20 s"
        time.sleep(0.05)

"""The one command: it starts both programs, stops both, and says in one line what it cannot do."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Callable[[int], subprocess.Popen[str]]]:
    """Starts `./dev up` over an empty instance of its own that has the built assets already."""
    shutil.copytree(ROOT / "instance" / "vendor", tmp_path / "vendor")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SCHEDULER_")}
    started: list[subprocess.Popen[str]] = []

    def start(port: int) -> subprocess.Popen[str]:
        command = [sys.executable, str(ROOT / "dev"), "up", "--port", str(port)]
        env = {**clean, "SCHEDULER_INSTANCE_PATH": str(tmp_path)}
        started.append(
            subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        )
        return started[-1]

    yield start
    for each in started:
        each.terminate()
        each.communicate(timeout=40)


def wait_until_open(process: subprocess.Popen[str]) -> list[str]:
    """What it printed until it said how to stop it."""
    assert process.stdout
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            return lines
    raise AssertionError("".join(lines))


def children_of(process: subprocess.Popen[str]) -> dict[str, int]:
    """The programs it started, by what they serve."""
    pids = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
    commands = {pid: Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8") for pid in pids}
    return {"worker" if "worker" in command else "web": int(pid) for pid, command in commands.items()}


def answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
    except urllib.error.URLError:
        return False
    return True


def test_it_opens_the_clinic_tells_a_newcomer_where_and_stops_both_on_ctrl_c(
    up: Callable[[int], subprocess.Popen[str]], tmp_path: Path
) -> None:
    port = free_port()
    process = up(port)
    told = "".join(wait_until_open(process))
    demo = json.loads((tmp_path / "demo.json").read_text(encoding="utf-8"))
    assert f"http://127.0.0.1:{port}/" in told
    assert all(account["password"] in told for account in demo["accounts"])
    assert str(tmp_path / "outbox" / "mail") in told
    assert answers(port)
    children = children_of(process)
    assert set(children) == {"web", "worker"}
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert not answers(port)
    assert not any(Path(f"/proc/{pid}").exists() for pid in children.values())


def test_when_the_worker_dies_the_web_is_stopped_and_it_says_so(
    up: Callable[[int], subprocess.Popen[str]],
) -> None:
    port = free_port()
    process = up(port)
    wait_until_open(process)
    os.kill(children_of(process)["worker"], signal.SIGKILL)
    assert process.wait(30) == 1
    assert process.stdout
    assert "worker ended by itself" in process.stdout.read()
    assert not answers(port)


def test_a_busy_port_is_told_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        began = time.monotonic()
        told = subprocess.run(
            [sys.executable, str(ROOT / "dev"), "up", "--port", str(port)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert told.returncode == 1
    assert told.stderr.count("\n") == 1
    assert f"port {port}" in told.stderr
    assert time.monotonic() - began < 5

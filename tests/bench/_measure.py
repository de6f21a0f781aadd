"""What all measurements share: engines to measure on, medians, a server under load, and a table at the end.

Figures are ratios taken in one run: what we do, over the least that could be done for it, a moment before or after on
the same machine. Absolute numbers drift with the machine and are printed only to be doubted.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from scheduler.persistence import migration
from scheduler.services.house import House
from tests.engines import KEYS, open_house
from tests.postgres import as_text, running_server

NOW = datetime(2026, 9, 14, 15, 0, tzinfo=UTC)
"""Monday, September 14, 2026, 9:00 in El Paso; the servers under load are set to it by NOW_OFFSET."""


@contextlib.contextmanager
def engine(name: str) -> Iterator[tuple[House, str, Path]]:
    """A migrated, empty clinic on "sqlite" or "postgresql": the house, its address, and a folder for an instance."""
    with scratch() as folder, _address(name, folder) as url:
        house = open_house(url)
        migration.upgrade(house.database)
        yield house, url, folder
        house.database.dispose()


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A folder that is thrown away."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _address(name: str, folder: Path) -> Iterator[str]:
    if name == "sqlite":
        yield f"sqlite:///{folder / 'clinic.sqlite'}"
        return
    with running_server(durable=True) as server:
        yield as_text(server.create())


def median(work: Callable[[], object], times: int = 15) -> float:
    """The median of so many runs, in milliseconds, after one that is not counted."""
    return medians(work, times=times)[0]


def medians(*works: Callable[[], object], times: int = 15) -> list[float]:
    """The medians of several works that take turns, so that a machine that slows down slows all of them."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(times + 1):
        for work, found in zip(works, taken, strict=True):
            begun = time.perf_counter()
            work()
            found.append(time.perf_counter() - begun)
    return [statistics.median(found[1:]) * 1000 for found in taken]


@dataclass(frozen=True, slots=True)
class Load:
    """What a server did under so many clients: answers a second, milliseconds of the median and of the slowest 1 %."""

    rate: float
    p50: float
    p99: float
    failed: int


def wrk(url: str, clients: int, seconds: int, script: Path | None = None) -> Load:
    """Load an address with `clients` connections (wrk: `apt-get install wrk`)."""
    command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--latency", "--timeout", "20s"]
    if script is not None:
        command += ["-s", str(script)]
    told = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    failed = sum(int(number) for number in re.findall(r"(?:Non-2xx or 3xx responses: |timeout )(\d+)", told))
    rate = float(_found(r"Requests/sec:\s+([\d.]+)", told))
    return Load(rate, _milliseconds("50%", told), _milliseconds("99%", told), failed)


def _found(pattern: str, told: str) -> str:
    match = re.search(pattern, told)
    if match is None:
        raise SystemExit(f"wrk said something else:\n{told}")
    return match.group(1)


def _milliseconds(part: str, told: str) -> float:
    match = re.search(rf"{part}\s+([\d.]+)(us|ms|s)\b", told)
    if match is None:
        return float("nan")
    return float(match.group(1)) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[match.group(2)]


@contextlib.contextmanager
def served(app: str, url: str, folder: Path, **extra: str) -> Iterator[str]:
    """`app` ("module:name") behind the server of the house, two processes of four threads, on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    offset = int((NOW - datetime.now(UTC)).total_seconds())
    environment = {
        **os.environ,
        "SCHEDULER_INSTANCE_PATH": str(folder),
        "SCHEDULER_DATABASE_URL": url,
        "SCHEDULER_ENCRYPTION_KEYS": KEYS,
        "SCHEDULER_BASE_URL": f"http://127.0.0.1:{port}",
        "SCHEDULER_RATE_LIMITS": "off",
        "SCHEDULER_DEMO": "1",
        "SCHEDULER_NOW_OFFSET": str(offset),
        **extra,
    }
    command = [sys.executable, "-m", "scheduler.server", "--bind", f"127.0.0.1:{port}", "--app", app]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(address, process, folder / "server.log")
        yield address
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{address}/healthz", timeout=2).close()
            return
        time.sleep(0.1)
    raise SystemExit(f"the server did not start:\n{log.read_text(errors='replace')[-2000:]}")


def table(title: str, header: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    """Print a Markdown table, ready for BENCHMARKS.md."""
    print(f"\n### {title}\n")
    print("| " + " | ".join(header) + " |")
    print("|" + " --- |" * len(header))
    for row in rows:
        print("| " + " | ".join(_cell(value) for value in row) + " |")
    print(flush=True)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}" if value < 100 else f"{value:,.0f}"
    return str(value)

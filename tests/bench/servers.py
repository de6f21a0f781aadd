"""Measures the web servers we could choose, on one bare application, from the outside.

    ./dev bench servers [--seconds 2] [--only waitress]

Throughput needs wrk (`apt-get install wrk`). Everything else is plain sockets: what forty slow clients do to one
that is quick, how soon an announced 100 MB body is refused, and whether a request under way survives a stop.
Compare columns of one run; a shared machine's absolute figures drift.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, request

HOST = "127.0.0.1"
SLOW_CLIENTS = 40
HUGE = 100 * 1024 * 1024
LIMIT = 1024 * 1024
APP = "tests.bench.servers:app"

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = LIMIT


@app.get("/x")
def small() -> str:
    """The least a page can be."""
    return "x"


@app.post("/x")
def taken() -> str:
    """Reads what it was sent."""
    return str(len(request.get_data()))


@app.get("/long")
def long() -> str:
    """A request that is still under way when the server is told to stop."""
    time.sleep(2)
    return "finished"


def _gunicorn(threads: int) -> Callable[[int], list[str]]:
    def command(port: int) -> list[str]:
        options = ["-k", "gthread", "-w", "2", "--threads", str(threads), "--no-control-socket"]
        return ["-m", "gunicorn", "--log-level", "error", *options, "-b", f"{HOST}:{port}", APP]

    return command


def _waitress(port: int) -> list[str]:
    options = [
        "--threads=8",
        f"--max-request-body-size={LIMIT}",
        "--connection-limit=500",
        "--channel-timeout=30",
    ]
    return ["-m", "waitress", f"--listen={HOST}:{port}", *options, APP]


def _ours(port: int) -> list[str]:
    return [
        "-m",
        "scheduler.server",
        "--bind",
        f"{HOST}:{port}",
        "--processes",
        "2",
        "--threads",
        "4",
        "--app",
        APP,
    ]


def _granian(port: int) -> list[str]:
    options = ["--interface", "wsgi", "--workers", "2", "--blocking-threads", "4", "--no-ws", "--http", "1"]
    return ["-m", "granian", "--log-level", "error", *options, "--host", HOST, "--port", str(port), APP]


CONTENDERS: dict[str, Callable[[int], list[str]]] = {
    "gunicorn gthread 2x4": _gunicorn(4),
    "gunicorn gthread 2x16": _gunicorn(16),
    "waitress 1x8": _waitress,
    "waitress, ours 2x4": _ours,
    "granian 2x4": _granian,
}


@dataclass(frozen=True, slots=True)
class Running:
    """A started server."""

    process: subprocess.Popen[bytes]
    port: int

    def memory(self) -> float:
        """Megabytes held by the server and its children, with shared pages split among them (Linux)."""
        return sum(_proportional_set(member) for member in _family(self.process.pid)) / 1000


def main() -> int:
    """Prints a table, one column a server."""
    parser = argparse.ArgumentParser(prog="./dev bench servers")
    parser.add_argument("--seconds", type=int, default=2, help="length of each of five throughput runs")
    parser.add_argument("--only", default="", help="measure those whose name contains this")
    options = parser.parse_args()
    chosen = {name: command for name, command in CONTENDERS.items() if options.only in name}
    results = {name: measure(command, options.seconds) for name, command in chosen.items()}
    rows = list(next(iter(results.values())))
    print("| |", " | ".join(results), "|")
    print("|---" * (len(results) + 1) + "|")
    for row in rows:
        print(f"| {row} |", " | ".join(result[row] for result in results.values()), "|")
    return 0


def measure(command: Callable[[int], list[str]], seconds: int) -> dict[str, str]:
    """Every figure of one server."""
    with running(command) as server:
        found = {
            f"requests/s, clients: {clients} (p99)": throughput(server, clients, seconds)
            for clients in (1, 8, 32)
        }
        found["memory after that, MB"] = f"{server.memory():.0f}"
        found["quick client: alone"] = quick_client(server)
        for name, trouble in TROUBLES.items():
            with slow_clients(server, trouble):
                found[f"quick client: beside 40 {name}"] = quick_client(server)
        found["413 for 100 MB announced, nothing more sent"] = refusal(server, sends=0)
        found["413 for 100 MB announced and pushed"] = refusal(server, sends=HUGE)
        with ThreadPoolExecutor() as pool:
            waits = {name: pool.submit(patience, server, beginning) for name, beginning in UNFINISHED.items()}
            found |= {f"{name} is hung up on after": wait.result() for name, wait in waits.items()}
    with running(command) as server:
        found["SIGTERM during a request"] = stop(server)
    return found


@contextlib.contextmanager
def running(command: Callable[[int], list[str]]) -> Iterator[Running]:
    """A server that answers, until the block ends."""
    port = _free_port()
    process = subprocess.Popen([sys.executable, *command(port)], stderr=subprocess.DEVNULL)
    server = Running(process, port)
    try:
        _until(lambda: _ask(port, timeout=1) is not None)
        yield server
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()


def throughput(server: Running, clients: int, seconds: int) -> str:
    """The best of five runs of wrk, and its 99th percentile: whatever else the machine does can only slow a run."""
    if not shutil.which("wrk"):
        return "needs wrk"
    runs = []
    for _ in range(5):
        target = f"http://{HOST}:{server.port}/x"
        command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--latency", target]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        rate, tail = (
            re.search(r"Requests/sec:\s+([\d.]+)", text),
            re.search(r"^\s+99%\s+(\S+)", text, re.MULTILINE),
        )
        assert rate
        assert tail
        runs.append((float(rate[1]), tail[1]))
    rate_at_best, tail_there = max(runs)
    return f"{rate_at_best:,.0f} ({tail_there})"


def quick_client(server: Running) -> str:
    """Median and worst of 25 small requests, each on a connection of its own; waiting ends after 5 s."""
    times = [_ask(server.port, timeout=5) for _ in range(5)]
    if any(each is not None for each in times):
        times += [_ask(server.port, timeout=5) for _ in range(20)]
    lost = times.count(None)
    answered = [1000 * each for each in times if each is not None]
    if not answered:
        return "dead"
    lost_words = f", {lost} unanswered" if lost else ""
    return f"{statistics.median(answered):.1f} ms, worst {max(answered):.0f}{lost_words}"


def _slow_headers(connection: socket.socket, step: int) -> None:
    connection.sendall(b"GET /x HTTP/1.1\r\nHost: a\r\n" if step == 0 else b"X-A: b\r\n")


def _slow_body(connection: socket.socket, step: int) -> None:
    head = b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n"
    connection.sendall(head if step == 0 else b"0123456789")


def _idle(connection: socket.socket, step: int) -> None:
    if step == 0:
        connection.sendall(b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n")


TROUBLES: dict[str, Callable[[socket.socket, int], None]] = {
    "with slow headers": _slow_headers,
    "with slow bodies": _slow_body,
    "idle on keep-alive": _idle,
}

UNFINISHED = {
    "a request without the end of its headers": b"GET /x HTTP/1.1\r\nHost: a\r\n",
    "a request without the end of its body": b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n12",
}


@contextlib.contextmanager
def slow_clients(server: Running, trouble: Callable[[socket.socket, int], None]) -> Iterator[None]:
    """Forty clients that send a little every half second for as long as the block lasts."""
    over = threading.Event()
    connections = [socket.create_connection((HOST, server.port)) for _ in range(SLOW_CLIENTS)]

    def drip() -> None:
        step = 0
        while not over.wait(0.5 if step else 0):
            for connection in connections:
                with contextlib.suppress(OSError):
                    trouble(connection, step)
            step += 1

    thread = threading.Thread(target=drip)
    thread.start()
    time.sleep(1)
    try:
        yield
    finally:
        over.set()
        thread.join()
        for connection in connections:
            connection.close()


def refusal(server: Running, sends: int) -> str:
    """How soon a body announced as 100 MB is answered, and how much of it was taken before."""
    head = f"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: {HUGE}\r\n\r\n".encode()
    piece, sent = b"0" * 65536, 0
    with socket.create_connection((HOST, server.port), timeout=10) as connection:
        began = time.perf_counter()
        connection.sendall(head)
        connection.settimeout(0.001 if sends else 10)
        answer = b""
        while not answer:
            try:
                answer = connection.recv(4096)
                break
            except TimeoutError:
                if not sends:
                    return "no answer in 10 s"
            except OSError as error:
                return f"{type(error).__name__} after {sent / 1e6:.1f} MB"
            with contextlib.suppress(TimeoutError, OSError):
                sent += connection.send(piece) if sent < sends else 0
        took = 1000 * (time.perf_counter() - began)
    status = answer.split(b" ")[1].decode() if answer.count(b" ") > 1 else "closed without an answer"
    return f"{status} in {took:.0f} ms" + (f", {sent / 1e6:.1f} MB taken" if sends else "")


def patience(server: Running, beginning: bytes) -> str:
    """How long a client may leave a request unfinished."""
    with socket.create_connection((HOST, server.port), timeout=70) as connection:
        connection.sendall(beginning)
        began = time.perf_counter()
        try:
            while connection.recv(4096):
                pass
        except TimeoutError:
            return "more than 70 s"
        except OSError:
            pass
        return f"{time.perf_counter() - began:.0f} s"


def stop(server: Running) -> str:
    """Whether a request under way is answered when the server is told to stop, and how long the stop takes."""
    answers: list[bytes] = []

    def ask() -> None:
        with (
            contextlib.suppress(OSError),
            socket.create_connection((HOST, server.port), timeout=10) as connection,
        ):
            connection.sendall(b"GET /long HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            while part := connection.recv(4096):
                answers.append(part)

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.5)
    began = time.perf_counter()
    server.process.send_signal(signal.SIGTERM)
    thread.join(15)
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.process.wait(15)
    finished = b"finished" in b"".join(answers)
    ended = f"exit {server.process.poll()} after {time.perf_counter() - began:.1f} s"
    return f"{'answered' if finished else 'CUT OFF'}, {ended}"


def _ask(port: int, timeout: float) -> float | None:
    """Seconds for one small request on a fresh connection, or None when nothing came."""
    began = time.perf_counter()
    try:
        with socket.create_connection((HOST, port), timeout=timeout) as connection:
            connection.sendall(b"GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            answer = connection.recv(4096)
    except OSError:
        return None
    return time.perf_counter() - began if answer.startswith(b"HTTP/1.1 200") else None


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *(member for child in children for member in _family(int(child)))]


def _proportional_set(pid: int) -> int:
    found = re.search(
        r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii"), re.MULTILINE
    )
    return int(found[1]) if found else 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _until(ready: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not ready():
        if time.monotonic() > until:
            raise TimeoutError("the server did not start")
        time.sleep(0.05)


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))
    sys.exit(main())

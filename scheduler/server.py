"""The web server: several processes of waitress on one address, started, watched and stopped together.

    python -m scheduler.server [--bind 127.0.0.1:8000] [--processes 2] [--threads 4]

Context. Three servers were measured (BENCHMARKS.md). Those that give each unfinished request a thread stand still when
forty clients send slowly, and a clinic without a proxy in front is then shut. waitress reads requests in one loop and
hands a thread only what has arrived whole; but it is one process, and cuts an answer off when told to end.

Decision. One parent opens the address and keeps a few children alive, each a waitress with a socket of its own.
Told to stop, a child takes no new connection, finishes what it is at, and goes. A request must have arrived whole
within a minute.

Consequence. The parent never loads the application, so nothing is shared between the children by accident.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import logging
import os
import signal
import socket
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import waitress
from waitress import wasyncore

MAX_BODY = 2_000_000
"""Bytes. The application refuses earlier and in words (`config.MAX_BODY`); this bounds what is read at all."""

MAX_HEADERS = 32_768
IDLE_SECONDS = 30
WHOLE_REQUEST_SECONDS = 60
STOP_SECONDS = 15
TOO_SOON_SECONDS = 3.0
SWITCH_SECONDS = 0.0005
"""How long a thread may keep the interpreter from the reading loop. Python's own 5 ms doubled the slowest answers at
32 clients."""
COLLECT_AFTER = (20_000, 20, 20)
"""New objects before the collector looks among the young ones, and how often before it looks among older ones. Python's
own 700 looked several times in each request and took a twentieth of its time."""

STOPS = (signal.SIGTERM, signal.SIGINT)


def main() -> int:
    """Serve until SIGTERM or SIGINT; answer 0 then, and another code when a child cannot start."""
    parser = argparse.ArgumentParser(prog="python -m scheduler.server")
    parser.add_argument(
        "--bind", default=os.environ.get("SCHEDULER_BIND", "127.0.0.1:8000"), help="host:port"
    )
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--threads", type=int, default=4, help="requests that one process works on at a time")
    parser.add_argument("--app", default="wsgi:app", help="module:name of the application")
    options = parser.parse_args()
    listeners = _listen(options.bind, options.processes)
    return Parent(listeners, options.app, options.threads).run()


def _listen(bind: str, count: int) -> list[socket.socket]:
    """One listening socket for each child on the same address: sharing one, a single child would take most callers.

    :raises OSError: when somebody else has the address.
    """
    host, _, port = bind.rpartition(":")
    address = (host.strip("[]"), int(port))
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Sockets that share an address would share it with a stranger's as well; a plain one finds the stranger.
    socket.create_server(address, family=family).close()
    listeners = [
        socket.create_server(address, family=family, backlog=1024, reuse_port=True) for _ in range(count)
    ]
    for listener in listeners:
        listener.setblocking(False)
    return listeners


class Parent:
    """Keeps the children alive, and passes the wish to stop on to them."""

    def __init__(self, listeners: list[socket.socket], app: str, threads: int) -> None:
        self.listeners, self.app, self.threads = listeners, app, threads
        self.children: dict[int, tuple[socket.socket, float]] = {}
        self.stopping = False

    def run(self) -> int:
        """Start the children and wait for them; one that dies is replaced, unless it died while starting."""
        for number in STOPS:
            signal.signal(number, self._stop)
        for listener in self.listeners:
            self._start(listener)
        code = 0
        while self.children:
            child, status = os.wait()
            listener, since = self.children.pop(child)
            if self.stopping:
                continue
            if time.monotonic() - since > TOO_SOON_SECONDS:
                self._start(listener)
                continue
            code = os.waitstatus_to_exitcode(status) or 1
            self._stop()
        return code

    def _start(self, listener: socket.socket) -> None:
        """Fork; whoever called a dead child's socket is answered by this one.

        A wish to stop waits until both sides know of each other.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
        child = os.fork() if not self.stopping else -1
        if child == 0:
            _end_with(self.listeners, listener, self.app, self.threads)
        if child > 0:
            self.children[child] = (listener, time.monotonic())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)

    def _stop(self, *_signal: object) -> None:
        self.stopping = True
        for listener in self.listeners:
            listener.close()
        for child in self.children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)


def _end_with(listeners: list[socket.socket], own: socket.socket, app: str, threads: int) -> None:
    """Be the child, and never return into the parent's code, whatever happens."""
    code = 1
    try:
        for listener in listeners:
            if listener is not own:
                listener.close()
        code = Child(own, app, threads).run()
    except SystemExit as refusal:
        sys.stderr.write(f"{refusal}\n")
    except BaseException:  # noqa: BLE001 - the one place where nothing may escape
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


class Child:
    """One serving process, from loading the application to the last answer."""

    def __init__(self, listener: socket.socket, app: str, threads: int) -> None:
        self.parent = os.getppid()
        self.told_to_stop = False
        self.server: Any = None
        self.begun: dict[int, float] = {}
        signal.signal(signal.SIGTERM, self._tell)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
        self.server = _waitress(listener, _application(app), threads)
        # What is loaded by now stays for good; the collector need not walk it each time it looks for rubbish.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECT_AFTER)

    def run(self) -> int:
        """Answer until told to stop or left by the parent, then let the requests under way finish, for a while."""
        sys.setswitchinterval(SWITCH_SECONDS)
        while not self.told_to_stop and os.getppid() == self.parent:
            self._turn(1)
            self._hang_up_on_dawdlers()
        self.server.del_channel()
        self.server.socket.close()
        until = time.monotonic() + STOP_SECONDS
        while time.monotonic() < until and any(map(_at_work, self.server.active_channels.values())):
            self._turn(0.1)
        self.server.task_dispatcher.shutdown(timeout=1)
        return 0

    def _turn(self, seconds: float) -> None:
        wasyncore.loop(timeout=seconds, use_poll=True, map=self.server._map, count=1)

    def _tell(self, *_signal: object) -> None:
        self.told_to_stop = True
        if self.server is not None:
            self.server.pull_trigger()

    def _hang_up_on_dawdlers(self) -> None:
        """waitress counts silence alone, so a byte now and then would hold a connection for ever."""
        now = time.monotonic()
        channels = self.server.active_channels.values()
        unfinished = {id(channel.request): channel for channel in channels if channel.request}
        for gone in self.begun.keys() - unfinished.keys():
            del self.begun[gone]
        for key, channel in unfinished.items():
            if now - self.begun.setdefault(key, now) > WHOLE_REQUEST_SECONDS:
                channel.will_close = True


def _application(name: str) -> Any:
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)


def _waitress(listener: socket.socket, application: Any, threads: int) -> Any:
    # A queue is what a busy hour looks like, not news; each line would name nobody and help nobody.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    return waitress.create_server(
        application,
        sockets=[listener],
        threads=threads,
        backlog=1024,
        connection_limit=1000,
        asyncore_use_poll=True,
        channel_timeout=IDLE_SECONDS,
        cleanup_interval=5,
        max_request_body_size=MAX_BODY,
        max_request_header_size=MAX_HEADERS,
        # The application believes exactly as many proxies as it was told to (`PROXY_HOPS`).
        clear_untrusted_proxy_headers=False,
        ident=None,
    )


def _at_work(channel: Any) -> bool:
    return bool(channel.requests or channel.total_outbufs_len)


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))
    sys.exit(main())

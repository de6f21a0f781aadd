"""Tells the web server which of its connections have something to say, whatever the number of those that are silent.

Context. waitress asks every connection before each wait what it is ready for, and hands the whole list to the kernel
anew. A waiting room holds its connection open and says one word a second: with a hundred of them the asking took three
times as long as the answering.

Decision. The kernel keeps the list (epoll(7)). Only a connection that something has just happened to is asked again,
and each second all of them, for whatever changed by itself: one that was silent for too long, say.

Consequence. A silent connection costs nothing, and neither does waking the reading loop after each answer: it is rung
for only when something is left to do. Where there is no epoll, waitress goes on as it was made.
"""

from __future__ import annotations

import contextlib
import math
import select
import time
from collections.abc import Iterable
from typing import Any

from waitress import wasyncore
from waitress.channel import HTTPChannel

ALL_EVERY = 1.0
"""Seconds between two looks at every connection."""

READS = select.POLLIN | select.POLLPRI
"""What a connection waits for that is neither at work nor has anything to send."""


class Watch:
    """The connections of one serving process, by their numbers (`dispatcher`s of waitress)."""

    def __init__(self, connections: dict[int, Any]) -> None:
        self._connections = connections
        self._kernel = select.epoll()
        self._watched: dict[int, tuple[Any, int]] = {}
        self._stirred: set[int] = set()
        self._looked = -math.inf

    def turn(self, seconds: float) -> None:
        """Wait so long at most, and let those act to whom something has happened."""
        self._look_again()
        for number, events in self._kernel.poll(seconds):
            connection = self._connections.get(number)
            if connection is None:
                continue
            self._stirred.add(number)
            if _wishes(connection) or self._waits(connection):
                wasyncore.readwrite(connection, events)
            else:
                self.forget(number)
        if len(self._connections) != len(self._watched):
            self._stirred |= self._connections.keys() - self._watched.keys()

    def forget(self, number: int) -> None:
        """Watch a connection no more; before it is closed, where another process has it as well."""
        if self._watched.pop(number, None) is not None:
            with contextlib.suppress(OSError):
                self._kernel.unregister(number)

    def _waits(self, connection: Any) -> bool:
        """Let one that is at work ring when it is done; said before it is asked again, so that it cannot slip by."""
        connection.is_waited_for = True
        return bool(_wishes(connection))

    def _look_again(self) -> None:
        now = time.monotonic()
        if now - self._looked >= ALL_EVERY:
            self._looked = now
            for gone in self._watched.keys() - self._connections.keys():
                self.forget(gone)
            self._ask(list(self._connections))
        elif self._stirred:
            self._ask(list(self._stirred))

    def _ask(self, numbers: Iterable[int]) -> None:
        """Ask these what they wait for. Who is at work is asked again after the next turn, and stays watched meanwhile:
        most have no more to say until they are done."""
        for number in numbers:
            connection = self._connections.get(number)
            if connection is None:
                self.forget(number)
                self._stirred.discard(number)
                continue
            wishes = _wishes(connection)
            if wishes:
                self._listen(number, connection, wishes)
            if wishes == READS:
                self._stirred.discard(number)
            else:
                self._stirred.add(number)

    def _listen(self, number: int, connection: Any, wishes: int) -> None:
        watched = self._watched.get(number)
        if watched is not None and watched[0] is connection:
            if watched[1] != wishes:
                self._kernel.modify(number, wishes)
        else:
            # A number that was closed and given out again is not in the kernel's list any more.
            with contextlib.suppress(OSError):
                self._kernel.unregister(number)
            self._kernel.register(number, wishes)
        self._watched[number] = connection, wishes


class Bell:
    """The server as one connection sees it; it rings for the reading loop only when there is something left to do."""

    def __init__(self, server: Any, connection: Line) -> None:
        self._server, self._connection = server, connection

    def __getattr__(self, name: str) -> Any:
        """Everything else is the server's own."""
        return getattr(self._server, name)

    def pull_trigger(self) -> None:
        """Wake the reading loop for what is not sent yet, for an end, or for one that has more to say already."""
        one = self._connection
        if one.is_waited_for or one.total_outbufs_len or one.will_close or one.close_when_flushed:
            one.is_waited_for = False
            self._server.pull_trigger()


class Line(HTTPChannel):  # type: ignore[misc]
    """A connection of waitress with a bell of its own."""

    is_waited_for = False

    def __init__(self, server: Any, *given: Any, **named: Any) -> None:
        super().__init__(Bell(server, self), *given, **named)


class Poll:
    """The same by waitress's own loop."""

    def __init__(self, connections: dict[int, Any]) -> None:
        self._connections = connections

    def turn(self, seconds: float) -> None:
        """Wait so long at most, and let those act to whom something has happened."""
        wasyncore.loop(timeout=seconds, use_poll=True, map=self._connections, count=1)

    def forget(self, number: int) -> None:
        """Nothing is kept that had to be forgotten."""


def watch(server: Any) -> Watch | Poll:
    """Whoever watches the connections of a server of waitress best on this machine."""
    if not hasattr(select, "epoll"):
        return Poll(server._map)
    server.channel_class = Line
    return Watch(server._map)


def _wishes(connection: Any) -> int:
    """What a connection waits for, as poll(2) spells it; nothing while it is at work."""
    wishes = READS if connection.readable() else 0
    return wishes | select.POLLOUT if connection.writable() and not connection.accepting else wishes

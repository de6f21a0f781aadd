"""A silent connection costs the web server nothing, and whoever speaks is heard at once."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from scheduler import watch


class Client:
    """One end of a line that counts how often the other end is asked, as waitress's dispatchers are."""

    accepting = False
    is_waited_for = False

    def __init__(self, connections: dict[int, Client]) -> None:
        self.far, self.near = socket.socketpair()
        self.near.setblocking(False)
        self.connections = connections
        self.asked = 0
        self.heard = b""
        self.is_at_work = False
        self.to_send = b""
        self.number = self.near.fileno()
        connections[self.number] = self

    def readable(self) -> bool:
        self.asked += 1
        return not self.is_at_work and not self.to_send

    def writable(self) -> bool:
        return bool(self.to_send)

    def handle_read_event(self) -> None:
        heard = self.near.recv(100)
        self.heard += heard
        if not heard:
            self.handle_close()

    def handle_write_event(self) -> None:
        self.near.send(self.to_send)
        self.to_send = b""

    def handle_close(self) -> None:
        self.connections.pop(self.number, None)
        self.near.close()

    def close(self) -> None:
        self.far.close()
        self.near.close()


@pytest.fixture
def connections() -> Iterator[dict[int, Client]]:
    found: dict[int, Client] = {}
    yield found
    for one in found.values():
        one.close()


@pytest.fixture
def line(connections: dict[int, Client], monkeypatch: pytest.MonkeyPatch) -> watch.Watch:
    """A watch that looks at everybody once and then not again while a test lasts."""
    monkeypatch.setattr(watch, "ALL_EVERY", 3600.0)
    return watch.Watch(connections)


def test_the_silent_are_asked_once_and_whoever_speaks_is_heard(
    connections: dict[int, Client], line: watch.Watch
) -> None:
    silent, speaker = [Client(connections) for _ in range(50)], Client(connections)
    line.turn(0)
    asked = sum(one.asked for one in silent)
    for word in (b"one", b"two", b"three"):
        speaker.far.send(word)
        line.turn(1)
    assert speaker.heard == b"onetwothree"
    assert sum(one.asked for one in silent) == asked


def test_whoever_is_at_work_is_heard_when_done(connections: dict[int, Client], line: watch.Watch) -> None:
    one = Client(connections)
    line.turn(0)
    one.is_at_work = True
    one.far.send(b"more")
    begun = time.monotonic()
    line.turn(1)
    line.turn(0.05)
    assert (one.heard, time.monotonic() - begun < 1) == (b"", True)
    assert one.is_waited_for
    one.is_at_work = False
    line.turn(1)
    assert one.heard == b"more"


def test_what_there_is_to_send_is_sent(connections: dict[int, Client], line: watch.Watch) -> None:
    one = Client(connections)
    line.turn(0)
    one.far.send(b"?")
    one.to_send = b"answer"
    line.turn(1)
    line.turn(1)
    line.turn(1)
    assert one.far.recv(100) == b"answer"
    assert one.heard == b"?"


def test_a_newcomer_is_heard_even_under_the_number_of_one_that_left(
    connections: dict[int, Client], line: watch.Watch
) -> None:
    old = Client(connections)
    line.turn(0)
    old.far.close()
    line.turn(1)
    assert connections == {}
    new = Client(connections)
    assert new.number == old.number
    new.far.send(b"here")
    for _ in range(3):
        line.turn(0.1)
    assert new.heard == b"here"


def test_everybody_is_asked_again_after_a_while(
    connections: dict[int, Client], line: watch.Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Client(connections)
    line.turn(0)
    one.to_send = b"too long silent"
    monkeypatch.setattr(watch, "ALL_EVERY", 0.0)
    line.turn(0)
    line.turn(0)
    assert one.far.recv(100) == b"too long silent"


def test_one_that_closed_is_watched_no_more(connections: dict[int, Client], line: watch.Watch) -> None:
    one = Client(connections)
    line.turn(0)
    line.forget(one.number)
    one.far.send(b"late")
    line.turn(0)
    assert one.heard == b""

"""A file is fetched from the public internet alone, within limits, whatever an address or a server tries."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from scheduler.domain.outside_calendar import Trouble, Validators
from scheduler.domain.public_address import is_public
from scheduler.worker import guarded_fetch
from scheduler.worker.guarded_fetch import MOST_BYTES, Fetched, Net, Refused, fetch

NOTHING = Validators()
CALENDAR = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


def answer(status: str = "200 OK", body: bytes = CALENDAR, **headers: str) -> bytes:
    """One whole answer of a server."""
    named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{named}\r\n".encode() + body


@dataclass
class Server:
    """Gives the answers it was told, one a connection, and remembers what it was asked."""

    answers: list[bytes]
    asked: list[bytes] = field(default_factory=list)
    port: int = 0

    def serve(self, listener: socket.socket) -> None:
        """Answer until there is nothing left to say."""
        for given in self.answers:
            line, _ = listener.accept()
            with line:
                self.asked.append(line.recv(65536))
                line.sendall(given)


@contextmanager
def serving(*answers: bytes) -> Iterator[Server]:
    """A server on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(list(answers), port=listener.getsockname()[1])
        thread = threading.Thread(target=server.serve, args=(listener,), daemon=True)
        thread.start()
        yield server
        thread.join(5)


@pytest.fixture
def reach(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Net]:
    """A net in which every name is the server of the test, as if that were a public machine."""
    connect = socket.create_connection

    def make(server: Server, names: Sequence[str] = ("93.184.215.14",)) -> Net:
        def connected(address: tuple[str, int], timeout: float) -> socket.socket:
            assert is_public(address[0]), "connected to an address that was not looked at"
            return connect(("127.0.0.1", server.port), timeout)

        monkeypatch.setattr(socket, "create_connection", connected)
        return Net(lambda _host, _port: names, is_public, ssl.create_default_context())

    return make


def refusal(address: str, net: Net) -> Trouble:
    with pytest.raises(Refused) as refused:
        fetch(address, NOTHING, net)
    return refused.value.trouble


def no_net(*addresses: str) -> Net:
    """A net in which every name has these addresses, and nothing may be connected to."""
    return Net(lambda _host, _port: addresses, is_public, ssl.create_default_context())


def test_a_file_is_fetched_with_what_its_server_says_of_it(reach: Callable[..., Net]) -> None:
    with serving(answer(ETag='"a"', Last_Modified="Mon, 14 Sep 2026 10:00:00 GMT")) as server:
        got = fetch("http://calendar.example.com/x.ics?key=1", NOTHING, reach(server))
    assert got == Fetched(CALENDAR, Validators('"a"', "Mon, 14 Sep 2026 10:00:00 GMT"))
    (asked,) = server.asked
    assert asked.startswith(b"GET /x.ics?key=1 HTTP/1.1\r\n")
    assert b"\r\nHost: calendar.example.com\r\n" in asked
    assert b"Cookie" not in asked
    assert b"Referer" not in asked


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://calendar.example.com/x.ics", b"calendar.example.com"),
        ("https://calendar.example.com:443/x.ics", b"calendar.example.com"),
        ("https://calendar.example.com:80/x.ics", b"calendar.example.com:80"),
        ("http://calendar.example.com:443/x.ics", b"calendar.example.com:443"),
    ],
)
def test_a_server_is_called_by_its_bare_name_at_its_usual_port(
    reach: Callable[..., Net], monkeypatch: pytest.MonkeyPatch, address: str, host: bytes
) -> None:
    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", lambda _context, line, server_hostname: line)
    with serving(answer()) as server:
        fetch(address, NOTHING, reach(server))
    assert b"\r\nHost: " + host + b"\r\n" in server.asked[0]


def test_what_did_not_change_is_not_fetched_again(reach: Callable[..., Net]) -> None:
    known = Validators('"a"', "Mon, 14 Sep 2026 10:00:00 GMT")
    with serving(answer("304 Not Modified", b"")) as server:
        assert fetch("http://calendar.example.com/x.ics", known, reach(server)) == Fetched(None, known)
    assert b'If-None-Match: "a"\r\n' in server.asked[0]
    assert b"If-Modified-Since: Mon, 14 Sep 2026 10:00:00 GMT\r\n" in server.asked[0]


def test_a_redirect_is_followed_to_a_public_place(reach: Callable[..., Net]) -> None:
    with serving(answer("302 Found", b"", Location="/y.ics"), answer()) as server:
        assert fetch("http://calendar.example.com/x.ics", NOTHING, reach(server)).body == CALENDAR
    assert server.asked[1].startswith(b"GET /y.ics ")


@pytest.mark.parametrize(
    "inside",
    [
        "127.0.0.1",
        "10.0.0.5",
        "169.254.169.254",
        "100.64.0.1",
        "::1",
        "::ffff:10.0.0.1",
        "fe80::1",
        "fd00::1",
    ],
)
def test_a_name_that_leads_inside_is_not_asked(inside: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", _never)
    assert refusal("https://calendar.example.com/x.ics", no_net(inside)) is Trouble.NOT_PUBLIC


def test_one_inner_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", _never)
    net = no_net("93.184.215.14", "127.0.0.1")
    assert refusal("https://calendar.example.com/x.ics", net) is Trouble.NOT_PUBLIC


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "localhost", "127.1"])
def test_this_machine_is_never_asked_by_the_real_look_up(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", _never)
    found = refusal(f"http://{host}/x.ics", guarded_fetch.internet())
    assert found in {Trouble.NOT_PUBLIC, Trouble.UNREACHABLE}


def test_a_redirect_that_leads_inside_is_not_followed(reach: Callable[..., Net]) -> None:
    with serving(answer("302 Found", b"", Location="http://inside.example.com/latest")) as server:
        net = reach(server)

        def look_up(host: str, _port: int) -> Sequence[str]:
            return ["169.254.169.254"] if host.startswith("inside") else ["93.184.215.14"]

        assert (
            refusal("http://calendar.example.com/x", Net(look_up, net.is_allowed, net.tls))
            is Trouble.NOT_PUBLIC
        )


def test_the_connection_goes_to_the_address_that_was_looked_at(reach: Callable[..., Net]) -> None:
    """A name that changes its address between two look-ups gets only one."""
    answers = iter([["93.184.215.14"], ["127.0.0.1"]])
    with serving(answer()) as server:
        net = reach(server)
        once = Net(lambda _host, _port: next(answers), net.is_allowed, net.tls)
        assert fetch("http://calendar.example.com/x.ics", NOTHING, once).body == CALENDAR
    assert next(answers) == ["127.0.0.1"]


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/passwd",
        "ftp://example.com/x",
        "gopher://example.com/x",
        "http://example.com:22/",
        "http://user:pw@example.com/",
        "data:text/calendar,x",
        "//",
        "",
    ],
)
def test_a_redirect_to_something_else_is_not_followed(reach: Callable[..., Net], target: str) -> None:
    moved = answer("302 Found", b"", Location=target)
    with serving(*[moved] * 4) as server:
        found = refusal("http://calendar.example.com/", reach(server))
        assert found in {Trouble.ADDRESS, Trouble.REDIRECTS}
        for _ in range(4 - len(server.asked)):
            with socket.socket() as line:
                line.connect(("127.0.0.1", server.port))
                line.sendall(b"x")
                line.recv(1000)


def test_a_redirect_from_a_sealed_line_to_an_open_one_is_not_followed(
    reach: Callable[..., Net], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", lambda _context, line, server_hostname: line)
    with serving(answer("302 Found", b"", Location="http://calendar.example.com/x.ics")) as server:
        assert refusal("https://calendar.example.com/x.ics", reach(server)) is Trouble.REDIRECTS


def test_a_server_that_sends_us_round_and_round_is_left(reach: Callable[..., Net]) -> None:
    with serving(*[answer("302 Found", b"", Location="/again")] * 4) as server:
        assert refusal("http://calendar.example.com/", reach(server)) is Trouble.REDIRECTS
    assert len(server.asked) == 4


@pytest.mark.parametrize(
    ("given", "trouble"),
    [
        (answer("404 Not Found"), Trouble.GONE),
        (answer("410 Gone"), Trouble.GONE),
        (answer("401 Unauthorized"), Trouble.REFUSED),
        (answer("403 Forbidden"), Trouble.REFUSED),
        (answer("429 Too Many Requests"), Trouble.UNREACHABLE),
        (answer("503 Busy"), Trouble.UNREACHABLE),
        (answer("304 Not Modified", b""), Trouble.REFUSED),
        (answer(Content_Encoding="gzip"), Trouble.NO_CALENDAR),
        (b"nonsense\r\n\r\n", Trouble.UNREACHABLE),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", Trouble.UNREACHABLE),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", Trouble.UNREACHABLE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", Trouble.UNREACHABLE),
        (b"", Trouble.UNREACHABLE),
    ],
    ids=lambda value: value.value if isinstance(value, Trouble) else value[:30].decode(),
)
def test_whatever_a_server_answers_has_a_name(
    reach: Callable[..., Net], given: bytes, trouble: Trouble
) -> None:
    with serving(given) as server:
        assert refusal("http://calendar.example.com/", reach(server)) is trouble


def test_a_file_without_end_is_left(reach: Callable[..., Net]) -> None:
    endless = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (MOST_BYTES + 1000)
    with serving(endless) as server:
        assert refusal("http://calendar.example.com/", reach(server)) is Trouble.TOO_LARGE


def test_a_server_that_says_nothing_is_left(
    reach: Callable[..., Net], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarded_fetch, "SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = Server([], port=silent.getsockname()[1])
        assert refusal("http://calendar.example.com/", reach(server)) is Trouble.TOO_SLOW


def test_a_server_without_a_true_certificate_is_not_believed(reach: Callable[..., Net]) -> None:
    with serving(answer()) as server:
        assert refusal("https://calendar.example.com/", reach(server)) is Trouble.UNREACHABLE


def test_odd_headers_are_not_sent_back(reach: Callable[..., Net]) -> None:
    with serving(answer(ETag="x" * 300, Last_Modified="y" * 100)) as server:
        assert fetch("http://calendar.example.com/", NOTHING, reach(server)).validators == NOTHING


def _never(*_asked: object, **_more: object) -> socket.socket:
    raise AssertionError("a connection was opened")

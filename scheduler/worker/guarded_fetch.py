"""Fetches a file from an address that somebody typed, and from no machine but one on the public internet.

The name is looked up once; every address that it has must be public, and the connection goes to the very address that
was looked at, so that a second look-up can lead nowhere else. Each redirect is judged like the first address. Size,
steps and time are bounded (OWASP ASVS 5.0, 1.3.6 and 15.3.2); what stalls for longer is ended with its process.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from scheduler.domain.outside_calendar import Trouble, Validators, is_askable
from scheduler.domain.public_address import is_public

MOST_BYTES = 4_000_000
MOST_REDIRECTS = 3
SECONDS = 10.0
"""For each step of the talk; the whole is bounded by the process that it runs in."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({404, 410})
_BUSY = frozenset({408, 425, 429})

LookUp = Callable[[str, int], Sequence[str]]


class Refused(Exception):
    """The file was not fetched; `trouble` says why, and nothing of what the server said."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Fetched:
    """The file; None when the server says that it is still the one that the validators name."""

    body: bytes | None
    validators: Validators


@dataclass(frozen=True, slots=True)
class Net:
    """How the net is reached: names are looked up, addresses judged, servers known by their certificates."""

    look_up: LookUp
    is_allowed: Callable[[str], bool]
    tls: ssl.SSLContext


def internet() -> Net:
    """The net as it is."""
    return Net(look_up, is_public, ssl.create_default_context())


def look_up(host: str, port: int) -> Sequence[str]:
    """Every address of a host, once each."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def fetch(address: str, validators: Validators, net: Net) -> Fetched:
    """Fetch a file, unless it is still the one that `validators` name.

    :raises Refused: when the address is none that may be asked, or nothing usable came of asking.
    """
    for _ in range(MOST_REDIRECTS + 1):
        if not is_askable(address):
            raise Refused(Trouble.ADDRESS)
        answer = _ask(address, validators, net)
        if isinstance(answer, Fetched):
            return answer
        if urlsplit(address).scheme == "https" and urlsplit(answer).scheme != "https":
            raise Refused(Trouble.REDIRECTS)
        address = answer
    raise Refused(Trouble.REDIRECTS)


def _ask(address: str, validators: Validators, net: Net) -> Fetched | str:
    """The file, or the address to which the server sends us on."""
    parts = urlsplit(address)
    connection = _connected(parts.scheme, parts.hostname or "", parts.port, net)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("GET", target, headers=_headers(validators))
        with connection.getresponse() as answer:
            return _read(answer, address, validators)
    except TimeoutError:
        raise Refused(Trouble.TOO_SLOW) from None
    except (OSError, http.client.HTTPException, ValueError):
        raise Refused(Trouble.UNREACHABLE) from None
    finally:
        connection.close()


def _headers(validators: Validators) -> dict[str, str]:
    asked = {
        "User-Agent": "clinic-scheduler",
        "Accept": "text/calendar, */*;q=0.1",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    if validators.etag:
        asked["If-None-Match"] = validators.etag
    if validators.modified:
        asked["If-Modified-Since"] = validators.modified
    return asked


def _connected(scheme: str, host: str, port: int | None, net: Net) -> http.client.HTTPConnection:
    """A connection to one of the host's addresses, all of which were looked at."""
    port = port or (443 if scheme == "https" else 80)
    try:
        addresses = net.look_up(host, port)
    except (OSError, UnicodeError):
        raise Refused(Trouble.UNREACHABLE) from None
    if not addresses or not all(map(net.is_allowed, addresses)):
        raise Refused(Trouble.NOT_PUBLIC if addresses else Trouble.UNREACHABLE)
    connection = http.client.HTTPConnection(host, port, timeout=SECONDS)
    # Some servers know themselves by the bare name alone (RFC 9110, 7.2): the usual port is not named.
    connection.default_port = 443 if scheme == "https" else 80
    try:
        line = _line(addresses, port)
    except OSError:
        raise Refused(Trouble.UNREACHABLE) from None
    connection.sock = _secured(line, host, net.tls) if scheme == "https" else line
    return connection


def _secured(line: socket.socket, host: str, tls: ssl.SSLContext) -> socket.socket:
    try:
        return tls.wrap_socket(line, server_hostname=host)
    except OSError:
        line.close()
        raise Refused(Trouble.UNREACHABLE) from None


def _line(addresses: Sequence[str], port: int) -> socket.socket:
    """:raises OSError: when none of the addresses answers."""
    failure = OSError("no address")
    for address in addresses[:4]:
        try:
            return socket.create_connection((address, port), timeout=SECONDS)
        except OSError as error:
            failure = error
    raise failure


def _read(answer: http.client.HTTPResponse, address: str, validators: Validators) -> Fetched | str:
    if answer.status in _REDIRECTS:
        return urljoin(address, answer.getheader("Location", ""))
    if answer.status == http.client.NOT_MODIFIED and (validators.etag or validators.modified):
        return Fetched(None, validators)
    if answer.status != http.client.OK:
        raise Refused(_trouble_of(answer.status))
    if (answer.getheader("Content-Encoding") or "identity").lower() != "identity":
        raise Refused(Trouble.NO_CALENDAR)
    body = answer.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise Refused(Trouble.TOO_LARGE)
    if answer.length:  # so many octets were announced and never came
        raise Refused(Trouble.UNREACHABLE)
    return Fetched(body, Validators(_kept(answer, "ETag", 200), _kept(answer, "Last-Modified", 64)))


def _kept(answer: http.client.HTTPResponse, name: str, longest: int) -> str | None:
    """A header as it may be sent back; one that is odd or too long is forgotten."""
    value = answer.getheader(name)
    return value if value and value.isascii() and value.isprintable() and len(value) <= longest else None


def _trouble_of(status: int) -> Trouble:
    if status in _GONE:
        return Trouble.GONE
    return Trouble.UNREACHABLE if status >= 500 or status in _BUSY else Trouble.REFUSED

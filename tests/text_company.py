"""A company that carries texts, for tests: a real HTTP server that answers as it is told and keeps what it got."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from scheduler.domain.text_account import TextAccount
from tests.letters import WRITTEN

OUR_NUMBER = "+19155550100"
TOKEN = "the-token-that-signs"
ACCOUNT_NAME = "AC0123456789abcdef"


@dataclass(frozen=True)
class Answer:
    """What the company answers; `silent` takes the text and hangs up without a word."""

    status: int = 201
    body: object = None
    headers: tuple[tuple[str, str], ...] = ()
    silent: bool = False
    takes: bool = True
    delay: float = 0.0


@dataclass
class Company:
    """What a text company does: takes texts, and takes one name once."""

    answers: list[Answer] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    taken: dict[str, dict[str, str]] = field(default_factory=dict)
    port: int = 0

    @property
    def account(self) -> TextAccount:
        """Our account there."""
        return TextAccount.parse(self.url)

    @property
    def url(self) -> str:
        """The setting that names it."""
        return f"http://{ACCOUNT_NAME}:{TOKEN}@127.0.0.1:{self.port}/?from={OUR_NUMBER}"

    def take(self, form: dict[str, str], headers: dict[str, str]) -> tuple[Answer, dict[str, str]]:
        """Take one text: the same name again is the same text."""
        answer = self.answers.pop(0) if self.answers else Answer()
        self.asked.append(form)
        self.headers.append(headers)
        name = headers.get("i-twilio-idempotency-token", "")
        if answer.takes and answer.status < 300:
            self.taken.setdefault(name, {**form, "sid": f"SM{len(self.taken):032d}"})
        return answer, self.taken.get(name, {})

    def found(self, number: str) -> list[dict[str, str]]:
        """The texts to a number, as the company lists them."""
        return [
            {
                "sid": text["sid"],
                "body": text["Body"],
                "to": text["To"],
                "date_created": format_datetime(WRITTEN),
            }
            for text in self.taken.values()
            if text["To"] == number
        ]


@contextmanager
def company_at_work(company: Company) -> Iterator[Company]:
    """The company's server, on a port of its own, until the test is over."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            form = parse_qs(
                self.rfile.read(int(self.headers["Content-Length"])).decode(), keep_blank_values=True
            )
            said = {name: values[0] for name, values in form.items()}
            assert self._knows_us()
            answer, text = company.take(said, {name.lower(): value for name, value in self.headers.items()})
            time.sleep(answer.delay)
            if answer.silent:
                self.close_connection = True
                return
            self._say(
                answer,
                {"sid": text.get("sid", ""), "status": "queued"} if answer.body is None else answer.body,
            )

        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            answer = company.answers.pop(0) if company.answers else Answer(200)
            self._say(answer, answer.body or {"messages": company.found(asked["To"][0])})

        def _knows_us(self) -> bool:
            given = base64.b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
            right_place = urlsplit(self.path).path == f"/2010-04-01/Accounts/{ACCOUNT_NAME}/Messages.json"
            return given == f"{ACCOUNT_NAME}:{TOKEN}" and right_place

        def _say(self, answer: Answer, body: object) -> None:
            written = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    company.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield company
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def company() -> Iterator[Company]:
    """A company that takes everything until it is told otherwise."""
    with company_at_work(Company()) as working:
        yield working

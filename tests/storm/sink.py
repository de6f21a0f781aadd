"""The sink: a quick mail server and a quick text company in one process, which log each message before they answer.

A message is logged by our own name for it, with the machine's time. Told so (SIGUSR1), both hang up and take no
connection until told otherwise (SIGUSR2): an outage. The text company is one of three: one that takes a repeat of a
name for the same text ("idempotent"); one that takes every text, and reports to our web door what became of each
("reporting"); or one that takes every text and says nothing ("plain").
"""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from scheduler.config import ROOT
from scheduler.domain.text_account import signature

BASE_URL = "https://clinic.example.com"
TOKEN = "token"
TEXTS_NAME = re.compile(rb"idempotency-key: *([^\r\n]+)", re.IGNORECASE)
MAIL_NAME = re.compile(rb"^Message-ID: *<([^@>]+)@", re.IGNORECASE | re.MULTILINE)
REPORTERS = 8

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


def sink(log: str, company: str, web_port: str = "0") -> None:
    """Serve SMTP and HTTP on two free ports, print them, and log what is accepted until killed."""
    asyncio.run(_serve(Path(log), company, int(web_port)))


async def _serve(log: Path, company: str, web_port: int) -> None:
    with log.open("ab", buffering=0) as lines:
        taker = _Taker(lines.write, company)
        doors = [_Door(taker.mail), _Door(taker.text)]
        ports = [await door.open() for door in doors]
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, _shut, doors)
        loop.add_signal_handler(signal.SIGUSR2, _open, doors)
        print(*ports, flush=True)  # noqa: T201 - the starter reads it
        reporters = REPORTERS if company == "reporting" else 0
        await asyncio.gather(
            asyncio.Event().wait(), *(_report(taker.reports, web_port) for _ in range(reporters))
        )


class _Door:
    """One port: open, or shut with every connection cut."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._port = 0
        self._server: asyncio.Server | None = None
        self._callers: set[asyncio.StreamWriter] = set()
        self._opening: asyncio.Task[int] | None = None

    async def open(self) -> int:
        """Take connections; returns at which port."""
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        return self._port

    def open_again(self) -> None:
        """Take connections again, at the same port."""
        self._opening = asyncio.get_running_loop().create_task(self.open())

    def shut(self) -> None:
        """Take none any more, and cut off who is connected."""
        if self._server is not None:
            self._server.close()
        for caller in self._callers:
            caller.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._callers.add(writer)
        try:
            await self._talk(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._callers.discard(writer)
            writer.close()


def _shut(doors: Sequence[_Door]) -> None:
    for door in doors:
        door.shut()


def _open(doors: Sequence[_Door]) -> None:
    for door in doors:
        door.open_again()


class _Taker:
    """What the two servers share: where accepted messages are written, and which texts were seen."""

    def __init__(self, write: Callable[[bytes], object], company: str) -> None:
        self._write = write
        self._is_idempotent = company == "idempotent"
        self._reports = company == "reporting"
        self._seen: set[bytes] = set()
        self.reports: asyncio.Queue[bytes] = asyncio.Queue()

    def _accept(self, kind: bytes, name: bytes) -> None:
        self._write(b"%s %s %.6f\n" % (kind, name, time.time()))

    async def mail(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One SMTP connection."""
        writer.write(b"220 sink\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"QUIT":
                return
            if verb == b"DATA":
                writer.write(b"354 go on\r\n")
                message = await reader.readuntil(b"\r\n.\r\n")
                found = MAIL_NAME.search(message)
                self._accept(b"mail", found[1] if found else b"nameless")
            writer.write(b"250 OK\r\n")

    async def text(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One HTTP connection, kept alive. Nobody can look a text up."""
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            size = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
            await reader.readexactly(int(size[1]) if size else 0)
            if head.startswith(b"GET "):
                writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                continue
            found = TEXTS_NAME.search(head)
            name = found[1].strip() if found else b"nameless"
            is_repeat = self._is_idempotent and name in self._seen
            self._accept(b"replay" if is_repeat else b"text", name)
            self._seen.add(name)
            if self._reports:
                self.reports.put_nowait(name)
            body = b'{"sid": "SM%s"}' % name[:32]
            writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


async def _report(names: asyncio.Queue[bytes], web_port: int) -> None:
    """Tell the clinic's web door, signed, that each text arrived; a report that nobody takes is told again."""
    async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
        while True:
            name = (await names.get()).decode()
            path = f"/sms/status/{name}"
            form = {"MessageSid": f"SM{name}", "MessageStatus": "delivered"}
            signed = signature(TOKEN, BASE_URL + path, {key: [value] for key, value in form.items()})
            told = {"X-Twilio-Signature": signed, "Host": "clinic.example.com", "X-Forwarded-Proto": "https"}
            try:
                answer = await client.post(f"http://127.0.0.1:{web_port}{path}", data=form, headers=told)
                answer.raise_for_status()
            except httpx.HTTPError as error:
                print(type(error).__name__, path, file=sys.stderr)  # noqa: T201 - for whoever looks why
                names.put_nowait(name.encode())
                await asyncio.sleep(0.2)


@dataclass
class Sink:
    """The running sink and its log."""

    log: Path
    smtp: int
    http: int
    company: str
    process: subprocess.Popen[str]

    def lines(self) -> list[tuple[str, str, float]]:
        """What was accepted, in order: kind, our name, and when by the clock of the machine."""
        found = []
        for line in self.log.read_text().splitlines():
            kind, name, at = line.split()
            found.append((kind, name, float(at)))
        return found

    def wait_for(self, count: int, seconds: float = 40) -> None:
        """Return when so many messages were accepted."""
        until = time.monotonic() + seconds
        while (seen := self.log.read_bytes().count(b"\n")) < count:
            assert time.monotonic() < until, f"{seen} of {count} messages came within {seconds:.0f} s"
            time.sleep(0.05)

    def hang_up(self) -> None:
        """Be out of reach."""
        self.process.send_signal(signal.SIGUSR1)

    def come_back(self) -> None:
        """Be in reach again."""
        self.process.send_signal(signal.SIGUSR2)


@contextmanager
def sinking(folder: Path, company: str = "idempotent", web_port: int = 0) -> Iterator[Sink]:
    """The sink, for as long as it is needed."""
    log = folder / "sink.log"
    log.touch()
    command = [sys.executable, "-m", "tests.storm", "sink", str(log), company, str(web_port)]
    with (folder / "sink.err").open("ab") as errors:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True)
    with process:
        assert process.stdout is not None
        smtp, http = map(int, process.stdout.readline().split())
        try:
            yield Sink(log, smtp, http, company, process)
        finally:
            process.kill()

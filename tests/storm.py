"""A storm: real workers that are killed while they send, a sink that takes everything and keeps count, and a judge.

The sink is a process of its own that speaks as much SMTP and as much of a text company's HTTP as is needed, quickly. It
writes each message that it accepts into a log, by our own name for it, before it answers. The judge compares the log
with the outbox: what the outbox says was sent must be in the log, and nothing may be in it twice that is not marked.

Leases are short here, so that what a killed worker held is found within seconds.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, func, insert, select, update

from scheduler.config import ROOT, load_settings
from scheduler.domain.actor import SYSTEM
from scheduler.domain.notification import Channel
from scheduler.persistence import directory
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.directory import OrganizationRow
from scheduler.persistence.outbox import OutboxRow
from scheduler.persistence.people import PatientRow
from scheduler.services import delivery, loading, settling
from scheduler.services.house import House
from scheduler.worker import clock
from tests.engines import KEYS, NOW

SHORT = timedelta(seconds=4)
BUSY = timedelta(seconds=6)
TEXTS_NAME = re.compile(rb"idempotency-key: *([^\r\n]+)", re.IGNORECASE)
MAIL_NAME = re.compile(rb"^Message-ID: *<([^@>]+)@", re.IGNORECASE | re.MULTILINE)


def sink(log: str) -> None:
    """Serve SMTP and HTTP on two free ports, print them, and log what is accepted until killed."""
    asyncio.run(_serve(Path(log)))


async def _serve(log: Path) -> None:
    with log.open("ab", buffering=0) as lines:
        judge = _Sink(lines.write)
        mail = await asyncio.start_server(judge.mail, "127.0.0.1", 0)
        texts = await asyncio.start_server(judge.text, "127.0.0.1", 0)
        ports = [server.sockets[0].getsockname()[1] for server in (mail, texts)]
        print(*ports, flush=True)  # noqa: T201 - the starter reads it
        await asyncio.gather(mail.serve_forever(), texts.serve_forever())


class _Sink:
    """What the two servers share: where accepted messages are written, and which texts were seen."""

    def __init__(self, write: object) -> None:
        self._write = write
        self._seen: set[bytes] = set()

    def _accept(self, kind: bytes, name: bytes) -> None:
        self._write(b"%s %s %.6f\n" % (kind, name, time.time()))  # type: ignore[operator]

    async def mail(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One SMTP connection; a client that vanishes ends it."""
        try:
            await self._mail(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _mail(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
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
        """One HTTP connection, kept alive; the same name twice is one text."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                size = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
                await reader.readexactly(int(size[1]) if size else 0)
                found = TEXTS_NAME.search(head)
                name = found[1].strip() if found else b"nameless"
                self._accept(b"replay" if name in self._seen else b"text", name)
                self._seen.add(name)
                body = b'{"sid": "SM%s"}' % name[:32]
                writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@dataclass
class Judge:
    """The running sink and its log."""

    log: Path
    smtp: int
    http: int
    process: subprocess.Popen[str]

    def lines(self) -> list[tuple[str, str, float]]:
        """What was accepted, in order: kind, our name, and when by the clock of the machine."""
        found = []
        for line in self.log.read_text().splitlines():
            kind, name, at = line.split()
            found.append((kind, name, float(at)))
        return found


@contextmanager
def judging(folder: Path) -> Iterator[Judge]:
    """The sink, for as long as it is needed."""
    log = folder / "sink.log"
    log.touch()
    command = [sys.executable, "-m", "tests.storm", "sink", str(log)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        smtp, http = map(int, process.stdout.readline().split())
        try:
            yield Judge(log, smtp, http, process)
        finally:
            process.kill()


def worker() -> None:
    """A worker as `flask worker` runs it, with short leases; its settings come from the environment."""
    delivery.LEASE, delivery.SENDING_LEASE = SHORT, BUSY
    settling.GRACE = dict.fromkeys((Channel.EMAIL, Channel.SMS), timedelta(seconds=1))
    clock.REAP_SECONDS = 1
    clock.run(load_settings())


@dataclass
class Crew:
    """The workers of a storm: started alike, killed at random, replaced at once."""

    url: str
    folder: Path
    judge: Judge
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    kills: int = 0
    offset: timedelta = field(
        default_factory=lambda: timedelta(seconds=int((NOW - datetime.now(UTC)).total_seconds()) + 60)
    )

    def hire(self) -> None:
        """Start one more worker."""
        settings = {
            "INSTANCE_PATH": str(self.folder),
            "DATABASE_URL": self.url,
            "ENCRYPTION_KEYS": KEYS,
            "MAIL_FROM": "visits@clinic.example.com",
            "BASE_URL": "https://clinic.example.com",
            "TESTING": "1",
            "NOW_OFFSET": str(int(self.offset.total_seconds())),
            "SMTP_URL": f"smtp://127.0.0.1:{self.judge.smtp}",
            "SMS_URL": f"http://AC1:token@127.0.0.1:{self.judge.http}/?from=+19155550100&repeats=safe",
        }
        environment = os.environ | {f"SCHEDULER_{name}": value for name, value in settings.items()}
        command = [sys.executable, "-m", "tests.storm", "worker"]
        with (self.folder / "workers.log").open("ab") as log:
            self.running.append(subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log))

    def kill_one(self) -> None:
        """End a random worker without a warning, and start another in its place."""
        victim = self.running.pop(self.chance.randrange(len(self.running)))
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        self.kills += 1
        self.hire()

    def dismiss(self) -> list[int]:
        """Ask all to stop, and return how each ended."""
        for one in self.running:
            one.terminate()
        return [one.wait(60) for one in self.running]

    def __enter__(self) -> Crew:
        """Use with `with`: nobody is left behind."""
        return self

    def __exit__(self, *_: object) -> None:
        for one in self.running:
            if one.poll() is None:
                one.kill()
            one.wait()


def owe_many(house: House, count: int) -> int:
    """Made-up visits and `count` reminders due now, half mails, half texts, each to a reader of its own.

    Returns how many were written.
    """
    people = -(-count // 2)
    visits = people * 5 // 2 + 10
    loading.load(house, -(-visits // 24), visits, SYSTEM, NOW, lambda _: None)
    with house.database.transaction() as connection:
        connection.execute(update(OrganizationRow).values(texts_per_day=10**6, texts_per_week=10**6))
        connection.execute(update(PatientRow).values(remind_by=["email", "sms"]))
        directory.bump(connection)
        rows = list(_reminders(connection, people))
        connection.execute(insert(OutboxRow.__table__), rows)  # type: ignore[arg-type]
        return len(rows)


def _reminders(connection: Connection, people: int) -> Iterator[dict[str, object]]:
    """One visit of each patient who has an address: one mail and one text for it."""
    first = (
        select(func.min(AppointmentRow.id).label("id"))
        .where(
            AppointmentRow.status == "booked",
            AppointmentRow.email_index.is_not(None),
            AppointmentRow.starts_at > NOW + timedelta(days=2),
        )
        .group_by(AppointmentRow.patient_id)
        .limit(people)
        .subquery()
    )
    visits = select(AppointmentRow.id, AppointmentRow.patient_id, AppointmentRow.sequence).join(
        first, first.c.id == AppointmentRow.id
    )
    for visit in connection.execute(visits).all():
        for channel in (Channel.EMAIL, Channel.SMS):
            name = f"storm-{visit.id}-{channel.value}"
            yield {
                "dedupe_key": name,
                "appointment_id": visit.id,
                "patient_id": visit.patient_id,
                "sequence": visit.sequence,
                "kind": "reminder-two-days",
                "channel": channel.value,
                "recipient": "patient",
                "language": "en",
                "message_id": f"{name}@clinic.example.com",
                "stamp": NOW,
                "due_at": NOW,
                "expires_at": NOW + timedelta(hours=5),
                "next_attempt_at": NOW,
                "state": "pending",
                "attempts": 0,
                "ambiguous": False,
                "created_at": NOW,
            }


def unsettled(house: House) -> int:
    """How many messages have not come to an end."""
    open_states = ["pending", "claimed", "sending", "unknown"]
    question = select(func.count()).where(
        OutboxRow.state.in_(open_states),
        OutboxRow.channel.in_(["email", "sms"]),
        OutboxRow.next_attempt_at <= NOW + timedelta(hours=3),
    )
    with house.database.reading() as connection:
        return int(connection.execute(question).scalar_one())


def settle(house: House, seconds: float) -> float:
    """Wait until every message has come to an end; returns how many seconds that took."""
    begun = time.monotonic()
    while left := unsettled(house):
        if time.monotonic() - begun > seconds:
            raise AssertionError(f"{left} messages did not come to an end within {seconds:.0f} s")
        time.sleep(0.2)
    return time.monotonic() - begun


@dataclass(frozen=True)
class Verdict:
    """What the judge found. `lost` are messages that the outbox calls sent and nobody got; `unmarked` came twice
    without a mark; `replays` are repeats that the text company took for what they were."""

    sent: int
    states: dict[str, int]
    lost: int
    mail_twice: int
    text_twice: int
    unmarked: int
    replays: int


def verdict(house: House, lines: Sequence[tuple[str, str, float]]) -> Verdict:
    """Compare the log of the sink with the outbox."""
    with house.database.reading() as connection:
        rows = connection.execute(
            select(OutboxRow.message_id, OutboxRow.state, OutboxRow.ambiguous).where(
                OutboxRow.channel.in_(["email", "sms"])
            )
        ).all()
    seen = Counter(name for kind, name, _ in lines if kind != "replay")
    marked = {row.message_id.partition("@")[0] for row in rows if row.ambiguous}
    sent = [row.message_id.partition("@")[0] for row in rows if row.state in {"sent", "delivered"}]
    twice = {name: times - 1 for name, times in seen.items() if times > 1}
    texts = {name for kind, name, _ in lines if kind == "text"}
    return Verdict(
        sent=len(sent),
        states=dict(Counter(row.state for row in rows)),
        lost=sum(name not in seen for name in sent),
        mail_twice=sum(more for name, more in twice.items() if name not in texts),
        text_twice=sum(more for name, more in twice.items() if name in texts),
        unmarked=sum(name not in marked for name in twice),
        replays=sum(kind == "replay" for kind, _, _ in lines),
    )


if __name__ == "__main__":
    {"sink": sink, "worker": worker}[sys.argv[1]](*sys.argv[2:])  # type: ignore[operator]

"""How fast messages leave: throughput, time from due to accepted, the idle look, and a claim beside a long ledger."""

from __future__ import annotations

import argparse
import smtplib
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import httpx
from sqlalchemy import bindparam, select, text, update

from scheduler.domain.hand_over import Circuit
from scheduler.domain.interval import epoch
from scheduler.domain.notification import Channel
from scheduler.persistence import bulk, claims
from scheduler.persistence.outbox import OutboxRow
from scheduler.services import delivery, housekeeping
from scheduler.services.house import House
from tests.bench._measure import engine, median, table
from tests.engines import NOW
from tests.post import Tray, room_of
from tests.storm import cancels, owed
from tests.storm.crew import Crew
from tests.storm.judge import verdict
from tests.storm.sink import Sink, sinking

LATENCY_RATE = 100
LATENCY_SECONDS = 20
WORKERS = {"sqlite": 1, "postgresql": 2}


def throughput(options: argparse.Namespace) -> None:
    """Messages a second with a gate for each, over what the sink takes from two bare clients in the same minute."""
    rows: list[tuple[object, ...]] = []
    for name in options.engines:
        with engine(name) as (house, url, folder), sinking(folder) as sink:
            ceiling = _ceiling(sink)
            count = owed.owe_many(house, options.messages)
            with Crew(url, folder, sink) as crew:
                crew.hire(WORKERS[name])
                owed.settle(house, 600)
                crew.dismiss()
            lines = [line for line in sink.lines() if line[1].startswith("storm")]
            moments = [at for _, _, at in lines]
            rate = len(lines) / (max(moments) - min(moments))
            found = verdict(house, lines)
            assert found.states == {"sent": count}, found
            rows.append((name, WORKERS[name], count, ceiling, rate, rate / ceiling))
    header = ("engine", "workers", "messages", "sink's ceiling /s", "sent /s", "ratio")
    table("Throughput, a gate for each message", header, rows)


def _ceiling(sink: Sink, count: int = 1500) -> float:
    """What one mail client and one text client hand over in a second, with nothing but the hand-over to do."""

    def mails() -> None:
        line = smtplib.SMTP("127.0.0.1", sink.smtp)
        line.ehlo()
        for number in range(count):
            message = b"Message-ID: <bare-%d@x>\r\nSubject: x\r\n\r\n" % number + b"x" * 6000
            line.rset()
            line.mail("visits@clinic.example.com")
            line.rcpt("ana@example.com")
            line.data(message)
        line.close()

    def texts() -> None:
        with httpx.Client() as client:
            for number in range(count):
                address = f"http://127.0.0.1:{sink.http}/Messages.json"
                client.post(address, data={"Body": "x" * 150}, headers={"Idempotency-Key": f"bare-t{number}"})

    threads = [threading.Thread(target=work) for work in (mails, texts)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 2 * count / (time.perf_counter() - begun)


def latency(options: argparse.Namespace) -> None:
    """From the moment a message is due until the sink has it, at 100 due a second."""
    rows: list[tuple[object, ...]] = []
    for name in options.engines:
        with engine(name) as (house, url, folder), sinking(folder) as sink:
            owed.owe_many(house, LATENCY_RATE * LATENCY_SECONDS)
            cancels.put_off(house)
            with Crew(url, folder, sink) as crew:
                crew.hire(WORKERS[name])
                crew.wait_for_clocks(house, WORKERS[name])
                due = _spread(house, crew.offset)
                owed.settle(house, 300)
                crew.dismiss()
            waits = sorted(at - due[tag] for _, tag, at in sink.lines() if tag in due)
            parts = [waits[int(len(waits) * part)] * 1000 for part in (0.5, 0.95, 0.99)]
            rows.append((name, len(waits), *parts))
    header = ("engine", "messages", "p50 ms", "p95 ms", "p99 ms")
    table("From due to accepted, 100 due a second", header, rows)


def _spread(house: House, offset: timedelta) -> dict[str, float]:
    """Make the messages due one after the other from two seconds on; returns when, by the machine's clock."""
    with house.database.transaction() as connection:
        ids = connection.execute(
            select(OutboxRow.id, OutboxRow.message_id)
            .where(OutboxRow.state == "pending", OutboxRow.kind == "reminder-two-days")
            .order_by(OutboxRow.id)
        ).all()
        begin = datetime.now(UTC) + timedelta(seconds=3)
        moments = [begin + timedelta(seconds=place / LATENCY_RATE) for place in range(len(ids))]
        statement = text("UPDATE outbox SET due_at = :due, next_attempt_at = :due WHERE id = :id")
        statement = statement.bindparams(bindparam("due", type_=OutboxRow.__table__.c.due_at.type))
        connection.execute(
            statement,
            [{"due": moment + offset, "id": row.id} for row, moment in zip(ids, moments, strict=True)],
        )
    return {
        row.message_id.partition("@")[0]: moment.timestamp() for row, moment in zip(ids, moments, strict=True)
    }


def idle(options: argparse.Namespace) -> None:
    """A look of the worker that finds nothing due, with so many messages planned for later."""
    rows: list[tuple[object, ...]] = []
    for name in options.engines:
        with engine(name) as (house, _url, _folder):
            owed.owe_many(house, 20)
            with house.database.transaction() as connection:
                connection.execute(update(OutboxRow).values(state="sent"))
            room = room_of(house, Tray())
            empty = median(lambda: delivery.drain(room, Circuit()), 500)  # noqa: B023 - used at once
            _fill(house, options.future, state="pending", ahead=True)
            full = median(lambda: delivery.drain(room, Circuit()), 500)  # noqa: B023 - used at once
            rows.append((name, options.future, empty, full, full / empty))
    header = ("engine", "future rows", "empty ms", "idle look ms", "ratio")
    table("A look that finds nothing due", header, rows)


def ledger(options: argparse.Namespace) -> None:
    """A claim of twenty messages with an empty ledger, and with so many settled ones; and a round of the archive."""
    rows: list[tuple[object, ...]] = []
    for name in options.engines:
        with engine(name) as (house, _url, _folder):
            owed.owe_many(house, 1000)
            before = median(lambda: _claim_and_undo(house), 100)
            _fill(house, options.ledger, state="sent", ahead=False)
            after = median(lambda: _claim_and_undo(house), 100)
            later = NOW + housekeeping.MESSAGES_AT_HAND
            tick = median(lambda: housekeeping.archive(house, later), 20)  # noqa: B023 - used at once
            rows.append((name, options.ledger, before, after, after / before, tick))
    header = ("engine", "settled rows", "claim of 20, empty ms", "full ms", "ratio", "500 archived, ms")
    table("A claim beside a long ledger", header, rows)


class _Undo(Exception):
    """Takes a measured claim back."""


def _claim_and_undo(house: House) -> None:
    try:
        with house.database.transaction() as connection:
            lease = timedelta(seconds=60)
            taken = claims.claim(
                connection, Channel.EMAIL, NOW + timedelta(hours=1), token="x", lease=lease, limit=20
            )
            assert len(taken) == 20
            raise _Undo
    except _Undo:
        pass


def _fill(house: House, count: int, *, state: str, ahead: bool) -> None:
    """So many rows of the outbox about the visits there are, in batches."""
    with house.database.reading() as connection:
        visits = connection.execute(
            select(OutboxRow.appointment_id, OutboxRow.patient_id, OutboxRow.sequence).limit(1000)
        ).all()
    known = [(row.appointment_id or 0, row.patient_id or 0, row.sequence) for row in visits]
    rows = _many(count, known, state, ahead)
    while True:
        with house.database.transaction() as connection:
            stamp = bulk.stamper(connection)
            batch = [
                (*row[:-1], stamp(row[-1]), stamp(row[-1]), stamp(row[-1]), stamp(row[-1]))
                for row in islice(rows, 50_000)
            ]
            bulk.write(connection, OutboxRow, _COLUMNS, batch)
        if not batch:
            break
    with house.database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()


_COLUMNS = (
    "dedupe_key",
    "appointment_id",
    "patient_id",
    "sequence",
    "kind",
    "channel",
    "recipient",
    "language",
    "message_id",
    "state",
    "attempts",
    "ambiguous",
    "stamp",
    "due_at",
    "next_attempt_at",
    "created_at",
)


def _many(
    count: int, visits: list[tuple[int, int, int]], state: str, ahead: bool
) -> Iterator[tuple[Any, ...]]:
    begin = epoch(NOW)
    for number in range(count):
        visit, patient, sequence = visits[number % len(visits)]
        moment = begin + 86_400 + number if ahead else begin - 86_400 - number
        channel = "email" if number % 2 else "sms"
        yield (
            f"fill-{state}-{number}",
            visit,
            patient,
            sequence,
            "reminder-week",
            channel,
            "patient",
            "en",
            f"fill-{state}-{number}@x",
            state,
            1,
            False,
            moment,
        )

"""Measures the engine of messages against the sink's own ceiling, and storms it: kills, cancellations, a long ledger.

./dev bench reminders [--messages 20000] [--kills 20] [--workers 4] [--future 1000000] [--ledger 5000000]
                      [--cancels 4000] [--only throughput storm latency idle cancels ledger]
"""

from __future__ import annotations

import argparse
import random
import smtplib
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import httpx
from sqlalchemy import bindparam, select, text, update

from scheduler.domain.appointment import CancelledBy
from scheduler.domain.hand_over import Circuit
from scheduler.domain.interval import epoch
from scheduler.domain.notification import Channel
from scheduler.persistence import bulk, claims
from scheduler.persistence.outbox import OutboxRow
from scheduler.services import changing, delivery
from scheduler.services.house import House
from tests import storm
from tests.bench._measure import engine, median, table
from tests.engines import CLERK, NOW
from tests.post import Tray, room_of

ENGINES = ("sqlite", "postgresql")
FIGURES = ("throughput", "storm", "latency", "idle", "cancels", "ledger")
LATENCY_RATE = 100
LATENCY_SECONDS = 20


def main() -> None:
    """Print one table for each question."""
    parser = argparse.ArgumentParser(prog="./dev bench reminders")
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--future", type=int, default=1_000_000)
    parser.add_argument("--ledger", type=int, default=5_000_000)
    parser.add_argument("--cancels", type=int, default=4_000)
    parser.add_argument("--engines", nargs="*", default=list(ENGINES))
    parser.add_argument("--only", nargs="*", default=list(FIGURES))
    options = parser.parse_args()
    questions: dict[str, Callable[[argparse.Namespace], None]] = {
        "throughput": _throughput,
        "storm": _storm,
        "latency": _latency,
        "idle": _idle,
        "cancels": _cancels,
        "ledger": _ledger,
    }
    for name in options.only:
        questions[name](options)


def _throughput(options: argparse.Namespace) -> None:
    """Messages a second with every gate, over what the sink takes from two bare clients in the same minute."""
    rows: list[tuple[object, ...]] = []
    for name in options.engines:
        with engine(name) as (house, url, folder), storm.judging(folder) as judge:
            ceiling = _ceiling(judge)
            owed = storm.owe_many(house, options.messages)
            workers = 1 if name == "sqlite" else 2
            with storm.Crew(url, folder, judge) as crew:
                for _ in range(workers):
                    crew.hire()
                storm.settle(house, 600)
                crew.dismiss()
            lines = [at for kind, tag, at in judge.lines() if tag.startswith("storm-")]
            rate = len(lines) / (max(lines) - min(lines))
            found = storm.verdict(house, [line for line in judge.lines() if line[1].startswith("storm-")])
            assert found.sent == owed, found
            rows.append((name, workers, owed, ceiling, rate, rate / ceiling))
    header = ("engine", "workers", "messages", "sink's ceiling /s", "sent /s", "ratio")
    table("Throughput, a gate for each message", header, rows)


def _ceiling(judge: storm.Judge, count: int = 1500) -> float:
    """What one mail client and one text client hand over in a second, with nothing but the hand-over to do."""

    def mails() -> None:
        line = smtplib.SMTP("127.0.0.1", judge.smtp)
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
                address = f"http://127.0.0.1:{judge.http}/Messages.json"
                client.post(address, data={"Body": "x" * 150}, headers={"Idempotency-Key": f"bare-t{number}"})

    threads = [threading.Thread(target=work) for work in (mails, texts)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 2 * count / (time.perf_counter() - begun)


def _storm(options: argparse.Namespace) -> None:
    """Many workers, many messages, and kills at random moments while they send."""
    rows: list[tuple[object, ...]] = []
    for name in options.engines:
        with engine(name) as (house, url, folder), storm.judging(folder) as judge:
            owed = storm.owe_many(house, options.messages)
            with storm.Crew(url, folder, judge) as crew:
                for _ in range(options.workers):
                    crew.hire()
                _kill_while_sending(house, crew, judge, owed, options.kills)
                storm.settle(house, 900)
                crew.dismiss()
            found = storm.verdict(house, judge.lines())
            per_kill = found.mail_twice / max(crew.kills, 1)
            rows.append(
                (
                    name,
                    owed,
                    crew.kills,
                    found.states,
                    found.lost,
                    found.mail_twice,
                    per_kill,
                    found.text_twice,
                    found.replays,
                    found.unmarked,
                )
            )
    header = (
        "engine",
        "messages",
        "kills",
        "states",
        "lost",
        "mails twice",
        "per kill",
        "texts twice",
        "replays absorbed",
        "unmarked",
    )
    table("Workers killed while they send", header, rows)


def _kill_while_sending(house: House, crew: storm.Crew, judge: storm.Judge, owed: int, kills: int) -> None:
    """Kill each time when a further part of the messages has arrived."""
    for number in range(1, kills + 1):
        wanted = owed * number / (kills + 2)
        while len(judge.lines()) < wanted and storm.unsettled(house):
            time.sleep(0.1)
        time.sleep(crew.chance.uniform(0, 0.3))
        crew.kill_one()


def _latency(options: argparse.Namespace) -> None:
    """From the moment a message is due until the sink has it, at 100 due a second."""
    rows: list[tuple[object, ...]] = []
    for name in options.engines:
        with engine(name) as (house, url, folder), storm.judging(folder) as judge:
            count = LATENCY_RATE * LATENCY_SECONDS
            storm.owe_many(house, count)
            with storm.Crew(url, folder, judge) as crew:
                _wait_in_the_future(house)
                for _ in range(1 if name == "sqlite" else 2):
                    crew.hire()
                time.sleep(8)
                due = _spread(house, crew.offset)
                storm.settle(house, 300)
                crew.dismiss()
            waits = sorted(at - due[tag] for kind, tag, at in judge.lines() if tag in due)
            rows.append(
                (name, len(waits), *(waits[int(len(waits) * part)] * 1000 for part in (0.5, 0.95, 0.99)))
            )
    table(
        "From due to accepted, 100 due a second", ("engine", "messages", "p50 ms", "p95 ms", "p99 ms"), rows
    )


def _wait_in_the_future(house: House) -> None:
    with house.database.transaction() as connection:
        later = NOW + timedelta(hours=2)
        connection.execute(
            update(OutboxRow)
            .where(OutboxRow.state == "pending", OutboxRow.kind == "reminder-two-days")
            .values(due_at=later, next_attempt_at=later)
        )


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


def _idle(options: argparse.Namespace) -> None:
    """A look of the worker that finds nothing due, with so many messages planned for later."""
    rows: list[tuple[object, ...]] = []
    for name in options.engines:
        with engine(name) as (house, _url, _folder):
            storm.owe_many(house, 20)
            with house.database.transaction() as connection:
                connection.execute(update(OutboxRow).values(state="sent"))
            room = room_of(house, Tray())
            empty = median(lambda: delivery.drain(room, Circuit()), 200)  # noqa: B023 - used at once
            _fill(house, options.future, state="pending", ahead=True)
            full = median(lambda: delivery.drain(room, Circuit()), 200)  # noqa: B023 - used at once
            rows.append((name, options.future, empty, full, full / empty))
    header = ("engine", "future rows", "empty ms", "idle look ms", "ratio")
    table("A look that finds nothing due", header, rows)


def _ledger(options: argparse.Namespace) -> None:
    """A claim of twenty messages with an empty ledger, and with so many settled messages in it."""
    rows: list[tuple[object, ...]] = []
    for name in options.engines:
        with engine(name) as (house, _url, _folder):
            storm.owe_many(house, 1000)
            before = median(lambda: _claim_and_undo(house), 60)
            _fill(house, options.ledger, state="sent", ahead=False)
            after = median(lambda: _claim_and_undo(house), 60)
            rows.append((name, options.ledger, before, after, after / before))
    header = ("engine", "settled rows", "claim of 20, empty ms", "claim of 20, full ms", "ratio")
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


def _cancels(options: argparse.Namespace) -> None:
    """Visits given up at the very moment at which their reminders leave."""
    rows: list[tuple[object, ...]] = []
    for name in options.engines:
        with engine(name) as (house, url, folder), storm.judging(folder) as judge:
            storm.owe_many(house, options.cancels * 2)
            visits = _visits_reminded(house)
            with storm.Crew(url, folder, judge) as crew:
                for _ in range(1 if name == "sqlite" else 2):
                    crew.hire()
                while not judge.lines():
                    time.sleep(0.05)
                done = _give_up(house, visits)
                storm.settle(house, 600)
                crew.dismiss()
                rows.append((name, len(done), *_after_cancels(house, done, judge, crew.offset)))
    header = ("engine", "cancelled", "reminders in flight or before", "stale", "overtaking", "cancel p95 ms")
    table("Cancellations racing their reminders", header, rows)


def _visits_reminded(house: House) -> list[int]:
    with house.database.reading() as connection:
        ids = connection.execute(select(OutboxRow.appointment_id).distinct()).scalars()
        visits = [int(number) for number in ids if number is not None]
    random.Random(3).shuffle(visits)
    return visits


def _give_up(house: House, visits: list[int]) -> dict[int, tuple[float, float]]:
    """Cancel in two threads; returns for each visit when its cancellation began and was committed."""
    done: dict[int, tuple[float, float]] = {}
    turns = iter(visits)
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                visit = next(turns, None)
            if visit is None:
                return
            begun = time.time()
            changing.cancel(house, visit, CancelledBy.DESK, CLERK, NOW)
            done[visit] = (begun, time.time())

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done


def _after_cancels(
    house: House, done: dict[int, tuple[float, float]], judge: storm.Judge, offset: timedelta
) -> tuple[int, int, int, float]:
    """Reminders that went out at all; stale ones (let go after the cancellation was committed); overtaking ones."""
    accepted = {tag: at for _, tag, at in judge.lines()}
    with house.database.reading() as connection:
        rows = connection.execute(
            select(
                OutboxRow.appointment_id,
                OutboxRow.channel,
                OutboxRow.kind,
                OutboxRow.message_id,
                OutboxRow.opened_at,
                OutboxRow.state,
            ).where(OutboxRow.state == "sent")
        ).all()
    last = {
        (row.appointment_id, row.channel): accepted[row.message_id.partition("@")[0]]
        for row in rows
        if row.kind == "cancelled"
    }
    reminders = [row for row in rows if row.kind == "reminder-two-days" and row.appointment_id in done]
    stale = sum((row.opened_at - offset).timestamp() > done[row.appointment_id][1] for row in reminders)
    overtaking = sum(
        accepted[row.message_id.partition("@")[0]] > last.get((row.appointment_id, row.channel), float("inf"))
        for row in reminders
    )
    spent = [after - before for before, after in done.values()]
    return len(reminders), stale, overtaking, statistics.quantiles(spent, n=20)[18] * 1000


if __name__ == "__main__":
    main()

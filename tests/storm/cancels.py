"""Visits given up at the very moment at which their reminders leave: is one sent that should not be, or sent too late?

Each visit's mail and text become due at its own moment, and the visit is cancelled between 30 ms before it and 400 ms
after. The judge does not trust the outbox's clock alone: it asks each cancellation, once it is committed, which
reminders it found on their way, and holds that against what the sink took.
"""

from __future__ import annotations

import random
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import BindParameter, Row, bindparam, select, update

from scheduler.domain.appointment import CancelledBy
from scheduler.persistence.outbox import OutboxRow
from scheduler.services import changing
from scheduler.services.house import House
from tests.engines import CLERK, NOW
from tests.storm.owed import KIND
from tests.storm.sink import Sink

EARLY, LATE = -0.030, 0.400
"""Seconds from a reminder's moment, between which its visit is given up."""

LEAD = 1.0
THREADS = 3
_LEFT = frozenset({"sending", "sent", "delivered", "unknown"})


@dataclass(frozen=True)
class Cancel:
    """One cancellation: when it was asked for and committed (machine's clock), and the reminders that had left."""

    asked: float
    committed: float
    on_their_way: frozenset[str]


@dataclass(frozen=True)
class Raced:
    """What the judge found. `left` reminders were on their way or there when their visit was cancelled.

    `stale` reminders were let go after that; `overtaking` ones came after the news of the cancellation; `unsaid` are
    news of a cancellation that did not come. `late` is the longest time, in seconds, from a cancellation to a reminder
    that it found on its way; `waited` is what a cancellation took, in seconds, all but the slowest twentieth.
    """

    cancelled: int
    left: int
    stale: int
    overtaking: int
    unsaid: int
    late: float
    waited: float


def put_off(house: House) -> None:
    """Let every reminder wait."""
    _postpone(house, NOW + timedelta(hours=2))


def _postpone(house: House, moment: datetime) -> None:
    with house.database.transaction() as connection:
        waiting = update(OutboxRow).where(OutboxRow.state == "pending", OutboxRow.kind == KIND)
        connection.execute(waiting.values(due_at=moment, next_attempt_at=moment))


def race(house: House, offset: timedelta, rate: float, count: int) -> dict[int, Cancel]:
    """Make the reminders of `count` visits due, `rate` visits a second, and give each visit up at about its moment.

    `offset` is how far the workers' clock is ahead of the machine's.
    """
    with house.database.reading() as connection:
        ids = connection.scalars(
            select(OutboxRow.appointment_id).where(OutboxRow.kind == KIND).distinct().limit(count)
        ).all()
    begin = time.time() + LEAD
    moments = {int(visit): begin + place / rate for place, visit in enumerate(ids) if visit is not None}
    due: BindParameter[datetime] = bindparam("due")
    statement = (
        update(OutboxRow.__table__)  # type: ignore[arg-type]
        .where(OutboxRow.appointment_id == bindparam("visit"), OutboxRow.kind == KIND)
        .values(due_at=due, next_attempt_at=due)
    )
    rows = [
        {"due": datetime.fromtimestamp(moment, UTC) + offset, "visit": visit}
        for visit, moment in moments.items()
    ]
    with house.database.transaction() as connection:
        connection.execute(statement, rows)
    return _give_up(house, moments)


def _give_up(house: House, moments: dict[int, float]) -> dict[int, Cancel]:
    chance = random.Random(3)
    asked = {visit: moment + chance.uniform(EARLY, LATE) for visit, moment in moments.items()}
    turns = iter(sorted(asked.items(), key=lambda turn: turn[1]))
    done: dict[int, Cancel] = {}
    lock = threading.Lock()
    threads = [threading.Thread(target=_cancel, args=(house, turns, lock, done)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done


def _cancel(
    house: House, turns: Iterator[tuple[int, float]], lock: threading.Lock, done: dict[int, Cancel]
) -> None:
    while True:
        with lock:
            visit, moment = next(turns, (0, 0.0))
        if not visit:
            return
        time.sleep(max(0.0, moment - time.time()))
        asked = time.time()
        changing.cancel(house, visit, CancelledBy.DESK, CLERK, NOW)
        committed = time.time()
        done[visit] = Cancel(asked, committed, _on_their_way(house, visit))


def _on_their_way(house: House, visit: int) -> frozenset[str]:
    question = select(OutboxRow.message_id).where(
        OutboxRow.appointment_id == visit, OutboxRow.kind == KIND, OutboxRow.state.in_(sorted(_LEFT))
    )
    with house.database.reading() as connection:
        return frozenset(name.partition("@")[0] for name in connection.scalars(question))


def raced(house: House, done: dict[int, Cancel], sink: Sink, offset: timedelta) -> Raced:
    """Hold the cancellations against what the sink took."""
    accepted = {name: at for _, name, at in sink.lines()}
    with house.database.reading() as connection:
        columns = ("appointment_id", "channel", "kind", "message_id", "opened_at")
        rows: Sequence[Row[tuple[object, ...]]] = connection.execute(
            select(*(getattr(OutboxRow, name) for name in columns)).where(
                OutboxRow.appointment_id.in_(list(done)), OutboxRow.channel.in_(["email", "sms"])
            )
        ).all()
    news = {
        (row.appointment_id, row.channel): accepted.get(row.message_id.partition("@")[0])
        for row in rows
        if row.kind == "cancelled"
    }
    reminders = [
        (done[row.appointment_id], row, accepted[row.message_id.partition("@")[0]])
        for row in rows
        if row.kind == KIND and row.message_id.partition("@")[0] in accepted
    ]
    after = [(news.get((row.appointment_id, row.channel)), came) for _, row, came in reminders]
    return Raced(
        cancelled=len(done),
        left=len(reminders),
        stale=sum(_is_stale(cancel, row, offset) for cancel, row, _ in reminders),
        overtaking=sum(told is not None and came > told for told, came in after),
        unsaid=sum(told is None for told in news.values()),
        late=max((came - cancel.committed for cancel, _, came in reminders), default=0.0),
        waited=statistics.quantiles([each.committed - each.asked for each in done.values()], n=20)[18],
    )


def _is_stale(cancel: Cancel, row: Row[tuple[object, ...]], offset: timedelta) -> bool:
    """Say whether a reminder that came was let go after its visit had been cancelled."""
    was_seen = row.message_id.partition("@")[0] in cancel.on_their_way
    return not was_seen or (row.opened_at - offset).timestamp() > cancel.committed

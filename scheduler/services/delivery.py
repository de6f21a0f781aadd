"""Sending what is owed: take it, look once more whether it is still true, hand it over, write down what came of it.

Three transactions a message, and the hand-over in none of them: a slow post office holds up no booking, and a crash at
any point leaves a row that says how far the message came. The writing (template, calendar file) happens before the
second one, from a snapshot; that transaction then lets it leave only if the visit is still at the same version.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol
from uuid import uuid4

from sqlalchemy import Connection

from scheduler.domain.hand_over import ATTEMPTS, Circuit, HandOver, Result, pause
from scheduler.domain.letter import Letter, letter
from scheduler.domain.notification import Channel, Claimed, State, address_of
from scheduler.domain.visit import Visit
from scheduler.persistence import channel_states, claims, opt_outs, outbox, readers
from scheduler.persistence.database import database_now
from scheduler.services import escalation, gate, letter_facts
from scheduler.services.gate import Stop
from scheduler.services.house import House
from scheduler.services.letter_facts import Facts

BATCH = 20
LEASE = timedelta(seconds=120)
"""How long a claimed message is this worker's; a batch is handed over or given back well within it."""

SENDING_LEASE = timedelta(seconds=180)
"""Longer than the slowest hand-over that can still succeed: after it the message is nobody's and its fate unknown."""

GRACE: Mapping[Channel, timedelta] = {
    Channel.EMAIL: timedelta(seconds=30),
    Channel.SMS: timedelta(seconds=120),
}
"""How long an unknown message rests before its fate is looked into: longer than a provider's reports take to come."""


class Carrier(Protocol):
    """One way for messages to travel. `post` raises nothing that it can foresee: it answers with a `HandOver`."""

    @property
    def channel(self) -> Channel:
        """Which messages it carries."""
        ...

    @property
    def is_idempotent(self) -> bool:
        """Whether the provider takes a repeat of the same message for the same message."""
        ...

    def write(self, letter: Letter) -> bytes:
        """The message as it will travel; the same letter gives the same bytes."""
        ...

    def post(self, message: bytes, address: str) -> HandOver:
        """Hand the message over, to this one address."""
        ...

    def inquire(self, message: bytes, address: str, since: datetime) -> HandOver | None:
        """Ask the provider whether it has this message of ours, sent to the address since then.

        ACCEPTED: it has it. REFUSED: it surely has not. None: it cannot say.
        """
        ...


@dataclass(frozen=True, slots=True)
class PostRoom:
    """What sending needs: the house, one carrier, and where the clinic's pages are.

    `offset` moves the database's clock (demo and tests); `chance` gives the jitter, in [0, 1).
    """

    house: House
    carrier: Carrier
    base_url: str
    offset: timedelta = timedelta(0)
    chance: Callable[[], float] = field(default=random.random)

    def now(self, connection: Connection) -> datetime:
        """The time that due dates and leases are held against: the database's, the same for every node."""
        return database_now(connection) + self.offset


@dataclass(frozen=True, slots=True)
class Trouble:
    """A message that did not leave, and why; names nobody."""

    message: int
    result: Result
    reason: str


@dataclass(frozen=True, slots=True)
class Drained:
    """What one round came to, in messages; `circuit` says whether the post can be reached.

    `idle_for` is how long it is until the next message wants to be tried, None when none waits.
    """

    circuit: Circuit
    sent: int = 0
    later: int = 0
    dropped: int = 0
    dead: int = 0
    troubles: tuple[Trouble, ...] = ()
    idle_for: timedelta | None = None

    @property
    def handled(self) -> int:
        """How many messages were looked at."""
        return self.sent + self.later + self.dropped + self.dead


@dataclass(frozen=True, slots=True)
class _Ready:
    """A message waiting at the gate with its visit; without bytes where its reader has no usable address."""

    visit: Visit
    address: str = ""
    message: bytes = b""


def drain(room: PostRoom, circuit: Circuit, *, stop: Callable[[], bool] = bool) -> Drained:
    """Send what is due, one batch of it, oldest first; `stop` is asked before each hand-over.

    While the post cannot be reached, one message at a time is tried, and none before the circuit lets it pass.
    """
    done = Drained(circuit)
    now, next_due = _look(room)
    if next_due is None or next_due > now or not circuit.lets_pass(now):
        return replace(done, idle_for=None if next_due is None else next_due - now)
    batch = _claim(room, circuit)
    facts = _read(room, batch)
    for claimed in batch:
        if stop() or (done.circuit.is_broken and done.handled):
            done = replace(done, later=done.later + 1)
            _give_back(room, claimed, "later")
        else:
            done = _deliver(room, claimed, facts.get(claimed.id), done)
    if done.circuit.is_broken or circuit.is_broken:
        _report(room, done.circuit, circuit)
    return replace(done, idle_for=_idle_for(room))


def is_backlog(room: PostRoom) -> bool:
    """Say whether more is due than one round takes."""
    with room.house.database.reading() as connection:
        return claims.is_more_due(connection, room.carrier.channel, room.now(connection), BATCH)


def _look(room: PostRoom) -> tuple[datetime, datetime | None]:
    """The moment, and when the channel's next message is due: one cheap statement, for it is asked all the time."""
    with room.house.database.glance() as connection:
        now, due = outbox.look(connection, room.carrier.channel)
    return now + room.offset, due


def _idle_for(room: PostRoom) -> timedelta | None:
    now, due = _look(room)
    return None if due is None else due - now


def _claim(room: PostRoom, circuit: Circuit) -> list[Claimed]:
    """Take the next batch, unless the clinic has paused the channel."""
    channel = room.carrier.channel
    with room.house.database.glance() as connection:
        if channel in channel_states.paused(connection):
            return []
    with room.house.database.transaction() as connection:
        return claims.claim(
            connection,
            channel,
            room.now(connection),
            token=uuid4().hex,
            lease=LEASE,
            limit=1 if circuit.is_broken else BATCH,
        )


def _read(room: PostRoom, batch: Sequence[Claimed]) -> Mapping[int, Facts]:
    """What the batch must say, in a few statements for all; where one row spoils that, each is read by itself later."""
    if not batch:
        return {}
    try:
        with room.house.database.reading() as connection:
            return letter_facts.of_many(connection, room.house, room.base_url, batch, room.now(connection))
    except Exception:  # noqa: BLE001 - the spoilt one will say so itself
        return {}


def _deliver(room: PostRoom, claimed: Claimed, facts: Facts | None, done: Drained) -> Drained:
    """Bring one message as far as it goes. Whatever is wrong with it ends with it; the next one is not held up."""
    try:
        ready = _prepare(room, claimed, facts)
    except Exception as error:  # noqa: BLE001 - a message that cannot be written must not stop the others
        answer = HandOver(Result.DEFERRED, f"unwritten {type(error).__name__}")
        _settle(room, claimed, answer, facts.visit if facts else None)
        return _counted(claimed, answer, done)
    if not _pass_gate(room, claimed, ready):
        return replace(done, dropped=done.dropped + 1)
    answer = _hand_over(room, ready)
    now = _settle(room, claimed, answer, ready.visit)
    done = replace(done, circuit=done.circuit.after(answer.result, now, answer.wait))
    return _counted(claimed, answer, done)


def _prepare(room: PostRoom, claimed: Claimed, facts: Facts | None) -> _Ready:
    """What was handed over before, or the message freshly written."""
    if facts is None:
        with room.house.database.reading() as connection:
            now = room.now(connection)
            facts = letter_facts.of_many(connection, room.house, room.base_url, [claimed], now)[claimed.id]
    if claimed.rendered is not None:
        opened = room.house.vault.open_bytes("outbox", claimed.id, claimed.rendered)
        address, _, message = opened.partition(b"\n")
        return _Ready(facts.visit, address.decode("ascii"), message)
    note = letter(facts.visit, claimed, facts.links, facts.thread, facts.now, facts.also)
    if note is None:
        return _Ready(facts.visit)
    return _Ready(facts.visit, note.address, room.carrier.write(note))


def _pass_gate(room: PostRoom, claimed: Claimed, ready: _Ready) -> bool:
    """Let the message leave if it is still true: judge it, freeze its bytes, and mark it as leaving, at one moment."""
    vault = room.house.vault
    index = vault.index(readers.number_of(claimed.channel), ready.address) if ready.address else None
    frozen = claimed.rendered or _seal(room, claimed, ready)
    with room.house.database.transaction() as connection:
        now = room.now(connection)
        stop = gate.judge(connection, claimed, ready.visit, index, now)
        if stop is not None:
            _stop(connection, claimed, ready.visit, stop, now)
            return False
        until = now + SENDING_LEASE
        return claims.begin_sending(connection, claimed, frozen, until, now=now, address_index=index)


def _stop(connection: Connection, claimed: Claimed, visit: Visit, stop: Stop, now: datetime) -> None:
    if stop.until is not None:
        claims.defer(connection, claimed, stop.until, stop.reason)
    elif claims.drop(connection, claimed, stop.state, stop.reason) and stop.reason == "opted-out":
        escalation.another_way(connection, claimed, visit, now)


def _seal(room: PostRoom, claimed: Claimed, ready: _Ready) -> bytes:
    plain = ready.address.encode("ascii") + b"\n" + ready.message
    return room.house.vault.seal_bytes("outbox", claimed.id, plain)


def _hand_over(room: PostRoom, ready: _Ready) -> HandOver:
    try:
        return room.carrier.post(ready.message, ready.address)
    except Exception as error:  # noqa: BLE001 - the message may be out: say so, and go on with the next
        return HandOver(Result.UNSURE, f"unforeseen {type(error).__name__}")


def _settle(room: PostRoom, claimed: Claimed, answer: HandOver, visit: Visit | None) -> datetime:
    """Write down what came of the hand-over; returns when."""
    with room.house.database.transaction() as connection:
        now = room.now(connection)
        match answer.result:
            case Result.ACCEPTED:
                claims.settle_sent(connection, claimed, now, answer.reference, answer.provider)
            case Result.UNREACHABLE:
                claims.release(connection, claimed, now, answer.reason)
            case Result.UNSURE:
                claims.settle_unknown(connection, claimed, now + GRACE[claimed.channel])
            case Result.REFUSED:
                _give_up(room, connection, claimed, answer.reason, now)
            case Result.OPTED_OUT:
                _opt_out(room, connection, claimed, visit, now)
            case Result.DEFERRED:
                _try_later(room, connection, claimed, answer, now)
        return now


def _give_up(room: PostRoom, connection: Connection, claimed: Claimed, reason: str, now: datetime) -> None:
    if claims.settle_dead(connection, claimed, reason):
        escalation.call_the_patient(connection, room.house, claimed, reason, now)


def _opt_out(
    room: PostRoom, connection: Connection, claimed: Claimed, visit: Visit | None, now: datetime
) -> None:
    """The reader told the carrier to stop: remember it, and try another way."""
    if not claims.settle_refused(connection, claimed, "opted-out") or visit is None:
        return
    told = address_of(claimed.addressee, visit.patient, visit.helper, claimed.channel) or visit.patient.phone
    index = room.house.vault.index(readers.number_of(claimed.channel), told)
    opt_outs.record(
        connection,
        claimed.channel,
        index,
        out=True,
        source="carrier",
        language=claimed.language,
        now=now,
    )
    escalation.another_way(connection, claimed, visit, now)


def _try_later(
    room: PostRoom, connection: Connection, claimed: Claimed, answer: HandOver, now: datetime
) -> None:
    if claimed.attempts + 1 >= ATTEMPTS:
        _give_up(room, connection, claimed, answer.reason, now)
        return
    wait = max(pause(claimed.attempts + 1, room.chance()), answer.wait or timedelta(0))
    claims.settle_later(connection, claimed, now + wait, answer.reason)


def _counted(claimed: Claimed, answer: HandOver, done: Drained) -> Drained:
    """The round's tally with one more message in it."""
    if answer.result is Result.ACCEPTED:
        return replace(done, sent=done.sent + 1)
    if answer.result is Result.OPTED_OUT:
        return replace(done, dropped=done.dropped + 1)
    trouble = Trouble(claimed.id, answer.result, answer.reason)
    used_up = answer.result is Result.DEFERRED and claimed.attempts + 1 >= ATTEMPTS
    is_dead = answer.result is Result.REFUSED or used_up
    return replace(
        done, dead=done.dead + is_dead, later=done.later + (not is_dead), troubles=(*done.troubles, trouble)
    )


def _give_back(room: PostRoom, claimed: Claimed, reason: str) -> None:
    with room.house.database.transaction() as connection:
        claims.release(connection, claimed, room.now(connection), reason)


def _report(room: PostRoom, circuit: Circuit, before: Circuit) -> None:
    """Write down for people how the provider stands, when that has changed."""
    if circuit == before:
        return
    with room.house.database.transaction() as connection:
        channel_states.report(
            connection,
            room.carrier.channel,
            "",
            failures=circuit.failures,
            open_until=circuit.open_until,
            now=room.now(connection),
        )


def reap(room: PostRoom) -> dict[State, int]:
    """Take back what crashed or hanging workers left lying; returns how many messages went into each state."""
    with room.house.database.transaction() as connection:
        now = room.now(connection)
        claims.expire_calls(connection, now)
        return claims.reap(connection, now)

"""Sending what is owed: take it, look once more whether it is still true, hand it over, write down what came of it.

Three transactions a message, and the hand-over in none of them: a slow post office holds up no booking, and a crash at
any point leaves a row that says how far the message came. The writing (template, calendar file) happens before the
second one, from a snapshot; that transaction then lets it leave only if the visit is still at the same version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection

from scheduler.domain.hand_over import ATTEMPTS, Circuit, HandOver, Result
from scheduler.domain.letter import letter
from scheduler.domain.message_story import RETURNED
from scheduler.domain.notification import Channel, Claimed, State, address_of
from scheduler.domain.visit import Visit
from scheduler.persistence import channel_states, claims, outbox, readers, settlements
from scheduler.persistence.database import AWAY
from scheduler.services import escalation, gate, letter_facts
from scheduler.services.gate import Stop
from scheduler.services.letter_facts import Facts
from scheduler.services.post_room import PostRoom
from scheduler.services.settling import settle

BATCH = 20
LEASE = timedelta(seconds=120)
"""How long a claimed message is this worker's; a batch is handed over or given back well within it."""

SENDING_LEASE = timedelta(seconds=180)
"""Longer than the slowest hand-over that can still succeed: after it the message is nobody's and its fate unknown."""


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
    """A message waiting at the gate with its visit; without bytes where its reader has no usable address.

    `sealed` is what was handed over before, where that still holds.
    """

    visit: Visit
    address: str = ""
    message: bytes = b""
    sealed: bytes | None = None


def drain(room: PostRoom, circuit: Circuit, *, stop: Callable[[], bool] = bool, most: int = BATCH) -> Drained:
    """Send what is due, `most` messages of it, oldest first; `stop` is asked before each hand-over.

    While the post cannot be reached, one message at a time is tried, and none before the circuit lets it pass. What
    another worker found out about the post counts before `circuit`, this worker's own.
    """
    done = Drained(circuit)
    now, next_due = _look(room)
    if next_due is None or next_due > now:
        return replace(done, idle_for=None if next_due is None else next_due - now)
    standing = _standing(room)
    circuit = standing.circuit or circuit
    done = Drained(circuit)
    if standing.paused or not circuit.lets_pass(now):
        return replace(done, idle_for=next_due - now)
    batch = _claim(room, 1 if circuit.is_broken else most)
    facts = _read(room, batch)
    for claimed in batch:
        if stop() or (done.circuit.is_broken and done.handled):
            done = replace(done, later=done.later + 1)
            _give_back(room, claimed, "later")
        else:
            done = _deliver(room, claimed, facts.get(claimed.id), done, stop)
    if done.circuit.is_broken or circuit.is_broken:
        _report(room, done.circuit, circuit)
    return replace(done, idle_for=_idle_for(room))


def due(room: PostRoom, most: int) -> int:
    """How many messages of the channel are due, counted up to `most`."""
    with room.house.database.glance() as connection:
        return claims.count_due(connection, room.carrier.channel, room.offset, most)


def _look(room: PostRoom) -> tuple[datetime, datetime | None]:
    """The moment, and when the channel's next message is due: one cheap statement, for it is asked all the time."""
    with room.house.database.glance() as connection:
        now, due = outbox.look(connection, room.carrier.channel)
    return now + room.offset, due


def _idle_for(room: PostRoom) -> timedelta | None:
    now, due = _look(room)
    return None if due is None else due - now


def _standing(room: PostRoom) -> channel_states.Standing:
    """Whether the clinic has paused the channel, and what any worker found out about its post."""
    with room.house.database.glance() as connection:
        return channel_states.standing(connection, room.carrier.channel)


def _claim(room: PostRoom, most: int) -> list[Claimed]:
    """Take the next batch."""
    with room.house.database.unheard() as connection:
        return claims.claim(
            connection,
            room.carrier.channel,
            room.now(connection),
            token=uuid4().hex,
            lease=LEASE,
            limit=most,
        )


def _read(room: PostRoom, batch: Sequence[Claimed]) -> Mapping[int, Facts]:
    """What the batch must say, in a few statements for all; where one row spoils that, each is read by itself later."""
    if not batch:
        return {}
    try:
        with room.house.database.reading() as connection:
            return letter_facts.of_many(connection, room.house, room.base_url, batch, room.now(connection))
    except AWAY:
        raise
    except Exception:  # noqa: BLE001 - the spoilt one will say so itself
        return {}


def _deliver(
    room: PostRoom, claimed: Claimed, facts: Facts | None, done: Drained, stop: Callable[[], bool]
) -> Drained:
    """Bring one message as far as it goes. Whatever is wrong with it ends with it; the next one is not held up."""
    try:
        ready = _prepare(room, claimed, facts)
    except AWAY:
        raise
    except Exception as error:  # noqa: BLE001 - a message that cannot be written must not stop the others
        answer = HandOver(Result.DEFERRED, f"unwritten {type(error).__name__}")
        settle(room, claimed, answer, facts.visit if facts else None)
        return _counted(claimed, answer, done)
    if not room.patiently(lambda: _pass_gate(room, claimed, ready), stop):
        return replace(done, dropped=done.dropped + 1)
    answer = _hand_over(room, ready)
    now = room.patiently(lambda: settle(room, claimed, answer, ready.visit), stop)
    done = replace(done, circuit=done.circuit.after(answer.result, now, answer.wait))
    return _counted(claimed, answer, done)


def _prepare(room: PostRoom, claimed: Claimed, facts: Facts | None) -> _Ready:
    """What was handed over before, or the message freshly written; also where its reader has another address now."""
    if facts is None:
        with room.house.database.reading() as connection:
            now = room.now(connection)
            facts = letter_facts.of_many(connection, room.house, room.base_url, [claimed], now)[claimed.id]
    if claimed.rendered is not None:
        opened = room.house.vault.open_bytes("outbox", claimed.id, claimed.rendered)
        address, _, message = opened.partition(b"\n")
        if address.decode("ascii") == _address_now(claimed, facts.visit):
            return _Ready(facts.visit, address.decode("ascii"), message, claimed.rendered)
    note = letter(
        facts.visit, claimed, facts.links, facts.thread, facts.now, facts.also, facts.held_until, facts.own
    )
    if note is None:
        return _Ready(facts.visit)
    return _Ready(facts.visit, note.address, room.carrier.write(note))


def _address_now(claimed: Claimed, visit: Visit) -> str | None:
    return address_of(claimed.addressee, visit.patient, visit.helper, claimed.channel)


def _pass_gate(room: PostRoom, claimed: Claimed, ready: _Ready) -> bool:
    """Let the message leave if it is still true: judge it, freeze its bytes, and mark it as leaving, at one moment."""
    vault = room.house.vault
    index = vault.index(readers.number_of(claimed.channel), ready.address) if ready.address else None
    number = vault.index("phone", ready.visit.patient.phone)
    frozen = ready.sealed or _seal(room, claimed, ready)
    parts = room.carrier.parts(ready.message) if ready.message else None
    with room.house.database.unheard() as connection:
        turn = gate.turn_of(claimed, index)
        mailed = index if claimed.channel is Channel.EMAIL else None
        standing = claims.hold_still(connection, ready.visit.appointment.id, turn, mailed)
        standing = replace(standing, now=standing.now + room.offset)
        stop = gate.judge(connection, claimed, ready.visit, index, standing, number=number)
        if stop is not None:
            _stop(connection, room, claimed, ready.visit, stop, standing.now)
            return False
        until, now = standing.now + SENDING_LEASE, standing.now
        return claims.begin_sending(
            connection, claimed, frozen, until, now=now, address_index=index, parts=parts
        )


def _stop(
    connection: Connection, room: PostRoom, claimed: Claimed, visit: Visit, stop: Stop, now: datetime
) -> None:
    if stop.until is not None:
        claims.defer(connection, claimed, stop.until, stop.reason)
    elif claims.drop(connection, claimed, stop.state, stop.reason):
        if stop.reason == "opted-out":
            escalation.another_way(connection, claimed, visit, now)
        elif stop.reason.startswith(RETURNED):
            escalation.instead_of_mail(connection, room.house, claimed, visit, now)


def _seal(room: PostRoom, claimed: Claimed, ready: _Ready) -> bytes:
    plain = ready.address.encode("ascii") + b"\n" + ready.message
    return room.house.vault.seal_bytes("outbox", claimed.id, plain)


def _hand_over(room: PostRoom, ready: _Ready) -> HandOver:
    try:
        return room.carrier.post(ready.message, ready.address)
    except Exception as error:  # noqa: BLE001 - the message may be out: say so, and go on with the next
        return HandOver(Result.UNSURE, f"unforeseen {type(error).__name__}")


def _counted(claimed: Claimed, answer: HandOver, done: Drained) -> Drained:
    """The round's tally with one more message in it."""
    if answer.result is Result.ACCEPTED:
        return replace(done, sent=done.sent + 1)
    if answer.result is Result.OPTED_OUT:
        return replace(done, dropped=done.dropped + 1)
    trouble = Trouble(claimed.id, answer.result, answer.reason)
    used_up = answer.result is Result.DEFERRED and claimed.attempts + 1 >= ATTEMPTS
    is_dead = answer.result in {Result.REFUSED, Result.BAD_ADDRESS} or used_up
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
        settlements.expire_calls(connection, now)
        return settlements.reap(connection, now)

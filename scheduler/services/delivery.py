"""Sending what is owed: take it, look once more whether it is still true, hand it over, write down what came of it.

Three transactions a message, and the hand-over in none of them: a slow post office holds up no booking, and a crash at
any point leaves a row that says how far the message came. The writing (template, calendar file) happens before the
second one, from a snapshot; that transaction then lets it leave only if the visit is still at the same version.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol
from uuid import uuid4

from sqlalchemy import Connection

from scheduler.domain.hand_over import ATTEMPTS, Circuit, HandOver, Result, pause
from scheduler.domain.invitation import InviteLinks
from scheduler.domain.letter import Letter, letter
from scheduler.domain.link import LinkPurpose
from scheduler.domain.notification import Addressee, Channel, Claimed, State, Verdict, verdict
from scheduler.persistence import claims, links, outbox, visits, worklist
from scheduler.persistence.database import database_now
from scheduler.services.house import House

NOT_REACHED = "not-reached"
"""The desk's word for a visit whose reader got no message: call them."""

BATCH = 20
LEASE = timedelta(seconds=120)
"""How long a claimed message is this worker's; a batch is handed over or given back well within it."""

SENDING_LEASE = timedelta(seconds=180)
"""Longer than the slowest hand-over that can still succeed: after it the message is nobody's and its fate unknown."""

GRACE = timedelta(seconds=30)
"""How long an unknown message rests before it is sent once more."""


class Carrier(Protocol):
    """One way for messages to travel. `post` raises nothing that it can foresee: it answers with a `HandOver`."""

    @property
    def channel(self) -> Channel:
        """Which messages it carries."""
        ...

    def write(self, letter: Letter) -> bytes:
        """The message as it will travel; the same letter gives the same bytes."""
        ...

    def post(self, message: bytes, address: str) -> HandOver:
        """Hand the message over, to this one address."""
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
    """A message written and waiting at the gate."""

    address: str
    message: bytes


def drain(room: PostRoom, circuit: Circuit, *, stop: Callable[[], bool] = bool) -> Drained:
    """Send what is due, one batch of it, oldest first; `stop` is asked before each hand-over.

    While the post cannot be reached, one message at a time is tried, and none before the circuit lets it pass.
    """
    done = Drained(circuit)
    for claimed in _claim(room, circuit):
        if stop() or (done.circuit.is_broken and done.handled):
            done = replace(done, later=done.later + 1)
            _give_back(room, claimed, "later")
        else:
            done = _deliver(room, claimed, done)
    return replace(done, idle_for=_idle_for(room))


def reap(room: PostRoom) -> dict[State, int]:
    """Take back what crashed or hanging workers left lying; returns how many messages went into each state."""
    with room.house.database.transaction() as connection:
        now = room.now(connection)
        lost = claims.give_up(connection, now)
        for appointment_id, kind, language in lost:
            _ask_desk_to_call(room, connection, appointment_id, kind, language)
        return {State.DEAD: len(lost), **claims.reap(connection, now)}


def _idle_for(room: PostRoom) -> timedelta | None:
    with room.house.database.reading() as connection:
        now, due = room.now(connection), outbox.next_due(connection)
    return None if due is None else due - now


def _claim(room: PostRoom, circuit: Circuit) -> list[Claimed]:
    """Take the next batch; an empty outbox is noticed without the write lock."""
    with room.house.database.reading() as connection:
        now, next_due = room.now(connection), outbox.next_due(connection)
    if next_due is None or next_due > now or not circuit.lets_pass(now):
        return []
    with room.house.database.transaction() as connection:
        return claims.claim(
            connection,
            room.carrier.channel,
            room.now(connection),
            token=uuid4().hex,
            lease=LEASE,
            limit=1 if circuit.is_broken else BATCH,
        )


def _deliver(room: PostRoom, claimed: Claimed, done: Drained) -> Drained:
    """Bring one message as far as it goes. Whatever is wrong with it ends with it; the next one is not held up."""
    try:
        ready = _prepare(room, claimed)
    except Exception as error:  # noqa: BLE001 - a message that cannot be written must not stop the others
        answer = HandOver(Result.DEFERRED, f"unwritten {type(error).__name__}")
        _settle(room, claimed, answer)
        return _counted(claimed, answer, done)
    if not _pass_gate(room, claimed, ready):
        return replace(done, dropped=done.dropped + 1)
    assert ready is not None
    answer = _hand_over(room, ready)
    now = _settle(room, claimed, answer)
    done = replace(done, circuit=done.circuit.after(answer.result, now))
    return _counted(claimed, answer, done)


def _prepare(room: PostRoom, claimed: Claimed) -> _Ready | None:
    """What was handed over before, or the message freshly written; None when the reader has no usable address."""
    if claimed.rendered is not None:
        opened = room.house.vault.open_bytes("outbox", claimed.id, claimed.rendered)
        address, _, message = opened.partition(b"\n")
        return _Ready(address.decode("ascii"), message)
    with room.house.database.reading() as connection:
        note = _letter(room, connection, claimed)
    return _Ready(note.address, room.carrier.write(note)) if note else None


def _letter(room: PostRoom, connection: Connection, claimed: Claimed) -> Letter | None:
    assert claimed.appointment_id is not None
    clinic = room.house.clinic(connection)
    visit = visits.get(connection, room.house.vault, clinic, claimed.appointment_id)
    thread = outbox.first_message_id(connection, claimed)
    return letter(visit, claimed, _links(room, connection, claimed), thread, room.now(connection))


def _links(room: PostRoom, connection: Connection, claimed: Claimed) -> InviteLinks:
    """The reader's own links. A helper gets the link made for helpers where there is one, else the visit's own."""

    def secret(purpose: LinkPurpose) -> str | None:
        assert claimed.appointment_id is not None
        return links.secret_for(connection, room.house.vault, claimed.appointment_id, purpose)

    to_helper = claimed.addressee is Addressee.HELPER
    manage = (secret(LinkPurpose.HELPER) if to_helper else None) or secret(LinkPurpose.MANAGE)
    join = secret(LinkPurpose.VISIT)
    return InviteLinks(
        manage=f"{room.base_url}/my/{manage}" if manage else "",
        join=f"{room.base_url}/visit/{join}" if join else "",
    )


def _pass_gate(room: PostRoom, claimed: Claimed, ready: _Ready | None) -> bool:
    """Let the message leave if it is still true: judge it, freeze its bytes, and mark it as leaving, at one moment."""
    with room.house.database.transaction() as connection:
        now = room.now(connection)
        assert claimed.appointment_id is not None
        current = claims.current_version(connection, claimed.appointment_id)
        judged = verdict(claimed.kind, claimed.sequence, claimed.expires_at, now, current)
        if judged is not Verdict.GO:
            claims.drop(connection, claimed, State(judged.value), _WHY[judged])
            return False
        if ready is None:
            claims.drop(connection, claimed, State.SUPPRESSED, "no-address")
            return False
        frozen = claimed.rendered or _seal(room, claimed, ready)
        return claims.begin_sending(connection, claimed, frozen, now + SENDING_LEASE)


_WHY = {Verdict.CANCELLED: "visit changed", Verdict.EXPIRED: "too late"}


def _seal(room: PostRoom, claimed: Claimed, ready: _Ready) -> bytes:
    plain = ready.address.encode("ascii") + b"\n" + ready.message
    return room.house.vault.seal_bytes("outbox", claimed.id, plain)


def _hand_over(room: PostRoom, ready: _Ready) -> HandOver:
    try:
        return room.carrier.post(ready.message, ready.address)
    except Exception as error:  # noqa: BLE001 - the message may be out: say so, and go on with the next
        return HandOver(Result.UNSURE, f"unforeseen {type(error).__name__}")


def _settle(room: PostRoom, claimed: Claimed, answer: HandOver) -> datetime:
    """Write down what came of the hand-over; returns when."""
    with room.house.database.transaction() as connection:
        now = room.now(connection)
        match answer.result:
            case Result.ACCEPTED:
                claims.settle_sent(connection, claimed, now, answer.reference)
            case Result.UNREACHABLE:
                claims.release(connection, claimed, now, answer.reason)
            case Result.UNSURE:
                claims.settle_unknown(connection, claimed, now + GRACE)
            case Result.REFUSED:
                _settle_dead(room, connection, claimed, answer.reason)
            case Result.DEFERRED:
                _try_later(room, connection, claimed, answer.reason)
        return now


def _try_later(room: PostRoom, connection: Connection, claimed: Claimed, reason: str) -> None:
    if claimed.attempts + 1 >= ATTEMPTS:
        _settle_dead(room, connection, claimed, reason)
        return
    wait = pause(claimed.attempts + 1, room.chance())
    claims.settle_later(connection, claimed, room.now(connection) + wait, reason)


def _settle_dead(room: PostRoom, connection: Connection, claimed: Claimed, reason: str) -> None:
    if claims.settle_dead(connection, claimed, reason):
        _ask_desk_to_call(room, connection, claimed.appointment_id, claimed.kind.value, claimed.language)


def _ask_desk_to_call(
    room: PostRoom, connection: Connection, appointment_id: int | None, kind: str, language: str
) -> None:
    """Put a visit whose reader could not be told on the desk's list, once for each kind of news."""
    vault, said = room.house.vault, {"message": kind}
    if appointment_id is None:
        return
    if worklist.is_waiting(connection, vault, NOT_REACHED, said, appointment_id=appointment_id):
        return
    worklist.add(
        connection,
        vault,
        NOT_REACHED,
        said,
        urgency="normal",
        language=language,
        now=room.now(connection),
        appointment_id=appointment_id,
    )


def _counted(claimed: Claimed, answer: HandOver, done: Drained) -> Drained:
    """The round's tally with one more message in it."""
    if answer.result is Result.ACCEPTED:
        return replace(done, sent=done.sent + 1)
    trouble = Trouble(claimed.id, answer.result, answer.reason)
    used_up = answer.result is Result.DEFERRED and claimed.attempts + 1 >= ATTEMPTS
    is_dead = answer.result is Result.REFUSED or used_up
    return replace(
        done, dead=done.dead + is_dead, later=done.later + (not is_dead), troubles=(*done.troubles, trouble)
    )


def _give_back(room: PostRoom, claimed: Claimed, reason: str) -> None:
    with room.house.database.transaction() as connection:
        claims.release(connection, claimed, room.now(connection), reason)

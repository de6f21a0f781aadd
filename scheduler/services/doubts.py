"""Finding out what became of messages of unknown fate, and believing what providers report.

A message is in doubt when its hand-over was broken off. What settles it, the surest first: a provider that takes a
repeat for the same message gets it again; a report that carries our number says what became of it; a provider that can
be asked is asked; else it goes once more, with the same bytes and the same name, marked as perhaps sent twice; and in
doubt a second time it is for a person.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain.hand_over import Result
from scheduler.domain.notification import State
from scheduler.persistence import receipts, settlements
from scheduler.persistence.receipts import Receipt
from scheduler.persistence.settlements import Doubt
from scheduler.services import escalation
from scheduler.services.escalation import Unreached
from scheduler.services.house import House
from scheduler.services.post_room import PostRoom

BATCH = 100


def resolve(room: PostRoom) -> dict[State, int]:
    """Settle the doubts of one channel whose rest is over; returns how many went into each state."""
    with room.house.database.reading() as connection:
        found = settlements.doubts(connection, room.carrier.channel, room.now(connection), BATCH)
    counts: dict[State, int] = {}
    for doubt in found:
        state = _resolve_one(room, doubt)
        counts[state] = counts.get(state, 0) + 1
    return counts


def _resolve_one(room: PostRoom, doubt: Doubt) -> State:
    asked = _ask(room, doubt)
    with room.house.database.transaction() as connection:
        now = room.now(connection)
        receipt = receipts.last(connection, doubt.claimed.id)
        if receipt is not None:
            return _believe(connection, room.house, doubt, receipt, now)
        if asked is Result.ACCEPTED:
            settlements.settle_doubt(connection, doubt, State.SENT, now)
            return State.SENT
        if room.carrier.is_idempotent or asked is Result.REFUSED:
            settlements.try_again(connection, doubt, now, ambiguous=doubt.claimed.ambiguous)
            return State.PENDING
        if doubt.claimed.ambiguous:
            settlements.settle_doubt(connection, doubt, State.DEAD, now, "unknown twice")
            escalation.call_the_patient(connection, room.house, doubt.claimed, "unknown twice", now)
            return State.DEAD
        settlements.try_again(connection, doubt, now, ambiguous=True)
        return State.PENDING


def _ask(room: PostRoom, doubt: Doubt) -> Result | None:
    """What the provider says of it, outside any transaction; None when it cannot say or need not be asked."""
    if room.carrier.is_idempotent or doubt.claimed.rendered is None:
        return None
    try:
        opened = room.house.vault.open_bytes("outbox", doubt.claimed.id, doubt.claimed.rendered)
        address, _, message = opened.partition(b"\n")
        answer = room.carrier.inquire(message, address.decode("ascii"), doubt.since)
    except Exception:  # noqa: BLE001 - whatever it is, it leaves the message in doubt
        return None
    return answer.result if answer else None


def _believe(connection: Connection, house: House, doubt: Doubt, receipt: Receipt, now: datetime) -> State:
    if settlements.settle_doubt(connection, doubt, receipt.state, now, receipt.reason):
        _tell_desk(connection, house, receipt, doubt.claimed.id, now)
    return receipt.state


def receive(house: House, receipt: Receipt, now: datetime) -> bool:
    """Keep a provider's report and move its message; False when the report came before.

    A message that arrived stays so, whatever comes later: reports overtake each other.
    """
    with house.database.transaction() as connection:
        return receive_within(connection, house, receipt, now)


def receive_within(connection: Connection, house: House, receipt: Receipt, now: datetime) -> bool:
    """The same in the caller's transaction."""
    number = receipt.outbox_id or receipts.number_by_reference(
        connection, receipt.provider, receipt.provider_ref
    )
    if not receipts.add(connection, receipt, now):
        return False
    if number is not None and receipts.report(
        connection, number, receipt.state, receipt.reason, receipt.provider, receipt.provider_ref, now
    ):
        _tell_desk(connection, house, receipt, number, now)
    return True


def _tell_desk(connection: Connection, house: House, receipt: Receipt, number: int, now: datetime) -> None:
    if receipt.state is not State.UNDELIVERED:
        return
    row = receipts.about(connection, number)
    if row is not None:
        lost = Unreached(*row)
        escalation.call_the_patient(connection, house, lost, receipt.reason or "undelivered", now)

"""Writing down what came of a hand-over, and what follows from it: another try, another way, or a person who calls.

Shared: the sending of messages calls it once for each, after the post has answered. What the post said is known here
alone, so this is tried until the database takes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from scheduler.domain.bounce import enhanced
from scheduler.domain.hand_over import ATTEMPTS, HandOver, Result, pause
from scheduler.domain.notification import Channel, Claimed, address_of
from scheduler.domain.visit import Visit
from scheduler.persistence import bounces, claims, opt_outs, readers, settlements
from scheduler.services import escalation
from scheduler.services.post_room import PostRoom

GRACE: Mapping[Channel, timedelta] = {
    Channel.EMAIL: timedelta(seconds=30),
    Channel.SMS: timedelta(seconds=120),
}
"""How long an unknown message rests before its fate is looked into: longer than a provider's reports take to come."""


def settle(room: PostRoom, claimed: Claimed, answer: HandOver, visit: Visit | None) -> datetime:
    """Write down what came of the hand-over; returns when. Doing it again changes nothing."""
    if answer.result is Result.ACCEPTED:
        with room.house.database.stroke() as connection:
            said = answer.reference, answer.provider
            return settlements.settle_sent(connection, claimed, room.offset, *said) or room.now(connection)
    with room.house.database.transaction() as connection:
        now = room.now(connection)
        match answer.result:
            case Result.UNREACHABLE:
                claims.release(connection, claimed, now, answer.reason)
            case Result.UNSURE:
                settlements.settle_unknown(connection, claimed, now + GRACE[claimed.channel])
            case Result.REFUSED:
                _give_up(room, connection, claimed, answer.reason, now)
            case Result.BAD_ADDRESS:
                if _give_up(room, connection, claimed, answer.reason, now) and visit is not None:
                    _mark(room, connection, claimed, visit, answer.reason, now)
            case Result.OPTED_OUT:
                _opt_out(room, connection, claimed, visit, now)
            case Result.DEFERRED:
                _try_later(room, connection, claimed, answer, now)
        return now


def _give_up(room: PostRoom, connection: Connection, claimed: Claimed, reason: str, now: datetime) -> bool:
    """Have a person call instead; False where somebody else has the message by now."""
    is_mine = settlements.settle_dead(connection, claimed, reason)
    if is_mine:
        escalation.call_the_patient(connection, room.house, claimed, reason, now)
    return is_mine


def _mark(
    room: PostRoom, connection: Connection, claimed: Claimed, visit: Visit, reason: str, now: datetime
) -> None:
    """Remember that mail to this address is refused, as if it had come back: nothing more is written there."""
    told = address_of(claimed.addressee, visit.patient, visit.helper, claimed.channel)
    if told and claimed.channel is Channel.EMAIL:
        bounces.mark(connection, room.house.vault.index("email", told), enhanced(reason), now)


def _opt_out(
    room: PostRoom, connection: Connection, claimed: Claimed, visit: Visit | None, now: datetime
) -> None:
    """The reader told the carrier to stop: remember it, and try another way."""
    if not settlements.settle_refused(connection, claimed, "opted-out") or visit is None:
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
    settlements.settle_later(connection, claimed, now + wait, answer.reason)

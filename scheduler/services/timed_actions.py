"""What the clinic does by itself at its time: a kept time is given back, a missed visit is marked.

Such a chore is a row of the outbox like any message, with the clinic itself as its reader. There is nobody to hand it
to, so taking it, doing it and writing down that it was done are one transaction: a crash undoes all three, and it is
done exactly once. A chore that breaks is tried again later and holds up no other.

To add one: a `Kind` among `CHORES`, a service that owes it (`announcement.owe_chore`, or a policy of the clinic), and a
line in `DOINGS` with the function that does it. That function runs in the transaction that settles the chore, may raise
(then it is undone and tried again), and answers what came of it: done, not wanted any more, or to be looked at again at
a later moment. An offer that lapses, a calendar that is read again every quarter of an hour: each is such a line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection

from scheduler.domain.actor import SYSTEM
from scheduler.domain.appointment import Status
from scheduler.domain.hand_over import ATTEMPTS, pause
from scheduler.domain.interval import instant
from scheduler.domain.notification import (
    Channel,
    Claimed,
    Kind,
    State,
    Verdict,
    verdict,
)
from scheduler.persistence import appointments, audit, claims, holds, occupancy, outbox, settlements, visits
from scheduler.persistence.database import database_now
from scheduler.services import (
    announcement,
    consulting,
    declining,
    escalation,
    giving_back,
    offering,
    outside_calendars,
    proposing,
    replanning,
    waiting,
)
from scheduler.services.house import House

LEASE = timedelta(seconds=60)
HOLD = "hold:"


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a chore: it is settled in `state`, or with `again_at` waits for that moment."""

    state: State = State.SENT
    reason: str = ""
    again_at: datetime | None = None


Doing = Callable[[Connection, House, Claimed, datetime], Done]


def carry_out(
    house: House,
    offset: timedelta = timedelta(0),
    *,
    stop: Callable[[], bool] = bool,
    doings: Mapping[Kind, Doing] | None = None,
) -> int:
    """Do every chore that is due, each in a transaction of its own; returns how many were looked at.

    `offset` moves the database's clock (demo and tests). `doings` says what each kind means.
    """
    known = DOINGS if doings is None else doings
    count = 0
    while not stop() and _is_any_due(house, offset) and _do_next(house, offset, known):
        count += 1
    return count


def next_due(house: House, offset: timedelta) -> timedelta | None:
    """How long until the next chore is due; None when none waits."""
    with house.database.glance() as connection:
        now, due = outbox.look(connection, Channel.INTERNAL)
    return None if due is None else due - (now + offset)


def owe_release(connection: Connection, hold_id: str, expires_at: datetime, now: datetime) -> None:
    """Owe the giving back of a kept time, at the moment at which it lapses."""
    announcement.owe_chore(connection, Kind.RELEASE_HOLD, f"{HOLD}{hold_id}", expires_at, now)


def _is_any_due(house: House, offset: timedelta) -> bool:
    waiting = next_due(house, offset)
    return waiting is not None and waiting <= timedelta(0)


def _do_next(house: House, offset: timedelta, doings: Mapping[Kind, Doing]) -> bool:
    """Take the oldest due chore, do it and settle it, together; False when another worker has taken the last one."""
    with house.database.transaction() as connection:
        now = database_now(connection) + offset
        taken = claims.claim(connection, Channel.INTERNAL, now, token=uuid4().hex, lease=LEASE, limit=1)
        for chore in taken:
            _settle(connection, house, chore, _do(connection, house, chore, now, doings), now)
        return bool(taken)


def _do(
    connection: Connection, house: House, chore: Claimed, now: datetime, doings: Mapping[Kind, Doing]
) -> Done:
    """The chore's own work in a savepoint: what breaks is undone and tried again."""
    doing = doings.get(chore.kind)
    if doing is None:
        return Done(State.SUPPRESSED, "nobody does this")
    savepoint = connection.begin_nested()
    try:
        done = doing(connection, house, chore, now)
    except Exception as error:  # noqa: BLE001 - one broken chore must not stop the others
        savepoint.rollback()
        reason = f"broken {type(error).__name__}"
        if chore.attempts + 1 >= ATTEMPTS:
            return Done(State.DEAD, reason)
        return Done(State.PENDING, reason, now + pause(chore.attempts + 1, 0.5))
    savepoint.commit()
    return done


def _settle(connection: Connection, house: House, chore: Claimed, done: Done, now: datetime) -> None:
    if done.again_at is not None and done.state is State.PENDING:
        settlements.settle_later(connection, chore, done.again_at, done.reason)
    elif done.again_at is not None:
        claims.defer(connection, chore, done.again_at, done.reason)
    elif done.state is State.DEAD:
        settlements.settle_dead(connection, chore, done.reason)
        escalation.call_the_patient(connection, house, chore, done.reason, now)
    else:
        settlements.settle_chore(connection, chore, done.state, now, done.reason)


def _release_hold(connection: Connection, _house: House, chore: Claimed, now: datetime) -> Done:
    """Give a kept time back once it has lapsed; one that was extended is looked at again when it lapses."""
    hold = holds.get(connection, (chore.subject or "").removeprefix(HOLD))
    if hold is None:
        return Done(reason="gone already")
    if hold.expires_at > now:
        return Done(State.SENT, "extended", hold.expires_at)
    occupancy.release_hold(connection, hold.id)
    holds.remove(connection, hold.id)
    return Done()


def _mark_no_show(connection: Connection, house: House, chore: Claimed, now: datetime) -> Done:
    """Mark a visit as missed to which nobody came, and owe the kind word that goes with it."""
    assert chore.appointment_id is not None
    before = appointments.get(connection, chore.appointment_id, locked=True)
    judged = verdict(chore.kind, chore.sequence, None, now, (before.sequence, before.status))
    if judged is not Verdict.GO:
        return Done(State.CANCELLED, "visit changed")
    clinic = house.clinic(connection)
    policy = clinic.messages.of(Kind.NO_SHOW, before.visit_type_code, before.mode)
    if policy is None:
        return Done(State.CANCELLED, "switched off")
    due = policy.due(before.start, before.end, clinic.location(before.location_id).zone, now)
    if due > now:
        return Done(State.SENT, "later now", due)
    appointments.change(connection, before, before.moved_to(Status.NOSHOW, now))
    visit = visits.get(connection, house.vault, clinic, before.id)
    announcement.owe_after_no_show(connection, visit, now)
    audit.record(
        connection, SYSTEM, "no-show", "appointment", before.id, now=now, patient_id=before.patient_id
    )
    return Done()


def _give_up_declined(connection: Connection, house: House, chore: Claimed, now: datetime) -> Done:
    """Cancel a visit that was declined in a calendar, once the while in which it could be kept is over."""
    assert chore.appointment_id is not None
    reason = declining.when_over(connection, house, chore.appointment_id, chore.sequence, now)
    return Done(State.CANCELLED if reason else State.SENT, reason)


def _end_video(connection: Connection, house: House, chore: Claimed, now: datetime) -> Done:
    """End a video visit that nobody has ended; one that was moved to a later time is looked at again then."""
    assert chore.appointment_id is not None
    again = consulting.end_by_rule(connection, house, chore.appointment_id, now)
    return Done() if again is None else Done(State.SENT, "not over yet", again)


def _offer_freed(connection: Connection, house: House, chore: Claimed, now: datetime) -> Done:
    """Find who waits for a time that was given back: it is offered by itself, or the desk is told whom it suits."""
    practitioner_id, start, end = (chore.subject or "").removeprefix(giving_back.FREED).split(":")
    waiting.serve(connection, house, (int(practitioner_id), instant(int(start)), instant(int(end))), now)
    return Done()


def _end_offer(connection: Connection, house: House, chore: Claimed, now: datetime) -> Done:
    """End the time to think about an offer."""
    again = offering.expire(connection, house, (chore.subject or "").removeprefix(proposing.ROUND), now)
    return Done() if again is None else Done(State.SENT, "not over", again)


def _plan_anew(connection: Connection, house: House, chore: Claimed, now: datetime) -> Done:
    """Plan the messages of a handful of visits by the rules in force now."""
    replanning.step(connection, house, chore.subject or "", now)
    return Done()


def _ask_for_calendar(connection: Connection, house: House, chore: Claimed, now: datetime) -> Done:
    """Let a clinician's own calendar be read again: the reading itself waits for another server."""
    return Done(reason=outside_calendars.ask(connection, house, chore.subject or "", now))


DOINGS: Mapping[Kind, Doing] = {
    Kind.RELEASE_HOLD: _release_hold,
    Kind.NO_SHOW: _mark_no_show,
    Kind.DECLINE_GRACE: _give_up_declined,
    Kind.END_VIDEO: _end_video,
    Kind.OFFER_TIME: _offer_freed,
    Kind.OFFER_EXPIRY: _end_offer,
    Kind.REPLAN: _plan_anew,
    Kind.READ_CALENDAR: _ask_for_calendar,
}
"""What each kind of chore means."""

"""The made-up clinic's messages, as if the worker had been at work for weeks: planned by the same rules, and settled.

Shared: the filling of a demo calls it in its own transaction. What is due later waits and is really sent by the worker
when its time comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.appointment import Status
from scheduler.domain.founding.fates import Fate, fate, has_stopped_texts
from scheduler.domain.news import Change, news_until, owed
from scheduler.domain.notification import REMINDERS, Addressee, Channel, Notification
from scheduler.domain.person import RemindBy
from scheduler.domain.plan import after_no_show, plan, recipients_of
from scheduler.domain.visit import Visit
from scheduler.persistence import appointments, opt_outs, outbox, visits
from scheduler.persistence.outbox import Settled
from scheduler.services import confirming, escalation
from scheduler.services.escalation import Unreached
from scheduler.services.house import House

AT_A_TIME = 200
"""Visits read and messages written together."""

CALLS_OWED = 6
"""How many failures of late wait on the desk's list."""

CONFIRM = 0.6
"""The share of people who answer a reminder."""


def write(
    connection: Connection, house: House, numbers: Sequence[int], chance: Random, actor: Actor, now: datetime
) -> None:
    """Write the messages of these visits, with what became of them by `now`."""
    lost: list[tuple[Notification, Fate]] = []
    for begin in range(0, len(numbers), AT_A_TIME):
        part = numbers[begin : begin + AT_A_TIME]
        for visit in visits.many(connection, house.vault, house.clinic(connection), part):
            told = [(each, fate(each, visit, chance, now)) for each in _owed(visit, now)]
            outbox.keep_settled(connection, [_settled(each, end) for each, end in told], now)
            _keep_words(connection, house, visit, told, chance, actor, now)
            lost += [(each, end) for each, end in told if end.is_lost and visit.appointment.start > now]
    for each, end in lost[:CALLS_OWED]:
        missed = Unreached(each.appointment_id, each.kind, each.channel, each.language, each.expires_at)
        escalation.call_the_patient(connection, house, missed, end.reason or "undelivered", now)
    if lost:
        outbox.owe(connection, [_by_phone(lost[0][0], visit, now)], now)


def _owed(visit: Visit, now: datetime) -> Iterator[Notification]:
    """All that this visit has owed since it was booked, by the clinic's own rules."""
    after = visit.appointment
    booked = replace(after, status=Status.BOOKED, sequence=0, cancelled_by=None, changed_at=after.created_at)
    first = replace(visit, appointment=booked)
    yield from owed(booked, visit.patient, visit.helper, Change.BOOKED, after.created_at)
    for each in plan(first, visit.messages, recipients_of(first), after.created_at):
        if each.channel is not Channel.INTERNAL:
            yield each
    if after.status is Status.CANCELLED:
        yield from owed(after, visit.patient, visit.helper, Change.CANCELLED, after.changed_at)
    yield from after_no_show(visit, visit.messages, recipients_of(visit), after.end + timedelta(minutes=30))


def _settled(owed_once: Notification, end: Fate) -> Settled:
    return Settled(
        owed_once,
        end.state,
        end.reason,
        end.at,
        end.outcome.value if end.outcome else None,
        end.parts,
        None if end.at is None or owed_once.channel is Channel.PHONE else "folder",
    )


def _keep_words(
    connection: Connection,
    house: House,
    visit: Visit,
    told: Sequence[tuple[Notification, Fate]],
    chance: Random,
    actor: Actor,
    now: datetime,
) -> None:
    """What people said: some want no more texts, and many answered a reminder."""
    texts = RemindBy.SMS in visit.patient.remind_by
    if texts and has_stopped_texts(visit):
        index = house.vault.index("phone", visit.patient.phone)
        spoken, since = visit.appointment.language, visit.appointment.created_at
        opt_outs.record(connection, Channel.SMS, index, out=True, source="text", language=spoken, now=since)
    reached = [end.at for each, end in told if each.kind in REMINDERS and end.at and not end.is_lost]
    if visit.appointment.is_open and visit.appointment.end > now and reached and chance.random() < CONFIRM:
        at = min(reached[-1] + timedelta(minutes=chance.randrange(5, 300)), now)
        before = appointments.get(connection, visit.appointment.id)
        by = confirming.BY_TEXT if texts else confirming.BY_LINK
        confirming.confirm_within(connection, house, before, by, actor, at)


def _by_phone(lost: Notification, visit: Visit, now: datetime) -> Notification:
    """The call that the desk chose instead of a message that failed."""
    return replace(
        lost,
        channel=Channel.PHONE,
        addressee=Addressee.PATIENT,
        due_at=now,
        expires_at=min(lost.expires_at, news_until(visit.appointment, Channel.PHONE, now)),
        occasion="call-instead",
    )

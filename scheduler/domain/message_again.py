"""Whether a message may be sent once more or be told by a call instead, and what is then owed."""

from __future__ import annotations

from datetime import datetime

from scheduler.domain.appointment import Appointment
from scheduler.domain.errors import CannotSend
from scheduler.domain.message_story import Entry
from scheduler.domain.news import news_until
from scheduler.domain.notification import REMINDERS, Channel, Notification, State, Verdict, verdict

SETTLED = frozenset(
    {
        State.SENT,
        State.DELIVERED,
        State.UNDELIVERED,
        State.DEAD,
        State.CANCELLED,
        State.EXPIRED,
        State.SUPPRESSED,
    }
)
"""Nothing more happens by itself to a message in one of these states."""


def may_resend(entry: Entry, appointment: Appointment, now: datetime) -> bool:
    """Say whether the message may be sent once more: it is not on its way, and what it says is still true."""
    by_machine = entry.channel is not Channel.PHONE
    return by_machine and entry.state in SETTLED and _is_true(entry, appointment, now)


def may_call(entry: Entry, appointment: Appointment, now: datetime) -> bool:
    """Say whether a person may tell it by phone instead."""
    is_at_rest = entry.state in SETTLED or entry.state is State.PENDING
    return entry.channel is not Channel.PHONE and is_at_rest and _is_true(entry, appointment, now)


def once_more(entry: Entry, appointment: Appointment, now: datetime) -> Notification:
    """The same message for the visit as it stands now; asked for twice, it is one message.

    :raises CannotSend: when it may not be sent.
    """
    if not may_resend(entry, appointment, now):
        raise CannotSend
    return _owed(entry, appointment, entry.channel, f"again-{entry.id}", now)


def by_phone(entry: Entry, appointment: Appointment, now: datetime) -> Notification:
    """A call that tells what the message would have told; asked for twice, it is one call.

    :raises CannotSend: when there is nothing to tell.
    """
    if not may_call(entry, appointment, now):
        raise CannotSend
    return _owed(entry, appointment, Channel.PHONE, f"call-{entry.id}", now)


def useful_until(
    entry: Entry, appointment: Appointment, now: datetime, channel: Channel | None = None
) -> datetime:
    """Until when it is worth telling, over its own or another channel: a reminder until the visit begins."""
    if entry.kind in REMINDERS:
        return appointment.start
    return news_until(appointment, channel or entry.channel, now)


def _is_true(entry: Entry, appointment: Appointment, now: datetime) -> bool:
    until = useful_until(entry, appointment, now)
    current = appointment.sequence, appointment.status
    return verdict(entry.kind, appointment.sequence, until, now, current) is Verdict.GO


def _owed(
    entry: Entry, appointment: Appointment, channel: Channel, occasion: str, now: datetime
) -> Notification:
    return Notification.about(
        appointment,
        entry.kind,
        channel,
        entry.addressee,
        due_at=now,
        expires_at=useful_until(entry, appointment, now, channel),
        language=entry.language,
        occasion=occasion,
    )

"""What is done when a message cannot reach its reader: another way, or a person who calls.

Shared: the sending of messages and the reports of providers call it inside their transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from scheduler.domain.message_story import RETURNED
from scheduler.domain.news import news_until
from scheduler.domain.notification import REMINDERS, Addressee, Channel, Claimed, Kind, Notification
from scheduler.domain.person import RemindBy
from scheduler.domain.visit import Visit
from scheduler.persistence import opt_outs, outbox, worklist
from scheduler.services.house import House

CALL_THE_PATIENT = "call-the-patient"
SOON = timedelta(days=2)
"""A message this near to the end of its use is urgent."""

WORTH_A_CALL = frozenset({Kind.CONFIRMATION, Kind.MOVED_BY_CLINIC, Kind.CANCELLED, Kind.REMINDER_TWO_DAYS})
CAN_WAIT = (REMINDERS | {Kind.BOOK_AGAIN, Kind.OFFER_GONE}) - {Kind.REMINDER_TWO_DAYS, Kind.JOIN_LINK}
"""What nobody is called for when only mail would have brought it: another message says the same, or it can wait."""


@dataclass(frozen=True, slots=True)
class Unreached:
    """A message that nobody got, as the desk is told of it."""

    appointment_id: int | None
    kind: Kind
    channel: Channel
    language: str
    expires_at: datetime | None


def call_the_patient(
    connection: Connection, house: House, lost: Claimed | Unreached, reason: str, now: datetime
) -> None:
    """Put a call on the desk's list, once for a visit at a time: a message could not be brought."""
    if lost.appointment_id is None or worklist.waiting(connection, CALL_THE_PATIENT, [lost.appointment_id]):
        return
    soon = lost.expires_at is not None and lost.expires_at - now < SOON
    worklist.add(
        connection,
        house.vault,
        CALL_THE_PATIENT,
        {"message": lost.kind.value, "channel": lost.channel.value, "reason": reason},
        urgency="urgent" if soon else "normal",
        language=lost.language,
        now=now,
        appointment_id=lost.appointment_id,
    )


def another_way(connection: Connection, claimed: Claimed, visit: Visit, now: datetime) -> None:
    """Owe the same message by mail when its reader wants no texts; by phone when there is no mail and it matters."""
    if claimed.channel is not Channel.SMS or claimed.addressee is not Addressee.PATIENT:
        return
    if not visit.patient.email and claimed.kind not in WORTH_A_CALL:
        return
    channel = Channel.EMAIL if visit.patient.email else Channel.PHONE
    outbox.owe(connection, [_instead(claimed, visit, channel, now)], now)


def instead_of_mail(
    connection: Connection, house: House, claimed: Claimed, visit: Visit, now: datetime
) -> None:
    """Bring by text what a mail cannot, to those who want texts; else the desk calls, where it matters.

    A text that is owed beside the mail already says it. A helper's copy is missed by nobody who is told themselves.
    """
    texts, has_mail = _takes_texts(connection, house, visit), bool(visit.patient.email)
    if claimed.addressee is Addressee.HELPER and (texts or has_mail):
        return
    if texts:
        if not outbox.has_text_beside(connection, claimed):
            text = _instead(claimed, visit, Channel.SMS, now, f"instead-{claimed.id}")
            outbox.owe(connection, [text], now)
    elif claimed.kind not in CAN_WAIT:
        call_the_patient(connection, house, claimed, RETURNED, now)


def _takes_texts(connection: Connection, house: House, visit: Visit) -> bool:
    if RemindBy.SMS not in visit.patient.remind_by:
        return False
    return not opt_outs.is_out(connection, Channel.SMS, house.vault.index("phone", visit.patient.phone))


def _instead(
    claimed: Claimed, visit: Visit, channel: Channel, now: datetime, occasion: str = ""
) -> Notification:
    """The same message to the patient over another channel."""
    same = Notification.about(
        visit.appointment,
        claimed.kind,
        channel,
        Addressee.PATIENT,
        due_at=now,
        expires_at=_instead_until(claimed, visit, channel, now),
        language=claimed.language,
        occasion=occasion,
    )
    return replace(same, sequence=claimed.sequence)


def _instead_until(claimed: Claimed, visit: Visit, channel: Channel, now: datetime) -> datetime:
    """As long as the text itself would have been of use; a call about news comes before the visit."""
    useful = claimed.expires_at or visit.appointment.end
    return min(useful, news_until(visit.appointment, channel, now)) if channel is Channel.PHONE else useful

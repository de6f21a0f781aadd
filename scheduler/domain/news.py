"""The news that a change of a visit is: which messages it owes, to whom, and until when they help.

It knows who can be reached and not where: addresses are looked up when a message leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from scheduler.domain.appointment import Appointment, CancelledBy
from scheduler.domain.notification import Addressee, Channel, Kind, Notification, address_of
from scheduler.domain.person import HelperDetails, PatientDetails, RemindBy


class Change(StrEnum):
    """What happened to a visit. `MOVED` was the patient's own wish, `MOVED_BY_CLINIC` was not."""

    BOOKED = "booked"
    MOVED = "moved"
    MOVED_BY_CLINIC = "moved-by-clinic"
    SWITCHED = "switched"
    CANCELLED = "cancelled"
    LINKS_ASKED = "links-asked"
    LINKS_RENEWED = "links-renewed"
    DECLINED = "declined"


KINDS: Mapping[Change, Kind] = {
    Change.BOOKED: Kind.CONFIRMATION,
    Change.MOVED: Kind.MOVED,
    Change.MOVED_BY_CLINIC: Kind.MOVED_BY_CLINIC,
    Change.SWITCHED: Kind.SWITCHED,
    Change.CANCELLED: Kind.CANCELLED,
    Change.LINKS_ASKED: Kind.LINKS,
    Change.LINKS_RENEWED: Kind.LINKS,
    Change.DECLINED: Kind.DECLINED,
}
"""The message that each change owes at once."""

LINKS_ONLY = frozenset({Change.LINKS_ASKED, Change.LINKS_RENEWED})
"""Nothing about the visit changed; a text with the links goes only to those who have no e-mail."""

LINKS_PAUSE = timedelta(minutes=10)
"""Asking for the links again within one such stretch is the same wish, not another mail."""

LATE_NEWS = timedelta(days=1)
"""A notice about a visit whose time has passed is still news for a day."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How this clinic tells people of a change: over which channels, and whether helpers get a copy of their own."""

    channels: tuple[Channel, ...] = (Channel.EMAIL, Channel.SMS, Channel.PHONE)
    copy_helpers: bool = True


DEFAULT = Policy()


def owed(
    appointment: Appointment,
    patient: PatientDetails,
    helper: HelperDetails | None,
    change: Change,
    now: datetime,
    policy: Policy = DEFAULT,
    wait: timedelta = timedelta(0),
    believed: datetime | None = None,
) -> tuple[Notification, ...]:
    """The messages that `change` owes, for the visit as it stands after it; they leave after `wait`.

    `believed` is the start that its people still have in mind, where it is another one.

    Mail goes to those who have an address; a helper gets a copy when the patient allows it, at another address. A text
    goes to patients who want texts. The desk calls when the clinic changed the visit and the patient wants calls or
    cannot be written to.
    """
    return tuple(
        Notification.about(
            appointment,
            KINDS[change],
            channel,
            addressee,
            due_at=now + wait,
            expires_at=news_until(appointment, channel, now, believed),
            occasion=_occasion(change, now),
        )
        for channel in policy.channels
        for addressee in _readers(channel, patient, helper, policy, _is_worth_a_call(appointment, change))
        if channel is not Channel.SMS or change not in LINKS_ONLY or not patient.email
    )


def news_until(
    appointment: Appointment, channel: Channel, now: datetime, believed: datetime | None = None
) -> datetime:
    """Until when news of a visit helps.

    What is written is worth reading when the time has passed. A call comes before the visit, and before the old start
    that its people still believe in; one that could not come in time any more is made all the same, within a day.
    """
    starts = [each for each in (believed, appointment.start) if each is not None and each > now]
    if channel is Channel.PHONE and starts:
        return min(starts)
    return max(appointment.end, now + LATE_NEWS)


def _occasion(change: Change, now: datetime) -> str:
    """Asking again soon is the same wish; links that were made anew must go out however soon they follow."""
    if change is Change.LINKS_ASKED:
        return f"asked-{int(now.timestamp() // LINKS_PAUSE.total_seconds())}"
    if change is Change.LINKS_RENEWED:
        return f"renewed-{int(now.timestamp() * 1000)}"
    if change is Change.DECLINED:
        return f"declined-{int(now.timestamp())}"
    return ""


def _is_worth_a_call(appointment: Appointment, change: Change) -> bool:
    by_clinic = appointment.cancelled_by in {CancelledBy.DESK, CancelledBy.CLINICIAN, CancelledBy.SYSTEM}
    return change is Change.MOVED_BY_CLINIC or (change is Change.CANCELLED and by_clinic)


def _readers(
    channel: Channel,
    patient: PatientDetails,
    helper: HelperDetails | None,
    policy: Policy,
    is_worth_a_call: bool,
) -> list[Addressee]:
    if channel is Channel.EMAIL:
        return _mail_readers(patient, helper, policy)
    texts = RemindBy.SMS in patient.remind_by
    if channel is Channel.SMS:
        return [Addressee.PATIENT] if texts else []
    is_unreachable = not texts and not patient.email
    wants_calls = RemindBy.PHONE in patient.remind_by
    return [Addressee.PATIENT] if is_worth_a_call and (wants_calls or is_unreachable) else []


def _mail_readers(patient: PatientDetails, helper: HelperDetails | None, policy: Policy) -> list[Addressee]:
    own = address_of(Addressee.PATIENT, patient, helper)
    copy = address_of(Addressee.HELPER, patient, helper) if policy.copy_helpers else None
    readers = [Addressee.PATIENT] if own else []
    if copy and copy.casefold() != (own or "").casefold():
        readers.append(Addressee.HELPER)
    return readers

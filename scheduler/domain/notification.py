"""What the clinic tells people about their visit: which message, to whom, how, and from when until when.

It names nobody: addresses are looked up when the message leaves. A reminder is the same thing as the news of a change,
with a later `due_at`: it adds a kind and a rule, not a second engine.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scheduler.domain.appointment import HOLDS_TIME, OPEN, Appointment, Status
from scheduler.domain.person import HelperDetails, PatientDetails


class Kind(StrEnum):
    """Which message it is; templates are named by it."""

    CONFIRMATION = "confirmation"
    MOVED = "moved"
    MOVED_BY_CLINIC = "moved-by-clinic"
    SWITCHED = "switched"
    CANCELLED = "cancelled"
    LINKS = "links"
    REMINDER_WEEK = "reminder-week"
    REMINDER_TWO_DAYS = "reminder-two-days"
    REMINDER_DAY = "reminder-day"
    PREPARATION = "preparation"
    DEVICE_CHECK = "device-check"
    JOIN_LINK = "join-link"
    BOOK_AGAIN = "book-again"
    CHOOSE_TIME = "choose-time"
    OFFER = "offer"
    OFFER_GONE = "offer-gone"
    OFFER_TIME = "offer-time"
    RELEASE_HOLD = "release-hold"
    NO_SHOW = "no-show"
    OFFER_EXPIRY = "offer-expiry"
    DECLINED = "declined"
    COUNTER_REFUSED = "counter-refused"
    DECLINE_GRACE = "decline-grace"
    END_VIDEO = "end-video"
    REPLAN = "replan"
    READ_CALENDAR = "read-calendar"


REMINDERS = frozenset(
    {
        Kind.REMINDER_WEEK,
        Kind.REMINDER_TWO_DAYS,
        Kind.REMINDER_DAY,
        Kind.PREPARATION,
        Kind.DEVICE_CHECK,
        Kind.JOIN_LINK,
    }
)
"""What speaks of a visit that is still to come, and may be refused by its reader."""

CHORES = frozenset(
    {
        Kind.RELEASE_HOLD,
        Kind.NO_SHOW,
        Kind.OFFER_EXPIRY,
        Kind.OFFER_TIME,
        Kind.DECLINE_GRACE,
        Kind.END_VIDEO,
        Kind.REPLAN,
        Kind.READ_CALENDAR,
    }
)
"""What the clinic does by itself at its time; nobody is told."""


class Channel(StrEnum):
    """How a message travels. `PHONE` waits for a person to call; `INTERNAL` is the clinic's own doing at its time."""

    EMAIL = "email"
    SMS = "sms"
    PHONE = "phone"
    INTERNAL = "internal"


class Addressee(StrEnum):
    """Who reads it; `CLINIC` is nobody outside."""

    PATIENT = "patient"
    HELPER = "helper"
    CLINIC = "clinic"


OF_ANY_VERSION = frozenset({Kind.LINKS})
"""These speak of the visit as it stands when they leave; all others speak of one version and fall silent after it."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One message owed to one reader over one channel about one version of one visit; instants are aware UTC.

    `stamp` is the instant at which that version was made. The message is useless after `expires_at`. `occasion` tells
    apart messages of one kind about one version that are each wanted. A chore may be about something else than a visit:
    then `subject` names it ("hold:<id>").
    """

    appointment_id: int | None
    patient_id: int | None
    uid: str
    sequence: int
    kind: Kind
    channel: Channel
    addressee: Addressee
    language: str
    stamp: datetime
    due_at: datetime
    expires_at: datetime
    occasion: str = ""
    subject: str = ""

    @classmethod
    def about(
        cls,
        appointment: Appointment,
        kind: Kind,
        channel: Channel,
        addressee: Addressee,
        *,
        due_at: datetime,
        expires_at: datetime,
        language: str = "",
        occasion: str = "",
    ) -> Notification:
        """A message about a visit as it stands; in the visit's own language unless the reader's is given."""
        return cls(
            appointment_id=appointment.id,
            patient_id=appointment.patient_id,
            uid=appointment.uid,
            sequence=appointment.sequence,
            kind=kind,
            channel=channel,
            addressee=addressee,
            language=language or appointment.language,
            stamp=appointment.changed_at,
            due_at=due_at,
            expires_at=expires_at,
            occasion=occasion,
        )

    @property
    def dedupe_key(self) -> str:
        """Two messages with one key are one message: a double press or a second planner adds nothing."""
        key = f"{self.subject or self.appointment_id}:{self.sequence}:{self.kind}:{self.channel}:{self.addressee}"
        return f"{key}:{self.occasion}" if self.occasion else key

    @property
    def message_id(self) -> str:
        """The Message-ID (RFC 5322, 3.6.4), without brackets; the same for every attempt, in the domain of the UID."""
        name = hashlib.sha256(f"{self.uid} {self.dedupe_key}".encode()).hexdigest()[:32]
        return f"{name}@{self.uid.partition('@')[2] or 'localhost'}"


def address_of(
    addressee: Addressee,
    patient: PatientDetails,
    helper: HelperDetails | None,
    channel: Channel = Channel.EMAIL,
) -> str | None:
    """The reader's e-mail, or their number for texts and calls; None when there is none or it may not be used."""
    if channel is not Channel.EMAIL:
        return patient.phone if addressee is Addressee.PATIENT else None
    if addressee is Addressee.PATIENT:
        return patient.email or None
    if helper is None or not helper.may_be_told:
        return None
    return helper.email or None


class Verdict(StrEnum):
    """Whether a message may still leave, and if not, the state it ends in."""

    GO = "go"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


def verdict(
    kind: Kind, sequence: int, expires_at: datetime | None, now: datetime, current: tuple[int, Status]
) -> Verdict:
    """Judge a message against the visit's `current` sequence and status, at the last moment before it leaves."""
    if expires_at is not None and now >= expires_at:
        return Verdict.EXPIRED
    version, status = current
    if kind not in OF_ANY_VERSION and sequence != version:
        return Verdict.CANCELLED
    return Verdict.GO if status in _TRUE_OF.get(kind, HOLDS_TIME) else Verdict.CANCELLED


_TRUE_OF = {
    Kind.CANCELLED: frozenset({Status.CANCELLED}),
    Kind.BOOK_AGAIN: frozenset({Status.NOSHOW}),
    Kind.NO_SHOW: frozenset({Status.BOOKED}),
    Kind.CHOOSE_TIME: OPEN,
    Kind.DECLINED: OPEN,
    Kind.COUNTER_REFUSED: OPEN,
    Kind.OFFER: frozenset({Status.PROPOSED}),
    Kind.OFFER_GONE: frozenset({Status.CANCELLED}),
    **dict.fromkeys(REMINDERS, OPEN),
}
"""The states of a visit of which a message is true; what is not named here is true of every visit that stands."""


class State(StrEnum):
    """Where an owed message stands. `UNKNOWN` is a state of its own: the post may have it, and nobody can say."""

    PENDING = "pending"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    UNKNOWN = "unknown"
    DEAD = "dead"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True)
class Claimed:
    """One owed message as a worker holds it; `lease_token` proves that it is still the one that holds it.

    `rendered` is what was handed over first, sealed; `ambiguous` says that an earlier attempt may have arrived.
    """

    id: int
    appointment_id: int | None
    sequence: int
    kind: Kind
    channel: Channel
    addressee: Addressee
    language: str
    message_id: str
    due_at: datetime
    expires_at: datetime | None
    attempts: int
    ambiguous: bool
    lease_token: str
    rendered: bytes | None
    subject: str | None = None
    created_at: datetime | None = None

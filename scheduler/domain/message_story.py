"""What became of a message and why, in a sentence that the front desk can read out to the person who asks.

A row of the outbox has a state and a short reason made for machines. Here both become one plain sentence, with the
instant it speaks of; the sentences are English msgids and the instant is put into words at the door.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scheduler.domain.hand_over import ATTEMPTS
from scheduler.domain.notification import Addressee, Channel, Kind, State
from scheduler.domain.wording import N_


class Group(StrEnum):
    """The states of a message as the desk thinks of them."""

    PLANNED = "planned"
    LEAVING = "leaving"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    NOT_SENT = "not-sent"


STATES: Mapping[Group, frozenset[State]] = {
    Group.PLANNED: frozenset({State.PENDING, State.CLAIMED}),
    Group.LEAVING: frozenset({State.SENDING, State.UNKNOWN}),
    Group.SENT: frozenset({State.SENT}),
    Group.DELIVERED: frozenset({State.DELIVERED}),
    Group.FAILED: frozenset({State.UNDELIVERED, State.DEAD}),
    Group.NOT_SENT: frozenset({State.CANCELLED, State.EXPIRED, State.SUPPRESSED}),
}
"""Each state stands in one group."""

_GROUP_OF = {state: group for group, states in STATES.items() for state in states}


class Outcome(StrEnum):
    """What came of a call; the values are kept."""

    REACHED = "reached"
    VOICEMAIL = "voicemail"
    WRONG_NUMBER = "wrong-number"


class Happening(StrEnum):
    """What happened to a visit that makes an older message untrue."""

    MOVED = "moved"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Turn:
    """One change of a visit, and when."""

    at: datetime
    what: Happening


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of the ledger, as it stands; instants are aware UTC. It names no person and no address.

    `settled_at` is when the provider took it, or when a person made the call; `parts` are those a text fell into.
    """

    id: int
    appointment_id: int
    patient_id: int
    sequence: int
    kind: Kind
    channel: Channel
    addressee: Addressee
    language: str
    message_id: str
    state: State
    due_at: datetime
    next_attempt_at: datetime
    expires_at: datetime | None
    created_at: datetime
    settled_at: datetime | None
    attempts: int
    ambiguous: bool
    reason: str
    outcome: Outcome | None = None
    parts: int | None = None

    @property
    def group(self) -> Group:
        """Where the desk looks for it."""
        return _GROUP_OF[self.state]

    def is_over(self, now: datetime) -> bool:
        """Say whether it waits no longer though nobody has said so yet: its time to be of use has passed."""
        return self.state is State.PENDING and self.expires_at is not None and self.expires_at <= now


@dataclass(frozen=True, slots=True)
class Story:
    """A sentence (msgid, with `%(when)s` where there is an instant) and the instant; `more` are further sentences."""

    sentence: str
    when: datetime | None = None
    more: tuple[str, ...] = ()


UNSURE_TWICE = N_("It may have arrived twice: the first try got no answer.")

RETURNED = "returned"
"""The reason of a mail that was held back because its address returns our mail; the instant follows it."""

SUPPRESSED: Mapping[str, str] = {
    "no-address": N_("Not sent: there is no address or number we can use."),
    "helper-not-told": N_("Not sent: the patient no longer wants this helper to be told."),
    "not-wanted": N_("Not sent: this person wants to hear from us in another way now."),
    "rules-changed": N_("Not sent: the clinic has changed which messages it sends."),
    "opted-out": N_("Not sent: this person asked us not to write in this way."),
    "quiet-hours": N_("Not sent: it would have come at night, and later it was of no use."),
    "daily-cap": N_("Not sent: this person got a message on that day already."),
    "weekly-cap": N_("Not sent: this person got enough messages in that week already."),
    "merged": N_("Not sent by itself: it is part of another message of that day."),
    "told in the answer": N_("Not sent: the answer to this person's own text said it already."),
    "called-instead": N_("Not sent: the desk calls instead."),
}
"""Why a message was held back, by its reason."""

FAILED: Mapping[str, str] = {
    "unknown twice": N_("We tried twice and got no answer. It may have arrived. Please call."),
    "wrong-number": N_("The number is wrong. Please find the right one."),
}
_FAILED_BY_FIRST_WORD: Mapping[str, str] = {
    "smtp": N_("The mail server would not take it. Please check the address, or call."),
    "sms": N_("The text service would not take it. Please check the number, or call."),
    "unwritten": N_("It could not be written. Please call, and tell whoever looks after the program."),
}

_RETURNED: Mapping[str, str] = {
    "1": N_("The mail came back: nobody has this address. Please find the right one, or call."),
    "2": N_("The mail came back: the mailbox is full or closed. Please call."),
    "7": N_("The mail came back: the other mail service refused it. Please call."),
}
"""Why a mail came back, by the subject of its status code (RFC 3463, 3): address, mailbox, policy."""

_NOT_ACCEPTED: Mapping[str, str] = {
    "1": N_("The mail server says that nobody has this address. Please find the right one, or call."),
    "2": N_("The mail server says that the mailbox is full or closed. Please call."),
    "4": N_("The mail server finds no way to this address. Please check it, or call."),
    "7": N_("The other mail service refused the mail. Please call."),
}
"""Why a mail was not even taken, by the subject of the same code."""

CAME_BACK = N_("The mail came back: it did not arrive. Please check the address, or call.")

_NOT_TAKEN: Mapping[str, str] = {
    "21211": N_("This is not a phone number. Please find the right one, or call."),
    "30003": N_("The phone was off or out of reach. Please call."),
    "30005": N_("Nobody has this number. Please find the right one."),
    "30006": N_("This number takes no texts. It may be a house phone. Please call."),
    "30007": N_("The phone company held the text back. Please call."),
}
"""Why a text was not brought, by the code of the text company."""

LATER: Mapping[str, str] = {
    "smtp": N_("The mail server could not take it yet. We try again %(when)s."),
    "sms": N_("The text service could not take it yet. We try again %(when)s."),
    "quiet-hours": N_("It is night where this person is. It goes out %(when)s."),
    "merged": N_("It waits for another message of that day, which may say it all. We look again %(when)s."),
}

CALLED: Mapping[Outcome, str] = {
    Outcome.REACHED: N_("Called and reached %(when)s."),
    Outcome.VOICEMAIL: N_("Left a message on the machine %(when)s."),
    Outcome.WRONG_NUMBER: N_("The number was wrong. Called %(when)s."),
}


def story(entry: Entry, turns: tuple[Turn, ...], now: datetime, paused: Collection[Channel] = ()) -> Story:
    """Say what became of a message.

    `turns` are the changes of its visit, oldest first; `paused` are the channels that the clinic has paused.
    """
    if entry.outcome is not None:
        return Story(CALLED[entry.outcome], entry.settled_at)
    if entry.is_over(now):
        return Story(_too_late(entry))
    if entry.state is State.PENDING and entry.channel in paused and entry.next_attempt_at <= now:
        return Story(N_("It waits: the clinic has paused these messages."))
    told = _TELLERS[entry.group](entry, turns)
    return Story(told.sentence, told.when, _more(entry))


def _planned(entry: Entry, _turns: tuple[Turn, ...]) -> Story:
    if entry.channel is Channel.PHONE:
        return Story(N_("To be called from %(when)s."), entry.due_at)
    if entry.reason in LATER or (entry.reason and entry.next_attempt_at > entry.due_at):
        again = LATER.get(entry.reason) or LATER.get(_first_word(entry.reason))
        return Story(again or N_("It could not leave yet. We try again %(when)s."), entry.next_attempt_at)
    return Story(N_("Goes out %(when)s."), entry.due_at)


def _leaving(entry: Entry, _turns: tuple[Turn, ...]) -> Story:
    if entry.state is State.UNKNOWN:
        return Story(N_("It may have left, but we got no answer. We look into it by ourselves."))
    return Story(N_("It is on its way right now."))


def _sent(entry: Entry, _turns: tuple[Turn, ...]) -> Story:
    return Story(N_("Sent %(when)s."), entry.settled_at)


def _delivered(entry: Entry, _turns: tuple[Turn, ...]) -> Story:
    return Story(N_("Sent %(when)s, and it arrived."), entry.settled_at)


def _failed(entry: Entry, _turns: tuple[Turn, ...]) -> Story:
    if entry.state is State.UNDELIVERED:
        return Story(_why_returned(entry.reason) or N_("It left, but it did not arrive. Please call."))
    return Story(why_failed(entry.reason) or N_("It could not be sent. Please call."))


def why_failed(reason: str) -> str | None:
    """The sentence for a short reason made for machines; None when nothing is known but that it failed."""
    return _why_returned(reason) or _FAILED_BY_FIRST_WORD.get(_first_word(reason))


def _why_returned(reason: str) -> str | None:
    first, _, code = reason.partition(" ")
    if first == "bounce":
        return _RETURNED.get(code[2:3]) or CAME_BACK
    if first == "smtp":
        return _NOT_ACCEPTED.get(code.partition(" ")[2][2:3])
    known = _NOT_TAKEN.get(code) if first == "sms" else _RETURNED.get(first[2:3])
    return FAILED.get(reason) or known


def _not_sent(entry: Entry, turns: tuple[Turn, ...]) -> Story:
    if entry.state is State.EXPIRED:
        return Story(_too_late(entry))
    if entry.state is State.SUPPRESSED and _first_word(entry.reason) == RETURNED:
        when = datetime.fromisoformat(entry.reason.partition(" ")[2])
        return Story(N_("Not sent: this address returned our mail %(when)s."), when)
    if entry.state is State.SUPPRESSED:
        return Story(SUPPRESSED.get(entry.reason) or N_("Not sent: it was held back."))
    if entry.reason in SUPPRESSED:
        return Story(SUPPRESSED[entry.reason])
    if entry.kind in _OUTDATED_KINDS:
        return Story(_OUTDATED_KINDS[entry.kind])
    turn = next((turn for turn in turns if turn.at > entry.created_at), None)
    if turn is None:
        return Story(N_("Not sent: the visit has changed since."))
    return Story(_OUTDATED[turn.what], turn.at)


_OUTDATED = {
    Happening.MOVED: N_("Not sent: the visit was changed %(when)s."),
    Happening.CANCELLED: N_("Not sent: the visit was cancelled %(when)s."),
}

_OUTDATED_KINDS = {
    Kind.LINKS: N_("Not sent: newer links were made meanwhile."),
    Kind.OFFER: N_("Not sent: the offer was over by then."),
    Kind.BOOK_AGAIN: N_("Not sent: the visit is not marked as missed any more."),
}
"""What makes a message untrue that does not speak of the visit's time."""

_TELLERS = {
    Group.PLANNED: _planned,
    Group.LEAVING: _leaving,
    Group.SENT: _sent,
    Group.DELIVERED: _delivered,
    Group.FAILED: _failed,
    Group.NOT_SENT: _not_sent,
}


def _too_late(entry: Entry) -> str:
    if entry.channel is Channel.PHONE:
        return N_("Not called: there was no time for it before the visit.")
    return N_("Not sent: it would have come too late to be of use.")


def _more(entry: Entry) -> tuple[str, ...]:
    if entry.ambiguous and entry.state in {State.SENT, State.DELIVERED}:
        return (UNSURE_TWICE,)
    if entry.state is State.PENDING and entry.attempts >= ATTEMPTS - 2:
        return (N_("It has been tried many times."),)
    return ()


def _first_word(reason: str) -> str:
    return reason.partition(" ")[0]

"""What a patient's calendar answered, and whether it may be believed: trust before meaning (RFC 5546, 3.2.3 and 3.2.7).

The checks stand in one order, and the first that fails ends the matter without effect. Of an answer only one word is
ever taken (and the asked time of a counter-proposal): no title, no place, no time of a mere yes or no. The calendar
library gets bytes alone, because it opens files named by text, and little of it: 100 kB and 30 components.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from icalendar import Calendar, Event

from scheduler.domain.incoming_mail import CalendarPart
from scheduler.domain.letter import is_one_address
from scheduler.domain.plain_text import clean
from scheduler.domain.voucher import Vouched

MOST_BYTES = 100_000
MOST_COMPONENTS = 30
LONGEST_COMMENT = 500
LARGEST_SEQUENCE = 2**31 - 1
CLOCKS_DIFFER = timedelta(minutes=5)
"""By so much the clock of somebody's calendar may be ahead of ours."""


class Verdict(StrEnum):
    """What was made of a mail."""

    ACCEPTED = "accepted"
    TENTATIVE = "tentative"
    DECLINED = "declined"
    COUNTER = "counter"
    TO_READ = "to-read"
    BOUNCED = "bounced"
    DROPPED = "dropped"
    REFUSED = "refused"
    REPEATED = "repeated"


class Reason(StrEnum):
    """Why a mail got its verdict."""

    GENUINE = "genuine"
    NOT_VOUCHED = "not-vouched"
    FORGED = "forged"
    MALFORMED = "malformed"
    TOO_LARGE = "too-large"
    SEVERAL = "several-calendars"
    METHOD = "not-an-answer"
    METHODS_DIFFER = "methods-differ"
    NOT_OURS = "unknown-visit"
    PART_OF_SERIES = "part-of-a-series"
    SEVERAL_PEOPLE = "several-people"
    NOT_INVITED = "not-invited"
    OTHER_SENDER = "other-sender"
    STAND_IN = "stand-in"
    OTHER_ORGANIZER = "other-organizer"
    STALE = "stale-version"
    AHEAD = "unknown-version"
    NOT_NEWER = "not-newer"
    FROM_THE_FUTURE = "from-the-future"
    WORD = "unknown-word"
    NO_TIME = "no-time"
    OVER = "visit-over"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its reason."""

    verdict: Verdict
    reason: str

    @property
    def has_effect(self) -> bool:
        """Say whether the clinic acts on it without asking a person."""
        return self.reason == Reason.GENUINE


class NoAnswer(Exception):
    """A calendar part that is no answer to an invitation of ours."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class CalendarAnswer:
    """An answer as it says of itself; nothing of it is believed yet.

    `attendee` and `organizer` are addresses in lower case (`organizer` None where it is left out, as Outlook does);
    `word` is the PARTSTAT. `start` is the asked time of a counter-proposal and `minutes` its length, None where it says
    none. `has_stand_in`: somebody answers for somebody else.
    """

    is_counter: bool
    uid: str
    sequence: int
    stamp: datetime
    attendee: str
    organizer: str | None
    word: str
    has_stand_in: bool = False
    start: datetime | None = None
    minutes: int | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Invited:
    """What the clinic knows of the visit that an answer names.

    `addresses` are those of the people who were invited, in lower case; `last_stamp` is that of the last answer that
    came from this sender. `heard` is the version that stands in the reader's calendar, where the desk has changed the
    visit since and told nobody.
    """

    sequence: int
    addresses: frozenset[str]
    is_ahead: bool
    last_stamp: datetime | None = None
    heard: int | None = None


def answer_in(parts: Sequence[CalendarPart]) -> CalendarAnswer:
    """The one answer in a mail; the same file twice (as attachment and in line) is one.

    :raises NoAnswer: when there is none, or more than one.
    """
    answers = {_answer(part) for part in parts}
    if len(answers) != 1:
        raise NoAnswer(Reason.SEVERAL)
    return answers.pop()


def judge(
    answer: CalendarAnswer,
    invited: Invited | None,
    *,
    sender: str,
    vouched: Vouched,
    own_address: str,
    now: datetime,
) -> Judgement:
    """Say what an answer means, or why it means nothing; `invited` is None when no visit has that UID.

    An answer that is right in all but the word of our mail server, that somebody gives for somebody else, or that
    speaks of the last version which its sender was told of, is for a person to read.
    """
    reason = _refusal(answer, invited, vouched, own_address, now)
    if reason is not None:
        return Judgement(Verdict.REFUSED, reason.value)
    for_a_person = _doubt(answer, invited, sender, vouched)
    if for_a_person is not None:
        return Judgement(Verdict.TO_READ, for_a_person.value)
    return Judgement(meaning(answer), Reason.GENUINE.value)


def meaning(answer: CalendarAnswer) -> Verdict:
    """What an answer says, once it is believed."""
    return Verdict.COUNTER if answer.is_counter else _WORDS[answer.word]


_WORDS = {
    "ACCEPTED": Verdict.ACCEPTED,
    "TENTATIVE": Verdict.TENTATIVE,
    "DECLINED": Verdict.DECLINED,
}


def _refusal(
    answer: CalendarAnswer, invited: Invited | None, vouched: Vouched, own_address: str, now: datetime
) -> Reason | None:
    """Why an answer has no effect at all, not even that a person reads it."""
    if vouched is Vouched.NO:
        return Reason.FORGED
    if invited is None:
        return Reason.NOT_OURS
    if answer.attendee not in invited.addresses and not _is_sub_address(answer.attendee, invited.addresses):
        return Reason.NOT_INVITED
    if answer.organizer not in {None, own_address.lower()}:
        return Reason.OTHER_ORGANIZER
    if answer.sequence not in {invited.sequence, invited.heard}:
        return Reason.STALE if answer.sequence < invited.sequence else Reason.AHEAD
    if answer.stamp > now + CLOCKS_DIFFER:
        return Reason.FROM_THE_FUTURE
    if invited.last_stamp is not None and answer.stamp <= invited.last_stamp:
        return Reason.NOT_NEWER
    return None if invited.is_ahead else Reason.OVER


def _doubt(answer: CalendarAnswer, invited: Invited | None, sender: str, vouched: Vouched) -> Reason | None:
    """Why a person must look before anything is done."""
    if vouched is not Vouched.YES:
        return Reason.NOT_VOUCHED
    if answer.has_stand_in or (invited is not None and answer.attendee not in invited.addresses):
        return Reason.STAND_IN
    if answer.attendee != sender.lower():
        return Reason.OTHER_SENDER
    if invited is not None and answer.sequence != invited.sequence:
        return Reason.STALE
    if not answer.is_counter and answer.word not in _WORDS:
        return Reason.WORD
    return Reason.NO_TIME if answer.is_counter and answer.start is None else None


def _is_sub_address(address: str, known: frozenset[str]) -> bool:
    """Say whether this is `ana+calendar@...` of an invited `ana@...` (RFC 5233)."""
    name, _, domain = address.partition("@")
    return f"{name.partition('+')[0]}@{domain}" in known


def _answer(part: CalendarPart) -> CalendarAnswer:
    event, method = _event(part)
    if method not in {"REPLY", "COUNTER"}:
        raise NoAnswer(Reason.METHOD)
    if part.method and part.method.upper() != method:
        raise NoAnswer(Reason.METHODS_DIFFER)
    if "RECURRENCE-ID" in event:
        raise NoAnswer(Reason.PART_OF_SERIES)
    attendee = event.get("ATTENDEE")
    if attendee is None or isinstance(attendee, list):
        raise NoAnswer(Reason.SEVERAL_PEOPLE)
    about = getattr(attendee, "params", {})
    return CalendarAnswer(
        is_counter=method == "COUNTER",
        uid=_one(event, "UID"),
        sequence=_sequence(event),
        stamp=_stamp(event),
        attendee=_address(attendee),
        organizer=_address(event["ORGANIZER"]) if "ORGANIZER" in event else None,
        word=str(about.get("PARTSTAT", "NEEDS-ACTION")).upper(),
        has_stand_in=any(name in about for name in ("SENT-BY", "DELEGATED-TO", "DELEGATED-FROM")),
        start=_moment(event.get("DTSTART")) if method == "COUNTER" else None,
        minutes=_minutes(event) if method == "COUNTER" else None,
        comment=_comment(event),
    )


def _event(part: CalendarPart) -> tuple[Event, str]:
    """The only event of a file, and the file's method."""
    if len(part.content) > MOST_BYTES or part.content.upper().count(b"BEGIN:") > MOST_COMPONENTS:
        raise NoAnswer(Reason.TOO_LARGE)
    try:
        calendar: Any = Calendar.from_ical(part.content)
    except Exception:  # noqa: BLE001 - hostile bytes: the library answers them with errors of many kinds
        raise NoAnswer(Reason.MALFORMED) from None
    if calendar.name != "VCALENDAR":
        raise NoAnswer(Reason.MALFORMED)
    events = [each for each in calendar.subcomponents if each.name == "VEVENT"]
    if len(events) != 1:
        raise NoAnswer(Reason.SEVERAL if events else Reason.METHOD)
    return events[0], _one(calendar, "METHOD").upper()


def _one(component: Any, name: str) -> str:
    value = component.get(name)
    if value is None or isinstance(value, list):
        raise NoAnswer(Reason.METHOD if name == "METHOD" else Reason.MALFORMED)
    return str(value)


def _sequence(event: Event) -> int:
    """The version that is answered; none at all means the first (RFC 5545, 3.8.7.4)."""
    said = event.get("SEQUENCE", 0)
    try:
        number = int(str(said))
    except ValueError:
        raise NoAnswer(Reason.MALFORMED) from None
    if not 0 <= number <= LARGEST_SEQUENCE:
        raise NoAnswer(Reason.MALFORMED)
    return number


def _stamp(event: Event) -> datetime:
    moment = _moment(event.get("DTSTAMP"))
    if moment is None:
        raise NoAnswer(Reason.MALFORMED)
    return moment


def _moment(value: Any) -> datetime | None:
    """An instant; None where the calendar names none, or one without a zone."""
    found = getattr(value, "dt", None)
    if not isinstance(found, datetime) or found.tzinfo is None:
        return None
    try:
        return found.astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def _minutes(event: Event) -> int | None:
    """How long the asked time is; None where the calendar says nothing that makes sense."""
    start, end = _moment(event.get("DTSTART")), _moment(event.get("DTEND"))
    if start is None or end is None or not timedelta(0) < end - start <= timedelta(days=1):
        return None
    return int((end - start).total_seconds() // 60)


def _address(value: Any) -> str:
    said = str(value).strip().lower().removeprefix("mailto:")
    if not is_one_address(said):
        raise NoAnswer(Reason.MALFORMED)
    return said


def _comment(event: Event) -> str:
    """What the person wrote beside the answer, cut; a second one is not looked at."""
    said = event.get("COMMENT")
    first = said[0] if isinstance(said, list) and said else said
    return clean(str(first), LONGEST_COMMENT, lines=True) if first is not None else ""

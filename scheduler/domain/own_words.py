"""The clinic's own words for a message to patients, in both languages, with places that are filled when it is written.

Context. A clinic wants to say things in its own way, and a message must still say when, where and how to reach us, in
the reader's one language, without a word of what somebody is treated for.

Decision. For a text the clinic writes the whole line; for a mail its subject, its heading and its opening. All else in
a mail is the program's: the facts of the visit, its links, the phone, the way to end reminders, the calendar file.
Facts come in by a closed set of places such as `{day}`; which of them a message may and must have is told here, and
`own_words_check` holds what was typed against it. Both languages are one value, so that none is ever without the other.

Consequence. Where a place has nothing to say for a certain reader, the standard words are used instead (`filled`). Who
treats somebody is no place: a name looked up on the internet tells what for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from scheduler.domain.notification import CHORES, REMINDERS, Channel, Kind
from scheduler.domain.text_check import TELLS_THE_TIME
from scheduler.domain.wording import Language


class Place(StrEnum):
    """What the program fills in where its name stands in braces."""

    CLINIC = "clinic"
    NAME = "name"
    NEWS = "news"
    WHEN = "when"
    DAY = "day"
    TIME = "time"
    WHERE = "place"
    LINK = "link"
    UNTIL = "until"
    PHONE = "phone"
    STOP = "stop"
    EMERGENCY = "emergency"

    @property
    def mark(self) -> str:
        """How it is typed: "{day}"."""
        return f"{{{self.value}}}"


KINDS = tuple(kind for kind in Kind if kind not in CHORES)
"""Every message that a person reads, and so may be worded anew."""

CHANNELS = (Channel.EMAIL, Channel.SMS)
"""What the program writes by itself."""

JOINS_IF_VIDEO = frozenset({Kind.CONFIRMATION, Kind.SWITCHED})
"""Texts whose link leads into a video visit, and says nothing at another one."""

BY_VIDEO_ALONE = frozenset({Kind.DEVICE_CHECK, Kind.JOIN_LINK})
"""Messages about video visits and no others."""

_ABOUT_A_TIME = TELLS_THE_TIME | {Kind.OFFER, Kind.CHOOSE_TIME, Kind.DECLINED, Kind.COUNTER_REFUSED}
_LEADS_SOMEWHERE = (
    JOINS_IF_VIDEO
    | BY_VIDEO_ALONE
    | {
        Kind.PREPARATION,
        Kind.OFFER,
        Kind.CHOOSE_TIME,
        Kind.LINKS,
        Kind.BOOK_AGAIN,
    }
)
_SAYS_WHERE = (TELLS_THE_TIME - BY_VIDEO_ALONE - {Kind.CANCELLED, Kind.PREPARATION}) | {Kind.OFFER}
_LONGEST_NAME = 40


def allowed(kind: Kind, channel: Channel) -> tuple[Place, ...]:
    """The places that a message may have, in the order of `Place`."""
    places = {Place.CLINIC, Place.NAME, Place.DAY, Place.TIME, Place.PHONE}
    if channel is Channel.EMAIL and kind in REMINDERS:
        places.add(Place.WHEN)
    if channel is Channel.SMS:
        places |= {Place.WHERE, Place.LINK, Place.STOP, Place.EMERGENCY}
    if kind is Kind.OFFER_GONE:
        places.discard(Place.LINK)
    if kind is Kind.DECLINED:
        places.add(Place.UNTIL)
    if kind is Kind.CANCELLED:
        places.add(Place.NEWS)
    return tuple(place for place in Place if place in places)


def required(kind: Kind, channel: Channel) -> tuple[Place, ...]:
    """The places that its body must have; a mail says nearly all of it below the opening by itself.

    A text that leaves minutes before the visit needs no day, and one that its reader has just asked for tells nobody
    how to end it. When a declined visit is given up stands in the opening of its mail and nowhere else.
    """
    if channel is Channel.EMAIL:
        return (Place.UNTIL,) if kind is Kind.DECLINED else ()
    places = {Place.CLINIC, Place.PHONE}
    if kind is not Kind.LINKS:
        places.add(Place.STOP)
    if kind in _ABOUT_A_TIME:
        places |= {Place.TIME} if kind is Kind.JOIN_LINK else {Place.DAY, Place.TIME}
    if kind in _SAYS_WHERE:
        places.add(Place.WHERE)
    if kind in _LEADS_SOMEWHERE:
        places.add(Place.LINK)
    if kind in REMINDERS:
        places.add(Place.EMERGENCY)
    return tuple(place for place in Place if place in places)


@dataclass(frozen=True, slots=True)
class OwnWords:
    """The words of one message in one language; `subject` and `heading` are empty in a text.

    The body is the whole text, or the opening of a mail, whose lines are its paragraphs.
    """

    body: str
    subject: str = ""
    heading: str = ""

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The lines of the body that say something."""
        return tuple(line for line in self.body.splitlines() if line.strip())

    def filled(self, said: Mapping[Place, str]) -> OwnWords | None:
        """The words with their places filled; None when one of these has nothing to say."""
        parts = [_filled(part, said) for part in (self.body, self.subject, self.heading)]
        body, subject, heading = parts
        if body is None or subject is None or heading is None:
            return None
        return replace(self, body=body, subject=subject, heading=heading)


@dataclass(frozen=True, slots=True)
class OwnMessage:
    """The clinic's words for one message by one channel. Versions count from 1; 0 is what was not kept yet."""

    kind: Kind
    channel: Channel
    en: OwnWords
    es: OwnWords
    version: int = 0

    def in_(self, language: str) -> OwnWords:
        """The words in the reader's language ("en" or "es")."""
        return self.es if language == Language.SPANISH else self.en


PLACE = re.compile(r"\{([^{}]*)\}")


def _filled(words: str, said: Mapping[Place, str]) -> str | None:
    """Every place at once, so that nothing which comes in is read as a place; None when one has nothing to say.

    Where what comes in ends with a full stop, as "2:00 p.m." does, the sentence needs no other.
    """
    named = {place.mark: said[place] for place in Place if place in said}
    if any(found[0] not in named for found in PLACE.finditer(words)):
        return None
    pieces, end = [], 0
    for found in PLACE.finditer(words):
        value = named[found[0]]
        pieces += [words[end : found.start()], value]
        end = found.end() + (value.endswith(".") and words[found.end() : found.end() + 1] == ".")
    return "".join([*pieces, words[end:]])


_SAYABLE = re.compile(r"[^\W\d_](?:[^\W\d_]|[ '’-]|\.(?= |$)|[\u0300-\u036f])*")


def sayable(name: str) -> str:
    """A name that may stand in a message, else "": whoever books for somebody else's address types what they like.

    A web address, a number or a sentence in the field of the name would be sent in the clinic's own mail.
    """
    return name if len(name) <= _LONGEST_NAME and _SAYABLE.fullmatch(name) else ""

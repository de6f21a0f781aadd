"""Whether a text for patients says all it must: both languages, and in a message who, when, where and how to reach us.

A check reads what a patient would read, not the template it came from: what the clinic has left empty is missing there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from scheduler.domain.directory import Mode
from scheduler.domain.notification import REMINDERS, Channel, Kind
from scheduler.domain.wording import Text

EMERGENCY = "911"
LEAST_SHARE, A_TITLE = 0.5, 60
"""A translation shorter than this share of the other language has probably lost a part; titles may differ more."""

TELLS_THE_TIME = REMINDERS | {
    Kind.CONFIRMATION,
    Kind.MOVED,
    Kind.MOVED_BY_CLINIC,
    Kind.SWITCHED,
    Kind.CANCELLED,
}
"""Messages about one visit at one time."""

TELLS_THE_WAY = TELLS_THE_TIME - {Kind.CANCELLED}
"""Those of them after which somebody sets out."""


class Part(StrEnum):
    """What a message must say."""

    NAME = "name"
    TIME = "time"
    ZONE = "zone"
    WAY = "way"
    PHONE = "phone"
    EMERGENCY = "emergency"
    STOP = "stop"


class Fault(StrEnum):
    """What is wrong with a text in two languages."""

    NO_ENGLISH = "no-english"
    NO_SPANISH = "no-spanish"
    SHORT = "short"
    NO_EMERGENCY = "no-emergency"


@dataclass(frozen=True, slots=True)
class Checked:
    """One part that a message must say, and whether it does."""

    part: Part
    is_there: bool


def faults_of(text: Text, *, optional: bool = False, emergency: bool = False) -> tuple[Fault, ...]:
    """What a text lacks; an `optional` one may be empty in both languages, `emergency` asks for 911 in each."""
    if optional and not text.en and not text.es:
        return ()
    found = []
    if not text.en:
        found.append(Fault.NO_ENGLISH)
    if not text.es:
        found.append(Fault.NO_SPANISH)
    shorter, longer = sorted((len(text.en), len(text.es)))
    if not found and longer > A_TITLE and shorter < LEAST_SHARE * longer:
        found.append(Fault.SHORT)
    if emergency and any(tongue and EMERGENCY not in tongue for tongue in (text.en, text.es)):
        found.append(Fault.NO_EMERGENCY)
    return tuple(found)


def required(kind: Kind, channel: Channel, mode: Mode) -> tuple[Part, ...]:
    """What a message must say by that way.

    A text is short: it leaves "911" to the page it leads to, and the link of a video visit to the text that brings it.
    A text that its reader has just asked for says nothing about stopping.
    """
    parts = [Part.NAME, Part.PHONE]
    if kind in TELLS_THE_TIME:
        parts += [Part.TIME, Part.ZONE]
    if kind in TELLS_THE_WAY and _names_the_way(kind, channel, mode):
        parts.append(Part.WAY)
    if channel is Channel.EMAIL:
        parts.append(Part.EMERGENCY)
    if channel is Channel.SMS and kind is not Kind.LINKS:
        parts.append(Part.STOP)
    return tuple(parts)


def _names_the_way(kind: Kind, channel: Channel, mode: Mode) -> bool:
    if mode is Mode.VIRTUAL:
        return channel is Channel.EMAIL or kind is Kind.JOIN_LINK
    return mode is Mode.IN_PERSON


def checked(written: str, parts: tuple[Part, ...], facts: Mapping[Part, tuple[str, ...]]) -> list[Checked]:
    """Each part and whether one of its `facts` stands in the text; spaces of any kind are alike."""
    plain = _plain(written)
    return [Checked(part, any(_plain(fact) in plain for fact in facts[part] if fact)) for part in parts]


def _plain(words: str) -> str:
    return " ".join(words.split())

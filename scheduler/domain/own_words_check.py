"""Whether the clinic's own words for a message may go to patients: what they lack, and what must not stand in them.

Everything is told at once and by field, with the words it is about, so that nobody has to guess or to try twice.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from scheduler.domain.errors import InvalidInput, NotFound
from scheduler.domain.notification import Channel
from scheduler.domain.own_words import CHANNELS, KINDS, PLACE, OwnMessage, OwnWords, Place, allowed, required
from scheduler.domain.text_message import count, fitted
from scheduler.domain.wording import N_, Language

LONGEST_LINE, LONGEST_OPENING, LONGEST_TEXT = 150, 1500, 400
MOST_PARTS = 3
"""A text of more parts costs more than it tells, and some phones show it in pieces."""


class Reason(StrEnum):
    """What is wrong with a field."""

    EMPTY = "empty"
    LONG = "long"
    PARTS = "parts"
    LACKS = "lacks"
    UNKNOWN = "unknown"
    BRACE = "brace"
    ADDRESS = "address"
    TELLING = "telling"
    HIDDEN = "hidden"


SENTENCES = {
    Reason.EMPTY: N_("Please fill this in."),
    Reason.LONG: N_("This is too long. Please write less."),
    Reason.PARTS: N_("This text would need more than three parts. Please write less."),
    Reason.LACKS: N_("This must be in it:"),
    Reason.UNKNOWN: N_("We cannot fill this in here:"),
    Reason.BRACE: N_("A brace stands alone. Use { and } only around the names in the list below."),
    Reason.ADDRESS: N_(
        "No web or e-mail address, please: the right link comes by itself. After a full stop goes a space. Look at:"
    ),
    Reason.TELLING: N_("This tells others what somebody is treated for. Please leave it out:"),
    Reason.HIDDEN: N_("There are signs in it that nobody can see. Please type it again."),
}
"""A sentence for each; where it ends with a colon, the words follow that it is about."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong with one field, named like "body_es"; `named` are the words it is about."""

    field: str
    reason: Reason
    named: tuple[str, ...] = ()


class WordsRefused(InvalidInput):
    """The words cannot go to patients; `flaws` say why, in the order of the page."""

    def __init__(self, flaws: tuple[Flaw, ...]) -> None:
        super().__init__({flaw.field: SENTENCES[flaw.reason] for flaw in reversed(flaws)})
        self.flaws = flaws


def check(message: OwnMessage) -> None:
    """Hold the words in both languages against the rules.

    :raises NotFound: when nobody writes this kind of message by this channel.
    :raises WordsRefused: when anything is wrong with them.
    """
    if message.kind not in KINDS or message.channel not in CHANNELS:
        raise NotFound
    flaws = tuple(flaw for tongue in Language for flaw in _flaws(message, tongue))
    if flaws:
        raise WordsRefused(flaws)


def _flaws(message: OwnMessage, tongue: Language) -> Iterator[Flaw]:
    words, known = message.in_(tongue), allowed(message.kind, message.channel)
    for name, said, longest in _parts(message.channel, words):
        for reason, named in _faults(said, longest, known):
            yield Flaw(f"{name}_{tongue.value}", reason, named)
    body = f"body_{tongue.value}"
    missing = [each.mark for each in required(message.kind, message.channel) if each.mark not in words.body]
    if words.body.strip() and missing:
        yield Flaw(body, Reason.LACKS, tuple(missing))
    if message.channel is Channel.SMS and _parts_of(words) > MOST_PARTS:
        yield Flaw(body, Reason.PARTS)


def _parts(channel: Channel, words: OwnWords) -> list[tuple[str, str, int]]:
    """The fields in the order of the page, with how long each may be."""
    if channel is Channel.SMS:
        return [("body", words.body, LONGEST_TEXT)]
    return [
        ("subject", words.subject, LONGEST_LINE),
        ("heading", words.heading, LONGEST_LINE),
        ("body", words.body, LONGEST_OPENING),
    ]


def _faults(said: str, longest: int, known: tuple[Place, ...]) -> Iterator[tuple[Reason, tuple[str, ...]]]:
    """What is wrong with one field, whatever its message."""
    if not said.strip():
        yield Reason.EMPTY, ()
        return
    if len(said) > longest:
        yield Reason.LONG, ()
    if any(unicodedata.category(sign) in _HIDDEN for sign in said if sign != "\n"):
        yield Reason.HIDDEN, ()
    strange = _once(found[0] for found in PLACE.finditer(said) if found[0] not in {p.mark for p in known})
    if strange:
        yield Reason.UNKNOWN, strange
    if set(PLACE.sub("", said)) & {"{", "}"}:
        yield Reason.BRACE, ()
    addresses = _once(found[0] for found in _ADDRESS.finditer(said))
    if addresses:
        yield Reason.ADDRESS, addresses
    telling = telling_words(said)
    if telling:
        yield Reason.TELLING, telling


def _once(found: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))


_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_ADDRESS = re.compile(r"\S*(?:://|@)\S*|\bwww\.\S*|\S*[\w}]\.[^\W\d_]{2,}\S*", re.IGNORECASE)

_TELLING = re.compile(
    r"\b(?:"
    # any word that begins so, in either language
    r"(?:spin[ae]|vertebr|kypho|cifo|fractur|osteo|lumbar|sciatic|ciatic|surg|cirug|ciruj|cancer|tumou?r|oncolog|diagnos"
    r"|an[ae]?esthe|anestes|arthrit|artrit|opioid|radiograf|injection|inyeccion|painful|backache|dolenc|hueso|rodilla"
    r"|cadera|hombro|espalda|procedure|procedimiento|symptom|sintoma)\w*"
    # these words alone
    r"|(?:pain|bones?|knees?|hips?|necks?|shoulders?|dolor|columna|cuello|mri|x-rays?|biopsy|biopsia|hernias?|discs?"
    r"|(?:your|lower|upper|bad) back|back (?:exam|problem|trouble)s?)\b"
    r")"
)
"""Parts of the body, diseases and what is done about them, without accents. A back alone may be a way to come in."""


def telling_words(said: str) -> tuple[str, ...]:
    """The words that tell others what somebody is treated for, as they were typed, each once."""
    composed = unicodedata.normalize("NFC", said)
    bare = "".join(_bare(sign) for sign in composed)
    return _once(composed[found.start() : found.end()] for found in _TELLING.finditer(bare))


def _bare(sign: str) -> str:
    """The small letter without its accent, one for one, so that what is found can be shown as it was typed."""
    small = unicodedata.normalize("NFD", sign)[:1].lower()
    return small if len(small) == 1 else sign


_AS_LONG_AS: dict[Place, str] = {
    Place.CLINIC: "West Texas Institute of Example",
    Place.NAME: "Guadalupe",
    Place.NEWS: "We are sorry, we had to cancel your visit:",
    Place.WHEN: "on Wednesday, December 30",
    Place.DAY: "tomorrow, Wed Dec 30",
    Place.TIME: "12:30 PM El Paso time",
    Place.WHERE: "12345 Example Boulevard",
    Place.LINK: "https://appointments.example.com/visit/" + "x" * 43,
    Place.UNTIL: "Wednesday, December 30, 12:30 PM El Paso time (MST)",
    Place.PHONE: "(915) 555-0100",
    Place.STOP: "ALTO para salir.",
    Place.EMERGENCY: "Emergencia: 911",
}
"""What the places may come to: by these a text is counted before anybody gets it."""


def _parts_of(words: OwnWords) -> int:
    filled = words.filled(_AS_LONG_AS)
    return 0 if filled is None else count(fitted(filled.body)).parts

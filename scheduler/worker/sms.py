"""Writes a message as a text: one short line in the reader's language, counted before it leaves.

What travels is a small JSON object with our own name for the message beside its words: the company that carries it
gives the name back with every report, and takes the same name twice for one message.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from scheduler.domain.hand_over import HandOver
from scheduler.domain.letter import Letter
from scheduler.domain.notification import Channel
from scheduler.domain.text_message import Count, count, fitted
from scheduler.translations import language_of
from scheduler.worker import letter_words, own_letter

_AT_HOME = "tel:+1-"


@dataclass(frozen=True, slots=True)
class Text:
    """One text as it travels; `name` is ours, the same for every attempt; `written_at` is an instant.

    `message_id` is its name in the ledger, of which `name` is the part that companies can carry.
    """

    name: str
    words: str
    written_at: datetime
    message_id: str = ""

    def packed(self) -> bytes:
        """The bytes that are frozen at the gate and replayed."""
        said = {
            "name": self.name,
            "words": self.words,
            "at": self.written_at.isoformat(),
            "id": self.message_id,
        }
        return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def unpacked(cls, packed: bytes) -> Text:
        """Read what `packed` made."""
        said = json.loads(packed)
        written_at = datetime.fromisoformat(said["at"])
        return cls(said["name"], said["words"], written_at, said.get("id", ""))

    @property
    def cost(self) -> Count:
        """Its alphabet, length and parts."""
        return count(self.words)


class Gateway(Protocol):
    """Where texts are handed over."""

    def post(self, text: Text, number: str) -> HandOver:
        """Hand over one text for one number."""
        ...

    def look_up(self, text: Text, number: str) -> HandOver | None:
        """What became of a text that may have been handed over; REFUSED when the company surely does not have it.

        None when the company cannot be asked.
        """
        ...

    @property
    def is_idempotent(self) -> bool:
        """Whether the same name twice is one text there."""
        ...


class Texter:
    """The text channel: writes letters as texts and hands them to a gateway."""

    channel = Channel.SMS

    def __init__(self, gateway: Gateway, base_url: str) -> None:
        self._gateway = gateway
        self._base_url = base_url

    def write(self, letter: Letter) -> bytes:
        """The text with its name, ready to be frozen."""
        name = letter.message_id.partition("@")[0]
        return Text(name, words_of(letter, self._base_url), letter.written_at, letter.message_id).packed()

    def post(self, message: bytes, address: str) -> HandOver:
        """Hand a text over, to this one number (E.164)."""
        return self._gateway.post(Text.unpacked(message), address)

    def inquire(self, message: bytes, address: str, since: datetime) -> HandOver | None:
        """What became of a text whose hand-over had no answer; see `Gateway.look_up`."""
        return self._gateway.look_up(Text.unpacked(message), address)

    @property
    def is_idempotent(self) -> bool:
        """Whether a text may be handed over again without a second one reaching its reader."""
        return self._gateway.is_idempotent

    def parts(self, message: bytes) -> int:
        """Into how many parts a text falls."""
        return Text.unpacked(message).cost.parts


def words_of(letter: Letter, base_url: str) -> str:
    """The words of a text, in one line, with the telephones' own letters where that is still good language.

    When it would not fit into one part, it says the same with fewer signs where that helps.
    """
    words = letter_words.of(letter, base_url)
    full = _written(letter, words)
    if count(full).parts == 1:
        return full
    brief = _written(letter, words | _fewer_signs(words))
    return brief if count(brief).parts < count(full).parts else full


def _written(letter: Letter, words: dict[str, Any]) -> str:
    environment = letter_words.environment(language_of(letter.language))
    line = own_letter.in_text(letter, words)
    if line is None:
        line = environment.get_template(f"sms/{letter.kind.value}.txt").render(words)
    return fitted(_tidied(" ".join(line.split())))


def _fewer_signs(words: dict[str, Any]) -> dict[str, Any]:
    """The same facts in fewer signs: no weekday beside "tomorrow", no brackets, the street without its suite."""
    return {
        "brief": True,
        "phone": _bare_number(words["phone_href"], words["phone"]),
        "street": words["street"].partition(",")[0],
    }


def _bare_number(href: str, shown: str) -> str:
    """A number at home without its brackets: "915-555-0100"."""
    return href.removeprefix(_AT_HOME) if href.startswith(_AT_HOME) else shown


def _tidied(line: str) -> str:
    """Without the marks that meet where a piece is left out."""
    return line.replace(" ,", ",").replace(" .", ".").replace("..", ".")

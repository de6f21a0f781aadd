"""A text that somebody sent to the clinic's number, and what the clinic answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from scheduler.domain.reply_words import Reply, Wish, understood
from scheduler.domain.visit import Visit

_BY_THE_CARRIER = {"STOP": Wish.STOP, "START": Wish.START, "HELP": Wish.HELP}


@dataclass(frozen=True, slots=True)
class InboundText:
    """One text. `sid` is the company's name for it, `sender` a number in E.164.

    `carrier_says` is what the carrier itself took it for ("STOP", "START", "HELP"), "" when it did not say.
    """

    sid: str
    sender: str
    words: str
    carrier_says: str = ""

    @property
    def reply(self) -> Reply:
        """What its sender wants. What the carrier has acted on already is believed."""
        mine = understood(self.words)
        said = _BY_THE_CARRIER.get(self.carrier_says.upper())
        if said is None or (said is Wish.STOP and mine.wish is Wish.STOP_OR_CANCEL):
            return mine
        return Reply(said)

    @property
    def was_acted_on(self) -> bool:
        """Say whether the carrier answers this by itself: then a second answer is one too many."""
        return self.carrier_says.upper() in _BY_THE_CARRIER or self.words.strip().upper() in _CARRIERS_OWN


_CARRIERS_OWN = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "START", "YES", "UNSTOP"}
)


class Say(StrEnum):
    """What the clinic answers; the words stand at the door, in the sender's language."""

    NOTHING = "nothing"
    CONFIRMED = "confirmed"
    WHICH_CONFIRM = "which-confirm"
    WHICH_CANCEL = "which-cancel"
    CANCELLED = "cancelled"
    TOO_LATE = "too-late"
    WILL_CALL = "will-call"
    STOPPED = "stopped"
    STARTED = "started"
    HELP = "help"
    READ = "read"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said back, and about which visits, in the order in which they are numbered."""

    say: Say
    language: str = "en"
    visits: tuple[Visit, ...] = ()


SILENCE = Answer(Say.NOTHING)

"""What a person means who answers a text with a word or two, in English or Spanish.

Some words belong to the carriers: one of them alone, as the whole message, stops or starts all texts of a number, and
the carrier acts on it before we hear of it. Among them are CANCEL and YES, so we never ask for either: C confirms and
X cancels. Whoever writes CANCEL has stopped all texts and may have meant the visit: a person looks at it. A word that
we are not sure of is a person's to read, never guessed at.

The words: those that carriers honour by themselves, and those that 47 CFR 64.1200(a)(10) names as a wish to stop.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Wish(StrEnum):
    """What somebody wants who writes to the clinic's number, as it is written down."""

    CONFIRM = "confirm"
    CANCEL = "cancel"
    ASK_TO_CANCEL = "ask-to-cancel"
    """Words about giving a visit up that were not ours: answered with the exact words that do it."""

    CALL = "call"
    STOP = "stop"
    STOP_OR_CANCEL = "stop-or-cancel"
    """Stops the texts, and may have meant the visit."""

    START = "start"
    START_OR_CONFIRM = "start-or-confirm"
    """The carrier's YES: lets texts come again, or agrees where they never stopped."""

    HELP = "help"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply as understood; `which` is the number behind "X2" or "C2", None when there was none."""

    wish: Wish
    which: int | None = None


_WORDS: Mapping[Wish, frozenset[str]] = {
    Wish.CONFIRM: frozenset(
        {"C", "CONFIRM", "CONFIRMED", "I CONFIRM", "SI", "CONFIRMO", "CONFIRMAR", "CONFIRMADO", "CONFIRMADA"}
        | {"SI CONFIRMO", "YES CONFIRM", "C SI", "SI GRACIAS"}
    ),
    Wish.CANCEL: frozenset({"X"}),
    Wish.CALL: frozenset(
        {"A", "CALL", "CALL ME", "PLEASE CALL", "PLEASE CALL ME", "LLAMAR", "LLAMENME", "LLAMEME", "LLAMADA"}
        | {"LLAMENME POR FAVOR", "LLAMEME POR FAVOR", "CALL ME PLEASE"}
    ),
    Wish.STOP: frozenset(
        {
            "STOP",
            "STOPALL",
            "STOP ALL",
            "UNSUBSCRIBE",
            "END",
            "QUIT",
            "REVOKE",
            "OPTOUT",
            "OPT OUT",
            "REMOVE ME",
        }
        | {
            "STOP TEXTING",
            "STOP TEXTING ME",
            "NO MORE TEXTS",
            "DO NOT TEXT",
            "DO NOT TEXT ME",
            "DONT TEXT ME",
        }
        | {
            "ALTO",
            "PARE",
            "PAREN",
            "PARAR",
            "BASTA",
            "DETENER",
            "BAJA",
            "NO MAS",
            "NO MAS MENSAJES",
            "NO MENSAJES",
        }
        | {"ALTO POR FAVOR", "STOP PLEASE", "PLEASE STOP", "NO ME ESCRIBAN", "NO ENVIEN MAS MENSAJES"}
    ),
    Wish.STOP_OR_CANCEL: frozenset({"CANCEL", "CANCELAR"}),
    Wish.START: frozenset({"START", "UNSTOP", "INICIO", "INICIAR", "EMPEZAR", "REANUDAR"}),
    Wish.START_OR_CONFIRM: frozenset({"YES"}),
    Wish.HELP: frozenset({"HELP", "INFO", "AYUDA"}),
}
_MEANT = {word: wish for wish, words in _WORDS.items() for word in words}
_NUMBERED = re.compile(r"([CX]) ?([1-9])")
_CANCEL_STEM = re.compile(r"\b(CANCEL|CANCELL?ED|CANCELL?ING|CANCELAR|CANCELO|CANCELE|CANCELEN)\b")
_ABOUT_A_VISIT = re.compile(r"\b(APPOINTMENT|APPT|VISIT|CITA|CONSULTA|VISITA)\b")
_DO_NOT = re.compile(r"\b(NOT|DONT|NO|NEVER|NUNCA|SIN)\b")
_LONGEST_WISH = 8
"""Words. A longer text says more than a wish, and a person reads it."""


def understood(text: str) -> Reply:
    """Read a reply. Case, accents and marks do not matter; anything that is not plainly one wish is `UNCLEAR`."""
    words = _plain(text)
    if words in _MEANT:
        return Reply(_MEANT[words])
    numbered = _NUMBERED.fullmatch(words)
    if numbered:
        wish = Wish.CONFIRM if numbered[1] == "C" else Wish.CANCEL
        return Reply(wish, int(numbered[2]))
    return Reply(Wish.ASK_TO_CANCEL if _asks_to_cancel(words) else Wish.UNCLEAR)


def language_of_words(text: str) -> str:
    """The language that a text seems to be written in: "es" when something in it is plainly Spanish, else "en"."""
    if re.search("[ñÑ¿¡áíóúÁÍÓÚ]", text):
        return "es"
    return "es" if _SPANISH.intersection(_plain(text).split()) else "en"


_SPANISH = frozenset(
    {
        "ALTO",
        "PARE",
        "PAREN",
        "PARAR",
        "BASTA",
        "DETENER",
        "BAJA",
        "SI",
        "CONFIRMO",
        "CONFIRMAR",
        "CONFIRMADA",
    }
    | {
        "AYUDA",
        "INICIO",
        "INICIAR",
        "EMPEZAR",
        "REANUDAR",
        "LLAMAR",
        "LLAMENME",
        "LLAMEME",
        "LLAMADA",
        "CANCELAR",
    }
    | {
        "CITA",
        "HOLA",
        "GRACIAS",
        "FAVOR",
        "QUIERO",
        "NECESITO",
        "PUEDO",
        "QUE",
        "PARA",
        "BUENOS",
        "BUENAS",
        "DIAS",
    }
)


def _asks_to_cancel(words: str) -> bool:
    """Say whether a short text speaks of cancelling a visit and of nothing against it."""
    if len(words.split()) > _LONGEST_WISH or _DO_NOT.search(words):
        return False
    return bool(_CANCEL_STEM.search(words) and _ABOUT_A_VISIT.search(words))


def _plain(text: str) -> str:
    """Capital letters without accents, quotes dropped, all other marks one space."""
    unaccented = unicodedata.normalize("NFKD", text.replace("'", "").replace("\u2019", ""))
    letters = "".join(each for each in unaccented if not unicodedata.combining(each)).upper()
    return " ".join(re.sub(r"[^A-Z0-9]+", " ", letters).split())

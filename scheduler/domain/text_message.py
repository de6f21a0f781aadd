"""A text message as the telephone network counts it: which alphabet it needs, and into how many parts it falls.

One character outside the old alphabet of telephones (GSM 03.38) doubles the price of the whole message, because all of
it then travels as UCS-2, with 70 characters to a part and not 160. The usual culprits are the narrow space before
"AM", a long dash, and the accents of á, í, ó and ú (é, ñ, ü, ¿ and ¡ are in the alphabet). So spaces, dashes and quotes
become plain ones, and an accent is left off where the word stays the same word; where it tells two words apart ("está"
and "esta"), the message keeps its accents and is counted as what it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The default alphabet, one septet each (3GPP TS 23.038, 6.2.1)."""

EXTENDED = frozenset("\f^{}\\[~]|€")
"""These take an escape in front, and with it two septets (3GPP TS 23.038, 6.2.1.1)."""


class Alphabet(StrEnum):
    """In which alphabet a message travels."""

    GSM7 = "gsm-7"
    UCS2 = "ucs-2"


_ROOM = {Alphabet.GSM7: (160, 153), Alphabet.UCS2: (70, 67)}
"""Units in a message that is one part, and in each part of a longer one (3GPP TS 23.040, 9.2.3.24.1)."""


@dataclass(frozen=True, slots=True)
class Count:
    """What a message costs: its alphabet, its length in septets or UTF-16 units, and its parts."""

    alphabet: Alphabet
    units: int
    parts: int


def count(text: str) -> Count:
    """Count a message. A character of two units never falls on both sides of a border between parts."""
    alphabet = Alphabet.GSM7 if is_gsm7(text) else Alphabet.UCS2
    sizes = [_SIZES[alphabet](letter) for letter in text]
    whole, part = _ROOM[alphabet]
    parts = 1 if sum(sizes) <= whole else _parts(sizes, part)
    return Count(alphabet, sum(sizes), parts)


def is_gsm7(text: str) -> bool:
    """Say whether every character is in the telephones' own alphabet."""
    return all(letter in BASIC or letter in EXTENDED for letter in text)


def _septets(letter: str) -> int:
    return 2 if letter in EXTENDED else 1


def _utf16(letter: str) -> int:
    return 2 if ord(letter) > 0xFFFF else 1


_SIZES: dict[Alphabet, Callable[[str], int]] = {Alphabet.GSM7: _septets, Alphabet.UCS2: _utf16}


def _parts(sizes: list[int], room: int) -> int:
    parts, used = 1, 0
    for size in sizes:
        if used + size > room:
            parts, used = parts + 1, 0
        used += size
    return parts


def fitted(text: str) -> str:
    """The message as it should travel: plain spaces and signs, and without accents where that costs no meaning."""
    plain = _one_line_breaks(_plain_signs(text))
    if is_gsm7(plain):
        return plain
    bare = _WORD.sub(lambda found: _without_accents(found[0]), plain)
    return bare if is_gsm7(bare) else plain


_SIGNS = str.maketrans(
    {
        "\u202f": " ", "\u00a0": " ", "\u2007": " ", "\u2009": " ", "\t": " ",
        "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "«": '"', "»": '"',
        "\u2010": "-", "\u2011": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-", "•": "-", "·": "-",
        "…": "...", "º": "o", "ª": "a", "`": "'", "´": "'", "\r": "",
    }
)  # fmt: skip
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_WORD = re.compile(r"[^\W\d_]+")
_ACUTE = "\u0301"

_TELLS_APART = frozenset(
    {
        "aún", "más", "mí", "sí", "tú", "sólo", "cómo", "cuál", "cuáles", "cuándo", "cuánto", "cuántos", "cuánta",
        "cuántas", "dónde", "adónde", "quién", "quiénes", "público", "práctica", "práctico", "cálculo", "ánimo",
    }
)  # fmt: skip
"""Words that are other words without their accent ("más" and "mas", "público" and "publico"); those that end in an
accented vowel ("llamó", "está", "aquí") are known by their ending."""


def _plain_signs(text: str) -> str:
    composed = unicodedata.normalize("NFC", text).translate(_SIGNS)
    return "".join(letter for letter in composed if letter == "\n" or _is_visible(letter))


def _is_visible(letter: str) -> bool:
    return unicodedata.category(letter) not in _INVISIBLE


def _one_line_breaks(text: str) -> str:
    return re.sub(r" *\n[\n ]*", "\n", re.sub(r" {2,}", " ", text)).strip()


def _without_accents(word: str) -> str:
    """The word without the accents that the alphabet lacks, unless it would be another word then."""
    if is_gsm7(word) or word.casefold() in _TELLS_APART or word[-1].casefold() in "áíóú":
        return word
    return "".join(letter if letter in BASIC else _bare(letter) for letter in word)


def _bare(letter: str) -> str:
    """The letter below an acute accent; other letters as they are."""
    below, _, above = unicodedata.normalize("NFD", letter).partition(_ACUTE)
    return (
        below
        if above == "" and len(below) == 1 and _ACUTE in unicodedata.normalize("NFD", letter)
        else letter
    )

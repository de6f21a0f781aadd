"""Names as the ear hears them: without accents, and with the letters that English and Spanish speakers mix up made one.

"González", "Gonzales" and "Gonsalez" sound alike; so do "Jiménez", "Gimenez" and "Ximenez", "Katherine" and "Catarina"
do not. It is meant for finding somebody on the phone, never for deciding that two people are one.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_RULES = tuple(
    (re.compile(pattern), letters)
    for pattern, letters in (
        ("sch|sh|ch", "x"),
        ("ph", "f"),
        ("th", "t"),
        ("ll", "y"),
        ("gu(?=[ei])|qu|ck|q", "k"),
        ("^x|j|g(?=[eiy])", "h"),
        ("c(?=[eiy])|z|x(?!$)", "s"),
        ("c", "k"),
        ("v|w", "b"),
        ("ñ|ny|nn", "n"),
        ("h", ""),
        ("y$", "i"),
    )
)
_VOWELS = re.compile("[aeiouy]+")
_DOUBLE = re.compile(r"(.)\1+")


def folded(text: str) -> str:
    """Small letters without accents, and digits; everything else becomes a space."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join("".join(sign if sign.isalnum() else " " for sign in letters).split())


@lru_cache(maxsize=1 << 16)
def sound(word: str) -> str:
    """How one folded word sounds: its consonants, with the first vowel where it begins with one; "" for no letters."""
    if not word or word[0].isdigit():
        return ""
    heard = word
    for pattern, letters in _RULES:
        heard = pattern.sub(letters, heard)
    first = "a" if heard[:1] in "aeiou" else ""
    return first + _DOUBLE.sub(r"\1", _VOWELS.sub("", heard))


def sounds(text: str) -> str:
    """How each word of a folded text sounds, with spaces between."""
    return " ".join(filter(None, map(sound, text.split())))

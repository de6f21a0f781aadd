"""What people type, made harmless before it is kept: no hidden signs, no forged lines, no cells that calculate."""

from __future__ import annotations

import re
import unicodedata

_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_INVISIBLE = "\u00ad\u200b\u2060\ufeff\ufff9\ufffa\ufffb"
_REFUSED = frozenset(_BIDI + _INVISIBLE)
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_ADDRESS = re.compile(
    r"(?=.{3,254}\Z)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
)


def clean(text: str, limit: int, *, lines: bool = False) -> str:
    """The text in Unicode's composed form, trimmed, at most `limit` letters, without signs that hide or deceive.

    Gone are control characters (NUL, tab, ESC), the signs that turn the direction of writing, invisible ones, halves of
    surrogate pairs and private signs. Line breaks become spaces, or stay as a bare LF when `lines` is true. Joiners
    stay: some scripts and emoji need them.
    """
    if text.isascii() and text.isprintable():  # nearly always: then there is nothing to take out
        return (re.sub(" +", " ", text) if "  " in text else text).strip()[:limit].strip()
    broken = re.sub(r"\r\n?|[\v\f\x85\u2028\u2029]", "\n", text)
    spaced = broken if lines else broken.replace("\n", " ")
    kept = "".join(sign for sign in spaced.replace("\t", " ") if _is_kept(sign))
    composed = unicodedata.normalize("NFC", kept)
    return re.sub(r"[^\S\n]+", " ", composed).strip()[:limit].strip()


def _is_kept(sign: str) -> bool:
    if sign == "\n":
        return True
    return sign not in _REFUSED and unicodedata.category(sign) not in {"Cc", "Cs", "Co", "Cn"}


def is_one_address(text: str) -> bool:
    """Say whether this is exactly one plain e-mail address: no comment, no second address, no line break."""
    return _ADDRESS.fullmatch(text) is not None and len(text.partition("@")[0]) <= 64


def csv_cell(value: str) -> str:
    """A cell that a spreadsheet shows and never calculates (OWASP ASVS 5.0, 1.2.10)."""
    single = re.sub(r"[\r\n\0]+", " ", value)
    return f"'{single}" if value.startswith(_FORMULA) or single.lstrip().startswith(_FORMULA) else single

"""The lines of a calendar file: escaped, folded, and free of everything that is not a letter somebody could read.

Context. A calendar of a thousand visits took the library 175 ms and takes 13 ms as plain text, and these few rules
(RFC 5545, 3.1 and 3.3.11) are all that writing needs. Reading is another matter and stays with the library.

Decision. The files are written here; the tests read every one of them back with three parsers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime

LONGEST = 74
"""Octets of one line, the line end and the blank of a continuation not counted."""

_NOT_IN_A_NAME = frozenset('"^<>;:,\\')
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u2028\u2029\ufeff")
_TO_QUOTE = re.compile("[',;:’]")
_ENDS_WITHIN = b"\\^"


def text(words: str) -> str:
    """Somebody's words as a TEXT value: escaped, on one line."""
    escaped = readable(words).replace(";", r"\;").replace(",", r"\,")
    return escaped.replace("\n", r"\n")


def readable(words: str) -> str:
    """The words without control characters, half characters, overrides of direction and backslashes.

    A backslash becomes a stroke: several calendars read one before an N as a new line.
    """
    if words.isascii() and words.isprintable() and "\\" not in words:
        return words
    return "".join(letter for letter in words.replace("\\", "/") if letter == "\n" or _is_readable(letter))


def name(words: str) -> str:
    """A name for a parameter: several calendars show quoting and RFC 6868 escapes as they are, so there are none."""
    kept = "".join(" " if letter in _NOT_IN_A_NAME else letter for letter in readable(words))
    return " ".join(kept.split())


def parameter(value: str) -> str:
    """A parameter's value, in quotes where it needs them (RFC 5545, 3.2); made by `name` where people wrote it."""
    return f'"{value}"' if _TO_QUOTE.search(value) else value


def common_name(words: str) -> str:
    """Somebody's name as the parameter CN; in quotes as soon as it has two words, as the RFC writes it itself."""
    kept = name(words)
    return f'"{kept}"' if " " in kept else parameter(kept)


def stamp(moment: datetime) -> str:
    """A wall clock's digits, "20261201T140000"; the caller says which clock it is."""
    return moment.isoformat()[:19].replace("-", "").replace(":", "")


def utc(moment: datetime) -> str:
    """An instant in UTC: "20261201T210000Z"."""
    return f"{stamp(moment.astimezone(UTC))}Z"


def written(lines: Iterable[str]) -> bytes:
    """The lines as a file: UTF-8, CRLF, none longer than 75 octets."""
    return b"\r\n".join([*(_folded(line.encode()) for line in lines), b""])


def _folded(line: bytes) -> bytes:
    """Cut a long line so that neither a character nor an escape is cut in two."""
    if len(line) <= LONGEST:
        return line
    pieces, start = [], 0
    while len(line) - start > LONGEST:
        end = start + LONGEST
        while line[end] & 0xC0 == 0x80:
            end -= 1
        if line[end - 1] in _ENDS_WITHIN:
            end -= 1
        pieces.append(line[start:end])
        start = end
    return b"\r\n ".join([*pieces, line[start:]])


def _is_readable(letter: str) -> bool:
    return unicodedata.category(letter) not in {"Cc", "Cs"} and letter not in _OVERRIDES

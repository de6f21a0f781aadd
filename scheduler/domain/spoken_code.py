"""The short code a person reads out on the phone: six digits that name a visit and open nothing.

The code is the visit's number, shuffled so that neighbours do not look alike; it needs no column and cannot collide
among any million visits in a row. The desk still asks for name and date of birth.
"""

from __future__ import annotations

_CODES = 1_000_000
_STEP = 387_697
_SHIFT = 214_021
_BACK = pow(_STEP, -1, _CODES)


def spoken_code(number: int) -> str:
    """The code of a visit's number, six digits."""
    return f"{(number * _STEP + _SHIFT) % _CODES:06d}"


def numbers_of(code: str, highest: int) -> list[int]:
    """The visits' numbers a code may mean, newest first, up to the `highest` in use; none unless it has six digits."""
    digits = "".join(character for character in code if character.isdecimal() and character.isascii())
    if len(digits) != 6:
        return []
    lowest = (int(digits) - _SHIFT) * _BACK % _CODES
    return list(range(lowest, highest + 1, _CODES))[::-1]

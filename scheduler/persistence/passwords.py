"""Passwords are kept as slow hashes, so that a stolen table does not give them away.

Argon2id with 19 MiB, two passes and one lane (OWASP's second choice, equal in strength to the first): about a twentieth
of a second here. The library's own default takes 64 MiB and four lanes, three quarters of a second on two cores. At
most two hashes run at once in a process, so that a flood of sign-ins cannot take the memory or every core.
"""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_AT_ONCE = threading.BoundedSemaphore(2)
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LWhhcy10aGlzLg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
"""What is checked when no account was found, so that an unknown e-mail takes as long as a known one; nothing fits."""


def hash_password(password: str) -> str:
    """The hash to keep."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def fits(password: str, kept: str | None) -> bool:
    """Say whether the password is the one that was kept; without one, take the same time and say no."""
    with _AT_ONCE:
        try:
            _HASHER.verify(kept or _NOBODY, password)
        except (VerificationError, InvalidHashError):
            return False
    return kept is not None


def is_dated(kept: str) -> bool:
    """Say whether the hash was made with other costs than today's, and should be made anew."""
    return _HASHER.check_needs_rehash(kept)

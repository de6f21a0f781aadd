"""What the staff show besides a password: a passkey, a code from an app, or one of the codes on paper."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime

RECOVERY_CODES = 10
LONGEST_NAME = 60
MOST_PASSKEYS = 10
STEP = 30
"""Seconds that one code of the app stands for (RFC 6238, 4)."""

_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""No letter or digit that is easily taken for another."""


@dataclass(frozen=True, slots=True)
class Passkey:
    """A key on somebody's device (W3C Web Authentication); `used_at` is None until it was used to sign in."""

    id: int
    name: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeyMaterial:
    """What is kept of a passkey to check it with; nothing here is secret."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Factors:
    """The second factors of one account."""

    passkeys: tuple[Passkey, ...]
    has_app: bool
    codes_left: int

    @property
    def count(self) -> int:
        """How many there are; codes on paper are a way out, not a factor."""
        return len(self.passkeys) + self.has_app


@dataclass(frozen=True, slots=True)
class Party:
    """Whom a passkey is made for: the clinic's host and name, and the address its pages have (WebAuthn, 5.4.2)."""

    host: str
    origin: str
    name: str

    @property
    def can_hold_passkeys(self) -> bool:
        """Passkeys belong to a name, never to a bare address, and to nothing but this machine without TLS."""
        is_address = re.fullmatch(r"[0-9.]+|\[?[0-9a-f:]+\]?", self.host) is not None
        return not is_address and (self.origin.startswith("https://") or self.host == "localhost")


def new_recovery_codes() -> tuple[str, ...]:
    """Ten codes to print, each about 49 bits, in two groups of five."""
    return tuple(
        "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(2))
        for _ in range(RECOVERY_CODES)
    )


def plain_code(typed: str) -> str:
    """A typed code without spaces and dashes, in small letters."""
    return re.sub(r"[\s-]", "", typed).lower()[:32]


def is_app_code(plain: str) -> bool:
    """Say whether it has the form of an app's code; else it may be one from paper."""
    return re.fullmatch(r"[0-9]{6}", plain) is not None

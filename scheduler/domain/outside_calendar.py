"""A clinician's own calendar elsewhere: its address, what came of reading it, and when it is read again.

Only when the clinician is busy is taken from it. What they do, with whom and where is not even read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from scheduler.domain.errors import InvalidInput
from scheduler.domain.interval import Span
from scheduler.domain.wording import N_

MOST = 5
"""How many calendars one clinician may bring."""

AGAIN = timedelta(minutes=15)
LONGEST_PAUSE = timedelta(hours=2)
AHEAD = timedelta(days=400)
"""So far ahead busy times are kept: a month beyond the farthest day that can be booked."""

_PORTS = frozenset({None, 80, 443})
_NO_ADDRESS = N_("Enter the whole address. It begins with https:// or webcal://.")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


class Trouble(StrEnum):
    """Why a calendar could not be read; each has its words in `web/calendar_words.py`."""

    ADDRESS = "address"
    NOT_PUBLIC = "not-public"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    GONE = "gone"
    TOO_LARGE = "too-large"
    TOO_SLOW = "too-slow"
    TOO_MANY = "too-many"
    REDIRECTS = "redirects"
    NO_CALENDAR = "no-calendar"


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server said of its last answer, word for word (RFC 9110, 8.8), for asking whether it still holds."""

    etag: str | None = None
    modified: str | None = None


@dataclass(frozen=True, slots=True)
class OutsideCalendar:
    """One such calendar and how it stands; `read_at` is when it was last known to be as kept here."""

    id: str
    practitioner_id: int
    address: str
    validators: Validators
    trouble: str | None
    failures: int
    busy_times: int
    created_at: datetime
    checked_at: datetime | None
    read_at: datetime | None

    @property
    def host(self) -> str:
        """The name of the server: all that a page shows of the address, which is a secret."""
        return urlsplit(self.address).hostname or ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading a calendar: its busy times in epoch seconds, None when nothing changed; or the trouble."""

    busy: tuple[Span, ...] | None = None
    validators: Validators = Validators()
    trouble: Trouble | None = None


def read_address(typed: str) -> str:
    """The address as it will be asked for: webcal becomes https.

    :raises InvalidInput: when it is none that could be asked for. Where it leads is looked at when it is read.
    """
    address = typed.strip()
    if not address.isascii() or not address.isprintable() or len(address) > 2000 or " " in address:
        raise InvalidInput({"address": _NO_ADDRESS})
    address = re.sub(r"\Awebcals?://", "https://", address, flags=re.IGNORECASE)
    if not is_askable(address):
        raise InvalidInput({"address": _NO_ADDRESS})
    return address


def is_askable(address: str) -> bool:
    """Say whether an address is http or https, names a host, brings no password, and asks at a usual port."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc or port not in _PORTS:
        return False
    return bool(parts.hostname) and _HOST.fullmatch(parts.hostname or "") is not None


def next_check(now: datetime, failures: int) -> datetime:
    """When to read again: soon, and after failures less and less often."""
    return now + min(AGAIN * (1 << min(failures, 8)), LONGEST_PAUSE)

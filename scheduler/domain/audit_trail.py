"""What the clinic writes down of each act, how it is spelled for sealing, and what may be found wrong with it later."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

GENESIS = bytes(32)
"""What the first link is chained to."""

LATE = timedelta(hours=1)
"""The longest transaction that is believed: a row numbered below its neighbours may be this much older than them."""


@dataclass(frozen=True, slots=True)
class Record:
    """One act as kept. `detail` holds names of fields and codes, never what was in them."""

    id: int
    at: datetime
    actor_kind: str
    actor_id: str
    action: str
    object_type: str
    object_id: str
    patient_id: int | None
    outcome: str
    detail: Mapping[str, str]
    request_id: str
    address: str

    def spelled(self, seq: int) -> bytes:
        """The act and its place in the chain as bytes that never vary: JSON, UTC to the microsecond, no floats."""
        fields = (
            seq,
            self.id,
            self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            self.actor_kind,
            self.actor_id,
            self.action,
            self.object_type,
            self.object_id,
            self.patient_id,
            self.outcome,
            dict(self.detail),
            self.request_id,
            self.address,
        )
        return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for in the trail. `patients` are numbers, None for anybody; `before` leads to older acts."""

    start: datetime
    end: datetime
    patients: tuple[int, ...] | None = None
    visit: int | None = None
    actor_id: str = ""
    action: str = ""
    outcome: str = ""
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Seal:
    """One link of the chain; `mac` covers the act and the link before."""

    seq: int
    audit_id: int
    mac: bytes


class Fault(StrEnum):
    """What can be wrong with the trail."""

    ALTERED = "altered"
    MISSING = "missing"
    BACKDATED = "backdated"
    UNSEALED = "unsealed"
    CUT_SHORT = "cut-short"
    ANCHOR_UNREADABLE = "anchor-unreadable"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: at which link, at which act."""

    fault: Fault
    seq: int
    audit_id: int | None = None


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where the chain had got to at a moment, kept outside the database."""

    seq: int
    mac: bytes
    at: datetime

    def line(self) -> str:
        """The anchor as one line of text."""
        return f"{self.at.astimezone(UTC).isoformat(timespec='seconds')} {self.seq} {self.mac.hex()}"

    @classmethod
    def read(cls, line: str) -> Anchor:
        """An anchor from its line.

        :raises ValueError: when it is not one.
        """
        at, seq, mac = line.split()
        return cls(int(seq), bytes.fromhex(mac), datetime.fromisoformat(at))

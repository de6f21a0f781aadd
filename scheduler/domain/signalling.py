"""What the page of a call tells the clinic each second or two, and what it hears back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.domain.appointment import Status
from scheduler.domain.directory import Mode
from scheduler.domain.telehealth import STANDS, TALKING, AreaDecision, Party, Provider, Quality, Stage, Window

MOST_NOTES = 40
"""Notes in one breath; a browser that gathers all its addresses at once has fewer."""

LONGEST_NOTE = 20_000
"""Characters of one note: an offer with picture, sound and every candidate has some 8,000."""

MOST_KEPT = 3_000
"""Notes of one visit. Twenty reloads and restarts on a poor line make some hundreds."""


@dataclass(frozen=True, slots=True)
class Told:
    """One breath of a page. `since` is the last note it has read; `notes` are for other pages, by their instance.

    `is_fresh` marks the first breath after the page was opened, `takes` the press of "move here".
    """

    instance: str
    device: str
    since: int = 0
    is_fresh: bool = False
    takes: bool = False
    is_connected: bool = False
    quality: Quality | None = None
    notes: tuple[tuple[str, Mapping[str, Any]], ...] = ()


@dataclass(frozen=True, slots=True)
class Peer:
    """Somebody in the visit as another page sees them. `instance` is "" for those who take no part in the call."""

    kind: Party
    name: str
    is_here: bool
    instance: str
    quality: Quality | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A visit and its call, as far as a breath is judged by it and told of it; `ahead` is how many wait before.

    `version` is the directory's number, by which names and places are found without asking for it again.
    """

    number: int
    uid: str
    patient_id: int
    practitioner_id: int
    location_id: int
    language: str
    status: Status
    mode: Mode
    window: Window
    stage: Stage
    provider: Provider
    delay_until: datetime | None
    ahead: int
    version: int
    area: AreaDecision | None

    @property
    def public_id(self) -> str:
        """The name of the visit on the wire: the local part of its UID."""
        return self.uid.partition("@")[0]

    @property
    def is_talking(self) -> bool:
        """Say whether the two browsers may speak to each other."""
        return self.stage in TALKING and self.provider is Provider.OWN

    def is_open(self, now: datetime) -> bool:
        """Say whether the room of this visit is open now."""
        stands = self.mode is Mode.VIRTUAL and self.status in STANDS
        return stands and self.window.is_open(now)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a page hears. `is_active` says that it speaks for its party; another device does otherwise.

    `may_call` says that it takes part in the call now; a companion never does.
    """

    standing: Standing
    is_active: bool
    may_call: bool
    peers: tuple[Peer, ...]
    notes: tuple[tuple[int, str, Any], ...]

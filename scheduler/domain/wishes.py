"""How a patient wants to hear of their visit, as they say it themselves, and what will come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scheduler.domain.notification import Channel, Kind
from scheduler.domain.person import RemindBy


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a patient chose: over which ways, in which language, and whether a helper gets copies.

    `tell_helper` is None where nobody gets any.
    """

    remind_by: tuple[RemindBy, ...]
    language: str
    tell_helper: bool | None = None


class Bar(StrEnum):
    """Why nothing gets through over a way that is wished for."""

    STOPPED = "stopped"
    REFUSED = "refused"
    CAME_BACK = "came-back"


@dataclass(frozen=True, slots=True)
class Coming:
    """One reminder that is planned for `due_at` (aware UTC)."""

    channel: Channel
    kind: Kind
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a patient will hear before a visit: what is planned, and what stands in the way of it."""

    coming: tuple[Coming, ...]
    bars: Mapping[Channel, Bar]

    def over(self, channel: Channel) -> tuple[Coming, ...]:
        """What is planned over one channel, soonest first."""
        return tuple(one for one in self.coming if one.channel is channel)

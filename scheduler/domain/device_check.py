"""What a device check found, and the one verdict that follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Finding(StrEnum):
    """How one part did. `UNKNOWN` was not tried, or there is nothing to try it with."""

    GOOD = "good"
    WEAK = "weak"
    BAD = "bad"
    UNKNOWN = "unknown"


class Verdict(StrEnum):
    """The whole in one word: ready for video, sound alone will do, or something needs help first."""

    READY = "ready"
    SOUND_ONLY = "sound-only"
    NEEDS_HELP = "needs-help"


class HelpWish(StrEnum):
    """What somebody wants whose device is not ready."""

    PRACTICE = "practice"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class DeviceCheck:
    """What was found on one device at one time."""

    camera: Finding
    microphone: Finding
    speaker: Finding
    network: Finding
    relay: Finding
    at: datetime | None = None

    @property
    def verdict(self) -> Verdict:
        """Without sound both ways or without a network no visit; without a camera the two can still talk."""
        if Finding.BAD in (self.microphone, self.speaker, self.network):
            return Verdict.NEEDS_HELP
        if Finding.UNKNOWN in (self.microphone, self.speaker):
            return Verdict.NEEDS_HELP
        return Verdict.READY if self.camera is Finding.GOOD else Verdict.SOUND_ONLY

"""A private link: whoever holds it may do what its purpose says, and nothing more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LinkPurpose(StrEnum):
    """What a link opens.

    `manage` sees and changes one visit, `visit` joins it by video, `companion` lets somebody be there whom the patient
    asked, `helper` is the copy for whoever booked, `calendar` is one visit's calendar file, `feed` a calendar of many,
    `offer` answers an offered time, `wall` shows the board without names on a screen that nobody signs in at.
    """

    MANAGE = "manage"
    VISIT = "visit"
    COMPANION = "companion"
    HELPER = "helper"
    CALENDAR = "calendar"
    FEED = "feed"
    OFFER = "offer"
    WALL = "wall"


@dataclass(frozen=True, slots=True)
class Link:
    """A link as kept; the secret is not in it. `expires_at` is None when it lives until it is revoked.

    A feed is of a practitioner, of a room, or of the patient of a visit; `told` is the digest of what it gave last, and
    `told_at` since when it gives that.
    """

    id: str
    purpose: LinkPurpose
    appointment_id: int | None
    patient_id: int | None
    practitioner_id: int | None
    created_at: datetime
    expires_at: datetime | None = None
    room_id: int | None = None
    told: str | None = None
    told_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Say whether it has not expired; the end itself is outside."""
        return self.expires_at is None or now < self.expires_at

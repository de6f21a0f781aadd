"""A calendar to subscribe to: whose it is, which visits it shows, and for how long it shows what is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.domain.appointment import Status
from scheduler.domain.calendar_entry import Entry, InviteLinks
from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Mode

PAST = timedelta(days=92)
"""Visits that are over stay for a season."""

GIVEN_UP = timedelta(days=30)
"""A cancelled visit stays so long, marked as cancelled, so that every calendar has heard of it (RFC 5546, 3.2.5)."""


@dataclass(frozen=True, slots=True)
class FeedVisit:
    """A visit as a feed needs it; nothing in it tells who comes or why. Instants are aware UTC."""

    number: int
    uid: str
    sequence: int
    status: Status
    mode: Mode
    location_id: int
    room_id: int | None
    start: datetime
    end: datetime
    created_at: datetime
    changed_at: datetime
    language: str
    links: InviteLinks


def entry_in(clinic: Clinic, visit: FeedVisit, links: InviteLinks) -> Entry:
    """The entry of a visit in a feed, with the places as the clinic's picture has them."""
    return Entry(
        number=visit.number,
        uid=visit.uid,
        sequence=visit.sequence,
        status=visit.status,
        mode=visit.mode,
        start=visit.start,
        end=visit.end,
        created_at=visit.created_at,
        changed_at=visit.changed_at,
        location=clinic.location(visit.location_id),
        room=clinic.room(visit.room_id).name if visit.room_id else "",
        links=links,
    )


def language_of_feed(visits: list[FeedVisit], otherwise: str) -> str:
    """The language of the visit that was booked last."""
    newest = max(visits, key=lambda visit: (visit.created_at, visit.number), default=None)
    return newest.language if newest else otherwise

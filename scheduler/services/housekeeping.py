"""The clinic's quiet chores: giving back times whose while is over, throwing away what is no longer needed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.persistence import (
    accounts,
    declines,
    drafts,
    form_drafts,
    heartbeats,
    holds,
    inbox,
    staff_invitations,
    staff_sessions,
    visit_signals,
)
from scheduler.persistence import archive as moved_aside
from scheduler.services.house import House

KEYS_KEPT = timedelta(days=2)
"""A request may be repeated for so long and still gets its first answer."""

COUNTS_KEPT = timedelta(days=1)
MESSAGES_AT_HAND = timedelta(days=120)
"""Messages that were due longer ago lie in the archive."""

MAILS_KEPT = timedelta(days=90)
"""That a mail came, and what was made of it, is a log: so long, as other logs. Its words go when it was dealt with."""

ARCHIVE_BATCH = 500
BEATS_KEPT = timedelta(days=1)
NOTES_KEPT = timedelta(hours=12)
"""What two browsers told each other goes with the end of the visit; where no clock ended it, so long after."""


@dataclass(frozen=True, slots=True)
class Tidied:
    """What one round threw away, in rows."""

    holds: int
    drafts: int
    sign_ins: int
    beats: int
    declines: int
    notes: int


def tidy(house: House, now: datetime) -> Tidied:
    """Give back lapsed times and forget old drafts, request keys, sign-in counts and workers long gone."""
    with house.database.transaction() as connection:
        form_drafts.sweep(connection, now)
        return Tidied(
            holds=holds.remove_lapsed(connection, now),
            drafts=drafts.sweep(connection, now, now - KEYS_KEPT),
            sign_ins=accounts.sweep(connection, now, now - COUNTS_KEPT)
            + staff_sessions.sweep(connection, now)
            + staff_invitations.sweep(connection, now),
            beats=heartbeats.forget(connection, now - BEATS_KEPT),
            declines=declines.settle_old(connection, now),
            notes=visit_signals.sweep(connection, now - NOTES_KEPT),
        )


def archive(house: House, now: datetime) -> int:
    """Move a batch of messages that were settled long ago to the ledger's older part; returns how many there were."""
    with house.database.transaction() as connection:
        return moved_aside.move_settled(connection, now - MESSAGES_AT_HAND, ARCHIVE_BATCH)


def forget_mails(house: House, now: datetime) -> int:
    """Forget a batch of mails that came long ago; returns how many there were."""
    with house.database.transaction() as connection:
        return inbox.forget(connection, now - MAILS_KEPT, ARCHIVE_BATCH)


def beat(house: House, node: str, *, started_at: datetime, now: datetime) -> None:
    """Write down that a worker's clock ticks, for whoever asks whether one does."""
    with house.database.transaction() as connection:
        heartbeats.beat(connection, node, started_at=started_at, now=now)

"""What is done when time of a clinician is given back: absences take what is theirs, then those who wait may have it.

Shared: every activity that gives time back ends here, in its own transaction. Who may have the time is found by a chore
of its own a moment later, so that nobody who cancels a visit waits for it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain.interval import epoch
from scheduler.domain.notification import Kind
from scheduler.persistence import absences, waitlist, wake_up
from scheduler.services import announcement

FREED = "freed:"


def after(
    connection: Connection, practitioner_id: int, start: datetime, end: datetime, now: datetime
) -> None:
    """After time of a practitioner around `[start, end)` was given back."""
    absences.refill(connection, practitioner_id, start, end)
    tell(connection, practitioner_id, start, end, now)


def tell(connection: Connection, practitioner_id: int, start: datetime, end: datetime, now: datetime) -> None:
    """Owe the look for somebody who waits for such a time; nothing when the time is past or nobody waits."""
    if end <= now or not waitlist.is_anybody_waiting(connection):
        return
    subject = f"{FREED}{practitioner_id}:{epoch(start)}:{epoch(end)}"
    announcement.owe_chore(connection, Kind.OFFER_TIME, subject, now, now, occasion=str(epoch(now)))
    wake_up.call(connection)

"""What is done when time of a clinician is given back: absences take what is theirs, then those who wait may have it.

Shared: every activity that gives time back ends here, in its own transaction. Who may have the time is found by a chore
of its own a moment later, so that nobody who cancels a visit waits for it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from scheduler.domain.interval import epoch
from scheduler.domain.notification import Addressee, Channel, Kind, Notification
from scheduler.persistence import absences, outbox, waitlist, wake_up

FREED = "freed:"
USEFUL = timedelta(days=1)


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
    chore = Notification(
        appointment_id=None,
        patient_id=None,
        uid="",
        sequence=0,
        kind=Kind.OFFER_TIME,
        channel=Channel.INTERNAL,
        addressee=Addressee.CLINIC,
        language="en",
        stamp=now,
        due_at=now,
        expires_at=min(end, now + USEFUL),
        occasion=str(epoch(now)),
        subject=f"{FREED}{practitioner_id}:{epoch(start)}:{epoch(end)}",
    )
    outbox.owe(connection, [chore], now)
    wake_up.call(connection)

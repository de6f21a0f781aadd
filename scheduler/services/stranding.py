"""What becomes of visits that a change leaves without a place: shown first, and once confirmed, the desk's to settle.

Shared by changes of the directory and by absences, always inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.appointment import Appointment
from scheduler.domain.stranding import StrandsVisits, mark_of
from scheduler.persistence import audit, worklist
from scheduler.services.house import House

STRANDED = "stranded"
SOON = timedelta(days=2)
"""A visit that is this near is urgent."""


def refuse_unseen(left: Sequence[Appointment], confirmed: str | None) -> None:
    """Stop the change unless whoever asks for it has seen exactly these visits, as `confirmed` says by their mark.

    :raises StrandsVisits: with the visits.
    """
    if left and confirmed != mark_of(left):
        raise StrandsVisits(tuple(left))


def pass_on(
    connection: Connection, house: House, left: Sequence[Appointment], reason: str, now: datetime
) -> None:
    """Put each visit on the desk's list, once."""
    waiting = worklist.waiting(connection, STRANDED, [visit.id for visit in left])
    for visit in left:
        if visit.id not in waiting:
            worklist.add(
                connection,
                house.vault,
                STRANDED,
                {"reason": reason},
                urgency="urgent" if visit.start - now < SOON else "normal",
                language=visit.language,
                now=now,
                appointment_id=visit.id,
            )


def record(
    connection: Connection,
    actor: Actor,
    act: tuple[str, str],
    number: int,
    left: Sequence[Appointment],
    now: datetime,
) -> None:
    """Write the act down, with the number of visits it stranded."""
    verb, kind = act
    detail = {"stranded": str(len(left))} if left else None
    audit.record(connection, actor, verb, kind, number, now=now, detail=detail)

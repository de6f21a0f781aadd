"""Ending the while for which a visit that was declined in a calendar is held: kept, changed meanwhile, or given up.

Shared: what keeps a visit or gives it up calls it inside its transaction. A move makes a new version, of which nothing
was declined.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.worklist import End
from scheduler.persistence import declines, worklist
from scheduler.services.house import House

KIND = "declined-invite"


def end(
    connection: Connection, house: House, appointment_id: int, how: End, actor: Actor, now: datetime
) -> None:
    """End it, and take it off the desk's list; a visit that is not held stays as it is."""
    if declines.settle(connection, appointment_id, how.value, now):
        worklist.settle(connection, house.vault, [KIND], appointment_id, how, actor, now)

"""Writing down what the desk changed, in the transaction of the change, so that one key can take it back.

Shared by booking, changing and the desk's states. Changes by patients and by the clinic's clock are not written here:
nobody at the desk could undo them without asking those who made them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.appointment import Appointment
from scheduler.domain.desk_change import GRACE, DeskChange, Shape
from scheduler.persistence import desk_changes
from scheduler.services.house import House


def wait_for(actor: Actor) -> timedelta:
    """How long the news of a change waits before it leaves: a desk's may be taken back for a while, nobody else's."""
    return GRACE if actor.is_staff else timedelta(0)


def note(
    connection: Connection,
    house: House,
    actor: Actor,
    kind: str,
    before: Appointment | None,
    after: Appointment,
    now: datetime,
    *,
    told: bool = True,
    reason: str = "",
) -> None:
    """Write down one change by the staff; `reason` is what a manager says for passing over a rule, and is sealed."""
    if not actor.is_staff:
        return
    change = DeskChange(
        id=uuid4().hex,
        appointment_id=after.id,
        kind=kind,
        actor_id=actor.id,
        at=now,
        before=Shape.of(before) if before else None,
        after=Shape.of(after),
        told=told,
    )
    sealed = house.vault.seal("desk_change", change.id, {"reason": reason}) if reason else None
    desk_changes.add(connection, change, sealed)

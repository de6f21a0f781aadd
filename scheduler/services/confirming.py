"""Keeping the word of a visit's people that they will come, over whichever way they say it.

It is no new version of the visit: nobody has to hear of it, and what is planned stays planned. Another time asks anew.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.appointment import Appointment
from scheduler.domain.errors import StaleVersion
from scheduler.domain.worklist import End
from scheduler.persistence import appointments, audit
from scheduler.services import held_time
from scheduler.services.house import House

BY_LINK = "link"
BY_TEXT = "sms"
BY_DESK = "desk"
BY_CALENDAR = "calendar"
"""How the word came, as it is kept: a press on the visit's own page, a text, said to the desk, or a calendar's yes."""


def confirm(
    house: House, appointment_id: int, by: str, actor: Actor, now: datetime, *, seen: int | None = None
) -> Appointment:
    """Keep that the visit's people will come; twice changes nothing. `seen` is the version that they looked at.

    :raises NotFound: when there is none.
    :raises MoveRefused: when the visit no longer stands or is past.
    :raises StaleVersion: when it has another time than the one they looked at.
    """
    with house.database.transaction() as connection:
        before = appointments.get(connection, appointment_id, locked=True)
        if seen is not None and seen != before.sequence:
            raise StaleVersion
        return confirm_within(connection, house, before, by, actor, now)


def confirm_within(
    connection: Connection, house: House, before: Appointment, by: str, actor: Actor, now: datetime
) -> Appointment:
    """The same in the caller's transaction. A visit that was declined in a calendar is kept by it.

    :raises MoveRefused: when the visit no longer stands or is past.
    """
    after = before.confirmed(by, now)
    held_time.end(connection, house, before.id, End.KEPT, actor, now)
    if after is not before:
        appointments.change(connection, before, after)
        audit.record(
            connection,
            actor,
            "confirm",
            "appointment",
            before.id,
            now=now,
            patient_id=before.patient_id,
            detail={"channel": by},
        )
    return after

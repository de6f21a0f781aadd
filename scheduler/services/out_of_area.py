"""Telling the desk of a visit by video where its clinician has no licence.

Shared: what books or moves a visit, or hears where its patient is, calls it inside its transaction.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain.visit import Visit
from scheduler.domain.whereabouts import is_licensed_at
from scheduler.persistence import worklist
from scheduler.services.house import House

KIND = "out-of-area"


def tell_desk(connection: Connection, house: House, visit: Visit, now: datetime) -> None:
    """A patient who will be where the clinician has no licence is the desk's decision, never a silent refusal.

    Moving asks again: another clinician may have another licence, and a visit at the office may have become virtual.
    """
    virtual = visit.virtual
    if not visit.is_virtual or virtual is None:
        return
    if is_licensed_at(virtual.state, visit.practitioner.licensed_states):
        return
    said, number = {"where": virtual.state}, visit.appointment.id
    worklist.add_once(
        connection,
        house.vault,
        KIND,
        said,
        urgency="normal",
        language=visit.appointment.language,
        now=now,
        appointment_id=number,
    )

"""Asking the desk for a change that comes too late for the patient's own page."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.persistence import appointments, audit, visits, worklist
from scheduler.services.house import House

KIND = "late-change"


def ask(house: House, appointment_id: int, wish: str, note: str, actor: Actor, now: datetime) -> None:
    """Put a late wish ("move", "cancel", "switch") on the desk's list; the same wish twice is one thing to do."""
    with house.database.transaction() as connection:
        ask_within(connection, house, appointment_id, wish, note, actor, now)


def ask_within(
    connection: Connection,
    house: House,
    appointment_id: int,
    wish: str,
    note: str,
    actor: Actor,
    now: datetime,
) -> None:
    """The same in the caller's transaction."""
    appointments.get(connection, appointment_id, locked=True)
    visit = visits.get(connection, house.vault, house.clinic(connection), appointment_id)
    said = {"wish": wish, "note": note, "phone": visit.patient.phone}
    is_new = worklist.add_once(
        connection,
        house.vault,
        KIND,
        said,
        urgency="urgent",
        language=visit.appointment.language,
        now=now,
        appointment_id=appointment_id,
    )
    if is_new:
        audit.record(
            connection,
            actor,
            "ask-for-change",
            "appointment",
            appointment_id,
            now=now,
            patient_id=visit.appointment.patient_id,
        )

"""Writing down what people must be told, in the very transaction that changes their visit.

Shared: booking, moving and cancelling call it with their open connection. Nothing leaves the house here; the worker
sends what is owed, and a change that is rolled back owes nothing.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain.appointment import Appointment
from scheduler.domain.notification import DEFAULT, Change, Policy, owed
from scheduler.domain.person import HelperDetails, PatientDetails
from scheduler.domain.visit import Visit
from scheduler.persistence import outbox


def owe(
    connection: Connection,
    appointment: Appointment,
    patient: PatientDetails,
    helper: HelperDetails | None,
    change: Change,
    now: datetime,
    policy: Policy = DEFAULT,
) -> None:
    """Owe the messages of one change, and silence what is unsent about earlier versions of the visit.

    `appointment` is the visit after the change. The caller has locked or just written its row.
    """
    if appointment.sequence > 0:
        outbox.supersede(connection, appointment.id, appointment.sequence)
    outbox.owe(connection, owed(appointment, patient, helper, change, now, policy), now)


def owe_about(
    connection: Connection, visit: Visit, change: Change, now: datetime, policy: Policy = DEFAULT
) -> None:
    """The same, for a caller that holds the whole visit as it stands after the change."""
    owe(connection, visit.appointment, visit.patient, visit.helper, change, now, policy)

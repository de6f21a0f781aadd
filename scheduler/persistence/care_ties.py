"""Who is whose patient: those who have, or had, a visit with a clinician that was not cancelled."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from scheduler.domain.appointment import Status
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.people import PatientRow

_NO_TIE = (Status.CANCELLED.value, Status.ENTERED_IN_ERROR.value)


def own_among(connection: Connection, practitioner_id: int | None, patients: Iterable[int]) -> set[int]:
    """Those of these patients who are this clinician's; nobody's without a clinician."""
    if practitioner_id is None:
        return set()
    query = select(AppointmentRow.patient_id).where(
        AppointmentRow.patient_id.in_(sorted(patients)),
        AppointmentRow.practitioner_id == practitioner_id,
        AppointmentRow.status.not_in(_NO_TIE),
    )
    return set(connection.scalars(query.distinct()))


def exists(connection: Connection, patient_id: int) -> bool:
    """Say whether there is such a patient."""
    return connection.execute(select(PatientRow.id).where(PatientRow.id == patient_id)).first() is not None

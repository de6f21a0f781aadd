"""Visits joined with their people and places, unsealed for whoever may read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select

from scheduler.domain.clinic import Clinic
from scheduler.domain.errors import NotFound
from scheduler.domain.person import PatientDetails, VirtualDetails
from scheduler.domain.visit import Visit
from scheduler.persistence import people
from scheduler.persistence.appointments import AppointmentRow, appointment_of
from scheduler.persistence.directory import VisitTypeRow
from scheduler.persistence.people import PatientRow, RelatedPersonRow
from scheduler.persistence.vault import Vault

_VISIT: Select[Any] = (
    select(
        AppointmentRow.__table__,
        VisitTypeRow.code.label("visit_type_code"),
        PatientRow.sealed.label("patient_sealed"),
        PatientRow.remind_by,
        PatientRow.zone,
        RelatedPersonRow.sealed.label("helper_sealed"),
        RelatedPersonRow.relation,
        RelatedPersonRow.may_be_told,
    )
    .join(VisitTypeRow, VisitTypeRow.id == AppointmentRow.visit_type_id)
    .join(PatientRow, PatientRow.id == AppointmentRow.patient_id)
    .outerjoin(RelatedPersonRow, RelatedPersonRow.id == AppointmentRow.related_person_id)
)


_BY_NUMBER = _VISIT.where(AppointmentRow.id == bindparam("visit"))


def seal_details(vault: Vault, uid: str, patient: PatientDetails, virtual: VirtualDetails | None) -> bytes:
    """Seal what was said for one visit: how to reach the patient and, for a virtual visit, where they will be."""
    ways = [way.value for way in patient.remind_by]
    said: dict[str, Any] = {"phone": patient.phone, "email": patient.email, "remind_by": ways}
    if virtual is not None:
        told = [virtual.zone] if virtual.zone else []
        said["virtual"] = [virtual.state, virtual.callback_phone, virtual.consent_version, *told]
    return vault.seal("appointment", uid, said)


def get(connection: Connection, vault: Vault, clinic: Clinic, appointment_id: int) -> Visit:
    """The visit of that number with everything beside it, in one statement.

    :raises NotFound: when there is none.
    """
    row = connection.execute(_BY_NUMBER, {"visit": appointment_id}).one_or_none()
    if row is None:
        raise NotFound
    return _visit_of(row, vault, clinic)


def many(connection: Connection, vault: Vault, clinic: Clinic, appointment_ids: Sequence[int]) -> list[Visit]:
    """The visits of those numbers, soonest first, in one statement."""
    rows: Iterable[Row[Any]] = connection.execute(
        _VISIT.where(AppointmentRow.id.in_(appointment_ids)).order_by(AppointmentRow.starts_at)
    )
    return [_visit_of(row, vault, clinic) for row in rows]


def _visit_of(row: Row[Any], vault: Vault, clinic: Clinic) -> Visit:
    appointment = appointment_of(row)
    said = vault.open("appointment", appointment.uid, row.sealed)
    wishes = said.get("remind_by", row.remind_by)  # visits of old were sealed without them
    known = people.details_of(vault, row.patient_id, row.patient_sealed, row.language, wishes)
    helper = (
        people.helper_of(vault, row.related_person_id, row.helper_sealed, row.relation, row.may_be_told)
        if row.related_person_id
        else None
    )
    return Visit(
        appointment=appointment,
        organization=clinic.organization,
        visit_type=clinic.visit_type(appointment.visit_type_code),
        practitioner=clinic.practitioner(appointment.practitioner_id),
        location=clinic.location(appointment.location_id),
        room=clinic.room(appointment.room_id) if appointment.room_id else None,
        patient=replace(known, phone=said["phone"], email=said["email"], zone=row.zone),
        helper=helper,
        virtual=VirtualDetails(*said["virtual"]) if said.get("virtual") else None,
        messages=clinic.messages,
    )

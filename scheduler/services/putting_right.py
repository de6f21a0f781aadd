"""Putting a person's record right at the desk: a name that was misheard, a date of birth, the number to call.

Visits keep the number they were booked with, because a daughter may have given hers. So a new number counts for the
visits ahead that had the old one, and the messages planned for them go there. How the e-mail is put right is
`contact`'s affair, how people want to hear `reminding`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.errors import NotFound, StaleVersion
from scheduler.domain.notification import Channel
from scheduler.domain.person import PatientDetails
from scheduler.domain.right import Right, demand
from scheduler.domain.visit import Visit
from scheduler.domain.worklist import End
from scheduler.persistence import appointment_lists, appointments, audit, people, visits, wake_up, worklist
from scheduler.persistence.people import Record
from scheduler.services import announcement, call_list, escalation, looking
from scheduler.services.house import House
from scheduler.services.looking import Seen

SHOWN_STILL = timedelta(days=1)
"""How long after its end a visit stands on pages that people have open."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What the record shall say; the phone is E.164."""

    given_name: str
    family_name: str
    birth_date: date
    phone: str


def show(house: House, patient_id: int, actor: Actor, now: datetime) -> Record:
    """Show the record that is to be put right, and write the look down.

    :raises NotFound: when there is no such person, or the record was joined to another.
    :raises NotPermitted: when the actor may not change people.
    """
    demand(actor, Right.CHANGE_PEOPLE)
    with house.database.transaction() as connection:
        record = _standing(connection, house, patient_id)
        looking.at_person(connection, actor, "see-person", [Seen(patient_id)], now)
    return record


def put_right(
    house: House,
    patient_id: int,
    wanted: Correction,
    actor: Actor,
    now: datetime,
    *,
    seen: datetime | None = None,
) -> None:
    """Keep what the record shall say; the same again changes nothing.

    :raises NotFound: when there is no such person, or the record was joined to another.
    :raises StaleVersion: when the record changed since it was `seen`.
    """
    demand(actor, Right.CHANGE_PEOPLE)
    with house.database.transaction() as connection:
        numbers = [
            each.id
            for each in appointment_lists.of_patient(connection, patient_id)
            if each.end > now - SHOWN_STILL
        ]
        appointments.lock(connection, numbers)
        record = _standing(connection, house, patient_id, locked=True)
        before = record.patient.details
        after = replace(
            before,
            given_name=wanted.given_name,
            family_name=wanted.family_name,
            birth_date=wanted.birth_date,
            phone=wanted.phone,
        )
        if after == before:
            return
        if seen not in (None, record.changed_at):
            raise StaleVersion
        people.renew(connection, house.vault, patient_id, after, now)
        for visit in visits.many(connection, house.vault, house.clinic(connection), numbers):
            _keep(connection, house, visit, before, after, actor, now)
        wake_up.call(connection)
        _record(connection, patient_id, _parts(before, after), actor, now)


def _standing(connection: Connection, house: House, patient_id: int, *, locked: bool = False) -> Record:
    record = people.record_of(connection, house.vault, patient_id, locked=locked)
    if record.merged_into is not None:
        raise NotFound
    return record


def _keep(
    connection: Connection,
    house: House,
    visit: Visit,
    before: PatientDetails,
    after: PatientDetails,
    actor: Actor,
    now: datetime,
) -> None:
    """Let one visit have the new number, where it had the old one; whoever has it open sees that it changed."""
    told, appointment = _told(visit, before.phone, after.phone), visit.appointment
    sealed = visits.seal_details(house.vault, appointment.uid, told.patient, told.virtual)
    appointments.renumber(connection, appointment.id, sealed, house.vault.index("phone", told.patient.phone))
    if told == visit:
        return
    _settle_calls(connection, house, appointment.id, actor, now)
    if appointment.is_open and appointment.start > now:
        announcement.plan_anew(connection, told, now)


def _told(visit: Visit, old: str, new: str) -> Visit:
    """The visit with the new number in the place of the old one."""
    patient, virtual = visit.patient, visit.virtual
    if patient.phone == old:
        patient = replace(patient, phone=new)
    if virtual is not None and virtual.callback_phone == old:
        virtual = replace(virtual, callback_phone=new)
    return replace(visit, patient=patient, virtual=virtual)


def _settle_calls(
    connection: Connection, house: House, appointment_id: int, actor: Actor, now: datetime
) -> None:
    """Take off the desk's list what only asked for the right number."""
    for item in worklist.of_visit(connection, house.vault, appointment_id):
        failed = item.kind == escalation.CALL_THE_PATIENT and item.note.get("channel") in {
            Channel.SMS.value,
            Channel.PHONE.value,
        }
        if failed or item.kind == call_list.WRONG_NUMBER:
            worklist.finish(connection, house.vault, item.id, End.PUT_RIGHT, actor, now)


def _parts(before: PatientDetails, after: PatientDetails) -> Sequence[str]:
    """What was put right, and never the words themselves."""
    parts = {
        "name": before.name != after.name,
        "birth-date": before.birth_date != after.birth_date,
        "phone": before.phone != after.phone,
    }
    return [name for name, is_new in parts.items() if is_new]


def _record(
    connection: Connection, patient_id: int, parts: Sequence[str], actor: Actor, now: datetime
) -> None:
    audit.record(
        connection,
        actor,
        "change-person",
        "patient",
        patient_id,
        now=now,
        patient_id=patient_id,
        detail={"parts": ", ".join(parts)},
    )

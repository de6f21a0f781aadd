"""Putting a person's record right at the desk: a name that was misheard, a date of birth, the number to call.

Visits keep the number they were booked with, because a daughter may have given hers. So a new number counts for the
visits ahead that had the old one, and the messages planned for them go there. How the e-mail is put right is
`contact`'s affair, how people want to hear `reminding`'s.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.errors import StaleVersion
from scheduler.domain.notification import Channel
from scheduler.domain.person import PatientDetails
from scheduler.domain.right import Right, demand
from scheduler.domain.visit import Visit
from scheduler.domain.worklist import End
from scheduler.persistence import (
    appointment_lists,
    appointments,
    audit,
    corrections,
    people,
    visits,
    wake_up,
    worklist,
)
from scheduler.persistence.corrections import Correction
from scheduler.persistence.people import Record
from scheduler.services import announcement, call_list, escalation, looking
from scheduler.services.house import House
from scheduler.services.looking import Seen

SHOWN_STILL = timedelta(days=1)
"""How long after its end a visit stands on pages that people have open."""


@dataclass(frozen=True, slots=True)
class Particulars:
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
        record = people.standing_record(connection, house.vault, patient_id)
        looking.at_person(connection, actor, "see-person", [Seen(patient_id)], now)
    return record


def put_right(
    house: House,
    patient_id: int,
    wanted: Particulars,
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
        numbers = _locked_visits(connection, patient_id, now)
        record = people.standing_record(connection, house.vault, patient_id, locked=True)
        before = record.patient.details
        if _as_wanted(before, wanted) == before:
            return
        if seen not in (None, record.changed_at):
            raise StaleVersion
        told = _write(connection, house, record, wanted, numbers, numbers, actor, now)
        _keep_before(connection, house, patient_id, before, told, actor, now)
        _record(connection, "change-person", patient_id, _parts(before, wanted), actor, now)


def take_back(house: House, patient_id: int, actor: Actor, now: datetime) -> None:
    """Let the record say again what it said before it was put right the last time.

    :raises NotFound: when there is no such person, or the record was joined to another.
    :raises StaleVersion: when there is nothing to take back, or the record changed since.
    """
    demand(actor, Right.CHANGE_PEOPLE)
    with house.database.transaction() as connection:
        numbers = _locked_visits(connection, patient_id, now)
        record = people.standing_record(connection, house.vault, patient_id, locked=True)
        done = corrections.last(connection, patient_id)
        if done is None or done.at != record.changed_at or not corrections.undo(connection, done.id, now):
            raise StaleVersion
        before, told = _opened(house, done)
        _write(connection, house, record, before, numbers, told, actor, now)
        _record(
            connection,
            "undo-change-person",
            patient_id,
            _parts(record.patient.details, before),
            actor,
            now,
        )


def put_right_at(house: House, record: Record, actor: Actor) -> datetime | None:
    """When the record was put right, while that can be taken back; None when it cannot.

    :raises NotPermitted: when the actor may not change people.
    """
    demand(actor, Right.CHANGE_PEOPLE)
    with house.database.reading() as connection:
        done = corrections.last(connection, record.patient.id)
    return done.at if done and done.at == record.changed_at else None


def _locked_visits(connection: Connection, patient_id: int, now: datetime) -> Sequence[int]:
    """The visits that are still looked at, with other writers waiting."""
    numbers = [
        each.id
        for each in appointment_lists.of_patient(connection, patient_id)
        if each.end > now - SHOWN_STILL
    ]
    appointments.lock(connection, numbers)
    return numbers


def _as_wanted(details: PatientDetails, wanted: Particulars) -> PatientDetails:
    return replace(
        details,
        given_name=wanted.given_name,
        family_name=wanted.family_name,
        birth_date=wanted.birth_date,
        phone=wanted.phone,
    )


def _keep_before(
    connection: Connection,
    house: House,
    patient_id: int,
    before: PatientDetails,
    told: Sequence[int],
    actor: Actor,
    now: datetime,
) -> None:
    """Keep what the record said, and which visits went along: another may have had the new number all the time."""
    number = uuid4().hex
    said = {
        "given_name": before.given_name,
        "family_name": before.family_name,
        "birth_date": before.birth_date.isoformat(),
        "phone": before.phone,
        "visits": list(told),
    }
    sealed = house.vault.seal("correction", number, said)
    corrections.add(connection, Correction(number, patient_id, now, actor.id[:64], sealed))


def _opened(house: House, done: Correction) -> tuple[Particulars, set[int]]:
    said = house.vault.open("correction", done.id, done.sealed)
    born = date.fromisoformat(said["birth_date"])
    return Particulars(said["given_name"], said["family_name"], born, said["phone"]), set(said["visits"])


def _write(
    connection: Connection,
    house: House,
    record: Record,
    wanted: Particulars,
    numbers: Sequence[int],
    following: Collection[int],
    actor: Actor,
    now: datetime,
) -> list[int]:
    """Keep what the record shall say; returns the visits that have another number now, those of `following` at most."""
    before = record.patient.details
    people.renew(connection, house.vault, record.patient.id, _as_wanted(before, wanted), now)
    found = visits.many(connection, house.vault, house.clinic(connection), numbers) if numbers else []
    told = [
        visit.appointment.id
        for visit in found
        if _keep(
            connection,
            house,
            visit,
            _told(visit, before.phone, wanted.phone) if visit.appointment.id in following else visit,
            actor,
            now,
        )
    ]
    wake_up.call(connection)
    return told


def _keep(
    connection: Connection, house: House, visit: Visit, told: Visit, actor: Actor, now: datetime
) -> bool:
    """Keep one visit as it is told now, and say whether that is news; whoever has it open sees that it changed."""
    appointment = visit.appointment
    sealed = visits.seal_details(house.vault, appointment.uid, told.patient, told.virtual)
    appointments.renumber(connection, appointment.id, sealed, house.vault.index("phone", told.patient.phone))
    if told == visit:
        return False
    _settle_calls(connection, house, appointment.id, actor, now)
    if appointment.is_open and appointment.start > now:
        announcement.plan_anew(connection, told, now)
    return True


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


def _parts(before: PatientDetails, wanted: Particulars) -> Sequence[str]:
    """What was put right, and never the words themselves."""
    after = _as_wanted(before, wanted)
    parts = {
        "name": before.name != after.name,
        "birth-date": before.birth_date != after.birth_date,
        "phone": before.phone != after.phone,
    }
    return [name for name, is_new in parts.items() if is_new]


def _record(
    connection: Connection, action: str, patient_id: int, parts: Sequence[str], actor: Actor, now: datetime
) -> None:
    audit.record(
        connection,
        actor,
        action,
        "patient",
        patient_id,
        now=now,
        patient_id=patient_id,
        detail={"parts": ", ".join(parts)},
    )

"""Putting an e-mail address right: another one, or the word that the one we have is right after all.

Mail that comes back marks its address, and nothing more is written there (`gate`). The desk may correct an address at
any time; the patient may do so on the visit's own page while mail comes back, and only then, so that a link in foreign
hands cannot turn a good address away. Either way the visits ahead are told anew, to where they can be read.
How else they want to hear is `reminding`'s affair, which shares the mail that says how a visit stands.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain.actor import Actor, Role
from scheduler.domain.errors import NotFound, NotPermitted
from scheduler.domain.notification import Addressee, Channel, Kind, Notification
from scheduler.domain.person import HelperDetails, PatientDetails
from scheduler.domain.right import Right, demand
from scheduler.domain.visit import Visit
from scheduler.domain.worklist import End
from scheduler.persistence import (
    appointment_lists,
    appointments,
    audit,
    bounces,
    outbox,
    people,
    visits,
    wake_up,
    worklist,
)
from scheduler.services import announcement, desk_status, escalation
from scheduler.services.house import House


def came_back(house: House, visit: Visit) -> datetime | None:
    """When mail to the patient's address last came back; None while nothing speaks against it."""
    if not visit.patient.email:
        return None
    with house.database.glance() as connection:
        return returned_at(connection, house, visit.patient)


def returned_at(
    connection: Connection, house: House, reader: PatientDetails | HelperDetails
) -> datetime | None:
    """The same of one reader, the patient or whoever helps, in the caller's transaction."""
    index = _index(house, reader.email)
    return bounces.since(connection, [index]).get(index) if index else None


def correct_at_desk(
    house: House,
    public_id: str,
    email: str,
    actor: Actor,
    now: datetime,
    whose: Addressee = Addressee.PATIENT,
) -> None:
    """Keep the address that the patient, or the helper, told the desk; the same one again says that it is right.

    :raises NotFound: when there is no such visit, or nobody helps with it.
    """
    demand(actor, Right.CHANGE_PEOPLE)
    with house.database.transaction() as connection:
        visit = desk_status.locked(connection, house, public_id)
        if whose is Addressee.PATIENT:
            _correct(connection, house, visit, email, actor, now)
        else:
            _correct_helper(connection, house, visit, email, actor, now)


def correct_by_patient(house: House, appointment_id: int, email: str, actor: Actor, now: datetime) -> None:
    """Keep the address that the patient gives on the visit's own page, while mail to the old one comes back.

    :raises NotPermitted: while nothing speaks against the address that we have.
    """
    with house.database.transaction() as connection:
        visit = _locked(connection, house, appointment_id)
        if Role.PATIENT not in actor.roles or returned_at(connection, house, visit.patient) is None:
            raise NotPermitted
        _correct(connection, house, visit, email, actor, now)


def _locked(connection: Connection, house: House, appointment_id: int) -> Visit:
    appointments.get(connection, appointment_id, locked=True)
    return visits.get(connection, house.vault, house.clinic(connection), appointment_id)


def _correct(
    connection: Connection, house: House, visit: Visit, email: str, actor: Actor, now: datetime
) -> None:
    old, is_same = visit.patient.email, _is_same(visit.patient.email, email)
    bounces.clear(connection, house.vault.index("email", email))
    if not is_same:
        _keep_of_patient(connection, house, visit, email, now)
    for each in _with_this_address(connection, house, visit, old, now):
        _tell_anew(connection, house, each, email, is_same=is_same, actor=actor, now=now)
    wake_up.call(connection)
    _record(connection, "confirm-email" if is_same else "correct-email", visit, actor, now)


def _correct_helper(
    connection: Connection, house: House, visit: Visit, email: str, actor: Actor, now: datetime
) -> None:
    """Keep the helper's address for this visit: whoever helps with another one is kept beside that one."""
    appointment, helper = visit.appointment, visit.helper
    if helper is None or appointment.related_person_id is None:
        raise NotFound
    bounces.clear(connection, house.vault.index("email", email))
    is_same = _is_same(helper.email, email)
    if not is_same:
        told = replace(helper, email=email)
        people.renew_helper(connection, house.vault, appointment.related_person_id, told)
        visit = replace(visit, helper=told)
    if visit.helper and visit.helper.may_be_told and appointment.is_open and appointment.start > now:
        announcement.plan_anew(connection, visit, now)
        outbox.owe(connection, [as_it_stands(visit, _occasion(now), now, Addressee.HELPER)], now)
        wake_up.call(connection)
    _record(connection, "confirm-email" if is_same else "correct-email", visit, actor, now)


def _record(connection: Connection, action: str, visit: Visit, actor: Actor, now: datetime) -> None:
    """Write down that an address was put right, and not which."""
    appointment = visit.appointment
    audit.record(
        connection,
        actor,
        action,
        "appointment",
        appointment.id,
        now=now,
        patient_id=appointment.patient_id,
    )


def _keep_of_patient(connection: Connection, house: House, visit: Visit, email: str, now: datetime) -> None:
    """The patient's own record follows, where it held the old address too."""
    number = visit.appointment.patient_id
    known = people.one(connection, house.vault, number)
    if known.email is None or _is_same(known.email, visit.patient.email or ""):
        people.renew(connection, house.vault, number, replace(known, email=email), now)


def _with_this_address(
    connection: Connection, house: House, visit: Visit, old: str | None, now: datetime
) -> list[Visit]:
    """This visit and the patient's others ahead that were booked with the same address."""
    index, patient_id = _index(house, old), visit.appointment.patient_id
    ahead = appointment_lists.upcoming_by_contact(connection, now, email_index=index) if index else []
    numbers = {each.id for each in ahead if each.patient_id == patient_id} | {visit.appointment.id}
    return [_locked(connection, house, number) for number in sorted(numbers)]


def _tell_anew(
    connection: Connection,
    house: House,
    visit: Visit,
    email: str,
    *,
    is_same: bool,
    actor: Actor,
    now: datetime,
) -> None:
    """Keep the address for one visit, plan its reminders to there, and owe the visit as it stands."""
    appointment = visit.appointment
    if not is_same:
        told = replace(visit, patient=replace(visit.patient, email=email))
        sealed = visits.seal_details(house.vault, appointment.uid, told.patient, visit.virtual)
        appointments.readdress(connection, appointment.id, sealed, _index(house, email))
        visit = told
    _settle_calls(connection, house, appointment.id, actor, now)
    if not appointment.is_open or appointment.start <= now:
        return
    announcement.plan_anew(connection, visit, now)
    outbox.owe(connection, [as_it_stands(visit, _occasion(now), now)], now)


def _occasion(now: datetime) -> str:
    return f"address-{int(now.timestamp())}"


def as_it_stands(
    visit: Visit, occasion: str, now: datetime, reader: Addressee = Addressee.PATIENT
) -> Notification:
    """A mail with the visit as it stands, its calendar entry and its links; once for each occasion."""
    appointment = visit.appointment
    return Notification.about(
        appointment,
        Kind.CONFIRMATION,
        Channel.EMAIL,
        reader,
        due_at=now,
        expires_at=appointment.end,
        occasion=occasion,
    )


def _settle_calls(
    connection: Connection, house: House, appointment_id: int, actor: Actor, now: datetime
) -> None:
    """Take the calls off the desk's list that were only for the mail that did not arrive."""
    for item in worklist.of_visit(connection, house.vault, appointment_id):
        if item.kind == escalation.CALL_THE_PATIENT and item.note.get("channel") == Channel.EMAIL.value:
            worklist.finish(connection, house.vault, item.id, End.PUT_RIGHT, actor, now)


def _is_same(one: str | None, other: str) -> bool:
    return one is not None and one.casefold() == other.casefold()


def _index(house: House, email: str | None) -> bytes | None:
    return house.vault.index("email", email) if email else None

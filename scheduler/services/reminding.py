"""How a patient hears of their visits: chosen by themselves on the visit's own page, and what will come of it.

What they choose counts for this visit and for their others ahead that were booked with the same phone and e-mail.
Whoever booked under the same name with an address of their own is asked by themselves: a link in foreign hands moves
nobody else's reminders. The addresses are not touched here (`contact`), and the visit is no new version: nothing is
announced, and what is planned is planned anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.errors import MoveRefused
from scheduler.domain.notification import Addressee, Channel
from scheduler.domain.person import HelperDetails, PatientDetails
from scheduler.domain.right import Right, demand
from scheduler.domain.visit import Visit
from scheduler.domain.wishes import Bar, Outlook, Wishes
from scheduler.persistence import (
    appointment_lists,
    appointments,
    audit,
    bounces,
    opt_outs,
    outbox,
    people,
    planned_messages,
    visits,
    wake_up,
)
from scheduler.services import announcement
from scheduler.services.contact import as_it_stands
from scheduler.services.house import House

REMINDERS, LANGUAGE = "change-reminders", "change-language"
COPIES, NO_COPIES = "allow-copies", "stop-copies"
"""What is written down of a change, for each thing that changed."""


def outlook(house: House, visit: Visit, now: datetime) -> Outlook:
    """What the patient will hear before a visit, as it is planned, and which ways are barred."""
    with house.database.reading() as connection:
        coming = planned_messages.coming(connection, visit.appointment.id, Addressee.PATIENT, now)
        return Outlook(tuple(coming), dict(_bars(connection, house, visit.patient)))


def booked_alike(house: House, visit: Visit, now: datetime) -> int:
    """How many visits ahead a change would count for, this one among them."""
    with house.database.reading() as connection:
        return len(_booked_alike(connection, house, visit, now))


def may_choose(visit: Visit, now: datetime) -> bool:
    """Say whether there is still something to choose: the visit stands and lies ahead."""
    return visit.appointment.is_open and now < visit.appointment.start


def choose(house: House, appointment_id: int, wishes: Wishes, actor: Actor, now: datetime) -> None:
    """Keep how the patient wants to hear, and plan what is to come anew; the same wishes again change nothing.

    :raises MoveRefused: when the visit is over or does not stand.
    """
    demand(actor, Right.CHANGE_REMINDERS)
    with house.database.transaction() as connection:
        clinic = house.clinic(connection)
        visit = visits.get(connection, house.vault, clinic, appointment_id)
        if not may_choose(visit, now):
            raise MoveRefused
        numbers = _booked_alike(connection, house, visit, now)
        appointments.lock(connection, numbers)
        for each in visits.many(connection, house.vault, clinic, numbers):
            if each.appointment.is_open:
                is_copied = _has_same_helper(each.helper, visit.helper)
                asked = wishes if is_copied else replace(wishes, tell_helper=None)
                _keep(connection, house, each, asked, actor, now)
        _keep_of_patient(connection, house, visit, wishes, now)
        wake_up.call(connection)


def _keep(
    connection: Connection, house: House, visit: Visit, wishes: Wishes, actor: Actor, now: datetime
) -> None:
    """Keep the wishes for one visit."""
    after = _as_wished(visit, wishes)
    acts = list(_acts(visit, after))
    if not acts:
        return
    appointment, helper = visit.appointment, after.helper
    sealed = visits.seal_details(house.vault, appointment.uid, after.patient, visit.virtual)
    appointments.reseal(connection, appointment.id, sealed)
    if LANGUAGE in acts:
        appointments.say_in(connection, appointment.id, wishes.language)
        planned_messages.say_in(connection, appointment.id, wishes.language)
    if helper and helper != visit.helper and appointment.related_person_id:
        people.let_be_told(connection, appointment.related_person_id, may_be_told=helper.may_be_told)
    announcement.plan_anew(connection, after, now)
    if COPIES in acts:
        news = as_it_stands(after, f"copies-{appointment.sequence}", now, Addressee.HELPER)
        outbox.owe(connection, [news], now)
    for act in acts:
        audit.record(
            connection, actor, act, "appointment", appointment.id, now=now, patient_id=appointment.patient_id
        )


def _as_wished(visit: Visit, wishes: Wishes) -> Visit:
    told = replace(visit.patient, remind_by=wishes.remind_by, language=wishes.language)
    helper = visit.helper
    if helper is not None and wishes.tell_helper is not None:
        helper = replace(helper, may_be_told=wishes.tell_helper)
    spoken = replace(visit.appointment, language=wishes.language)
    return replace(visit, appointment=spoken, patient=told, helper=helper)


def _acts(before: Visit, after: Visit) -> Iterator[str]:
    """What changed, as it is written down."""
    if set(before.patient.remind_by) != set(after.patient.remind_by):
        yield REMINDERS
    if before.appointment.language != after.appointment.language:
        yield LANGUAGE
    if before.helper and after.helper and before.helper.may_be_told != after.helper.may_be_told:
        yield COPIES if after.helper.may_be_told else NO_COPIES


def _keep_of_patient(
    connection: Connection, house: House, visit: Visit, wishes: Wishes, now: datetime
) -> None:
    """The patient's own record follows, where the visit was booked with what it holds."""
    number = visit.appointment.patient_id
    known = people.one(connection, house.vault, number)
    wished = replace(known, remind_by=wishes.remind_by, language=wishes.language)
    if wished != known and _is_reached_alike(known, visit.patient):
        people.renew(connection, house.vault, number, wished, now)


def _booked_alike(connection: Connection, house: House, visit: Visit, now: datetime) -> list[int]:
    """The numbers of the visits ahead that a patient booked with the same phone and e-mail as this one."""
    index = house.vault.index("phone", visit.patient.phone)
    ahead = appointment_lists.upcoming_by_contact(connection, now, phone_index=index)
    own = [each.id for each in ahead if each.patient_id == visit.appointment.patient_id]
    found = visits.many(connection, house.vault, house.clinic(connection), own)
    alike = {each.appointment.id for each in found if _is_reached_alike(each.patient, visit.patient)}
    return sorted(alike | {visit.appointment.id})


def _is_reached_alike(one: PatientDetails, other: PatientDetails) -> bool:
    return one.phone == other.phone and (one.email or "").casefold() == (other.email or "").casefold()


def _has_same_helper(one: HelperDetails | None, other: HelperDetails | None) -> bool:
    return bool(one and other and one.email and one.email.casefold() == (other.email or "").casefold())


def _bars(connection: Connection, house: House, patient: PatientDetails) -> Iterator[tuple[Channel, Bar]]:
    phone = house.vault.index("phone", patient.phone)
    if opt_outs.is_out(connection, Channel.SMS, phone):
        yield Channel.SMS, Bar.STOPPED
    if not patient.email:
        return
    email = house.vault.index("email", patient.email)
    if email in bounces.since(connection, [email]):
        yield Channel.EMAIL, Bar.CAME_BACK
    elif opt_outs.is_out(connection, Channel.EMAIL, email):
        yield Channel.EMAIL, Bar.REFUSED

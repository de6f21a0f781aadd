"""One person on the desk's screen: how to reach them, and every visit of theirs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.actor import Actor
from scheduler.domain.appointment import Appointment
from scheduler.domain.right import Right, demand
from scheduler.persistence import appointment_lists, people
from scheduler.persistence.people import Record
from scheduler.services import looking
from scheduler.services.house import House
from scheduler.services.looking import Seen


@dataclass(frozen=True, slots=True)
class Shown:
    """A person's record with their visits, the latest first."""

    record: Record
    visits: tuple[Appointment, ...]


def show(house: House, patient_id: int, actor: Actor, now: datetime) -> Shown:
    """Show a person, and write the look down; a record that was joined to another leads to that one.

    :raises NotFound: when there is no such person.
    :raises NotPermitted: when the actor may not see people.
    :raises ReasonNeeded: when a clinician has nothing to do with them.
    """
    demand(actor, Right.SEE_PEOPLE)
    with house.database.transaction() as connection:
        record = people.record_of(connection, house.vault, people.standing(connection, patient_id))
        number = record.patient.id
        looking.at_person(connection, actor, "see-person", [Seen(number)], now)
        return Shown(record, tuple(appointment_lists.of_patient(connection, number)))

"""Finding people while the desk types: by name as written or heard, by telephone, by date of birth.

The book of names that is searched is this process's own (`services.name_reading`). What is found is read again from the
database before it is shown, so nobody sees an old telephone number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.appointment import Appointment
from scheduler.domain.person import Patient, PatientDetails
from scheduler.domain.right import Right, demand
from scheduler.persistence import appointment_lists, people
from scheduler.persistence.vault import Vault
from scheduler.services import looking, name_reading, telling_apart
from scheduler.services.house import House
from scheduler.services.looking import Seen

MOST = 12


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody who was found, and their next visit."""

    patient: Patient
    next_visit: Appointment | None


def search(house: House, asked: str, actor: Actor, now: datetime) -> list[Found]:
    """Find people by what was typed so far, and write down who was shown.

    :raises NotPermitted: when the actor may not look for people.
    """
    return look(house, asked, actor, now)[0]


def look(house: House, asked: str, actor: Actor, now: datetime) -> tuple[list[Found], bool]:
    """The same, and whether everybody was looked through: shortly after a start some are not yet known.

    :raises NotPermitted: when the actor may not look for people.
    """
    demand(actor, Right.SEE_PEOPLE)
    numbers, is_whole = name_reading.find(house, asked, MOST, now)
    return _shown(house, numbers, actor, now), is_whole


def alike(
    house: House, details: PatientDetails, actor: Actor, now: datetime, *, but: int | None = None
) -> list[Found]:
    """People who may be the same as this one: by birthday and sound of name, or by telephone.

    `but` is the number of the one whom they are compared with; whoever was told apart from them is left out.

    :raises NotPermitted: when the actor may not look for people.
    """
    demand(actor, Right.SEE_PEOPLE)
    with house.database.reading() as connection:
        exactly = people.twins(connection, house.vault, details)
        known = {but, *telling_apart.others(connection, but)} if but is not None else frozenset()
    numbers = [*(each.id for each in exactly), *name_reading.alike(house, details, now)]
    return _shown(house, [each for each in dict.fromkeys(numbers) if each not in known][:MOST], actor, now)


def get(house: House, patient_id: int, actor: Actor, now: datetime) -> Found | None:
    """One person by number, and write the look down; None when there is none.

    :raises NotPermitted: when the actor may not look for people.
    :raises ReasonNeeded: when a clinician has nothing to do with them.
    """
    demand(actor, Right.SEE_PEOPLE)
    with house.database.transaction() as connection:
        found = _read(connection, house.vault, [patient_id], now)
        looking.at_person(connection, actor, "see-person", [Seen(each.patient.id) for each in found], now)
    return found[0] if found else None


def _shown(house: House, numbers: Sequence[int], actor: Actor, now: datetime) -> list[Found]:
    if not numbers:
        return []
    with house.database.transaction() as connection:
        found = _read(connection, house.vault, numbers, now)
        looking.at_list(connection, actor, "find-person", [Seen(each.patient.id) for each in found], now)
    return found


def _read(connection: Connection, vault: Vault, numbers: Sequence[int], now: datetime) -> list[Found]:
    known = people.some(connection, vault, numbers)
    ahead = appointment_lists.next_of_patients(connection, numbers, now)
    return [Found(known[number], ahead.get(number)) for number in numbers if number in known]

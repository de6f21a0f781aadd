"""Searching the trail of who saw or changed what; the search itself is an act that is written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from scheduler.domain.account import StaffMember
from scheduler.domain.actor import Actor
from scheduler.domain.audit_trail import Record, Wanted
from scheduler.domain.right import Right, demand
from scheduler.domain.spoken_code import numbers_of
from scheduler.persistence import accounts, audit, audit_search, messages, people
from scheduler.services.house import House

PAGE = 50
NOBODY = -1
"""Stands for a visit that does not exist."""


@dataclass(frozen=True, slots=True)
class Trail:
    """A page of acts, the newest first; `staff` by their numbers; `older` is where the next page begins, if any."""

    records: tuple[Record, ...]
    staff: Mapping[str, StaffMember]
    actions: tuple[str, ...]
    older: int | None


@dataclass(frozen=True, slots=True)
class About:
    """Whom or what somebody looks for, as they said it: a telephone number, or the spoken code of a visit."""

    phone: str = ""
    code: str = ""


def narrowed(house: House, wanted: Wanted, about: About) -> Wanted:
    """The same search for the people with this number and the visit with this code; nobody where there is none."""
    if about.phone:
        with house.database.reading() as connection:
            found = people.with_phone(connection, house.vault, about.phone)
        wanted = replace(wanted, patients=found)
    if about.code:
        with house.database.reading() as connection:
            numbers = numbers_of(about.code, messages.highest_visit(connection))
        wanted = replace(wanted, visit=numbers[0] if len(numbers) == 1 else NOBODY)
    return wanted


def search(house: House, wanted: Wanted, actor: Actor, now: datetime) -> Trail:
    """Show the acts that fit.

    :raises NotPermitted: for those who may not see the trail.
    """
    demand(actor, Right.SEE_AUDIT)
    with house.database.transaction() as connection:
        found = audit_search.find(connection, wanted, PAGE + 1)
        known = {str(member.id): member for member in accounts.everyone(connection)}
        kinds = audit_search.actions(connection, wanted)
        for patient_id in wanted.patients or (None,):
            audit.record(connection, actor, "see-audit", "audit", "", now=now, patient_id=patient_id)
    shown = tuple(found[:PAGE])
    return Trail(shown, known, kinds, shown[-1].id if len(found) > PAGE else None)

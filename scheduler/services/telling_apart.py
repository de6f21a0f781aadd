"""Saying that two records which look like one person are two, and taking that back.

Whoever was told apart is never proposed as the same again. What was said of a record holds as well for the one that it
was joined to: if A is not B, and B turns out to be C, then A is not C.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.errors import NotFound, StaleVersion
from scheduler.domain.person import Patient
from scheduler.domain.right import Right, demand
from scheduler.domain.worklist import Act, End, Item, Step
from scheduler.domain.worklist import after as after_step
from scheduler.persistence import audit, distinctions, merges, occupancy, people, worklist
from scheduler.persistence.distinctions import Distinction
from scheduler.services import looking
from scheduler.services.house import House
from scheduler.services.looking import Seen

POSSIBLE = "possible-duplicate"


@dataclass(frozen=True, slots=True)
class Apart:
    """Somebody who looks like a person and is another, and since when the clinic knows."""

    patient: Patient
    since: datetime


def tell_apart(house: House, one_id: int, other_id: int, actor: Actor, now: datetime) -> None:
    """Write down that two records are two people, and close what asked; said twice, it stands once.

    :raises NotFound: when one of them does not stand, or both are the same.
    """
    demand(actor, Right.MERGE_PEOPLE)
    if one_id == other_id:
        raise NotFound
    with house.database.transaction() as connection:
        occupancy.lock(connection, (one_id, other_id))
        for number in (one_id, other_id):
            people.standing_record(connection, house.vault, number, locked=True)
        if between(connection, one_id, other_id):
            return
        closed = tuple(asked(connection, house, one_id, other_id))
        close(connection, house, closed, End.TWO_PEOPLE, actor, now)
        settled = tuple(item.id for item in closed)
        told = Distinction(uuid4().hex, one_id, other_id, now, actor.id[:64], settled)
        distinctions.add(connection, told)
        _record(connection, actor, "tell-apart", one_id, other_id, now)


def take_back(house: House, one_id: int, other_id: int, actor: Actor, now: datetime) -> None:
    """Take it back that two records are two people: they may be proposed as one again.

    :raises StaleVersion: when nobody says so any more.
    """
    demand(actor, Right.MERGE_PEOPLE)
    with house.database.transaction() as connection:
        occupancy.lock(connection, (one_id, other_id))
        if not take_back_within(connection, house, one_id, other_id, actor, now):
            raise StaleVersion


def take_back_within(
    connection: Connection, house: House, one_id: int, other_id: int, actor: Actor, now: datetime
) -> bool:
    """The same in the caller's transaction; False when there was nothing to take back."""
    taken = [
        told for told in between(connection, one_id, other_id) if distinctions.undo(connection, told.id, now)
    ]
    for told in taken:
        reopen(connection, house, told.settled, End.TWO_PEOPLE, actor, now)
    if taken:
        _record(connection, actor, "undo-tell-apart", one_id, other_id, now)
    return bool(taken)


def of_patient(house: House, patient_id: int, actor: Actor, now: datetime) -> list[Apart]:
    """Those who look like a person and are another, with the look at them written down.

    :raises NotPermitted: when the actor may not say who is whom.
    """
    demand(actor, Right.MERGE_PEOPLE)
    with house.database.transaction() as connection:
        since = others(connection, patient_id)
        known = people.some(connection, house.vault, tuple(since)) if since else {}
        looking.at_list(connection, actor, "find-person", [Seen(number) for number in known], now)
    return [Apart(known[number], at) for number, at in since.items() if number in known]


def others(connection: Connection, patient_id: int) -> dict[int, datetime]:
    """The standing records that are surely somebody else, and since when that is known, the newest first."""
    own = merges.joined_records(connection, patient_id)
    found: dict[int, datetime] = {}
    for told in distinctions.of_records(connection, own):
        other = told.other_id if told.one_id in own else told.one_id
        found.setdefault(people.standing(connection, other), told.at)
    return found


def between(connection: Connection, one_id: int, other_id: int) -> list[Distinction]:
    """What stands between two records, said of them or of what was joined to them."""
    own, theirs = (merges.joined_records(connection, number) for number in (one_id, other_id))
    return [
        told
        for told in distinctions.of_records(connection, own)
        if {told.one_id, told.other_id} & own and {told.one_id, told.other_id} & theirs
    ]


def asked(connection: Connection, house: House, one_id: int, other_id: int) -> list[Item]:
    """What waits on the desk's list to know whether these two are one."""
    pair = {str(one_id), str(other_id)}
    waiting = worklist.unsettled(connection, house.vault, POSSIBLE)
    return [item for item in waiting if {item.note.get("one"), item.note.get("other")} == pair]


def close(
    connection: Connection, house: House, items: Iterable[Item], end: End, actor: Actor, now: datetime
) -> None:
    """Close what asked, as answered so."""
    act = Act(Step.DONE, end=end)
    for item in items:
        worklist.change(connection, house.vault, item, after_step(item, act, None, now), act, actor, now)


def reopen(
    connection: Connection, house: House, item_ids: Iterable[str], end: End, actor: Actor, now: datetime
) -> None:
    """Put on the list again what was closed as answered so; what was answered anew meanwhile stays."""
    account, act = int(actor.id) if actor.id.isdigit() else None, Act(Step.REOPEN)
    for item_id in item_ids:
        item = worklist.get(connection, house.vault, item_id)
        if item.outcome == end.value and item.done_at is not None:
            changed = after_step(item, act, account, now)
            worklist.change(connection, house.vault, item, changed, act, actor, now)


def _record(
    connection: Connection, actor: Actor, action: str, one_id: int, other_id: int, now: datetime
) -> None:
    for number, other in ((one_id, other_id), (other_id, one_id)):
        audit.record(
            connection,
            actor,
            action,
            "patient",
            number,
            now=now,
            patient_id=number,
            detail={"with": str(other)},
        )

"""Making one record of two that are the same person, and taking that back.

Everything of the record that goes moves to the one that stays: visits, links, messages, consents, those who help, and
places on the waitlist. The record itself is kept and points to the other, so that whoever books once more under the old
name or number is found. Which rows moved and how the record that stays was before is written down, and undoing gives
back exactly that; what came later stays where it came to.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import product
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.appointment import HOLDS_TIME, Appointment
from scheduler.domain.errors import NotFound, SlotLost, StaleVersion, TwoAtOnce
from scheduler.domain.interval import epoch
from scheduler.domain.likeness import Part
from scheduler.domain.person import PatientDetails, RemindBy
from scheduler.domain.right import Right, demand
from scheduler.domain.worklist import End
from scheduler.persistence import appointment_lists, audit, merges, occupancy, people, worklist
from scheduler.persistence.merges import Merge
from scheduler.persistence.people import Record
from scheduler.services import looking, telling_apart
from scheduler.services.house import House
from scheduler.services.looking import Seen

MOST_VISITS = 200


@dataclass(frozen=True, slots=True)
class Side:
    """One of two records, with its visits, the latest first."""

    record: Record
    visits: tuple[Appointment, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records side by side; `clashes` are visits ahead of both that lie at one time.

    `apart_since` is when somebody said that they are two people, if that stands.
    """

    one: Side
    other: Side
    clashes: tuple[tuple[Appointment, Appointment], ...]
    apart_since: datetime | None = None


def compare(house: House, one_id: int, other_id: int, actor: Actor, now: datetime) -> Pair:
    """Show two records side by side, and write the look down.

    :raises NotFound: when one of them does not stand, or both are the same.
    """
    demand(actor, Right.MERGE_PEOPLE)
    if one_id == other_id:
        raise NotFound
    with house.database.transaction() as connection:
        one, other = (_side(connection, house, number) for number in (one_id, other_id))
        looking.at_person(connection, actor, "see-person", [Seen(one_id), Seen(other_id)], now)
        apart = telling_apart.between(connection, one_id, other_id)
    clashes = tuple(_clashes(one.visits, other.visits, now))
    return Pair(one, other, clashes, apart[0].at if apart else None)


def merge(
    house: House,
    kept_id: int,
    gone_id: int,
    from_gone: Collection[Part],
    actor: Actor,
    now: datetime,
    *,
    seen: Mapping[int, datetime] | None = None,
) -> Merge:
    """Join two records; `from_gone` are the parts in which the record that goes is right.

    :raises NotFound: when one of them does not stand, or both are the same.
    :raises TwoAtOnce: when both have a visit ahead at the same time.
    :raises StaleVersion: when one of them changed since it was `seen`, or somebody said that they are two people.
    """
    demand(actor, Right.MERGE_PEOPLE)
    if kept_id == gone_id:
        raise NotFound
    with house.database.transaction() as connection:
        occupancy.lock(connection, (kept_id, gone_id))
        records = {
            number: people.standing_record(connection, house.vault, number, locked=True)
            for number in sorted((kept_id, gone_id))
        }
        if seen and any(records[number].changed_at != stamp for number, stamp in seen.items()):
            raise StaleVersion
        if telling_apart.between(connection, kept_id, gone_id):
            raise StaleVersion
        moved = _hand_over(connection, gone_id, kept_id, now)
        closed = telling_apart.asked(connection, house, kept_id, gone_id)
        telling_apart.close(connection, house, closed, End.PUT_RIGHT, actor, now)
        moved["worklist"] = [item.id for item in closed]
        before, gone = records[kept_id].patient.details, records[gone_id].patient.details
        done = _written(
            connection,
            house,
            Merge(uuid4().hex, kept_id, gone_id, now, actor.id[:64], moved, b"", None),
            before,
        )
        people.renew(connection, house.vault, kept_id, _chosen(before, gone, from_gone), now)
        people.join_to(connection, gone_id, kept_id, now)
        _record(connection, actor, "merge-people", done, now)
    return done


def undo(house: House, merge_id: str, actor: Actor, now: datetime) -> Merge:
    """Take a joining back: both records stand again as they were.

    :raises NotFound: when there is no such joining.
    :raises StaleVersion: when it was taken back already, or the record that stayed was itself joined to another since.
    """
    demand(actor, Right.MERGE_PEOPLE)
    with house.database.transaction() as connection:
        done = merges.get(connection, merge_id)
        if done is None:
            raise NotFound
        occupancy.lock(connection, (done.kept_id, done.gone_id))
        kept = people.record_of(connection, house.vault, done.kept_id, locked=True)
        if kept.merged_into is not None or not merges.undo(connection, merge_id, now):
            raise StaleVersion
        merges.hand_back(connection, done.moved, done.kept_id, done.gone_id)
        if kept.changed_at == done.at:
            before = _opened(house, done)
            people.renew(connection, house.vault, done.kept_id, before, now)
        people.join_to(connection, done.gone_id, None, now)
        asked = done.moved.get("worklist", ())
        telling_apart.reopen(connection, house, asked, End.PUT_RIGHT, actor, now)
        _record(connection, actor, "undo-merge", done, now)
    return done


def of_patient(house: House, patient_id: int, actor: Actor) -> list[Merge]:
    """The joinings that made this record what it is, the newest first."""
    demand(actor, Right.MERGE_PEOPLE)
    with house.database.reading() as connection:
        return merges.of_patient(connection, patient_id)


def note_possible(
    connection: Connection, house: House, one_id: int, other_id: int, visit: Appointment, now: datetime
) -> None:
    """Put two records that may be one person on the desk's list, in the caller's transaction."""
    worklist.add(
        connection,
        house.vault,
        telling_apart.POSSIBLE,
        {"one": str(one_id), "other": str(other_id)},
        urgency="normal",
        language=visit.language,
        now=now,
        appointment_id=visit.id,
    )


def _side(connection: Connection, house: House, patient_id: int) -> Side:
    record = people.standing_record(connection, house.vault, patient_id)
    return Side(record, tuple(appointment_lists.of_patient(connection, patient_id, MOST_VISITS)))


def _clashes(
    one: Sequence[Appointment], other: Sequence[Appointment], now: datetime
) -> list[tuple[Appointment, Appointment]]:
    mine, theirs = (
        [each for each in side if each.status in HOLDS_TIME and each.end > now] for side in (one, other)
    )
    return [(a, b) for a, b in product(mine, theirs) if a.start < b.end and b.start < a.end]


def _hand_over(connection: Connection, gone_id: int, kept_id: int, now: datetime) -> dict[str, list[Any]]:
    try:
        return merges.hand_over(connection, gone_id, kept_id, epoch(now))
    except SlotLost as refusal:
        raise TwoAtOnce from refusal


def _written(connection: Connection, house: House, done: Merge, before: PatientDetails) -> Merge:
    kept = {
        "given_name": before.given_name,
        "family_name": before.family_name,
        "birth_date": before.birth_date.isoformat(),
        "phone": before.phone,
        "email": before.email,
        "language": before.language,
        "remind_by": [channel.value for channel in before.remind_by],
    }
    written = replace(done, sealed=house.vault.seal("merge", done.id, kept))
    merges.add(connection, written)
    return written


def _opened(house: House, done: Merge) -> PatientDetails:
    kept = house.vault.open("merge", done.id, done.sealed)
    kept["birth_date"] = date.fromisoformat(kept["birth_date"])
    kept["remind_by"] = tuple(RemindBy(channel) for channel in kept["remind_by"])
    return PatientDetails(**kept)


def _chosen(kept: PatientDetails, gone: PatientDetails, from_gone: Collection[Part]) -> PatientDetails:
    """What the joined record says; an e-mail that only one of them has is not lost."""
    found = replace(kept, email=kept.email or gone.email)
    changes: dict[Part, dict[str, Any]] = {
        Part.NAME: {"given_name": gone.given_name, "family_name": gone.family_name},
        Part.BIRTH_DATE: {"birth_date": gone.birth_date},
        Part.PHONE: {"phone": gone.phone},
        Part.EMAIL: {"email": gone.email or kept.email, "remind_by": gone.remind_by},
        Part.LANGUAGE: {"language": gone.language},
    }
    for part in from_gone:
        found = replace(found, **changes[part])
    return found


def _record(connection: Connection, actor: Actor, action: str, done: Merge, now: datetime) -> None:
    for number, other in ((done.kept_id, done.gone_id), (done.gone_id, done.kept_id)):
        audit.record(
            connection,
            actor,
            action,
            "patient",
            number,
            now=now,
            patient_id=number,
            detail={"merge": done.id, "with": str(other)},
        )

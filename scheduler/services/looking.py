"""Looking at people: writing down who saw whom, and asking a clinician for a reason where it is not their patient.

Shared by every service that shows somebody's data. Three doors, from the widest to the narrowest:

- `at_list(connection, actor, "see-calendar", seen, now)` for pages that show many people a little: one row each.
- `at_person(...)` for the page of one visit or person. Whoever is a clinician and nothing else sees their own patients.
- `at_record(...)` for what people said of their health. It takes the right `SEE_RECORD`, whatever other roles one has.

All three write inside the caller's transaction, before anything is shown: what cannot be written down is not shown. The
last two raise `ReasonNeeded` for somebody who is not a patient of the clinician's; the web then asks for the reason
(`/records/<patient>/reason`) and comes back. `break_glass` opens the record for an hour.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain.account import StaffMember
from scheduler.domain.actor import Actor
from scheduler.domain.errors import InvalidInput, NotFound, ReasonNeeded
from scheduler.domain.glass import LONGEST_REASON, OPEN_FOR, SHORTEST_REASON, Opening, Reason
from scheduler.domain.plain_text import clean
from scheduler.domain.right import Right, demand, may
from scheduler.domain.visit import Visit
from scheduler.domain.wording import N_
from scheduler.persistence import accounts, appointments, audit, care_ties, glass, visits
from scheduler.persistence.audit import Entry
from scheduler.services.house import House

MOST_TO_REVIEW = 100


@dataclass(frozen=True, slots=True)
class Seen:
    """Whose data is looked at, and by way of what: an "appointment" and its number, or the "patient" alone."""

    patient_id: int
    kind: str = "patient"
    number: int | None = None

    @classmethod
    def visit(cls, visit: Visit) -> Seen:
        """Somebody's data by way of one visit."""
        return cls(visit.appointment.patient_id, "appointment", visit.appointment.id)


@dataclass(frozen=True, slots=True)
class ToReview:
    """An opened record that a manager has not looked at yet, and who opened it."""

    opening: Opening
    by: StaffMember | None


def at_list(connection: Connection, actor: Actor, action: str, seen: Iterable[Seen], now: datetime) -> None:
    """Write down whose names were seen on a page of many."""
    _write_down(connection, actor, action, seen, frozenset(), now)


def at_person(
    connection: Connection, actor: Actor, action: str, seen: Collection[Seen], now: datetime
) -> None:
    """Make sure that these people may be looked at one by one, and write it down.

    :raises ReasonNeeded: when a clinician has nothing to do with one of them.
    """
    is_free = may(actor, Right.CHANGE_PEOPLE)
    opened = frozenset() if is_free else _admitted(connection, actor, seen, now)
    _write_down(connection, actor, action, seen, opened, now)


def at_visit(connection: Connection, house: House, public_id: str, actor: Actor, now: datetime) -> Visit:
    """The visit of that name, with the look at it written down.

    :raises NotFound: when there is none.
    :raises ReasonNeeded: as `at_person`.
    """
    number = appointments.named(connection, public_id, house.host).id
    visit = visits.get(connection, house.vault, house.clinic(connection), number)
    at_person(connection, actor, "see-visit", [Seen.visit(visit)], now)
    return visit


def at_record(
    connection: Connection, actor: Actor, action: str, seen: Collection[Seen], now: datetime
) -> None:
    """Make sure that what these people said of their health may be looked at, and write it down.

    :raises NotPermitted: for those who have no business with it.
    :raises ReasonNeeded: when a clinician has nothing to do with one of them.
    """
    demand(actor, Right.SEE_RECORD)
    opened = _admitted(connection, actor, seen, now)
    _write_down(connection, actor, action, seen, opened, now)


def break_glass(house: House, patient_id: int, reason: str, words: str, actor: Actor, now: datetime) -> None:
    """Open the record of somebody who is not one's own patient for an hour; a manager sees that it was done.

    :raises NotPermitted, ProofNeeded: as `domain/right.py` says.
    :raises InvalidInput: when there is no reason.
    :raises NotFound: when there is no such patient.
    """
    demand(actor, Right.BREAK_GLASS)
    chosen, said = _checked(reason, words)
    with house.database.transaction() as connection:
        if not care_ties.exists(connection, patient_id):
            raise NotFound
        opening = glass.NewOpening(int(actor.id), patient_id, chosen, said, now, now + OPEN_FOR)
        glass.add(connection, house.vault, opening)
        audit.record(
            connection,
            actor,
            "break-glass",
            "patient",
            patient_id,
            now=now,
            patient_id=patient_id,
            detail={"reason": chosen.value},
        )


def to_review(house: House, actor: Actor, now: datetime) -> tuple[ToReview, ...]:
    """The records that were opened for a reason and that no manager has looked at yet, the oldest first."""
    demand(actor, Right.SEE_AUDIT)
    with house.database.transaction() as connection:
        found = glass.to_review(connection, house.vault, MOST_TO_REVIEW)
        known = {member.id: member for member in accounts.everyone(connection)}
        _write_down(connection, actor, "see-reasons", map(_of_opening, found), frozenset(), now)
    return tuple(ToReview(one, known.get(one.account_id)) for one in found)


def waiting_for_review(house: House, actor: Actor) -> int:
    """How many such records wait."""
    demand(actor, Right.SEE_AUDIT)
    with house.database.reading() as connection:
        return glass.count_to_review(connection)


def review(house: House, opening_id: str, actor: Actor, now: datetime) -> None:
    """Note that one has looked at an opened record; done twice it is done once.

    :raises NotFound: when there is none that waits.
    """
    demand(actor, Right.SEE_AUDIT)
    with house.database.transaction() as connection:
        patient_id = glass.review(connection, opening_id, int(actor.id) if actor.id.isdigit() else None, now)
        if patient_id is None:
            raise NotFound
        audit.record(connection, actor, "review-glass", "patient", patient_id, now=now, patient_id=patient_id)


def _of_opening(opening: Opening) -> Seen:
    return Seen(opening.patient_id)


def _admitted(connection: Connection, actor: Actor, seen: Collection[Seen], now: datetime) -> frozenset[int]:
    """The patients among these whose record is open for a reason; every other one is the clinician's own.

    :raises ReasonNeeded: naming the first that is neither.
    """
    wanted = {one.patient_id for one in seen}
    foreign = wanted - care_ties.own_among(connection, actor.practitioner_id, wanted)
    if not foreign or not actor.id.isdigit():
        return frozenset() if not foreign else _refused(foreign)
    opened = glass.open_ones(connection, int(actor.id), foreign, now)
    return frozenset(opened) if foreign <= opened else _refused(foreign - opened)


def _refused(foreign: set[int]) -> frozenset[int]:
    raise ReasonNeeded(min(foreign))


def _write_down(
    connection: Connection,
    actor: Actor,
    action: str,
    seen: Iterable[Seen],
    opened: frozenset[int],
    now: datetime,
) -> None:
    acts = (
        Entry(
            action,
            one.kind,
            one.patient_id if one.number is None else one.number,
            one.patient_id,
            detail={"glass": "open"} if one.patient_id in opened else None,
        )
        for one in seen
    )
    audit.record_many(connection, actor, acts, now=now)


def _checked(reason: str, words: str) -> tuple[Reason, str]:
    errors, said = {}, clean(words, LONGEST_REASON).strip()
    if reason not in {one.value for one in Reason}:
        errors["reason"] = N_("Please choose one.")
    if len(said) < SHORTEST_REASON:
        errors["words"] = N_("Please write a few words, so that a manager can understand it.")
    if errors:
        raise InvalidInput(errors)
    return Reason(reason), said

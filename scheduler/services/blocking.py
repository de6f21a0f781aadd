"""Taking time out of the calendar, once or again and again, and giving it back; visits that lose their place are shown.

A clinician may block their own time, the desk and the manager anybody's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection

from scheduler.domain.absence import Absence
from scheduler.domain.actor import Actor
from scheduler.domain.appointment import Appointment
from scheduler.domain.block import Block, check_block
from scheduler.domain.errors import NotFound, NotPermitted
from scheduler.domain.interval import Interval
from scheduler.domain.right import Right, demand, may
from scheduler.domain.visit import Visit
from scheduler.persistence import (
    absences,
    accounts,
    appointment_lists,
    audit,
    directory,
    occupancy,
    schedules,
    visits,
)
from scheduler.services import giving_back, stranding, ways_out
from scheduler.services.house import House


@dataclass(frozen=True, slots=True)
class Series:
    """A block as it stands: what is left of it, soonest first."""

    id: str
    pieces: tuple[Absence, ...]

    @property
    def next(self) -> Absence:
        """What comes first."""
        return self.pieces[0]


@dataclass(frozen=True, slots=True)
class Made:
    """A block that was entered, and how many visits lie in it."""

    series: str
    stranded: int


def upcoming(house: House, actor: Actor, now: datetime) -> list[Series]:
    """Show the blocks that are not over, soonest first; a clinician sees their own."""
    with house.database.reading() as connection:
        whose = _whose(connection, actor)
        found = schedules.absences(connection, now, practitioner_id=whose)
    grouped: dict[str, tuple[Absence, ...]] = {}
    for absence in found:
        key = absence.series or str(absence.id)
        grouped[key] = (*grouped.get(key, ()), absence)
    return [Series(key, pieces) for key, pieces in grouped.items()]


def add(
    house: House,
    block: Block,
    actor: Actor,
    now: datetime,
    confirmed: str | None = None,
    *,
    ask_patients: bool = False,
) -> Made:
    """Take the time of a block, all of it or nothing; `ask_patients` writes to those who lose their place.

    The directory's number stays: an absence is taken time, which every search reads anew.

    :raises InvalidInput: as `domain.block.check_block` says.
    :raises NotFound: when there is no such clinician.
    :raises NotPermitted: when the time is not the actor's to block.
    :raises StrandsVisits: when booked visits lie within it and `confirmed` is not their mark.
    """
    check_block(block)
    with house.database.transaction() as connection:
        _refuse_foreign(connection, actor, block.practitioner_ids)
        clinic = directory.read_clinic(connection)
        for practitioner_id in block.practitioner_ids:
            clinic.practitioner(practitioner_id)
        spans = block.stretches(clinic.organization.zone)
        occupancy.lock(connection, block.practitioner_ids)
        left = _visits_within(connection, block, spans, now)
        stranding.refuse_unseen(left, confirmed)
        series = uuid4().hex
        for practitioner_id in block.practitioner_ids:
            _fill(connection, block, practitioner_id, spans, series)
        stranding.pass_on(connection, house, left, "absence", now)
        if ask_patients:
            ways_out.take_all(connection, house, [visit.id for visit in left], actor, now)
        audit.record(connection, actor, "add", "block", series, now=now, detail={"stranded": str(len(left))})
    return Made(series, len(left))


def remove(house: House, series: str, actor: Actor, now: datetime, number: int | None = None) -> int:
    """Give the rest of a block back, or one piece of it; what is past stays. Returns how many pieces that were.

    :raises NotFound: when there is nothing left of it.
    :raises NotPermitted: when the time is not the actor's to give back.
    """
    with house.database.transaction() as connection:
        pieces = _pieces(connection, series, now)
        wanted = [piece for piece in pieces if number is None or piece.id == number]
        if not wanted:
            raise NotFound
        _refuse_foreign(connection, actor, sorted({piece.practitioner_id for piece in wanted}))
        occupancy.lock(connection, [piece.practitioner_id for piece in wanted])
        for piece in wanted:
            absences.remove(connection, piece.id)
            giving_back.tell(connection, piece.practitioner_id, piece.start, piece.end, now)
        audit.record(
            connection, actor, "remove", "block", series, now=now, detail={"pieces": str(len(wanted))}
        )
    return len(wanted)


def visits_of(house: House, found: Sequence[Appointment], actor: Actor, now: datetime) -> list[Visit]:
    """The visits that a block would leave without a place, with their people; the look is written down."""
    demand(actor, Right.SEE_VISITS)
    with house.database.transaction() as connection:
        numbers = [visit.id for visit in found]
        seen = [audit.Entry("see-visit", "appointment", visit.id, visit.patient_id) for visit in found]
        audit.record_many(connection, actor, seen, now=now)
        return visits.many(connection, house.vault, house.clinic(connection), numbers)


def _whose(connection: Connection, actor: Actor) -> int | None:
    """Whose time the actor sees here: everybody's, or their own.

    :raises NotPermitted: when they have none.
    """
    if may(actor, Right.BLOCK_TIME):
        return None
    demand(actor, Right.BLOCK_OWN_TIME)
    member = accounts.get(connection, int(actor.id))
    if member is None or member.practitioner_id is None:
        raise NotPermitted
    return member.practitioner_id


def _refuse_foreign(connection: Connection, actor: Actor, practitioner_ids: Sequence[int]) -> None:
    own = _whose(connection, actor)
    if own is not None and set(practitioner_ids) != {own}:
        raise NotPermitted


def _fill(
    connection: Connection,
    block: Block,
    practitioner_id: int,
    spans: Sequence[tuple[datetime, datetime]],
    series: str,
) -> None:
    for start, end in spans:
        absences.release_holds(connection, practitioner_id, start, end)
        piece = Absence(0, practitioner_id, start, end, block.note, block.kind.value, series)
        number = schedules.add_absence(connection, piece)
        absences.fill(connection, Absence(number, practitioner_id, start, end))


def _visits_within(
    connection: Connection, block: Block, spans: Sequence[tuple[datetime, datetime]], now: datetime
) -> tuple[Appointment, ...]:
    """The open visits ahead that lie in any stretch, soonest first."""
    if not spans:
        return ()
    since = max(now, spans[0][0] - timedelta(days=1))
    stretches = [Interval(start, end) for start, end in spans]
    found = [
        visit
        for practitioner_id in block.practitioner_ids
        for visit in appointment_lists.open_between(
            connection, since, spans[-1][1], practitioner_id=practitioner_id
        )
        if any(Interval(visit.start, visit.end).overlaps(away) for away in stretches)
    ]
    return tuple(sorted(found, key=lambda visit: (visit.start, visit.id)))


def _pieces(connection: Connection, series: str, now: datetime) -> list[Absence]:
    """What is left of a series; a single absence of the older kind is its own series, by its number."""
    if not (series.isascii() and series.isalnum()):
        return []
    found = schedules.absences_of_series(connection, series, now)
    if found or not series.isdigit():
        return found
    return [absence for absence in schedules.absences(connection, now) if absence.id == int(series)]

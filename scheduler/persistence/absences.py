"""The time an absence takes: every part of it that nothing else has taken yet.

An absence may be entered over visits that are booked already. It cannot lie over them (the database refuses that), so
it takes what is free around them, and those visits go on the desk's list. When one of them moves or is cancelled, its
time must become the absence's too: whoever gives a visit's time back calls `refill`. A kept time owes that to nobody:
`release_holds` ends those that an absence meets, buffers included, and none can be kept where it lies already.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, delete, or_, select

from scheduler.domain.absence import Absence
from scheduler.domain.interval import Span, epoch, merge, subtract
from scheduler.persistence import occupancy, schedules
from scheduler.persistence.holds import HoldRow
from scheduler.persistence.occupancy import MAX_SECONDS, OccupancyRow, Taking
from scheduler.persistence.schedules import AbsenceRow

_NEAR = timedelta(seconds=MAX_SECONDS)


def fill(connection: Connection, absence: Absence) -> None:
    """Take all that is still free in the absence; twice changes nothing. The caller has locked the resource."""
    free = subtract([(epoch(absence.start), epoch(absence.end))], _taken(connection, absence))
    takings = [Taking(absence.practitioner_id, *piece) for span in free for piece in _pieces(span)]
    if takings:
        occupancy.take(connection, takings, "absence", absence_id=absence.id)


def refill(connection: Connection, practitioner_id: int, start: datetime, end: datetime) -> None:
    """After time of a practitioner around `[start, end)` was given back: what absences claim of it is theirs now.

    What was given back may be wider than the visit, by its buffers, so absences close by are looked at as well.
    """
    rows = connection.execute(
        select(AbsenceRow.__table__).where(
            AbsenceRow.practitioner_id == practitioner_id,
            AbsenceRow.starts_at < end + _NEAR,
            AbsenceRow.ends_at > start - _NEAR,
        )
    )
    for row in rows.all():
        fill(connection, Absence(row.id, row.practitioner_id, row.starts_at, row.ends_at, row.note))


def remove(connection: Connection, number: int) -> bool:
    """Forget an absence and give its time back, but for what another one claims; False when there is none."""
    row = connection.execute(select(AbsenceRow.__table__).where(AbsenceRow.id == number)).one_or_none()
    if row is None or row.calendar_id is not None:
        return False
    occupancy.lock(connection, [row.practitioner_id])
    is_removed = schedules.remove_absence(connection, number)
    refill(connection, row.practitioner_id, row.starts_at, row.ends_at)
    return is_removed


def release_holds(connection: Connection, practitioner_id: int, start: datetime, end: datetime) -> None:
    """Give back the times that people filling in a form keep of a practitioner in `[start, end)`, buffers included."""
    first, last = epoch(start), epoch(end)
    taking = select(OccupancyRow.hold_id).where(
        OccupancyRow.resource_id == practitioner_id,
        OccupancyRow.kind == "hold",
        OccupancyRow.starts_at > first - MAX_SECONDS,
        OccupancyRow.starts_at < last,
        OccupancyRow.ends_at > first,
    )
    within = and_(
        HoldRow.practitioner_id == practitioner_id, HoldRow.starts_at < end, HoldRow.ends_at > start
    )
    connection.execute(delete(HoldRow).where(or_(within, HoldRow.id.in_(taking))))


def _taken(connection: Connection, absence: Absence) -> list[Span]:
    first, last = epoch(absence.start), epoch(absence.end)
    rows = connection.execute(
        select(OccupancyRow.starts_at, OccupancyRow.ends_at).where(
            OccupancyRow.resource_id == absence.practitioner_id,
            OccupancyRow.starts_at > first - MAX_SECONDS,
            OccupancyRow.starts_at < last,
            OccupancyRow.ends_at > first,
        )
    )
    return merge((row.starts_at, row.ends_at) for row in rows)


def _pieces(span: Span) -> Iterator[Span]:
    """The span in pieces of at most the length that one row may have."""
    for start in range(span[0], span[1], MAX_SECONDS):
        yield start, min(start + MAX_SECONDS, span[1])

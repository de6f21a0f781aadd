"""The time an absence takes: every part of it that nothing else has taken yet.

An absence may be entered over visits that are booked already. It cannot lie over them (the database refuses that), so
it takes what is free around them, and those visits go on the desk's list. When one of them moves or is cancelled, its
time must become the absence's too: whoever gives a visit's time back calls `refill`. A kept time owes that to nobody:
`release_holds` ends those that an absence meets, buffers included, and none can be kept where it lies already.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
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
    fill_all(connection, [absence])


def fill_all(connection: Connection, absences: Sequence[Absence]) -> None:
    """Take all that is still free in several absences of one practitioner; where two meet, the one that began first."""
    if not absences:
        return
    own = _apart(sorted(absences, key=lambda each: (each.start, each.id)))
    practitioner_id = absences[0].practitioner_id
    reach = own[0][0][0], max(span[1] for span, _ in own)
    taken = _taken(connection, practitioner_id, reach)
    takings = [
        (Taking(practitioner_id, *piece), number)
        for span, number in own
        for free in subtract([span], _near(taken, span))
        for piece in _pieces(free)
    ]
    occupancy.take_for_absences(connection, takings)


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
    found = [Absence(row.id, row.practitioner_id, row.starts_at, row.ends_at, row.note) for row in rows]
    fill_all(connection, found)


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


def _apart(absences: Sequence[Absence]) -> list[tuple[Span, int]]:
    """The absences' stretches without overlap, in order: each begins where the ones before it end."""
    found: list[tuple[Span, int]] = []
    covered = epoch(absences[0].start)
    for absence in absences:
        start, end = max(epoch(absence.start), covered), epoch(absence.end)
        if start < end:
            found.append(((start, end), absence.id))
            covered = end
    return found


def _near(taken: list[Span], span: Span) -> list[Span]:
    """Those of the sorted, disjoint stretches that may touch the span."""
    return taken[max(bisect_left(taken, span) - 1, 0) : bisect_left(taken, (span[1], 0))]


def _taken(connection: Connection, practitioner_id: int, reach: Span) -> list[Span]:
    rows = connection.execute(
        select(OccupancyRow.starts_at, OccupancyRow.ends_at).where(
            OccupancyRow.resource_id == practitioner_id,
            OccupancyRow.starts_at > reach[0] - MAX_SECONDS,
            OccupancyRow.starts_at < reach[1],
            OccupancyRow.ends_at > reach[0],
        )
    )
    return merge((row.starts_at, row.ends_at) for row in rows)


def _pieces(span: Span) -> Iterator[Span]:
    """The span in pieces of at most the length that one row may have."""
    for start in range(span[0], span[1], MAX_SECONDS):
        yield start, min(start + MAX_SECONDS, span[1])

"""The busy times that were read from clinicians' own calendars: absences that come and go many at a time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from scheduler.domain.absence import Absence
from scheduler.domain.interval import Span, epoch, instant
from scheduler.persistence import absences
from scheduler.persistence.holds import HoldRow
from scheduler.persistence.occupancy import MAX_SECONDS, OccupancyRow
from scheduler.persistence.schedules import AbsenceRow

_MANY = 500
_NEAR = timedelta(seconds=MAX_SECONDS)


@dataclass(frozen=True, slots=True)
class Changed:
    """What a reading changed, as stretches in epoch seconds, sorted."""

    added: tuple[Span, ...]
    gone: tuple[Span, ...]


def replace(
    connection: Connection, calendar_id: str, practitioner_id: int, busy: Collection[Span]
) -> Changed:
    """Keep exactly these busy times of a calendar and take what is free in them. The caller has locked the resource.

    What stays the same is not touched, so that a reading which brings little costs little.
    """
    known = _known(connection, calendar_id)
    wanted = set(busy)
    gone = sorted(span for span in known if span not in wanted)
    added = sorted(span for span in wanted if span not in known)
    _forget(connection, [known[span] for span in gone])
    _add(connection, calendar_id, practitioner_id, added)
    if gone:
        first, last = gone[0][0], max(end for _, end in gone)
        absences.refill(connection, practitioner_id, instant(first), instant(last))
    return Changed(tuple(added), tuple(gone))


def between(connection: Connection, practitioner_id: int, start: datetime, end: datetime) -> list[Span]:
    """The busy times of all calendars of a practitioner that touch `[start, end)`, sorted."""
    rows = connection.execute(
        select(AbsenceRow.starts_at, AbsenceRow.ends_at).where(
            AbsenceRow.practitioner_id == practitioner_id,
            AbsenceRow.calendar_id.is_not(None),
            AbsenceRow.starts_at < end,
            AbsenceRow.ends_at > start,
        )
    )
    return sorted((epoch(row.starts_at), epoch(row.ends_at)) for row in rows)


def _known(connection: Connection, calendar_id: str) -> dict[Span, int]:
    rows = connection.execute(
        select(AbsenceRow.id, AbsenceRow.starts_at, AbsenceRow.ends_at).where(
            AbsenceRow.calendar_id == calendar_id
        )
    )
    return {(epoch(row.starts_at), epoch(row.ends_at)): row.id for row in rows}


def _forget(connection: Connection, numbers: Sequence[int]) -> None:
    """What they take goes with them (foreign key, cascading)."""
    for at in range(0, len(numbers), _MANY):
        connection.execute(delete(AbsenceRow).where(AbsenceRow.id.in_(numbers[at : at + _MANY])))


def _add(connection: Connection, calendar_id: str, practitioner_id: int, spans: Sequence[Span]) -> None:
    if not spans:
        return
    _release_holds(connection, practitioner_id, spans)
    rows = [
        {
            "practitioner_id": practitioner_id,
            "starts_at": instant(start),
            "ends_at": instant(end),
            "note": "",
            "calendar_id": calendar_id,
        }
        for start, end in spans
    ]
    connection.execute(insert(AbsenceRow), rows)
    known = _known(connection, calendar_id)
    absences.fill_all(
        connection,
        [Absence(known[span], practitioner_id, instant(span[0]), instant(span[1])) for span in spans],
    )


def _release_holds(connection: Connection, practitioner_id: int, spans: Sequence[Span]) -> None:
    """Give back the times that people filling in a form keep where a busy time begins now."""
    reach = spans[0][0], max(end for _, end in spans)
    taking = connection.execute(
        select(OccupancyRow.hold_id, OccupancyRow.starts_at, OccupancyRow.ends_at).where(
            OccupancyRow.resource_id == practitioner_id,
            OccupancyRow.kind == "hold",
            OccupancyRow.starts_at > reach[0] - MAX_SECONDS,
            OccupancyRow.starts_at < reach[1],
        )
    )
    kept = connection.execute(
        select(HoldRow.id, HoldRow.starts_at, HoldRow.ends_at).where(
            HoldRow.practitioner_id == practitioner_id,
            HoldRow.starts_at > instant(reach[0]) - _NEAR,
            HoldRow.starts_at < instant(reach[1]),
        )
    )
    met = {number for number, start, end in taking if meets(spans, (start, end))}
    met |= {number for number, start, end in kept if meets(spans, (epoch(start), epoch(end)))}
    if met:
        connection.execute(delete(HoldRow).where(HoldRow.id.in_(sorted(met))))


def meets(spans: Sequence[Span], one: Span) -> bool:
    """Say whether one of the sorted, disjoint stretches overlaps this one."""
    at = bisect_left(spans, (one[1], 0)) - 1
    return at >= 0 and spans[at][1] > one[0]

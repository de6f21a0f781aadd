"""The time that is taken: one row a resource, and the database's own refusal of a second one.

A visit takes time of its practitioner (widened by the buffers), its room and its patient. A row stands exactly while
the time is taken, so the rule against overlap needs no list of states and cannot drift from one. The rule stands twice:
`domain.availability` never offers a busy time, and `persistence.guards` makes the database refuse the second row.

Two inserters on PostgreSQL can each wait for the other's exclusion check; every writer therefore locks its resources in
the order of their ids first, and the constraint is the backstop.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from sqlalchemy import (
    BigInteger,
    BindParameter,
    CheckConstraint,
    Connection,
    ForeignKey,
    Index,
    String,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.errors import SlotLost
from scheduler.domain.interval import Span, subtract
from scheduler.persistence.database import Database, Key, Model, is_overlap
from scheduler.persistence.directory import ResourceRow

MAX_SECONDS = 86400
"""The longest stretch one row may take; it bounds how far back an overlap check must look (`guards`, too)."""

BusyRow: TypeAlias = tuple[int, int, int, str, int | None]


class OccupancyRow(Model):
    """Time taken of one resource: `[starts_at, ends_at)` in epoch seconds, the same integers on both engines.

    Integers, because the slot search reads thousands of these rows and a row of two integers costs a quarter of one
    with timestamps; the index covers everything that the search reads.
    """

    __tablename__ = "occupancy"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="lasts"),
        CheckConstraint(f"ends_at - starts_at <= {MAX_SECONDS}", name="bounded"),
        CheckConstraint("kind IN ('visit', 'hold', 'absence')", name="kind"),
        Index(
            "ix_occupancy_busy", "resource_id", "starts_at", "ends_at", "kind", "visit_type_id", "hold_until"
        ),
        Index("ix_occupancy_appointment_id", "appointment_id"),
        Index("ix_occupancy_hold_id", "hold_id"),
        Index("ix_occupancy_absence_id", "absence_id"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    starts_at: Mapped[int] = mapped_column(BigInteger)
    ends_at: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(8))
    visit_type_id: Mapped[int | None] = mapped_column(ForeignKey("visit_type.id"))
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"))
    hold_id: Mapped[str | None] = mapped_column(ForeignKey("hold.id", ondelete="CASCADE"))
    absence_id: Mapped[int | None] = mapped_column(ForeignKey("absence.id", ondelete="CASCADE"))
    hold_until: Mapped[int | None] = mapped_column(BigInteger)


@dataclass(frozen=True, slots=True)
class Taking:
    """One stretch to take of one resource; `visit_type_id` on the practitioner's alone, for the daily cap."""

    resource_id: int
    start: int
    end: int
    visit_type_id: int | None = None


_RESOURCES: BindParameter[Any] = bindparam("resources", expanding=True)

# Made once: a statement built for each call costs SQLAlchemy ten times what running it does.
_INSERT = insert(OccupancyRow).inline()
_LOCK = (
    select(ResourceRow.id)
    .where(ResourceRow.id.in_(_RESOURCES))
    .order_by(ResourceRow.id)
    .with_for_update(key_share=True)
)
_SWEEP = delete(OccupancyRow).where(
    OccupancyRow.resource_id.in_([bindparam("one"), bindparam("two"), bindparam("three")]),
    OccupancyRow.starts_at > bindparam("since"),
    OccupancyRow.starts_at < bindparam("end"),
    OccupancyRow.ends_at > bindparam("start"),
    OccupancyRow.hold_until <= bindparam("now"),
)
_SETTLE = (
    update(OccupancyRow)
    .where(OccupancyRow.hold_id == bindparam("hold"))
    .values(kind="visit", appointment_id=bindparam("visit"), hold_id=None, hold_until=None)
)
_RELEASE = delete(OccupancyRow).where(OccupancyRow.appointment_id == bindparam("visit"))
_RELEASE_HOLD = delete(OccupancyRow).where(OccupancyRow.hold_id == bindparam("hold"))

_BUSY = """SELECT 0, version, 0, '', NULL FROM directory_version UNION ALL
SELECT resource_id, starts_at, ends_at, kind, visit_type_id FROM occupancy
WHERE resource_id IN ({resources}) AND starts_at > {mark} AND starts_at < {mark} AND ends_at > {mark}
AND (hold_until IS NULL OR hold_until > {mark}){besides}"""
"""Written out and read through the driver's own cursor: a Row object for each of many thousands of busy stretches would
cost three times what the database takes to find them. The numbers of the resources are the program's own integers."""


def busy(
    connection: Connection,
    resources: Sequence[int],
    reach: Span,
    now: int,
    *,
    without_appointment: int | None = None,
    beside_hold: str | None = None,
) -> tuple[int, list[BusyRow]]:
    """The directory's version in force and every busy row of `resources` that touches `reach`, in one statement.

    The lower bound on the start keeps history unread. `without_appointment` leaves out the visit that is being moved,
    `beside_hold` the time that the asker keeps.
    """
    asked = busy_statement(locks_rows(connection), resources, reach, now, without_appointment, beside_hold)
    result = connection.exec_driver_sql(*asked)
    assert result.cursor is not None
    (_, version, *_rest), *found = result.cursor.fetchall()
    result.close()
    return version, found


def busy_at_a_glance(
    database: Database,
    resources: Sequence[int],
    reach: Span,
    now: int,
    *,
    without_appointment: int | None = None,
    beside_hold: str | None = None,
) -> tuple[int, list[BusyRow]]:
    """The same for somebody who only looks, without a connection of their own."""
    with_locks = not database.is_sqlite
    asked = busy_statement(with_locks, resources, reach, now, without_appointment, beside_hold)
    (_, version, *_rest), *found = database.ask(*asked)
    return version, found


def busy_statement(
    with_locks: bool,
    resources: Sequence[int],
    reach: Span,
    now: int,
    without_appointment: int | None = None,
    beside_hold: str | None = None,
) -> tuple[str, tuple[Any, ...]]:
    """The statement of `busy` and its values, in the style of the driver; `with_locks` as `locks_rows` says."""
    mark = "%s" if with_locks else "?"
    besides, values = "", [reach[0] - MAX_SECONDS, reach[1], reach[0], now]
    others: list[Any] = []
    for column, value in (("appointment_id", without_appointment), ("hold_id", beside_hold)):
        if value is not None:
            besides += f" AND ({column} IS NULL OR {column} <> {mark})"
            others.append(value)
    numbers = ", ".join(map(str, map(int, resources))) or "NULL"
    return _BUSY.format(resources=numbers, mark=mark, besides=besides), (*values, *others)


def locks_rows(connection: Connection) -> bool:
    """Say whether writers lock single resources (PostgreSQL) rather than take turns as a whole (SQLite)."""
    return connection.dialect.name != "sqlite"


def lock(connection: Connection, resources: Iterable[int]) -> None:
    """Wait for the resources, in the order of their ids; SQLite holds the one write lock already."""
    if locks_rows(connection):
        connection.execute(_LOCK, {"resources": sorted(set(resources))})


def sweep(connection: Connection, resources: Sequence[int], reach: Span, now: int) -> None:
    """Give back what lapsed holds still take of these resources within `reach`; a constraint cannot see the clock.

    A visit has one to three resources. Bounded by time, since the index begins with resource and start: a doctor's
    years of visits are not read.
    """
    one, two, three = (*resources, resources[0], resources[0])[:3]
    bounds = {"since": reach[0] - MAX_SECONDS, "start": reach[0], "end": reach[1], "now": now}
    connection.execute(_SWEEP, {"one": one, "two": two, "three": three, **bounds})


def take(
    connection: Connection,
    takings: Sequence[Taking],
    kind: str,
    *,
    appointment_id: int | None = None,
    hold_id: str | None = None,
    absence_id: int | None = None,
    hold_until: int | None = None,
) -> None:
    """Take time of several resources at once; of none is nothing.

    :raises SlotLost: when the database refuses an overlap.
    """
    kept = {
        "appointment_id": appointment_id,
        "hold_id": hold_id,
        "absence_id": absence_id,
        "hold_until": hold_until,
    }
    _insert(connection, [_row(taking, kind, kept) for taking in takings])


def take_for_absences(connection: Connection, takings: Sequence[tuple[Taking, int]]) -> None:
    """Take time for many absences at once, each taking with its absence's number.

    :raises SlotLost: when the database refuses an overlap.
    """
    none = {"appointment_id": None, "hold_id": None, "hold_until": None}
    _insert(
        connection, [_row(taking, "absence", {**none, "absence_id": number}) for taking, number in takings]
    )


def _row(taking: Taking, kind: str, kept: dict[str, Any]) -> dict[str, Any]:
    return {
        "resource_id": taking.resource_id,
        "starts_at": taking.start,
        "ends_at": taking.end,
        "kind": kind,
        "visit_type_id": taking.visit_type_id,
        **kept,
    }


def _insert(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    try:
        connection.execute(_INSERT, rows)
    except DBAPIError as refusal:
        if is_overlap(refusal):
            raise SlotLost from refusal
        raise


def settle_hold(connection: Connection, hold_id: str, appointment_id: int) -> int:
    """Turn what a hold takes into what its visit takes; returns how many rows that were."""
    return connection.execute(_SETTLE, {"hold": hold_id, "visit": appointment_id}).rowcount


def release(connection: Connection, appointment_id: int) -> None:
    """Give back all that a visit takes."""
    connection.execute(_RELEASE, {"visit": appointment_id})


def release_part(connection: Connection, appointment_id: int, resource_id: int) -> None:
    """Give back what a visit takes of one resource."""
    connection.execute(
        delete(OccupancyRow).where(
            OccupancyRow.appointment_id == appointment_id, OccupancyRow.resource_id == resource_id
        )
    )


def release_hold(connection: Connection, hold_id: str) -> None:
    """Give back all that a hold takes."""
    connection.execute(_RELEASE_HOLD, {"hold": hold_id})


def extend_hold(connection: Connection, hold_id: str, until: int) -> int:
    """Keep a held time longer; returns how many rows are kept, none when it was given back."""
    kept = connection.execute(
        update(OccupancyRow).where(OccupancyRow.hold_id == hold_id).values(hold_until=until)
    )
    return kept.rowcount


def cut_buffers(connection: Connection, resource_id: int, span: Span, visits: Sequence[Span]) -> None:
    """Take back from `visits` of one resource what their buffers hold of `span`; the visits themselves stay whole.

    Each row that touches `span` is cut to what lies beside it, as long as its own visit does. The caller holds
    the lock.
    """
    start, end = span
    rows = connection.execute(
        select(OccupancyRow.id, OccupancyRow.starts_at, OccupancyRow.ends_at).where(
            OccupancyRow.resource_id == resource_id,
            OccupancyRow.kind == "visit",
            OccupancyRow.starts_at > start - MAX_SECONDS,
            OccupancyRow.starts_at < end,
            OccupancyRow.ends_at > start,
        )
    ).all()
    for row in rows:
        own = next((visit for visit in visits if row.starts_at <= visit[0] and visit[1] <= row.ends_at), None)
        if own is None or (own[0] < end and start < own[1]):
            continue
        cut = {"ends_at": start} if own[1] <= start else {"starts_at": end}
        connection.execute(update(OccupancyRow).where(OccupancyRow.id == row.id).values(cut))


def not_yet_taken(connection: Connection, appointment_id: int, takings: Sequence[Taking]) -> list[Taking]:
    """The parts of `takings` that the visit itself does not take already: what a hold for its move must add.

    Of several parts of one taking the first alone names the visit type: it is still one visit of that day.
    """
    rows = connection.execute(
        select(OccupancyRow.resource_id, OccupancyRow.starts_at, OccupancyRow.ends_at).where(
            OccupancyRow.appointment_id == appointment_id
        )
    ).all()
    left: list[Taking] = []
    for taking in takings:
        own = sorted((row.starts_at, row.ends_at) for row in rows if row.resource_id == taking.resource_id)
        parts = subtract([(taking.start, taking.end)], own)
        left += [replace(taking, start=start, end=end) for start, end in parts[:1]]
        left += [Taking(taking.resource_id, start, end) for start, end in parts[1:]]
    return left


def count_overlaps(connection: Connection) -> int:
    """Count pairs of rows of one resource that overlap: always none; the tests' and the audit's own look."""
    one, other = OccupancyRow.__table__.alias("one"), OccupancyRow.__table__.alias("other")
    pairs = (
        select(func.count())
        .select_from(one.join(other, (one.c.resource_id == other.c.resource_id) & (one.c.id < other.c.id)))
        .where(one.c.starts_at < other.c.ends_at, other.c.starts_at < one.c.ends_at)
    )
    return connection.execute(pairs).scalar_one()

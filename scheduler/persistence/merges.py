"""Two records of one person made one: what hung on one hangs on the other, and can go back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    ForeignKey,
    LargeBinary,
    String,
    Table,
    and_,
    insert,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.errors import SlotLost
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.archive import ArchivedMessageRow
from scheduler.persistence.consents import ConsentRow
from scheduler.persistence.database import Instant, Model, is_overlap
from scheduler.persistence.links import LinkRow
from scheduler.persistence.occupancy import OccupancyRow
from scheduler.persistence.outbox import OutboxRow
from scheduler.persistence.people import RelatedPersonRow
from scheduler.persistence.waitlist import WaitlistRow


class MergeRow(Model):
    """One joining of two records.

    `moved` names the rows that changed hands, by table; `sealed` is how the record that stayed was before, so that
    undoing gives back exactly that.
    """

    __tablename__ = "merge"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kept_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    gone_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    actor_id: Mapped[str] = mapped_column(String(64))
    moved: Mapped[dict[str, list[Any]]] = mapped_column(JSON)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    undone_at: Mapped[datetime | None] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class Merge:
    """One joining as kept."""

    id: str
    kept_id: int
    gone_id: int
    at: datetime
    actor_id: str
    moved: Mapping[str, Sequence[Any]]
    sealed: bytes
    undone_at: datetime | None


TABLES: tuple[Table, ...] = tuple(
    Model.metadata.tables[row.__tablename__]
    for row in (
        AppointmentRow,
        ConsentRow,
        LinkRow,
        OutboxRow,
        ArchivedMessageRow,
        RelatedPersonRow,
        WaitlistRow,
    )
)
"""Everything that belongs to a patient by number; a new table of that kind adds its line (a test compares)."""

NOT_MOVED = frozenset({"audit", "broken_glass", "correction", "distinction", "merge"})
"""What was seen, opened and said of a record stays written down as it was."""

_MERGE = select(
    MergeRow.id,
    MergeRow.kept_id,
    MergeRow.gone_id,
    MergeRow.at,
    MergeRow.actor_id,
    MergeRow.moved,
    MergeRow.sealed,
    MergeRow.undone_at,
)
_OCCUPANCY = OccupancyRow.__tablename__
_PORTION = 500


def add(connection: Connection, merge: Merge) -> None:
    """Write a joining down."""
    values = {each.name: getattr(merge, each.name) for each in fields(Merge)}
    connection.execute(insert(MergeRow).inline(), values)


def get(connection: Connection, merge_id: str) -> Merge | None:
    """One joining, with other writers waiting; None when there is none."""
    row = connection.execute(_MERGE.where(MergeRow.id == merge_id).with_for_update()).mappings().one_or_none()
    return None if row is None else Merge(**row)


def of_patient(connection: Connection, patient_id: int) -> list[Merge]:
    """The joinings that made this record what it is and still stand, the newest first."""
    question = _MERGE.where(MergeRow.kept_id == patient_id, MergeRow.undone_at.is_(None))
    rows = connection.execute(question.order_by(MergeRow.at.desc(), MergeRow.id)).mappings()
    return [Merge(**row) for row in rows]


def joined_records(connection: Connection, patient_id: int) -> set[int]:
    """The record itself and every one that was joined to it, however many steps ago."""
    found, new = {patient_id}, {patient_id}
    while new:
        question = select(MergeRow.gone_id).where(MergeRow.kept_id.in_(new), MergeRow.undone_at.is_(None))
        new = set(connection.scalars(question)) - found
        found |= new
    return found


def undo(connection: Connection, merge_id: str, now: datetime) -> bool:
    """Mark a joining as taken back; False when somebody else has done so."""
    marked = connection.execute(
        update(MergeRow).where(MergeRow.id == merge_id, MergeRow.undone_at.is_(None)).values(undone_at=now)
    )
    return marked.rowcount == 1


def hand_over(connection: Connection, from_id: int, to_id: int, now: int) -> dict[str, list[Any]]:
    """Hand everything of one patient to another, and say what it was; time already past stays taken as it was.

    :raises SlotLost: when the one would be in two visits at once.
    """
    moved = {table.name: _ids(connection, table, from_id) for table in TABLES}
    ahead = select(OccupancyRow.id).where(OccupancyRow.resource_id == from_id, OccupancyRow.ends_at > now)
    moved[_OCCUPANCY] = list(connection.scalars(ahead))
    hand_back(connection, moved, from_id, to_id)
    return moved


def hand_back(connection: Connection, moved: Mapping[str, Sequence[Any]], from_id: int, to_id: int) -> None:
    """Hand the named rows to a patient, those of them that still belong to `from_id`.

    :raises SlotLost: when the one would be in two visits at once.
    """
    for table in TABLES:
        for ids in _portions(moved.get(table.name, ())):
            own = and_(table.c.id.in_(ids), table.c.patient_id == from_id)
            connection.execute(update(table).where(own).values(_given(table, to_id)))
    try:
        for ids in _portions(moved.get(_OCCUPANCY, ())):
            taken = and_(OccupancyRow.id.in_(ids), OccupancyRow.resource_id == from_id)
            connection.execute(update(OccupancyRow).where(taken).values(resource_id=to_id))
    except DBAPIError as refusal:
        if is_overlap(refusal):
            raise SlotLost from refusal
        raise


def _given(table: Table, patient_id: int) -> dict[str, Any]:
    """What changes in a row: whose it is; open pages of the calendar know by the revision that a name changed."""
    values: dict[str, Any] = {"patient_id": patient_id}
    if "revision" in table.c:
        values["revision"] = table.c.revision + 1
    return values


def _ids(connection: Connection, table: Table, patient_id: int) -> list[Any]:
    return list(connection.scalars(select(table.c.id).where(table.c.patient_id == patient_id)))


def _portions(ids: Sequence[Any]) -> list[Sequence[Any]]:
    return [ids[start : start + _PORTION] for start in range(0, len(ids), _PORTION)]

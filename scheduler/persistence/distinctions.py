"""Two records that look like one person and are two: somebody asked, and nobody needs to ask again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import JSON, Connection, ForeignKey, String, insert, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.persistence.database import Instant, Model


class DistinctionRow(Model):
    """Two records of which somebody said that they are two people.

    `settled` names what was closed on the desk's list by it, so that taking it back puts exactly that there again. The
    row says nothing of the people but their numbers.
    """

    __tablename__ = "distinction"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    one_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    actor_id: Mapped[str] = mapped_column(String(64))
    settled: Mapped[list[str]] = mapped_column(JSON)
    undone_at: Mapped[datetime | None] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class Distinction:
    """Two records that are two people, as kept."""

    id: str
    one_id: int
    other_id: int
    at: datetime
    actor_id: str
    settled: Sequence[str]


_STANDING = select(*(getattr(DistinctionRow, each.name) for each in fields(Distinction))).where(
    DistinctionRow.undone_at.is_(None)
)


def add(connection: Connection, told: Distinction) -> None:
    """Write down that two records are two people."""
    values = {each.name: getattr(told, each.name) for each in fields(Distinction)}
    connection.execute(insert(DistinctionRow).inline(), {**values, "settled": list(told.settled)})


def of_records(connection: Connection, numbers: Collection[int]) -> list[Distinction]:
    """What stands about any of these records, the newest first."""
    about = or_(DistinctionRow.one_id.in_(numbers), DistinctionRow.other_id.in_(numbers))
    rows = connection.execute(_STANDING.where(about).order_by(DistinctionRow.at.desc(), DistinctionRow.id))
    return [Distinction(**row) for row in rows.mappings()]


def undo(connection: Connection, number: str, now: datetime) -> bool:
    """Mark one as taken back; False when somebody else has done so."""
    standing = DistinctionRow.id == number, DistinctionRow.undone_at.is_(None)
    return connection.execute(update(DistinctionRow).where(*standing).values(undone_at=now)).rowcount == 1

"""What the desk changed lately and how each visit stood before, so that it can be taken back with one key."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Connection,
    ForeignKey,
    Index,
    LargeBinary,
    Row,
    String,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.desk_change import DeskChange, Shape
from scheduler.persistence.database import Instant, Model


class DeskChangeRow(Model):
    """One change by the desk. `before` and `after` hold times, numbers and states, nothing that names a person.

    `before` is missing where the visit itself is new. `told` says whether the patient was to hear of it. `sealed` holds
    the words in which a manager gave a reason.
    """

    __tablename__ = "desk_change"
    __table_args__ = (
        Index("ix_desk_change_appointment_id", "appointment_id", "at"),
        Index("ix_desk_change_actor_id", "actor_id", "at"),
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"))
    kind: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    after: Mapped[dict[str, Any]] = mapped_column(JSON)
    told: Mapped[bool] = mapped_column(Boolean)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    undone_at: Mapped[datetime | None] = mapped_column(Instant)


def add(connection: Connection, change: DeskChange, sealed: bytes | None = None) -> None:
    """Write a change down."""
    connection.execute(
        insert(DeskChangeRow).inline(),
        {
            "id": change.id,
            "appointment_id": change.appointment_id,
            "kind": change.kind,
            "actor_id": change.actor_id[:64],
            "at": change.at,
            "before": change.before.as_json() if change.before else None,
            "after": change.after.as_json(),
            "told": change.told,
            "sealed": sealed,
            "undone_at": None,
        },
    )


def get(connection: Connection, change_id: str) -> DeskChange | None:
    """A change by its name; None when there is none."""
    row = connection.execute(
        select(DeskChangeRow.__table__).where(DeskChangeRow.id == change_id)
    ).one_or_none()
    return None if row is None else _change(row)


def of_visit(connection: Connection, appointment_id: int) -> list[DeskChange]:
    """Every change of a visit that still stands, the newest first."""
    rows = connection.execute(
        select(DeskChangeRow.__table__)
        .where(DeskChangeRow.appointment_id == appointment_id, DeskChangeRow.undone_at.is_(None))
        .order_by(DeskChangeRow.at.desc(), DeskChangeRow.id.desc())
    )
    return [_change(row) for row in rows]


def last_of(connection: Connection, actor_id: str, since: datetime) -> DeskChange | None:
    """The newest change of one person since a moment that still stands; None when there is none."""
    row = connection.execute(
        select(DeskChangeRow.__table__)
        .where(
            DeskChangeRow.actor_id == actor_id, DeskChangeRow.at >= since, DeskChangeRow.undone_at.is_(None)
        )
        .order_by(DeskChangeRow.at.desc(), DeskChangeRow.id.desc())
        .limit(1)
    ).first()
    return None if row is None else _change(row)


def undo(connection: Connection, change_id: str, now: datetime) -> bool:
    """Mark a change as taken back; False when somebody else has done so."""
    marked = connection.execute(
        update(DeskChangeRow)
        .where(DeskChangeRow.id == change_id, DeskChangeRow.undone_at.is_(None))
        .values(undone_at=now)
    )
    return marked.rowcount == 1


def _change(row: Row[Any]) -> DeskChange:
    return DeskChange(
        id=row.id,
        appointment_id=row.appointment_id,
        kind=row.kind,
        actor_id=row.actor_id,
        at=row.at,
        before=Shape.of_json(row.before) if row.before else None,
        after=Shape.of_json(row.after),
        told=row.told,
    )

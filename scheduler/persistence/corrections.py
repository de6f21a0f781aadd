"""Records of people that were put right, with how each was before, so that a slip can be taken back."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, ForeignKey, LargeBinary, String, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.persistence.database import Instant, Model


class CorrectionRow(Model):
    """One record put right; `sealed` is what it said before."""

    __tablename__ = "correction"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    actor_id: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    undone_at: Mapped[datetime | None] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class Correction:
    """One record put right, as kept."""

    id: str
    patient_id: int
    at: datetime
    actor_id: str
    sealed: bytes


_STANDING = select(*(getattr(CorrectionRow, each.name) for each in fields(Correction))).where(
    CorrectionRow.undone_at.is_(None)
)


def add(connection: Connection, done: Correction) -> None:
    """Write down that a record was put right."""
    connection.execute(
        insert(CorrectionRow).inline(), {each.name: getattr(done, each.name) for each in fields(Correction)}
    )


def last(connection: Connection, patient_id: int) -> Correction | None:
    """The latest that stands of a record; None when there is none."""
    newest = _STANDING.where(CorrectionRow.patient_id == patient_id).order_by(
        CorrectionRow.at.desc(), CorrectionRow.id
    )
    row = connection.execute(newest.limit(1)).mappings().one_or_none()
    return None if row is None else Correction(**row)


def undo(connection: Connection, number: str, now: datetime) -> bool:
    """Mark one as taken back; False when somebody else has done so."""
    standing = CorrectionRow.id == number, CorrectionRow.undone_at.is_(None)
    return connection.execute(update(CorrectionRow).where(*standing).values(undone_at=now)).rowcount == 1

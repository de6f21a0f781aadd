"""Records that a clinician opened outside their own patients, each with the reason that was given."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, ForeignKey, Index, LargeBinary, String, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.glass import Opening, Reason
from scheduler.persistence.database import Instant, Key, Model
from scheduler.persistence.vault import Vault


class BrokenGlassRow(Model):
    """One record opened for a while; the words of the reason are sealed, since they may tell of somebody's health."""

    __tablename__ = "broken_glass"
    __table_args__ = (Index("ix_broken_glass_account_id_patient_id", "account_id", "patient_id"),)
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    patient_id: Mapped[int] = mapped_column(Key)
    reason: Mapped[str] = mapped_column(String(16))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    reviewed_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


@dataclass(frozen=True, slots=True)
class NewOpening:
    """One record to open: who, whose, why, from when until when."""

    account_id: int
    patient_id: int
    reason: Reason
    words: str
    at: datetime
    ends_at: datetime


_COLUMNS = (
    BrokenGlassRow.id,
    BrokenGlassRow.account_id,
    BrokenGlassRow.patient_id,
    BrokenGlassRow.reason,
    BrokenGlassRow.sealed,
    BrokenGlassRow.at,
    BrokenGlassRow.ends_at,
    BrokenGlassRow.reviewed_at,
)


def add(connection: Connection, vault: Vault, opening: NewOpening) -> str:
    """Write down that a record is opened; returns the id."""
    id = secrets.token_hex(16)
    row = {
        "id": id,
        "account_id": opening.account_id,
        "patient_id": opening.patient_id,
        "reason": opening.reason.value,
        "sealed": vault.seal(BrokenGlassRow.__tablename__, id, {"words": opening.words}),
        "at": opening.at,
        "ends_at": opening.ends_at,
    }
    connection.execute(insert(BrokenGlassRow), row)
    return id


def open_ones(connection: Connection, account_id: int, patients: Iterable[int], now: datetime) -> set[int]:
    """Those of these patients whose record the account may look at for now."""
    query = select(BrokenGlassRow.patient_id).where(
        BrokenGlassRow.account_id == account_id,
        BrokenGlassRow.patient_id.in_(sorted(patients)),
        BrokenGlassRow.ends_at > now,
    )
    return set(connection.scalars(query))


def to_review(connection: Connection, vault: Vault, most: int) -> tuple[Opening, ...]:
    """The openings that no manager has looked at yet, the oldest first."""
    query = (
        select(*_COLUMNS)
        .where(BrokenGlassRow.reviewed_at.is_(None))
        .order_by(BrokenGlassRow.at, BrokenGlassRow.id)
        .limit(most)
    )
    return tuple(
        Opening(
            row["id"],
            row["account_id"],
            row["patient_id"],
            Reason(row["reason"]),
            str(vault.open(BrokenGlassRow.__tablename__, row["id"], bytes(row["sealed"]))["words"]),
            row["at"],
        )
        for row in connection.execute(query).mappings()
    )


def review(connection: Connection, id: str, by: int | None, now: datetime) -> int | None:
    """Note that a manager has looked at an opening; returns whose record it was, or None when it is not waiting."""
    statement = (
        update(BrokenGlassRow)
        .where(BrokenGlassRow.id == id, BrokenGlassRow.reviewed_at.is_(None))
        .values(reviewed_at=now, reviewed_by=by)
        .returning(BrokenGlassRow.patient_id)
    )
    return connection.execute(statement).scalar()


def count_to_review(connection: Connection) -> int:
    """How many openings no manager has looked at yet."""
    query = select(func.count()).where(BrokenGlassRow.reviewed_at.is_(None))
    return int(connection.execute(query).scalar_one())

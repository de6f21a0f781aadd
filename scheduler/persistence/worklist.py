"""What waits for a person at the desk: calls to make, requests to answer, visits without a place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import (
    CheckConstraint,
    Connection,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.persistence.database import Instant, Model
from scheduler.persistence.vault import Vault


class WorklistRow(Model):
    """One thing to do; names, phones and notes are sealed. `urgency` is "urgent" or "normal"."""

    __tablename__ = "worklist"
    __table_args__ = (
        CheckConstraint("urgency IN ('urgent', 'normal')", name="urgency"),
        CheckConstraint("state IN ('open', 'claimed', 'snoozed', 'done')", name="state"),
        Index("ix_worklist_state", "state", "urgency", "created_at"),
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    urgency: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(8))
    language: Mapped[str] = mapped_column(String(2))
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant)
    claimed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    snoozed_until: Mapped[datetime | None] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str | None] = mapped_column(String(32))


_INSERT = insert(WorklistRow).inline()


def add(
    connection: Connection,
    vault: Vault,
    kind: str,
    note: Mapping[str, str],
    *,
    urgency: str,
    language: str,
    now: datetime,
    appointment_id: int | None = None,
) -> str:
    """Put one thing on the desk's list, and return its id; `note` is sealed."""
    item_id = uuid4().hex
    row = {
        "id": item_id,
        "kind": kind,
        "urgency": urgency,
        "state": "open",
        "language": language,
        "appointment_id": appointment_id,
        "sealed": vault.seal("worklist", item_id, note),
        "created_at": now,
    }
    connection.execute(_INSERT, row)
    return item_id


def waiting(connection: Connection, kind: str, appointment_ids: Sequence[int]) -> set[int]:
    """Of these visits, those that already wait on the list for this reason."""
    question = select(WorklistRow.appointment_id).where(
        WorklistRow.kind == kind,
        WorklistRow.state != "done",
        WorklistRow.appointment_id.in_(appointment_ids),
    )
    return {number for number in connection.execute(question).scalars() if number is not None}


def is_waiting(
    connection: Connection, vault: Vault, kind: str, note: Mapping[str, str], *, appointment_id: int
) -> bool:
    """Say whether the very same thing about this visit is on the list and not done yet."""
    question = select(WorklistRow.id, WorklistRow.sealed).where(
        WorklistRow.appointment_id == appointment_id, WorklistRow.kind == kind, WorklistRow.state != "done"
    )
    return any(vault.open("worklist", row.id, row.sealed) == note for row in connection.execute(question))


def withdraw(connection: Connection, kind: str, appointment_id: int, now: datetime) -> None:
    """Take a thing about a visit off the list again: it was put there by mistake."""
    connection.execute(
        update(WorklistRow)
        .where(
            WorklistRow.appointment_id == appointment_id,
            WorklistRow.kind == kind,
            WorklistRow.state != "done",
        )
        .values(state="done", done_at=now, outcome="withdrawn")
    )

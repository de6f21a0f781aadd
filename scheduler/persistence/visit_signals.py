"""What the two browsers of a call tell each other to find each other: sealed, addressed to one page, gone at the end.

These notes hold network addresses. They are kept for as long as the call needs them and not a moment longer.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    Connection,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    bindparam,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.persistence.database import Instant, Key, Model
from scheduler.persistence.vault import Vault


class VisitSignalRow(Model):
    """One note from one page to another. No number is given twice: a page asks for what came after the last it read."""

    __tablename__ = "visit_signal"
    __table_args__ = (
        Index("ix_visit_signal_to_instance", "to_instance", "id"),
        {"sqlite_autoincrement": True},
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    mark: Mapped[str] = mapped_column(String(32), unique=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"), index=True)
    from_instance: Mapped[str] = mapped_column(String(32))
    to_instance: Mapped[str] = mapped_column(String(32))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class Signal:
    """One note as its receiver gets it."""

    id: int
    sender: str
    body: Any


_FOR = (
    select(VisitSignalRow.id, VisitSignalRow.mark, VisitSignalRow.from_instance, VisitSignalRow.sealed)
    .where(
        VisitSignalRow.to_instance == bindparam("instance"),
        VisitSignalRow.id > bindparam("since"),
        VisitSignalRow.appointment_id == bindparam("visit"),
    )
    .order_by(VisitSignalRow.id)
    .limit(200)
)


def keep(
    connection: Connection,
    vault: Vault,
    appointment_id: int,
    sender: str,
    notes: Sequence[tuple[str, Any]],
    now: datetime,
) -> None:
    """Keep notes of one page, each for another page."""
    rows = []
    for receiver, body in notes:
        mark = uuid4().hex
        sealed = vault.seal_bytes("visit_signal", mark, json.dumps(body, separators=(",", ":")).encode())
        rows.append(
            {
                "mark": mark,
                "appointment_id": appointment_id,
                "from_instance": sender,
                "to_instance": receiver,
                "sealed": sealed,
                "at": now,
            }
        )
    connection.execute(insert(VisitSignalRow), rows)


def received(
    connection: Connection, vault: Vault, appointment_id: int, instance: str, since: int
) -> list[Signal]:
    """The notes for a page after the last one it has read."""
    wanted = {"instance": instance, "since": since, "visit": appointment_id}
    return [
        Signal(row.id, row.from_instance, json.loads(vault.open_bytes("visit_signal", row.mark, row.sealed)))
        for row in connection.execute(_FOR, wanted)
    ]


def count(connection: Connection, appointment_id: int) -> int:
    """How many notes a visit holds."""
    mine = VisitSignalRow.appointment_id == appointment_id
    return int(connection.execute(select(func.count()).where(mine)).scalar_one())


def sweep(connection: Connection, before: datetime) -> int:
    """Let go what is older than any call, whatever became of its visit; returns how many notes there were."""
    return connection.execute(delete(VisitSignalRow).where(VisitSignalRow.at < before)).rowcount


def forget(connection: Connection, appointment_id: int, *, instance: str | None = None) -> None:
    """Let the notes of a visit go, or those of and to one page that nobody has open any more."""
    statement = delete(VisitSignalRow).where(VisitSignalRow.appointment_id == appointment_id)
    if instance is not None:
        statement = statement.where(
            (VisitSignalRow.to_instance == instance) | (VisitSignalRow.from_instance == instance)
        )
    connection.execute(statement)

"""What people answered to the safety questions, sealed, with the wording they saw."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, ForeignKey, LargeBinary, String, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.booking import GateAnswers
from scheduler.domain.safety_gate import Answer, Tier
from scheduler.persistence.database import Instant, Model
from scheduler.persistence.vault import Vault


class GateAnswerRow(Model):
    """One run through the safety questions; answers and the tier they led to are sealed together."""

    __tablename__ = "gate_answer"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[str] = mapped_column(ForeignKey("gate_version.version"))
    language: Mapped[str] = mapped_column(String(2))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    answered_at: Mapped[datetime] = mapped_column(Instant)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"), index=True)
    worklist_id: Mapped[str | None] = mapped_column(ForeignKey("worklist.id"))


_INSERT = insert(GateAnswerRow).inline()


def keep(
    connection: Connection,
    vault: Vault,
    gate: GateAnswers,
    tier: Tier,
    now: datetime,
    *,
    appointment_id: int | None = None,
    worklist_id: str | None = None,
    at_door: bool = False,
) -> None:
    """Keep what was answered, for the visit or the call that came of it; `at_door` on coming to a video visit."""
    answer_id = uuid4().hex
    said: dict[str, Any] = {
        "tier": tier.value,
        "answers": {sign: answer.value for sign, answer in gate.answers.items()},
    }
    if at_door:
        said["at_door"] = True
    row = {
        "id": answer_id,
        "version": gate.version,
        "language": gate.language,
        "sealed": vault.seal("gate_answer", answer_id, said),
        "answered_at": now,
        "appointment_id": appointment_id,
        "worklist_id": worklist_id,
    }
    connection.execute(_INSERT, row)


def of_item(connection: Connection, vault: Vault, worklist_id: str) -> dict[str, Answer]:
    """What was answered before a call was asked for, by question; nothing when the questions were not asked."""
    question = select(GateAnswerRow.id, GateAnswerRow.sealed).where(GateAnswerRow.worklist_id == worklist_id)
    found: dict[str, Answer] = {}
    for row in connection.execute(question.order_by(GateAnswerRow.answered_at)):
        said = vault.open("gate_answer", row.id, row.sealed)["answers"]
        found |= {sign: Answer(answer) for sign, answer in said.items()}
    return found


def tiers_of(connection: Connection, vault: Vault, appointment_ids: Sequence[int]) -> dict[int, Tier]:
    """Where the last answers given for each visit led; visits of which nobody was asked are left out."""
    question = (
        select(GateAnswerRow.appointment_id, GateAnswerRow.id, GateAnswerRow.sealed)
        .where(GateAnswerRow.appointment_id.in_(appointment_ids))
        .order_by(GateAnswerRow.answered_at)
    )
    last = {row.appointment_id: row for row in connection.execute(question)}
    return {
        number: Tier(vault.open("gate_answer", row.id, row.sealed)["tier"]) for number, row in last.items()
    }


def tier_of(connection: Connection, vault: Vault, appointment_id: int) -> tuple[Tier, datetime] | None:
    """Where the answers given for a visit led, and when they were given; None when nobody was asked."""
    question = select(GateAnswerRow.id, GateAnswerRow.sealed, GateAnswerRow.answered_at).where(
        GateAnswerRow.appointment_id == appointment_id
    )
    row = connection.execute(question.order_by(GateAnswerRow.answered_at.desc()).limit(1)).first()
    if row is None:
        return None
    return Tier(vault.open("gate_answer", row.id, row.sealed)["tier"]), row.answered_at

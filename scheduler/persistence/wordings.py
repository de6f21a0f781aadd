"""The clinic's texts that people answer or agree to, kept by version: what somebody saw can always be shown again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Connection, Integer, String, Text, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.directory import ConsentText
from scheduler.domain.safety_gate import Gate, Question, Tier
from scheduler.domain.wording import Text as Wording
from scheduler.persistence.database import Instant, Model


class GateVersionRow(Model):
    """One wording of the safety questions: `[{"id", "tier", "en", "es"}]`. The newest by `position` is in force."""

    __tablename__ = "gate_version"
    version: Mapped[str] = mapped_column(String(32), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, unique=True)
    questions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Instant)


class ConsentTextRow(Model):
    """One wording of a text people agree to; the newest of its kind by `position` is in force."""

    __tablename__ = "consent_text"
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[str] = mapped_column(String(32), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    text_en: Mapped[str] = mapped_column(Text)
    text_es: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)


def gate(connection: Connection) -> Gate:
    """The safety questions in force; none before the clinic has been set up."""
    newest = select(GateVersionRow.__table__).order_by(GateVersionRow.position.desc()).limit(1)
    row = connection.execute(newest).first()
    if row is None:
        return Gate("", ())
    return Gate(
        row.version,
        tuple(
            Question(said["id"], Tier(said["tier"]), Wording(said["en"], said["es"]))
            for said in row.questions
        ),
    )


def consents(connection: Connection) -> tuple[ConsentText, ...]:
    """Every version of every text, the one in force last of its kind."""
    ordered = select(ConsentTextRow.__table__).order_by(ConsentTextRow.kind, ConsentTextRow.position)
    return tuple(
        ConsentText(row.kind, row.version, Wording(row.text_en, row.text_es))
        for row in connection.execute(ordered)
    )


def add_gate(connection: Connection, gate: Gate, now: datetime) -> None:
    """Put a new wording of the safety questions in force; the older ones stay for the answers given to them."""
    questions = [
        {"id": sign.id, "tier": sign.tier.value, "en": sign.text.en, "es": sign.text.es}
        for sign in gate.questions
    ]
    last = connection.execute(select(func.max(GateVersionRow.position))).scalar() or 0
    values = {"version": gate.version, "position": last + 1, "questions": questions, "created_at": now}
    connection.execute(insert(GateVersionRow), values)


def add_consent(connection: Connection, consent: ConsentText, now: datetime) -> None:
    """Put a new wording of a text in force; the older ones stay for those who agreed to them."""
    newest = select(func.max(ConsentTextRow.position)).where(ConsentTextRow.kind == consent.kind)
    values = {
        "kind": consent.kind,
        "version": consent.version,
        "position": (connection.execute(newest).scalar() or 0) + 1,
        "text_en": consent.text.en,
        "text_es": consent.text.es,
        "created_at": now,
    }
    connection.execute(insert(ConsentTextRow), values)


def next_gate_version(connection: Connection) -> str:
    """The name of the next wording of the safety questions: they are counted."""
    return str((connection.execute(select(func.max(GateVersionRow.position))).scalar() or 0) + 1)


def next_consent_version(connection: Connection, kind: str) -> str | None:
    """The name of the next wording of a text; None when the clinic has no such text."""
    newest = select(func.max(ConsentTextRow.position)).where(ConsentTextRow.kind == kind)
    position: int | None = connection.execute(newest).scalar()
    return None if position is None else str(position + 1)

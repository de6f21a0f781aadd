"""Who agreed to which text, when, in which language."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, ForeignKey, String, insert
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.persistence.database import Instant, Model


class ConsentRow(Model):
    """One agreement (FHIR Consent): the kind and version name the text."""

    __tablename__ = "consent"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"), index=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    version: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(2))
    channel: Mapped[str] = mapped_column(String(8))
    given_at: Mapped[datetime] = mapped_column(Instant)


_INSERT = insert(ConsentRow).inline()


def keep(
    connection: Connection,
    *,
    appointment_id: int,
    patient_id: int,
    kind: str,
    version: str,
    language: str,
    channel: str,
    now: datetime,
) -> None:
    """Keep one agreement with the wording that was shown."""
    row = {
        "id": uuid4().hex,
        "appointment_id": appointment_id,
        "patient_id": patient_id,
        "kind": kind,
        "version": version,
        "language": language,
        "channel": channel,
        "given_at": now,
    }
    connection.execute(_INSERT, row)

"""Texts that came in, each once, by the provider's name for it; the words are kept only when a person must read them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Index, LargeBinary, String
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.persistence.database import Instant, Key, Model


class InboundTextRow(Model):
    """One text; `verdict` is what was understood, `sealed` its words where nobody but a person can understand them."""

    __tablename__ = "inbound_text"
    __table_args__ = (Index("ix_inbound_text_phone_index", "phone_index", "at"),)
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    message_sid: Mapped[str] = mapped_column(String(64), unique=True)
    phone_index: Mapped[bytes] = mapped_column(LargeBinary(16))
    verdict: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(Instant)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)


_ADD = {
    "sqlite": sqlite.insert(InboundTextRow).on_conflict_do_nothing().returning(InboundTextRow.id),
    "postgresql": postgresql.insert(InboundTextRow).on_conflict_do_nothing().returning(InboundTextRow.id),
}


def add(
    connection: Connection,
    message_sid: str,
    phone_index: bytes,
    verdict: str,
    now: datetime,
    sealed: bytes | None = None,
) -> bool:
    """Keep a text; False when it came before."""
    values = {
        "message_sid": message_sid,
        "phone_index": phone_index,
        "verdict": verdict,
        "at": now,
        "sealed": sealed,
    }
    return connection.execute(_ADD[connection.dialect.name], values).first() is not None

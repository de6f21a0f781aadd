"""The clinic's own words for its messages, every version of them: what somebody was sent can always be explained."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Connection,
    Integer,
    Row,
    String,
    Text,
    UniqueConstraint,
    func,
    insert,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.notification import Channel, Kind
from scheduler.domain.own_words import OwnMessage, OwnWords
from scheduler.persistence.database import Instant, Key, Model


class OwnWordsRow(Model):
    """One version; without a body in either language the standard words are in force. Rows are never altered.

    That no language is ever without the other is also a rule of the domain (`own_words.OwnMessage`).
    """

    __tablename__ = "own_words"
    __table_args__ = (
        UniqueConstraint("kind", "channel", "version"),
        CheckConstraint("(body_en = '') = (body_es = '')", name="both_languages"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(32))
    channel: Mapped[str] = mapped_column(String(16))
    version: Mapped[int] = mapped_column(Integer)
    subject_en: Mapped[str] = mapped_column(Text)
    heading_en: Mapped[str] = mapped_column(Text)
    body_en: Mapped[str] = mapped_column(Text)
    subject_es: Mapped[str] = mapped_column(Text)
    heading_es: Mapped[str] = mapped_column(Text)
    body_es: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class Edition:
    """One version as it was put in force; without `message` it went back to the standard words."""

    version: int
    message: OwnMessage | None
    actor_id: str
    at: datetime


def in_force(connection: Connection) -> tuple[OwnMessage, ...]:
    """The clinic's own words for each message that has some."""
    table = OwnWordsRow.__table__
    newest = {
        (row.kind, row.channel): row for row in connection.execute(select(table).order_by(table.c.version))
    }
    return tuple(message for row in newest.values() if (message := _message(row)) is not None)


def editions(connection: Connection, kind: Kind, channel: Channel) -> tuple[Edition, ...]:
    """Every version for one message, the newest first."""
    table = OwnWordsRow.__table__
    wanted = select(table).where(table.c.kind == kind.value, table.c.channel == channel.value)
    return tuple(
        Edition(row.version, _message(row), row.actor_id, row.created_at)
        for row in connection.execute(wanted.order_by(table.c.version.desc()))
    )


def latest_version(connection: Connection, kind: Kind, channel: Channel) -> int:
    """The number of the newest version; 0 before anything was written."""
    newest = select(func.max(OwnWordsRow.version)).where(
        OwnWordsRow.kind == kind.value, OwnWordsRow.channel == channel.value
    )
    return connection.execute(newest).scalar() or 0


def add(connection: Connection, message: OwnMessage, actor_id: str, now: datetime) -> None:
    """Put a version in force; one with empty bodies brings the standard words back. The older ones stay."""
    row = {"kind": message.kind.value, "channel": message.channel.value, "version": message.version}
    for tongue, words in (("en", message.en), ("es", message.es)):
        row |= {
            f"subject_{tongue}": words.subject,
            f"heading_{tongue}": words.heading,
            f"body_{tongue}": words.body,
        }
    connection.execute(insert(OwnWordsRow), row | {"actor_id": actor_id, "created_at": now})


def _message(row: Row[Any]) -> OwnMessage | None:
    if not row.body_en:
        return None
    return OwnMessage(
        Kind(row.kind),
        Channel(row.channel),
        OwnWords(row.body_en, row.subject_en, row.heading_en),
        OwnWords(row.body_es, row.subject_es, row.heading_es),
        row.version,
    )

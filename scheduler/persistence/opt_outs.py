"""Who asked not to be written to over a channel, and who took it back: a history, of which the last word counts.

People are known here by the look-up hash of their number or address alone, so that whoever shares a phone shares its
word. Rows are only ever added.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Connection, Index, LargeBinary, String, bindparam, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.notification import Channel
from scheduler.persistence.database import Instant, Key, Model


class OptOutRow(Model):
    """One word of one reader: "out" or "in"; `source` says how it came ("text", "link", "desk", "carrier")."""

    __tablename__ = "opt_out"
    __table_args__ = (
        CheckConstraint("state IN ('in', 'out')", name="state"),
        Index("ix_opt_out_address_index", "address_index", "channel", "id"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    channel: Mapped[str] = mapped_column(String(16))
    address_index: Mapped[bytes] = mapped_column(LargeBinary(16))
    state: Mapped[str] = mapped_column(String(3))
    at: Mapped[datetime] = mapped_column(Instant)
    source: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(2))


LAST_WORD = (
    select(OptOutRow.state)
    .where(OptOutRow.address_index == bindparam("address"), OptOutRow.channel == bindparam("over"))
    .order_by(OptOutRow.id.desc())
    .limit(1)
)


def is_out(connection: Connection, channel: Channel, address_index: bytes) -> bool:
    """Say whether the last word of this number or address was to stop."""
    asked = {"address": address_index, "over": channel.value}
    return connection.execute(LAST_WORD, asked).scalar() == "out"


def record(
    connection: Connection,
    channel: Channel,
    address_index: bytes,
    *,
    out: bool,
    source: str,
    language: str,
    now: datetime,
) -> bool:
    """Keep one word; the same word again adds nothing. Returns whether it was news."""
    if is_out(connection, channel, address_index) is out:
        return False
    connection.execute(
        insert(OptOutRow).values(
            channel=channel.value,
            address_index=address_index,
            state="out" if out else "in",
            at=now,
            source=source,
            language=language,
        )
    )
    return True

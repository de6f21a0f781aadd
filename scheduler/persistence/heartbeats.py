"""The beats of the workers' clocks: one row for each, so that the house knows whether any of them lives."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, String, bindparam, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.persistence.database import Instant, Model


class HeartbeatRow(Model):
    """When a node's clock last ticked."""

    __tablename__ = "heartbeat"
    node: Mapped[str] = mapped_column(String(64), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(Instant)
    ticked_at: Mapped[datetime] = mapped_column(Instant)


_BEAT = {
    engine: insert.values(
        node=bindparam("who"), started_at=bindparam("since"), ticked_at=bindparam("at")
    ).on_conflict_do_update(
        index_elements=["node"], set_={"started_at": bindparam("since"), "ticked_at": bindparam("at")}
    )
    for engine, insert in (
        ("sqlite", sqlite.insert(HeartbeatRow)),
        ("postgresql", postgresql.insert(HeartbeatRow)),
    )
}


def beat(connection: Connection, node: str, *, started_at: datetime, now: datetime) -> None:
    """Write down that a worker's clock ticks."""
    connection.execute(_BEAT[connection.dialect.name], {"who": node, "since": started_at, "at": now})


def last_beat(connection: Connection) -> datetime | None:
    """When any worker's clock last ticked; None when none ever did."""
    return connection.scalars(select(func.max(HeartbeatRow.ticked_at))).first()


def forget(connection: Connection, before: datetime) -> int:
    """Forget workers that have long been gone."""
    return connection.execute(delete(HeartbeatRow).where(HeartbeatRow.ticked_at < before)).rowcount

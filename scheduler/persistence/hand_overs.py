"""Which provider a message was handed to last, written down before it goes, so that every worker knows where it is."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select, update

from scheduler.domain.hand_over import Held
from scheduler.persistence.outbox import OutboxRow

_HELD = select(OutboxRow.provider, OutboxRow.ambiguous).where(OutboxRow.message_id == bindparam("name"))
_HAND_TO = (
    update(OutboxRow).where(OutboxRow.message_id == bindparam("name")).values(provider=bindparam("who"))
)


def held(connection: Connection, message_id: str) -> Held:
    """What is known of a message; one that is not in the ledger was with nobody."""
    row = connection.execute(_HELD, {"name": message_id}).one_or_none()
    return Held() if row is None else Held(row.provider, row.ambiguous)


def hand_to(connection: Connection, message_id: str, provider: str) -> None:
    """Write down who is about to get a message."""
    connection.execute(_HAND_TO, {"name": message_id, "who": provider[:32]})

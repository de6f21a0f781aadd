"""Which message goes out when, as the clinic has set it, one row for each policy."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Connection,
    ForeignKey,
    Integer,
    String,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.directory import Mode
from scheduler.domain.notification import Channel, Kind
from scheduler.domain.policy import MessagePolicy, Rule
from scheduler.persistence.database import Model


class MessagePolicyRow(Model):
    """One policy; a `visit_type_id` or `mode` that is missing means every one."""

    __tablename__ = "message_policy"
    __table_args__ = (
        CheckConstraint(
            "rule IN ('at-once', 'days-before', 'hours-before', 'minutes-before', 'day-before-at', 'day-after-at',"
            " 'minutes-after')",
            name="rule",
        ),
        CheckConstraint("value BETWEEN 0 AND 100000", name="value"),
        CheckConstraint("at_minute BETWEEN 0 AND 1439", name="at_minute"),
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    visit_type_id: Mapped[int | None] = mapped_column(ForeignKey("visit_type.id"))
    mode: Mapped[str | None] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(32))
    channels: Mapped[list[str]] = mapped_column(JSON)
    rule: Mapped[str] = mapped_column(String(32))
    value: Mapped[int] = mapped_column(Integer)
    at_minute: Mapped[int | None] = mapped_column(Integer)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    position: Mapped[int] = mapped_column(Integer, default=0)


def read(connection: Connection, codes: Mapping[int, str]) -> tuple[MessagePolicy, ...]:
    """All policies, those that are not active too; `codes` are those of the visit types, by id."""
    ordered = select(MessagePolicyRow.__table__).order_by(MessagePolicyRow.position, MessagePolicyRow.id)
    return tuple(
        MessagePolicy(
            id=row.id,
            kind=Kind(row.kind),
            channels=tuple(Channel(channel) for channel in row.channels),
            rule=Rule(row.rule),
            value=row.value,
            at_minute=row.at_minute,
            visit_type_code=codes.get(row.visit_type_id) if row.visit_type_id else None,
            mode=Mode(row.mode) if row.mode else None,
            active=row.active,
            position=row.position,
        )
        for row in connection.execute(ordered)
    )


def save(connection: Connection, policy: MessagePolicy, visit_type_id: int | None) -> int:
    """Keep one policy, a new one when its id is 0, and return its id; the caller raises the directory's number."""
    values = {
        "visit_type_id": visit_type_id,
        "mode": policy.mode.value if policy.mode else None,
        "kind": policy.kind.value,
        "channels": [channel.value for channel in policy.channels],
        "rule": policy.rule.value,
        "value": policy.value,
        "at_minute": policy.at_minute,
        "active": policy.active,
        "position": policy.position,
    }
    if policy.id:
        connection.execute(update(MessagePolicyRow).where(MessagePolicyRow.id == policy.id).values(values))
        return policy.id
    added = insert(MessagePolicyRow).returning(MessagePolicyRow.id)
    return int(connection.execute(added, values).scalar_one())


def remove(connection: Connection, policy_id: int) -> None:
    """Take one policy away; the caller raises the directory's number."""
    connection.execute(delete(MessagePolicyRow).where(MessagePolicyRow.id == policy_id))

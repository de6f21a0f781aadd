"""What the clinic has set about messages, as kept: the policies, the quiet hours and the caps."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Connection,
    ForeignKey,
    Integer,
    String,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.directory import Mode
from scheduler.domain.notification import Channel, Kind
from scheduler.domain.policy import MessagePolicy, MessageRules, Rule
from scheduler.domain.quiet_hours import QuietHours
from scheduler.persistence.database import Model
from scheduler.persistence.directory import OrganizationRow, VisitTypeRow


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


_POLICIES = (
    select(MessagePolicyRow.__table__, VisitTypeRow.code.label("visit_type_code"))
    .outerjoin(VisitTypeRow, VisitTypeRow.id == MessagePolicyRow.visit_type_id)
    .order_by(MessagePolicyRow.position, MessagePolicyRow.id)
)


def read(connection: Connection) -> MessageRules:
    """Everything that is set, as one value; what is not active is in it too."""
    own = connection.execute(
        select(
            OrganizationRow.quiet_from,
            OrganizationRow.quiet_until,
            OrganizationRow.texts_per_day,
            OrganizationRow.texts_per_week,
        )
    ).first()
    policies = tuple(
        MessagePolicy(
            id=row.id,
            kind=Kind(row.kind),
            channels=tuple(Channel(channel) for channel in row.channels),
            rule=Rule(row.rule),
            value=row.value,
            at_minute=row.at_minute,
            visit_type_code=row.visit_type_code,
            mode=Mode(row.mode) if row.mode else None,
            active=row.active,
            position=row.position,
        )
        for row in connection.execute(_POLICIES)
    )
    if own is None:
        return MessageRules(policies)
    quiet = QuietHours(own.quiet_from, own.quiet_until)
    return MessageRules(policies, quiet, own.texts_per_day, own.texts_per_week)


def save(connection: Connection, policy: MessagePolicy) -> int:
    """Keep one policy, a new one when its id is 0, and return its id; the caller raises the directory's number."""
    visit_type_id = connection.execute(
        select(VisitTypeRow.id).where(VisitTypeRow.code == policy.visit_type_code)
    ).scalar_one_or_none()
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


def save_limits(connection: Connection, rules: MessageRules) -> None:
    """Keep the quiet hours and the caps; the caller raises the directory's number."""
    connection.execute(
        update(OrganizationRow).values(
            quiet_from=rules.quiet.begins,
            quiet_until=rules.quiet.ends,
            texts_per_day=rules.texts_per_day,
            texts_per_week=rules.texts_per_week,
        )
    )

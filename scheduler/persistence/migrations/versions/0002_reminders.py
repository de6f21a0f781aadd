"""Reminders: what is sent when, who must not be written to, what the providers said, and the ledger's older part."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scheduler.persistence.database import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_PENDING = sa.text("state = 'pending'")
_CALLED = sa.text("phone_outcome IS NOT NULL")
_TEXTS = sa.text("channel = 'sms' AND address_index IS NOT NULL")


_EVERY = ["email", "sms"]
_FIRST_POLICIES = (
    ("confirmation", None, _EVERY, "at-once", 0, None, True),
    ("reminder-week", None, _EVERY, "days-before", 7, None, True),
    ("preparation", None, ["email"], "days-before", 5, None, True),
    ("reminder-two-days", None, [*_EVERY, "phone"], "days-before", 2, None, True),
    ("device-check", "virtual", _EVERY, "days-before", 2, None, True),
    ("reminder-day", None, _EVERY, "day-before-at", 1, 600, True),
    ("reminder-day", None, ["sms"], "hours-before", 2, None, False),
    ("join-link", "virtual", _EVERY, "minutes-before", 15, None, True),
    ("no-show", None, ["internal"], "minutes-after", 30, None, False),
    ("book-again", None, _EVERY, "day-after-at", 1, 600, True),
)
"""What a clinic begins with: kind, mode, channels, rule, value, minute of the day, whether it is in force. Visits are
marked as missed only once the clinic says so: before its desk writes arrivals down, everybody would have missed."""


def _key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _policies()
    _providers()
    _outbox()
    _archive()
    for column in (
        sa.Column("quiet_from", sa.Integer(), nullable=False, server_default="1260"),
        sa.Column("quiet_until", sa.Integer(), nullable=False, server_default="480"),
        sa.Column("texts_per_day", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("texts_per_week", sa.Integer(), nullable=False, server_default="3"),
    ):
        op.add_column("organization", column)
    op.add_column("appointment", sa.Column("confirmed_at", Instant(), nullable=True))
    op.add_column("appointment", sa.Column("confirmed_by", sa.String(length=16), nullable=True))


def _policies() -> None:
    table = op.create_table(
        "message_policy",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("visit_type_id", sa.Integer(), nullable=True),
        sa.Column("mode", sa.String(length=16), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("at_minute", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "rule IN ('at-once', 'days-before', 'hours-before', 'minutes-before', 'day-before-at', 'day-after-at',"
            " 'minutes-after')",
            name=op.f("ck_message_policy_rule"),
        ),
        sa.CheckConstraint("value BETWEEN 0 AND 100000", name=op.f("ck_message_policy_value")),
        sa.CheckConstraint("at_minute BETWEEN 0 AND 1439", name=op.f("ck_message_policy_at_minute")),
        sa.ForeignKeyConstraint(
            ["visit_type_id"], ["visit_type.id"], name=op.f("fk_message_policy_visit_type_id_visit_type")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_policy")),
    )
    names = ("kind", "mode", "channels", "rule", "value", "at_minute", "active")
    op.bulk_insert(
        table,
        [
            {**dict(zip(names, policy, strict=True)), "position": position}
            for position, policy in enumerate(_FIRST_POLICIES)
        ],
    )


def _providers() -> None:
    op.create_table(
        "opt_out",
        sa.Column("id", _key(), autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("address_index", sa.LargeBinary(length=16), nullable=False),
        sa.Column("state", sa.String(length=3), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.CheckConstraint("state IN ('in', 'out')", name=op.f("ck_opt_out_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opt_out")),
    )
    op.create_index("ix_opt_out_address_index", "opt_out", ["address_index", "channel", "id"])
    op.create_table(
        "receipt",
        sa.Column("id", _key(), autoincrement=True, nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("event_id", sa.String(length=200), nullable=False),
        sa.Column("provider_ref", sa.String(length=200), nullable=True),
        sa.Column("outbox_id", _key(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("provider", "event_id", name=op.f("uq_receipt_provider_event_id")),
    )
    op.create_index("ix_receipt_outbox_id", "receipt", ["outbox_id"])
    op.create_table(
        "inbound_text",
        sa.Column("id", _key(), autoincrement=True, nullable=False),
        sa.Column("message_sid", sa.String(length=64), nullable=False),
        sa.Column("phone_index", sa.LargeBinary(length=16), nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_text")),
        sa.UniqueConstraint("message_sid", name=op.f("uq_inbound_text_message_sid")),
    )
    op.create_index("ix_inbound_text_phone_index", "inbound_text", ["phone_index", "at"])
    op.create_table(
        "channel_state",
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("open_until", Instant(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "provider", name=op.f("pk_channel_state")),
    )


def _outbox() -> None:
    for column in (
        sa.Column("subject", sa.String(length=64), nullable=True),
        sa.Column("address_index", sa.LargeBinary(length=16), nullable=True),
        sa.Column("provider", sa.String(length=32), nullable=True),
        sa.Column("parts", sa.Integer(), nullable=True),
        sa.Column("opened_at", Instant(), nullable=True),
        sa.Column("phone_outcome", sa.String(length=16), nullable=True),
    ):
        op.add_column("outbox", column)
    op.drop_index("ix_outbox_due", table_name="outbox")
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["channel", "next_attempt_at", "id"],
        sqlite_where=_PENDING,
        postgresql_where=_PENDING,
    )
    op.create_index(
        "ix_outbox_texts",
        "outbox",
        ["address_index", "opened_at"],
        sqlite_where=_TEXTS,
        postgresql_where=_TEXTS,
    )
    op.create_index("ix_outbox_patient_id", "outbox", ["patient_id", "kind", "due_at"])
    op.create_index("ix_outbox_due_at", "outbox", ["due_at", "id"])
    op.create_index(
        "ix_outbox_calls_made", "outbox", ["sent_at"], sqlite_where=_CALLED, postgresql_where=_CALLED
    )
    op.create_index("ix_outbox_provider_ref", "outbox", ["provider_ref"])


def _archive() -> None:
    op.create_table(
        "outbox_archive",
        sa.Column("id", _key(), autoincrement=False, nullable=False),
        sa.Column("appointment_id", _key(), nullable=True),
        sa.Column("patient_id", _key(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("recipient", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("message_id", sa.String(length=120), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("ambiguous", sa.Boolean(), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=True),
        sa.Column("provider_ref", sa.String(length=200), nullable=True),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("phone_outcome", sa.String(length=16), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_archive")),
    )
    op.create_index("ix_outbox_archive_appointment_id", "outbox_archive", ["appointment_id", "id"])


def downgrade() -> None:
    op.drop_table("outbox_archive")
    for index in ("provider_ref", "calls_made", "due_at", "patient_id", "texts", "due"):
        op.drop_index(f"ix_outbox_{index}", table_name="outbox")
    op.create_index(
        "ix_outbox_due", "outbox", ["next_attempt_at", "id"], sqlite_where=_PENDING, postgresql_where=_PENDING
    )
    for column in (
        "phone_outcome",
        "opened_at",
        "parts",
        "provider",
        "address_index",
        "subject",
    ):
        op.drop_column("outbox", column)
    for table in ("channel_state", "inbound_text", "receipt", "opt_out", "message_policy"):
        op.drop_table(table)
    for column in ("texts_per_week", "texts_per_day", "quiet_until", "quiet_from"):
        op.drop_column("organization", column)
    op.drop_column("appointment", "confirmed_by")
    op.drop_column("appointment", "confirmed_at")

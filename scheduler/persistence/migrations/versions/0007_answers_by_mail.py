"""Mails that come in: each once, how far the mailbox was read, declined visits that are held, addresses that bounce."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scheduler.persistence.database import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_UNREAD = sa.text("sealed IS NOT NULL")
_HELD = sa.text("settled_at IS NULL")


def _key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _mails()
    _declines()
    op.create_table(
        "mailbox",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("trying", sa.String(length=255), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("looked_at", Instant(), nullable=True),
        sa.Column("failed_at", Instant(), nullable=True),
        sa.Column("failure", sa.String(length=64), nullable=True),
        sa.Column("lease_token", sa.String(length=32), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_mailbox")),
    )
    op.create_table(
        "bounced_address",
        sa.Column("address_index", sa.LargeBinary(length=16), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("address_index", name=op.f("pk_bounced_address")),
    )
    op.add_column(
        "organization",
        sa.Column("decline_grace_minutes", sa.Integer(), nullable=False, server_default="120"),
    )


def _mails() -> None:
    op.create_table(
        "inbound_mail",
        sa.Column("id", _key(), autoincrement=True, nullable=False),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("sender_index", sa.LargeBinary(length=16), nullable=True),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("appointment_id", _key(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=True),
        sa.Column("stamp", Instant(), nullable=True),
        sa.Column("worklist_id", sa.String(length=32), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("handled_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_inbound_mail_appointment_id_appointment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_mail")),
        sa.UniqueConstraint("message_id", name=op.f("uq_inbound_mail_message_id")),
    )
    op.create_index("ix_inbound_mail_sender_index", "inbound_mail", ["sender_index", "at"])
    op.create_index("ix_inbound_mail_appointment_id", "inbound_mail", ["appointment_id", "sender_index"])
    op.create_index("ix_inbound_mail_worklist_id", "inbound_mail", ["worklist_id"])
    op.create_index(
        "ix_inbound_mail_unread", "inbound_mail", ["id"], sqlite_where=_UNREAD, postgresql_where=_UNREAD
    )


def _declines() -> None:
    op.create_table(
        "decline",
        sa.Column("id", _key(), autoincrement=True, nullable=False),
        sa.Column("appointment_id", _key(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("addressee", sa.String(length=16), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_decline_appointment_id_appointment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decline")),
    )
    op.create_index("ix_decline_appointment_id", "decline", ["appointment_id"])
    op.create_index("ix_decline_pending", "decline", ["until"], sqlite_where=_HELD, postgresql_where=_HELD)


def downgrade() -> None:
    op.drop_column("organization", "decline_grace_minutes")
    for table in ("bounced_address", "mailbox", "decline", "inbound_mail"):
        op.drop_table(table)

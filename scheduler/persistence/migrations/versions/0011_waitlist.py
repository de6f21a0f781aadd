"""The waitlist: who waits for a time, the times offered to them, and how the clinic offers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scheduler.persistence.database import Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def _key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "offer_settings",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_settings")),
    )
    op.create_table(
        "waitlist",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", _key(), nullable=False),
        sa.Column("appointment_id", _key(), nullable=True),
        sa.Column("visit_type_id", sa.Integer(), nullable=False),
        sa.Column("modes", sa.JSON(), nullable=False),
        sa.Column("practitioner_ids", sa.JSON(), nullable=False),
        sa.Column("weekdays", sa.JSON(), nullable=False),
        sa.Column("part", sa.String(length=16), nullable=False),
        sa.Column("notice_minutes", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'served', 'closed')", name=op.f("ck_waitlist_state")),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_waitlist_appointment_id_appointment")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_waitlist_patient_id_patient")),
        sa.ForeignKeyConstraint(
            ["visit_type_id"], ["visit_type.id"], name=op.f("fk_waitlist_visit_type_id_visit_type")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waitlist")),
    )
    op.create_index(op.f("ix_waitlist_patient_id"), "waitlist", ["patient_id"])
    op.create_index(op.f("ix_waitlist_appointment_id"), "waitlist", ["appointment_id"])
    op.create_index("ix_waitlist_state", "waitlist", ["state", "visit_type_id"])
    op.create_table(
        "offer_round",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("practitioner_id", _key(), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("hold_id", sa.String(length=32), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_offer_round_practitioner_id_practitioner")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_round")),
    )
    op.create_index(op.f("ix_offer_round_starts_at"), "offer_round", ["starts_at"])
    op.create_table(
        "offer",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("round_id", sa.String(length=32), nullable=False),
        sa.Column("entry_id", sa.String(length=32), nullable=False),
        sa.Column("appointment_id", _key(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'accepted', 'declined', 'expired', 'lost', 'withdrawn')",
            name=op.f("ck_offer_state"),
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_offer_appointment_id_appointment")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["waitlist.id"], name=op.f("fk_offer_entry_id_waitlist")),
        sa.ForeignKeyConstraint(["round_id"], ["offer_round.id"], name=op.f("fk_offer_round_id_offer_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sa.UniqueConstraint("appointment_id", name=op.f("uq_offer_appointment_id")),
    )
    op.create_index(op.f("ix_offer_round_id"), "offer", ["round_id"])
    op.create_index(op.f("ix_offer_entry_id"), "offer", ["entry_id"])


def downgrade() -> None:
    for table in ("offer", "offer_round", "waitlist", "offer_settings"):
        op.drop_table(table)

"""The desk's calendar: a patient's way through the house, notes for the desk alone, and changes that can be undone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scheduler.persistence.database import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_STAMPS = ("arrived_at", "roomed_at", "seen_at", "left_at")


def upgrade() -> None:
    for name in _STAMPS:
        op.add_column("appointment", sa.Column(name, Instant(), nullable=True))
    op.add_column("appointment", sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("appointment", sa.Column("note", sa.LargeBinary(), nullable=True))
    op.create_index("ix_patient_changed_at", "patient", ["changed_at"])
    op.create_table(
        "desk_change",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("appointment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_desk_change_appointment_id_appointment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_change")),
    )
    op.create_index("ix_desk_change_appointment_id", "desk_change", ["appointment_id", "at"])
    op.create_index("ix_desk_change_actor_id", "desk_change", ["actor_id", "at"])


def downgrade() -> None:
    op.drop_table("desk_change")
    op.drop_index("ix_patient_changed_at", table_name="patient")
    for name in ("note", "revision", *reversed(_STAMPS)):
        op.drop_column("appointment", name)

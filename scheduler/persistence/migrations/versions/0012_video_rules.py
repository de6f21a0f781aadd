"""How long the room of a video visit is open, as the clinic sets it; calls to practice; what goes on, found at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scheduler.persistence.database import Instant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_BOOKED = sa.text("state = 'booked'")
_RULES = {"video_opens_minutes": "30", "video_grace_minutes": "60", "practice_minutes": "15"}


def upgrade() -> None:
    for name, usual in _RULES.items():
        column = sa.Column(name, sa.Integer(), nullable=False, server_default=usual)
        op.add_column("organization", column)
    op.create_index("ix_video_visit_stage", "video_visit", ["stage"])
    op.create_table(
        "practice_call",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("appointment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("booked_at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "state IN ('booked', 'held', 'missed', 'withdrawn')", name=op.f("ck_practice_call_state")
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_practice_call_appointment_id_appointment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_call")),
    )
    for booked in ("starts_at", "appointment_id"):
        op.create_index(
            f"uq_practice_call_{booked}",
            "practice_call",
            [booked],
            unique=True,
            sqlite_where=_BOOKED,
            postgresql_where=_BOOKED,
        )


def downgrade() -> None:
    op.drop_table("practice_call")
    op.drop_index("ix_video_visit_stage", "video_visit")
    for name in _RULES:
        op.drop_column("organization", name)

"""Blocks of time: why a clinician is away, and which absences were entered together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("absence", sa.Column("kind", sa.String(length=16), nullable=False, server_default="away"))
    op.add_column("absence", sa.Column("series_id", sa.String(length=32), nullable=True))
    op.create_index(op.f("ix_absence_series_id"), "absence", ["series_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_absence_series_id"), table_name="absence")
    op.drop_column("absence", "series_id")
    op.drop_column("absence", "kind")

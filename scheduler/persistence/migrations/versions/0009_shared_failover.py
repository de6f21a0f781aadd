"""Which of two providers has the work is one for all workers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scheduler.persistence.database import Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_COLUMNS = ("active", "strikes", "switched_at", "probe_at", "probes", "rest")


def upgrade() -> None:
    for name in ("active", "strikes", "probes"):
        op.add_column("channel_state", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    for name in ("switched_at", "probe_at"):
        op.add_column("channel_state", sa.Column(name, Instant(), nullable=True))
    op.add_column("channel_state", sa.Column("rest", sa.Integer(), nullable=False, server_default="600"))
    op.drop_column("channel_state", "weight")


def downgrade() -> None:
    op.add_column("channel_state", sa.Column("weight", sa.Integer(), nullable=False, server_default="100"))
    for name in _COLUMNS:
        op.drop_column("channel_state", name)

"""Numbers of a call's notes that are never given twice on SQLite.

A page asks for what came after the last note it has read. When all notes were let go with a page that was opened anew,
SQLite began to count again below that number, and the answer that should have brought the call back was never read.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scheduler.persistence.database import Instant

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _make(counts_on=True)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _make(counts_on=False)


def _make(*, counts_on: bool) -> None:
    """Make the table anew: it holds nothing that outlives a call, and a call finds itself again without it."""
    op.drop_table("visit_signal")
    op.create_table(
        "visit_signal",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("from_instance", sa.String(length=32), nullable=False),
        sa.Column("to_instance", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_visit_signal_appointment_id_appointment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_signal")),
        sa.UniqueConstraint("mark", name=op.f("uq_visit_signal_mark")),
        sqlite_autoincrement=counts_on,
    )
    op.create_index("ix_visit_signal_to_instance", "visit_signal", ["to_instance", "id"])
    op.create_index(op.f("ix_visit_signal_appointment_id"), "visit_signal", ["appointment_id"])

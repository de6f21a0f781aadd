"""Each step taken with a thing on the desk's list is kept, and two desks that act at once are told apart."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scheduler.persistence import guards
from scheduler.persistence.database import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_FACTS = ("id", "item_id", "version", "step", "at", "actor_kind", "actor_id", "until", "outcome")


def upgrade() -> None:
    op.add_column("worklist", sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "worklist_event",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("item_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor_kind", sa.String(length=16), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["item_id"], ["worklist.id"], name=op.f("fk_worklist_event_item_id_worklist")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worklist_event")),
        sa.UniqueConstraint("item_id", "version", name=op.f("uq_worklist_event_item_id_version")),
    )
    guards.keep_append_only(op.get_bind(), "worklist_event", _FACTS)


def downgrade() -> None:
    op.drop_table("worklist_event")
    op.drop_column("worklist", "version")

"""The book of names in sealed pages, and records that were joined because they were one person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scheduler.persistence.database import Instant

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def _key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "people_page",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("whole_until", Instant(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_people_page")),
    )
    op.add_column("patient", sa.Column("merged_into", _key(), nullable=True))
    op.create_table(
        "merge",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kept_id", _key(), nullable=False),
        sa.Column("gone_id", _key(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["kept_id"], ["patient.id"], name=op.f("fk_merge_kept_id_patient")),
        sa.ForeignKeyConstraint(["gone_id"], ["patient.id"], name=op.f("fk_merge_gone_id_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge")),
    )
    op.create_index("ix_merge_kept_id", "merge", ["kept_id"])
    op.create_index("ix_merge_gone_id", "merge", ["gone_id"])


def downgrade() -> None:
    op.drop_table("merge")
    op.drop_column("patient", "merged_into")
    op.drop_table("people_page")

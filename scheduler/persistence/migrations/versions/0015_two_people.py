"""Records that look like one person and are two."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scheduler.persistence.database import Instant

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def _key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "distinction",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("one_id", _key(), nullable=False),
        sa.Column("other_id", _key(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("settled", sa.JSON(), nullable=False),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["one_id"], ["patient.id"], name=op.f("fk_distinction_one_id_patient")),
        sa.ForeignKeyConstraint(["other_id"], ["patient.id"], name=op.f("fk_distinction_other_id_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_distinction")),
    )
    op.create_index("ix_distinction_one_id", "distinction", ["one_id"])
    op.create_index("ix_distinction_other_id", "distinction", ["other_id"])


def downgrade() -> None:
    op.drop_table("distinction")

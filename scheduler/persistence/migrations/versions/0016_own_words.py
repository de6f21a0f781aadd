"""The clinic's own words for the messages that go to patients, each version as it was written."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scheduler.persistence import guards
from scheduler.persistence.database import Instant

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_WORDS = [f"{part}_{tongue}" for tongue in ("en", "es") for part in ("subject", "heading", "body")]


def upgrade() -> None:
    op.create_table(
        "own_words",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, autoincrement=True
        ),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in _WORDS),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint("(body_en = '') = (body_es = '')", name=op.f("ck_own_words_both_languages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_words")),
        sa.UniqueConstraint("kind", "channel", "version", name=op.f("uq_own_words_kind_channel_version")),
    )
    guards.keep_append_only(op.get_bind(), "own_words")


def downgrade() -> None:
    op.drop_table("own_words")

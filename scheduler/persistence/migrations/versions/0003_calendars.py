"""Calendars: feeds of a room, what a feed told last, and clinicians' own calendars with the busy times read from them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scheduler.persistence.database import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "outside_calendar",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("practitioner_id", _key(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("etag", sa.String(length=200), nullable=True),
        sa.Column("modified", sa.String(length=64), nullable=True),
        sa.Column("trouble", sa.String(length=32), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("busy_times", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("checked_at", Instant(), nullable=True),
        sa.Column("read_at", Instant(), nullable=True),
        sa.Column("check_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practitioner_id"],
            ["practitioner.id"],
            name=op.f("fk_outside_calendar_practitioner_id_practitioner"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_calendar")),
    )
    op.create_index(op.f("ix_outside_calendar_practitioner_id"), "outside_calendar", ["practitioner_id"])
    op.create_index(op.f("ix_outside_calendar_check_at"), "outside_calendar", ["check_at"])
    _refer(
        "absence",
        sa.Column("calendar_id", sa.String(length=32), nullable=True),
        "outside_calendar",
        "CASCADE",
    )
    op.create_index(op.f("ix_absence_calendar_id"), "absence", ["calendar_id"])
    _refer("link", sa.Column("room_id", _key(), nullable=True), "room")
    op.create_index(op.f("ix_link_practitioner_id"), "link", ["practitioner_id"])
    op.create_index(op.f("ix_link_room_id"), "link", ["room_id"])
    op.add_column("link", sa.Column("told", sa.String(length=64), nullable=True))
    op.add_column("link", sa.Column("told_at", Instant(), nullable=True))


def _refer(table: str, column: sa.Column[object], other: str, ondelete: str | None = None) -> None:
    """Add a column that names a row of another table; SQLite rebuilds the table, and neither of ours has a trigger."""
    name = op.f(f"fk_{table}_{column.name}_{other}")
    with op.batch_alter_table(table) as batch:
        batch.add_column(column)
        batch.create_foreign_key(name, other, [column.name], ["id"], ondelete=ondelete)


def downgrade() -> None:
    for column in ("told_at", "told"):
        op.drop_column("link", column)
    op.drop_index(op.f("ix_link_room_id"), table_name="link")
    op.drop_index(op.f("ix_link_practitioner_id"), table_name="link")
    op.drop_index(op.f("ix_absence_calendar_id"), table_name="absence")
    with op.batch_alter_table("link") as link:
        link.drop_column("room_id")
    with op.batch_alter_table("absence") as absence:
        absence.drop_column("calendar_id")
    op.drop_index(op.f("ix_outside_calendar_check_at"), table_name="outside_calendar")
    op.drop_index(op.f("ix_outside_calendar_practitioner_id"), table_name="outside_calendar")
    op.drop_table("outside_calendar")

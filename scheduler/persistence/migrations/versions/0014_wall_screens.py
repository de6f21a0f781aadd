"""Links for screens on the wall."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_PURPOSES = "purpose IN ('manage', 'visit', 'companion', 'helper', 'calendar', 'feed', 'offer', 'wall')"
_OLD_PURPOSES = "purpose IN ('manage', 'visit', 'companion', 'helper', 'calendar', 'feed', 'offer')"


def upgrade() -> None:
    _allow(_PURPOSES)


def _allow(purposes: str) -> None:
    """Let links serve these purposes; no trigger stands on the table, so it may be rebuilt."""
    with op.batch_alter_table("link") as table:
        table.drop_constraint(op.f("ck_link_purpose"), type_="check")
        table.create_check_constraint(op.f("ck_link_purpose"), purposes)


def downgrade() -> None:
    op.execute("DELETE FROM link WHERE purpose = 'wall'")
    _allow(_OLD_PURPOSES)

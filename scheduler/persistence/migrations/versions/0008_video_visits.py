"""Visits by video: where each call stands, who is in it, what the two browsers tell each other, and checks of devices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scheduler.persistence.database import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_PURPOSES = "purpose IN ('manage', 'visit', 'companion', 'helper', 'calendar', 'feed', 'offer')"
_OLD_PURPOSES = "purpose IN ('manage', 'visit', 'helper', 'calendar', 'feed', 'offer')"


def _key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _of_visit(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["appointment_id"], ["appointment.id"], name=op.f(f"fk_{table}_appointment_id_appointment")
    )


def upgrade() -> None:
    _allow(_PURPOSES)
    _calls()
    _people()
    op.create_table(
        "device_check",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("appointment_id", _key(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("camera", sa.String(length=8), nullable=False),
        sa.Column("microphone", sa.String(length=8), nullable=False),
        sa.Column("speaker", sa.String(length=8), nullable=False),
        sa.Column("network", sa.String(length=8), nullable=False),
        sa.Column("relay", sa.String(length=8), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        _of_visit("device_check"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_check")),
    )
    op.create_index(op.f("ix_device_check_appointment_id"), "device_check", ["appointment_id"])


def _allow(purposes: str) -> None:
    """Let links serve these purposes; no trigger stands on the table, so it may be rebuilt."""
    with op.batch_alter_table("link") as table:
        table.drop_constraint(op.f("ck_link_purpose"), type_="check")
        table.create_check_constraint(op.f("ck_link_purpose"), purposes)


def _calls() -> None:
    op.create_table(
        "video_visit",
        sa.Column("appointment_id", _key(), autoincrement=False, nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("provider", sa.String(length=8), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("waiting_since", Instant(), nullable=True),
        sa.Column("admitted_at", Instant(), nullable=True),
        sa.Column("connected_at", Instant(), nullable=True),
        sa.Column("phone_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("delay_until", Instant(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("area", sa.String(length=16), nullable=True),
        sa.Column("area_by", sa.String(length=64), nullable=True),
        sa.Column("area_at", Instant(), nullable=True),
        sa.Column("rated", sa.Boolean(), nullable=False),
        sa.Column("saw_and_heard", sa.String(length=8), nullable=True),
        sa.Column("was_easy", sa.String(length=8), nullable=True),
        sa.CheckConstraint(
            "stage IN ('expected', 'waiting', 'admitted', 'in-call', 'phone', 'ended')",
            name=op.f("ck_video_visit_stage"),
        ),
        sa.CheckConstraint("provider IN ('own', 'link', 'phone')", name=op.f("ck_video_visit_provider")),
        _of_visit("video_visit"),
        sa.PrimaryKeyConstraint("appointment_id", name=op.f("pk_video_visit")),
    )
    op.create_table(
        "meeting_place",
        sa.Column("practitioner_id", _key(), autoincrement=False, nullable=False),
        sa.Column("provider", sa.String(length=8), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practitioner_id"],
            ["practitioner.id"],
            name=op.f("fk_meeting_place_practitioner_id_practitioner"),
        ),
        sa.PrimaryKeyConstraint("practitioner_id", name=op.f("pk_meeting_place")),
    )


def _people() -> None:
    op.create_table(
        "visit_party",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("appointment_id", _key(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("holder", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("instance", sa.String(length=32), nullable=True),
        sa.Column("device", sa.String(length=32), nullable=True),
        sa.Column("seen_at", Instant(), nullable=True),
        sa.Column("joined_at", Instant(), nullable=True),
        sa.Column("left_at", Instant(), nullable=True),
        sa.Column("quality", sa.String(length=16), nullable=True),
        sa.Column("worst", sa.String(length=16), nullable=True),
        sa.CheckConstraint("kind IN ('patient', 'clinician', 'companion')", name=op.f("ck_visit_party_kind")),
        _of_visit("visit_party"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_party")),
        sa.UniqueConstraint(
            "appointment_id", "kind", "holder", name=op.f("uq_visit_party_appointment_id_kind_holder")
        ),
    )
    op.create_table(
        "visit_signal",
        sa.Column("id", _key(), autoincrement=True, nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.Column("appointment_id", _key(), nullable=False),
        sa.Column("from_instance", sa.String(length=32), nullable=False),
        sa.Column("to_instance", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        _of_visit("visit_signal"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_signal")),
        sa.UniqueConstraint("mark", name=op.f("uq_visit_signal_mark")),
    )
    op.create_index("ix_visit_signal_to_instance", "visit_signal", ["to_instance", "id"])
    op.create_index(op.f("ix_visit_signal_appointment_id"), "visit_signal", ["appointment_id"])
    op.create_table(
        "whereabouts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("appointment_id", _key(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        _of_visit("whereabouts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_whereabouts")),
    )
    op.create_index(op.f("ix_whereabouts_appointment_id"), "whereabouts", ["appointment_id"])


def downgrade() -> None:
    for table in (
        "device_check",
        "whereabouts",
        "visit_signal",
        "visit_party",
        "meeting_place",
        "video_visit",
    ):
        op.drop_table(table)
    op.execute("DELETE FROM link WHERE purpose = 'companion'")
    _allow(_OLD_PURPOSES)

"""The calls of visits by video, one row each beside the appointment; a row appears when something happens.

A move is a guarded update: it names the state that was seen and looks at the row count.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Connection,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.errors import StaleVersion
from scheduler.domain.telehealth import AreaDecision, Outcome, Provider, Stage, VideoVisit
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.database import Instant, Key, Model
from scheduler.persistence.vault import Vault


class VideoVisitRow(Model):
    """Where one call stands. `sealed` holds the address of an outside meeting and the note for the desk."""

    __tablename__ = "video_visit"
    __table_args__ = (
        CheckConstraint(
            "stage IN ('expected', 'waiting', 'admitted', 'in-call', 'phone', 'ended')", name="stage"
        ),
        CheckConstraint("provider IN ('own', 'link', 'phone')", name="provider"),
        Index("ix_video_visit_stage", "stage"),
    )
    appointment_id: Mapped[int] = mapped_column(
        Key, ForeignKey("appointment.id"), primary_key=True, autoincrement=False
    )
    stage: Mapped[str] = mapped_column(String(16))
    provider: Mapped[str] = mapped_column(String(8))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    waiting_since: Mapped[datetime | None] = mapped_column(Instant)
    admitted_at: Mapped[datetime | None] = mapped_column(Instant)
    connected_at: Mapped[datetime | None] = mapped_column(Instant)
    phone_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    delay_until: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str | None] = mapped_column(String(16))
    area: Mapped[str | None] = mapped_column(String(16))
    area_by: Mapped[str | None] = mapped_column(String(64))
    area_at: Mapped[datetime | None] = mapped_column(Instant)
    rated: Mapped[bool] = mapped_column(Boolean)
    saw_and_heard: Mapped[str | None] = mapped_column(String(8))
    was_easy: Mapped[str | None] = mapped_column(String(8))


class MeetingPlaceRow(Model):
    """How one clinician meets people by video; `sealed` holds the address of an outside meeting."""

    __tablename__ = "meeting_place"
    practitioner_id: Mapped[int] = mapped_column(
        Key, ForeignKey("practitioner.id"), primary_key=True, autoincrement=False
    )
    provider: Mapped[str] = mapped_column(String(8))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    changed_at: Mapped[datetime] = mapped_column(Instant)


_BY_NUMBER = select(VideoVisitRow.__table__).where(VideoVisitRow.appointment_id == bindparam("visit"))
_NEWLY = {"stage": Stage.EXPECTED.value, "rated": False}


def get(connection: Connection, vault: Vault, appointment_id: int) -> VideoVisit | None:
    """The call of a visit; None while nothing has happened."""
    row = connection.execute(_BY_NUMBER, {"visit": appointment_id}).one_or_none()
    return None if row is None else _video_visit(row, vault)


def many(connection: Connection, vault: Vault, appointment_ids: Iterable[int]) -> dict[int, VideoVisit]:
    """The calls of these visits, by visit; what has no row is not in it."""
    wanted = select(VideoVisitRow.__table__).where(VideoVisitRow.appointment_id.in_(list(appointment_ids)))
    return {row.appointment_id: _video_visit(row, vault) for row in connection.execute(wanted)}


def begin(connection: Connection, vault: Vault, fresh: VideoVisit) -> VideoVisit:
    """The call of a visit, with its row made when there is none; the caller holds the appointment's row."""
    known = get(connection, vault, fresh.appointment_id)
    if known is not None:
        return known
    sealed = vault.seal("video_visit", fresh.appointment_id, {"address": fresh.address})
    values = {"appointment_id": fresh.appointment_id, "provider": fresh.provider.value, "sealed": sealed}
    connection.execute(insert(VideoVisitRow).inline(), {**_NEWLY, **values})
    return fresh


def change(connection: Connection, seen: VideoVisit, changed: VideoVisit) -> None:
    """Keep the next state of a call.

    :raises StaleVersion: when it is no longer in the state that was seen.
    """
    statement = (
        update(VideoVisitRow)
        .where(VideoVisitRow.appointment_id == seen.appointment_id, VideoVisitRow.stage == seen.stage.value)
        .values(
            stage=changed.stage.value,
            provider=changed.provider.value,
            waiting_since=changed.waiting_since,
            admitted_at=changed.admitted_at,
            connected_at=changed.connected_at,
            phone_at=changed.phone_at,
            ended_at=changed.ended_at,
            delay_until=changed.delay_until,
            outcome=changed.outcome.value if changed.outcome else None,
            area=changed.area.value if changed.area else None,
        )
    )
    if connection.execute(statement).rowcount != 1:
        raise StaleVersion


def start_over(connection: Connection, appointment_id: int) -> None:
    """Forget how far a call had come: its visit is at another time now. Where and how people meet stays."""
    begun = update(VideoVisitRow).where(
        VideoVisitRow.appointment_id == appointment_id, VideoVisitRow.stage != Stage.EXPECTED.value
    )
    connection.execute(begun.values(stage=Stage.EXPECTED.value, **dict.fromkeys(_REACHED)))


_REACHED = (
    "waiting_since",
    "admitted_at",
    "connected_at",
    "phone_at",
    "ended_at",
    "delay_until",
    "outcome",
    "area",
)


def use_address(connection: Connection, vault: Vault, seen: VideoVisit, address: str) -> None:
    """Keep where an outside meeting is."""
    sealed = vault.seal("video_visit", seen.appointment_id, {"address": address})
    _set(connection, seen.appointment_id, sealed=sealed)


def note_decision(connection: Connection, appointment_id: int, actor_id: str, now: datetime) -> None:
    """Write down who decided about a patient out of area, and when."""
    _set(connection, appointment_id, area_by=actor_id[:64], area_at=now)


def rate(
    connection: Connection, appointment_id: int, saw_and_heard: str | None, was_easy: str | None
) -> None:
    """Keep what the patient said of the call."""
    _set(connection, appointment_id, rated=True, saw_and_heard=saw_and_heard, was_easy=was_easy)


def queue_of(connection: Connection, practitioner_ids: Iterable[int]) -> list[tuple[int, datetime]]:
    """Who waits for these clinicians: the clinician and the beginning of the visit, for each."""
    question = (
        select(AppointmentRow.practitioner_id, AppointmentRow.starts_at)
        .join(VideoVisitRow, AppointmentRow.id == VideoVisitRow.appointment_id)
        .where(
            VideoVisitRow.stage == Stage.WAITING.value,
            AppointmentRow.practitioner_id.in_(list(practitioner_ids)),
        )
    )
    return [(row.practitioner_id, row.starts_at) for row in connection.execute(question)]


_GOING_ON = select(VideoVisitRow.appointment_id).where(
    VideoVisitRow.stage.in_([Stage.WAITING, Stage.ADMITTED, Stage.IN_CALL, Stage.PHONE])
)


def of_day(
    connection: Connection, start: datetime, end: datetime, practitioner_id: int | None = None
) -> list[int]:
    """The numbers of the video visits that begin in `[start, end)` or whose call is not over, soonest first.

    Two questions, each by its own index: together they would read every visit of the past.
    """
    listed = (
        select(AppointmentRow.id)
        .where(
            AppointmentRow.mode == "virtual",
            AppointmentRow.status.in_(["booked", "pending", "arrived", "checked-in", "fulfilled", "noshow"]),
        )
        .order_by(AppointmentRow.starts_at, AppointmentRow.id)
    )
    if practitioner_id is not None:
        listed = listed.where(AppointmentRow.practitioner_id == practitioner_id)
    today = listed.where(AppointmentRow.starts_at >= start, AppointmentRow.starts_at < end)
    older = listed.where(AppointmentRow.id.in_(_GOING_ON), AppointmentRow.starts_at < start)
    return [*connection.scalars(older), *connection.scalars(today)]


def meeting_places(
    connection: Connection, vault: Vault, practitioner_ids: Iterable[int]
) -> dict[int, tuple[Provider, str]]:
    """How these clinicians meet people, and at which address; who has said nothing is not in it."""
    wanted = select(MeetingPlaceRow.practitioner_id, MeetingPlaceRow.provider, MeetingPlaceRow.sealed).where(
        MeetingPlaceRow.practitioner_id.in_(list(practitioner_ids))
    )
    return {
        row.practitioner_id: (
            Provider(row.provider),
            vault.open("meeting_place", row.practitioner_id, row.sealed)["address"],
        )
        for row in connection.execute(wanted)
    }


def keep_meeting_place(
    connection: Connection,
    vault: Vault,
    practitioner_id: int,
    provider: Provider,
    address: str,
    now: datetime,
) -> None:
    """Keep how a clinician meets people from now on."""
    sealed = vault.seal("meeting_place", practitioner_id, {"address": address})
    connection.execute(delete(MeetingPlaceRow).where(MeetingPlaceRow.practitioner_id == practitioner_id))
    row = {
        "practitioner_id": practitioner_id,
        "provider": provider.value,
        "sealed": sealed,
        "changed_at": now,
    }
    connection.execute(insert(MeetingPlaceRow).inline(), row)


def _set(connection: Connection, appointment_id: int, **values: Any) -> None:
    statement = update(VideoVisitRow).where(VideoVisitRow.appointment_id == appointment_id)
    connection.execute(statement.values(**values))


def _video_visit(row: Any, vault: Vault) -> VideoVisit:
    said = vault.open("video_visit", row.appointment_id, row.sealed) if row.sealed else {}
    return replace(
        VideoVisit(row.appointment_id, Stage(row.stage), Provider(row.provider), said.get("address", "")),
        waiting_since=row.waiting_since,
        admitted_at=row.admitted_at,
        connected_at=row.connected_at,
        phone_at=row.phone_at,
        ended_at=row.ended_at,
        delay_until=row.delay_until,
        outcome=Outcome(row.outcome) if row.outcome else None,
        area=AreaDecision(row.area) if row.area else None,
        rated=row.rated,
        heard_well=row.saw_and_heard,
        was_easy=row.was_easy,
    )

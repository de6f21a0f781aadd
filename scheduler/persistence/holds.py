"""Times kept for people who are still filling in the form."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from sqlalchemy import (
    Connection,
    ForeignKey,
    Integer,
    String,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.availability import Slot
from scheduler.domain.booking import Hold
from scheduler.domain.directory import Mode
from scheduler.persistence.database import Instant, Model
from scheduler.persistence.directory import VisitTypeRow


class HoldRow(Model):
    """A time kept while a form is filled in; it occupies like a visit until it expires or is released."""

    __tablename__ = "hold"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    visit_type_id: Mapped[int] = mapped_column(ForeignKey("visit_type.id"))
    mode: Mapped[str] = mapped_column(String(16))
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
    extensions: Mapped[int] = mapped_column(Integer, default=0)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"))


_INSERT = insert(HoldRow).inline()
_FIND = (
    select(HoldRow, VisitTypeRow.code)
    .join(VisitTypeRow, VisitTypeRow.id == HoldRow.visit_type_id)
    .where(HoldRow.id == bindparam("hold"))
)
_REMOVE = delete(HoldRow).where(HoldRow.id == bindparam("hold"))
_REMOVE_OF = delete(HoldRow).where(HoldRow.appointment_id == bindparam("visit"))


def add(
    connection: Connection, visit_type_id: int, slot: Slot, expires_at: datetime, appointment_id: int | None
) -> str:
    """Keep `slot`, and return the hold's id. `appointment_id` names the visit that wants to move there."""
    hold_id = uuid4().hex
    row = {
        "id": hold_id,
        "visit_type_id": visit_type_id,
        "mode": slot.mode.value,
        "practitioner_id": slot.practitioner_id,
        "location_id": slot.location_id,
        "room_id": slot.room_id,
        "starts_at": slot.start,
        "ends_at": slot.end,
        "expires_at": expires_at,
        "extensions": 0,
        "appointment_id": appointment_id,
    }
    connection.execute(_INSERT, row)
    return hold_id


def get(connection: Connection, hold_id: str) -> Hold | None:
    """The hold of that id, lapsed or not; None when it was released or swept."""
    row = connection.execute(_FIND, {"hold": hold_id}).one_or_none()
    if row is None:
        return None
    return Hold(
        id=row.id,
        visit_type_code=row.code,
        mode=Mode(row.mode),
        practitioner_id=row.practitioner_id,
        location_id=row.location_id,
        room_id=row.room_id,
        start=row.starts_at,
        end=row.ends_at,
        expires_at=row.expires_at,
        extensions=row.extensions,
        appointment_id=row.appointment_id,
    )


def extend(connection: Connection, hold: Hold, until: datetime) -> bool:
    """Keep the time until `until`; False when somebody pressed first or it is gone."""
    extended = connection.execute(
        update(HoldRow)
        .where(HoldRow.id == hold.id, HoldRow.extensions == hold.extensions)
        .values(expires_at=until, extensions=hold.extensions + 1)
    )
    return extended.rowcount == 1


def remove(connection: Connection, hold_id: str) -> bool:
    """Forget a hold; what it takes goes with it (foreign key, cascading). False when there was none."""
    return connection.execute(_REMOVE, {"hold": hold_id}).rowcount > 0


def remove_of(connection: Connection, appointment_id: int) -> bool:
    """Forget what is kept for a move of this visit; False when that was nothing."""
    return connection.execute(_REMOVE_OF, {"visit": appointment_id}).rowcount > 0


def remove_lapsed(connection: Connection, now: datetime) -> int:
    """Forget all holds that have lapsed; returns how many."""
    return connection.execute(delete(HoldRow).where(HoldRow.expires_at <= now)).rowcount

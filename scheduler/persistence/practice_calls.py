"""Practice calls before video visits: one a visit, and one at a time, which the database itself sees to."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    CheckConstraint,
    Connection,
    ForeignKey,
    Index,
    Row,
    String,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.errors import SlotTaken
from scheduler.domain.practice import PracticeCall, PracticeState
from scheduler.persistence.database import Instant, Model

_BOOKED = text("state = 'booked'")


def _one_booked(column: str) -> Index:
    return Index(
        f"uq_practice_call_{column}", column, unique=True, sqlite_where=_BOOKED, postgresql_where=_BOOKED
    )


class PracticeCallRow(Model):
    """One practice call; what was withdrawn or held stays."""

    __tablename__ = "practice_call"
    __table_args__ = (
        CheckConstraint("state IN ('booked', 'held', 'missed', 'withdrawn')", name="state"),
        _one_booked("starts_at"),
        _one_booked("appointment_id"),
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"))
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(16))
    booked_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)


_OPEN = select(PracticeCallRow.__table__).where(PracticeCallRow.state == PracticeState.BOOKED.value)


def of_visit(connection: Connection, appointment_id: int) -> PracticeCall | None:
    """The call that is booked for a visit; None when there is none."""
    row = connection.execute(_OPEN.where(PracticeCallRow.appointment_id == appointment_id)).one_or_none()
    return None if row is None else _call(row)


def booked_from(connection: Connection, since: datetime) -> list[PracticeCall]:
    """Every call that is booked to end after `since`, the soonest first."""
    wanted = _OPEN.where(PracticeCallRow.ends_at > since).order_by(PracticeCallRow.starts_at)
    return [_call(row) for row in connection.execute(wanted)]


def add(
    connection: Connection, appointment_id: int, start: datetime, end: datetime, now: datetime
) -> PracticeCall:
    """Book a call.

    :raises SlotTaken: when somebody else has that time, or the visit has a call already.
    """
    call = PracticeCall(uuid4().hex, appointment_id, start, end)
    row = {
        "id": call.id,
        "appointment_id": appointment_id,
        "starts_at": start,
        "ends_at": end,
        "state": PracticeState.BOOKED.value,
        "booked_at": now,
    }
    try:
        connection.execute(insert(PracticeCallRow).inline(), row)
    except IntegrityError as error:
        raise SlotTaken from error
    return call


def settle(connection: Connection, call_id: str, state: PracticeState, now: datetime) -> bool:
    """Say what became of a call; False when that was said before."""
    open_one = PracticeCallRow.id == call_id, PracticeCallRow.state == PracticeState.BOOKED.value
    done = update(PracticeCallRow).where(*open_one).values(state=state.value, settled_at=now)
    return connection.execute(done).rowcount == 1


def _call(row: Row[Any]) -> PracticeCall:
    return PracticeCall(row.id, row.appointment_id, row.starts_at, row.ends_at)

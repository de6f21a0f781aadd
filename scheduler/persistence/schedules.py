"""When the clinic is open, as tables: weekly hours, dated hours, closures and absences.

Wall-clock minutes stay wall-clock minutes here; `domain.schedule` alone turns them into instants.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Connection,
    Date,
    ForeignKey,
    Integer,
    String,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.absence import Absence
from scheduler.domain.directory import Mode
from scheduler.domain.schedule import Closure, DatedHours, WeeklyHours
from scheduler.domain.wording import Text
from scheduler.persistence.database import Instant, Model


class WeeklyHoursRow(Model):
    """Weekly hours; minutes after local midnight (`domain.schedule.WeeklyHours`)."""

    __tablename__ = "weekly_hours"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("opens >= 0 AND opens < 1440 AND closes > opens AND closes <= 2880", name="window"),
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"), index=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    mode: Mapped[str] = mapped_column(String(16))
    weekday: Mapped[int] = mapped_column(Integer)
    opens: Mapped[int] = mapped_column(Integer)
    closes: Mapped[int] = mapped_column(Integer)
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)


class DatedHoursRow(Model):
    """Extra hours of one date."""

    __tablename__ = "dated_hours"
    __table_args__ = (
        CheckConstraint("opens >= 0 AND opens < 1440 AND closes > opens AND closes <= 2880", name="window"),
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"), index=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    mode: Mapped[str] = mapped_column(String(16))
    day: Mapped[date] = mapped_column(Date)
    opens: Mapped[int] = mapped_column(Integer)
    closes: Mapped[int] = mapped_column(Integer)


class ClosureRow(Model):
    """A date on which a location, or all, is closed."""

    __tablename__ = "closure"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    day: Mapped[date] = mapped_column(Date)
    title_en: Mapped[str] = mapped_column(String(200))
    title_es: Mapped[str] = mapped_column(String(200))
    opens: Mapped[int | None] = mapped_column(Integer)
    closes: Mapped[int | None] = mapped_column(Integer)


class AbsenceRow(Model):
    """A stretch in which a practitioner is away; it occupies time like a visit does."""

    __tablename__ = "absence"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"), index=True)
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    note: Mapped[str] = mapped_column(String(200), default="")
    kind: Mapped[str] = mapped_column(String(16), default="away", server_default="away")
    series_id: Mapped[str | None] = mapped_column(String(32), index=True)
    calendar_id: Mapped[str | None] = mapped_column(
        ForeignKey("outside_calendar.id", ondelete="CASCADE"), index=True
    )


def weekly_hours(connection: Connection) -> tuple[WeeklyHours, ...]:
    """All weekly windows, by weekday and opening."""
    ordered = select(WeeklyHoursRow.__table__).order_by("practitioner_id", "weekday", "opens", "id")
    return tuple(
        WeeklyHours(
            id=row.id,
            practitioner_id=row.practitioner_id,
            location_id=row.location_id,
            mode=Mode(row.mode),
            weekday=row.weekday,
            opens=row.opens,
            closes=row.closes,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
        )
        for row in connection.execute(ordered)
    )


def dated_hours(connection: Connection) -> tuple[DatedHours, ...]:
    """All extra hours, by date."""
    ordered = select(DatedHoursRow.__table__).order_by("day", "practitioner_id", "opens", "id")
    return tuple(
        DatedHours(
            id=row.id,
            practitioner_id=row.practitioner_id,
            location_id=row.location_id,
            mode=Mode(row.mode),
            day=row.day,
            opens=row.opens,
            closes=row.closes,
        )
        for row in connection.execute(ordered)
    )


def closures(connection: Connection) -> tuple[Closure, ...]:
    """All closures, by date."""
    ordered = select(ClosureRow.__table__).order_by("day", "id")
    return tuple(
        Closure(
            id=row.id,
            location_id=row.location_id,
            day=row.day,
            title=Text(row.title_en, row.title_es),
            opens=row.opens,
            closes=row.closes,
        )
        for row in connection.execute(ordered)
    )


def save_weekly_hours(connection: Connection, hours: WeeklyHours) -> int:
    """Keep one weekly window, new when its id is 0, and return the id."""
    values = {
        "practitioner_id": hours.practitioner_id,
        "location_id": hours.location_id,
        "mode": hours.mode.value,
        "weekday": hours.weekday,
        "opens": hours.opens,
        "closes": hours.closes,
        "valid_from": hours.valid_from,
        "valid_until": hours.valid_until,
    }
    return _save(connection, WeeklyHoursRow, hours.id, values)


def save_dated_hours(connection: Connection, hours: DatedHours) -> int:
    """Keep the extra hours of one date, and return the id."""
    values = {
        "practitioner_id": hours.practitioner_id,
        "location_id": hours.location_id,
        "mode": hours.mode.value,
        "day": hours.day,
        "opens": hours.opens,
        "closes": hours.closes,
    }
    return _save(connection, DatedHoursRow, hours.id, values)


def save_closure(connection: Connection, closure: Closure) -> int:
    """Keep one closed day, and return the id."""
    values = {
        "location_id": closure.location_id,
        "day": closure.day,
        "title_en": closure.title.en,
        "title_es": closure.title.es,
        "opens": closure.opens,
        "closes": closure.closes,
    }
    return _save(connection, ClosureRow, closure.id, values)


def remove_weekly_hours(connection: Connection, number: int) -> bool:
    """Forget one weekly window; False when there is none."""
    return _remove(connection, WeeklyHoursRow, number)


def remove_dated_hours(connection: Connection, number: int) -> bool:
    """Forget the extra hours of one date; False when there are none."""
    return _remove(connection, DatedHoursRow, number)


def remove_closure(connection: Connection, number: int) -> bool:
    """Open again; False when there was no such closure."""
    return _remove(connection, ClosureRow, number)


def add_absence(connection: Connection, absence: Absence) -> int:
    """Keep a stretch in which a practitioner is away, and return the id. Taking the time is `absences.fill`'s."""
    values = {
        "practitioner_id": absence.practitioner_id,
        "starts_at": absence.start,
        "ends_at": absence.end,
        "note": absence.note,
        "kind": absence.kind,
        "series_id": absence.series or None,
    }
    return _save(connection, AbsenceRow, 0, values)


def remove_absence(connection: Connection, number: int) -> bool:
    """Forget an absence; the time it takes goes with it (foreign key, cascading)."""
    return _remove(connection, AbsenceRow, number)


def absences(connection: Connection, since: datetime, *, practitioner_id: int | None = None) -> list[Absence]:
    """The absences that end after `since`, of one practitioner or of all, soonest first.

    Busy times from a clinician's own calendar are not among them: nobody entered them here.
    """
    question = select(AbsenceRow.__table__).where(
        AbsenceRow.ends_at > since, AbsenceRow.calendar_id.is_(None)
    )
    if practitioner_id is not None:
        question = question.where(AbsenceRow.practitioner_id == practitioner_id)
    rows = connection.execute(question.order_by(AbsenceRow.starts_at, AbsenceRow.id))
    return [absence_of(row) for row in rows]


def absences_of_series(connection: Connection, series: str, since: datetime) -> list[Absence]:
    """What is left of a series: the absences that end after `since`, soonest first."""
    question = select(AbsenceRow.__table__).where(AbsenceRow.series_id == series, AbsenceRow.ends_at > since)
    return [
        absence_of(row) for row in connection.execute(question.order_by(AbsenceRow.starts_at, AbsenceRow.id))
    ]


def absence_of(row: Any) -> Absence:
    """The value of a row of absences."""
    return Absence(
        row.id, row.practitioner_id, row.starts_at, row.ends_at, row.note, row.kind, row.series_id or ""
    )


def _save(connection: Connection, table: type[Model], number: int, values: Mapping[str, Any]) -> int:
    columns = table.__table__.c
    if number:
        connection.execute(update(table).where(columns.id == number).values(values))
        return number
    added: int = connection.execute(insert(table).returning(columns.id), values).scalar_one()
    return added


def _remove(connection: Connection, table: type[Model], number: int) -> bool:
    return connection.execute(delete(table).where(table.__table__.c.id == number)).rowcount == 1

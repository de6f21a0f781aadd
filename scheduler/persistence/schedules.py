"""When the clinic is open, as tables: weekly hours, dated hours, closures and absences.

Wall-clock minutes stay wall-clock minutes here; `domain.schedule` alone turns them into instants.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Connection, Date, ForeignKey, Integer, String, select
from sqlalchemy.orm import Mapped, mapped_column

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

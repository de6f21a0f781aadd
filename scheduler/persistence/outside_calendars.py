"""The addresses of clinicians' own calendars elsewhere, and how reading each of them went."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    Connection,
    ForeignKey,
    Integer,
    LargeBinary,
    Row,
    String,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.outside_calendar import OutsideCalendar, Validators
from scheduler.persistence.database import Instant, Model
from scheduler.persistence.vault import Vault

NOT_ASKED = datetime(9999, 1, 1, tzinfo=UTC)
"""The moment at which a calendar wants to be read that nobody has asked for."""


class OutsideCalendarRow(Model):
    """One calendar that a clinician keeps elsewhere; its address opens it, so it is sealed.

    `etag` and `modified` are what its server said last, word for word, for asking whether anything changed. `read_at`
    is when it was last known to be as kept here; `trouble` is why it could not be read since. `check_at` is since when
    it wants to be read, `NOT_ASKED` while it does not: whoever reads it moves that forward first, and so holds it.
    """

    __tablename__ = "outside_calendar"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("practitioner.id"), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    etag: Mapped[str | None] = mapped_column(String(200))
    modified: Mapped[str | None] = mapped_column(String(64))
    trouble: Mapped[str | None] = mapped_column(String(32))
    failures: Mapped[int] = mapped_column(Integer, default=0)
    busy_times: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(Instant)
    checked_at: Mapped[datetime | None] = mapped_column(Instant)
    read_at: Mapped[datetime | None] = mapped_column(Instant)
    check_at: Mapped[datetime] = mapped_column(Instant, index=True)


def add(connection: Connection, vault: Vault, practitioner_id: int, address: str, now: datetime) -> str:
    """Keep the address of a calendar, to be read at once; returns its id."""
    number = uuid4().hex
    row = {
        "id": number,
        "practitioner_id": practitioner_id,
        "sealed": vault.seal("outside_calendar", number, {"address": address}),
        "failures": 0,
        "busy_times": 0,
        "created_at": now,
        "check_at": now,
    }
    connection.execute(insert(OutsideCalendarRow).values(row))
    return number


def of_practitioner(connection: Connection, vault: Vault, practitioner_id: int) -> list[OutsideCalendar]:
    """The calendars of one clinician, oldest first."""
    question = select(OutsideCalendarRow.__table__).where(
        OutsideCalendarRow.practitioner_id == practitioner_id
    )
    return _read(connection, vault, question.order_by(OutsideCalendarRow.created_at, OutsideCalendarRow.id))


def everybodys(connection: Connection, vault: Vault) -> list[OutsideCalendar]:
    """All calendars, by clinician."""
    table = OutsideCalendarRow
    question = select(table.__table__).order_by(table.practitioner_id, table.created_at, table.id)
    return _read(connection, vault, question)


def get(connection: Connection, vault: Vault, number: str) -> OutsideCalendar | None:
    """One calendar; None when it was taken away."""
    found = _read(
        connection, vault, select(OutsideCalendarRow.__table__).where(OutsideCalendarRow.id == number)
    )
    return found[0] if found else None


_ANY_DUE = select(OutsideCalendarRow.id).where(OutsideCalendarRow.check_at <= bindparam("now", type_=Instant))


def is_any_due(connection: Connection, now: datetime) -> bool:
    """Say whether a calendar wants to be read."""
    return connection.execute(_ANY_DUE.limit(1), {"now": now}).first() is not None


def take_due(connection: Connection, now: datetime, lease: timedelta) -> str | None:
    """Take the calendar that has waited longest to be read, for the length of a lease; None when none is due."""
    table = OutsideCalendarRow
    waiting = (
        select(table.id, table.check_at)
        .where(table.check_at <= now)
        .order_by(table.check_at, table.id)
        .limit(1)
    )
    row = connection.execute(waiting.with_for_update(skip_locked=True)).one_or_none()
    if row is None:
        return None
    mine = update(table).where(table.id == row.id, table.check_at == row.check_at)
    return row.id if connection.execute(mine.values(check_at=now + lease)).rowcount == 1 else None


def want(connection: Connection, number: str, now: datetime) -> None:
    """Let a calendar be read at once."""
    connection.execute(update(OutsideCalendarRow).where(OutsideCalendarRow.id == number).values(check_at=now))


def note_read(
    connection: Connection,
    number: str,
    validators: Validators,
    now: datetime,
    busy_times: int | None = None,
) -> None:
    """Write down that a calendar is as kept here, until somebody asks again; `busy_times` when it was read anew."""
    values: dict[str, Any] = {
        "etag": validators.etag,
        "modified": validators.modified,
        "trouble": None,
        "failures": 0,
        "checked_at": now,
        "read_at": now,
        "check_at": NOT_ASKED,
    }
    if busy_times is not None:
        values["busy_times"] = busy_times
    connection.execute(update(OutsideCalendarRow).where(OutsideCalendarRow.id == number).values(values))


def note_trouble(connection: Connection, number: str, trouble: str, now: datetime) -> None:
    """Write down that a calendar could not be read, and why; what was read before stays, until somebody asks again."""
    table = OutsideCalendarRow
    values = {"trouble": trouble, "failures": table.failures + 1, "checked_at": now, "check_at": NOT_ASKED}
    connection.execute(update(table).where(table.id == number).values(values))


def remove(connection: Connection, number: str) -> None:
    """Forget a calendar; its busy times and what they take go with it (foreign keys, cascading)."""
    connection.execute(delete(OutsideCalendarRow).where(OutsideCalendarRow.id == number))


def _read(connection: Connection, vault: Vault, question: Any) -> list[OutsideCalendar]:
    rows: Sequence[Row[Any]] = connection.execute(question).all()
    return [
        OutsideCalendar(
            id=row.id,
            practitioner_id=row.practitioner_id,
            address=vault.open("outside_calendar", row.id, row.sealed)["address"],
            validators=Validators(row.etag, row.modified),
            trouble=row.trouble,
            failures=row.failures,
            busy_times=row.busy_times,
            created_at=row.created_at,
            checked_at=row.checked_at,
            read_at=row.read_at,
        )
        for row in rows
    ]

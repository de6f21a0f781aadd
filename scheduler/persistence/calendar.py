"""The rows behind the desk's calendar, in a fixed number of statements, and a cheap mark that tells of any change.

The mark is a sum over the revisions of a day's visits, so that an open page can ask every two seconds for next to
nothing: no counter is written by anybody, which on PostgreSQL every booking would have to wait for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from scheduler.domain.appointment import Status
from scheduler.domain.calendar import Entry
from scheduler.domain.desk_state import state_of
from scheduler.domain.directory import Mode
from scheduler.domain.interval import epoch
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.database import Database, Instant
from scheduler.persistence.directory import VisitTypeRow
from scheduler.persistence.holds import HoldRow
from scheduler.persistence.people import PatientRow
from scheduler.persistence.schedules import AbsenceRow
from scheduler.persistence.vault import Vault

_STRETCH = (
    AppointmentRow.starts_at >= bindparam("first", type_=Instant),
    AppointmentRow.starts_at < bindparam("after", type_=Instant),
)
_ENTRIES: Any = (
    select(
        AppointmentRow.id,
        AppointmentRow.uid,
        AppointmentRow.revision,
        AppointmentRow.sequence,
        AppointmentRow.status,
        AppointmentRow.cancelled_late,
        AppointmentRow.mode,
        VisitTypeRow.code,
        AppointmentRow.patient_id,
        PatientRow.sealed,
        AppointmentRow.language,
        AppointmentRow.practitioner_id,
        AppointmentRow.location_id,
        AppointmentRow.room_id,
        AppointmentRow.starts_at,
        AppointmentRow.ends_at,
        AppointmentRow.confirmed_at,
        AppointmentRow.arrived_at,
        AppointmentRow.roomed_at,
        AppointmentRow.seen_at,
        AppointmentRow.left_at,
        AppointmentRow.note.is_not(None).label("has_note"),
    )
    .join(PatientRow, PatientRow.id == AppointmentRow.patient_id)
    .join(VisitTypeRow, VisitTypeRow.id == AppointmentRow.visit_type_id)
    .where(*_STRETCH, AppointmentRow.status != Status.ENTERED_IN_ERROR.value)
    .order_by(AppointmentRow.starts_at, AppointmentRow.id)
)
_AWAY = select(
    AbsenceRow.practitioner_id,
    AbsenceRow.starts_at,
    AbsenceRow.ends_at,
    AbsenceRow.kind,
    AbsenceRow.note,
).where(
    AbsenceRow.starts_at < bindparam("after", type_=Instant),
    AbsenceRow.ends_at > bindparam("first", type_=Instant),
)
_KEPT = select(HoldRow.practitioner_id, HoldRow.room_id, HoldRow.starts_at, HoldRow.ends_at).where(
    HoldRow.expires_at > bindparam("now", type_=Instant),
    HoldRow.starts_at >= bindparam("first", type_=Instant),
    HoldRow.starts_at < bindparam("after", type_=Instant),
)
_COUNTS = (
    select(AppointmentRow.practitioner_id, AppointmentRow.starts_at)
    .where(
        *_STRETCH,
        AppointmentRow.status.not_in([Status.CANCELLED.value, Status.ENTERED_IN_ERROR.value]),
    )
    .order_by(AppointmentRow.starts_at)
)

_MARK = """SELECT (SELECT max(version) FROM directory_version),
 (SELECT count(*) FROM worklist WHERE state IN ('open', 'claimed') OR (state = 'snoozed' AND snoozed_until <= {m})),
 (SELECT count(*) FROM worklist WHERE urgency = 'urgent'
  AND (state IN ('open', 'claimed') OR (state = 'snoozed' AND snoozed_until <= {m}))),
 (SELECT count(*) FROM absence WHERE starts_at < {m} AND ends_at > {m}),
 (SELECT coalesce(sum(id), 0) FROM absence WHERE starts_at < {m} AND ends_at > {m}),
 (SELECT count(*) FROM hold WHERE expires_at > {m} AND starts_at >= {m} AND starts_at < {m}),
 count(*), coalesce(sum(id), 0), coalesce(sum(revision), 0), coalesce(sum(revision * id), 0)
 FROM appointment WHERE starts_at >= {m} AND starts_at < {m}"""


@dataclass(frozen=True, slots=True)
class Away:
    """A stretch of one clinician's absence, what it is for, and what was noted about it."""

    practitioner_id: int
    start: int
    end: int
    kind: str
    note: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A time that somebody keeps online at this moment."""

    practitioner_id: int
    room_id: int | None
    start: int
    end: int


def entries(connection: Connection, vault: Vault, first: datetime, after: datetime) -> list[Entry]:
    """The visits that begin in `[first, after)`, soonest first, cancelled ones included, in one statement."""
    rows = connection.execute(_ENTRIES, {"first": first, "after": after})
    return [_entry(vault, row) for row in rows]


def away(connection: Connection, first: datetime, after: datetime) -> list[Away]:
    """The absences that touch `[first, after)`."""
    rows = connection.execute(_AWAY, {"first": first, "after": after})
    return [Away(who, epoch(start), epoch(end), kind, note) for who, start, end, kind, note in rows]


def kept(connection: Connection, first: datetime, after: datetime, now: datetime) -> list[Kept]:
    """The times in `[first, after)` that people keep while they fill in a form."""
    rows = connection.execute(_KEPT, {"first": first, "after": after, "now": now})
    return [Kept(who, room, epoch(start), epoch(end)) for who, room, start, end in rows]


def starts(connection: Connection, first: datetime, after: datetime) -> Sequence[tuple[int, datetime]]:
    """Who has visits in `[first, after)` and when each begins; cancelled ones left out."""
    return [(row[0], row[1]) for row in connection.execute(_COUNTS, {"first": first, "after": after})]


def mark(database: Database, first: datetime, after: datetime, now: datetime) -> tuple[Any, ...]:
    """What differs whenever anything that the calendar shows of `[first, after)` has changed, in one statement.

    How much waits on the desk's list stands at the head of the page, and counts as well (`worklist.count`).
    """
    begins, ends, moment = (_bound(database, each) for each in (first, after, now))
    statement = _MARK.format(m="?" if database.is_sqlite else "%s")
    values = (moment, moment, ends, begins, ends, begins, moment, begins, ends, begins, ends)
    return tuple(str(part) for part in database.ask(statement, values)[0])


def _bound(database: Database, instant: datetime) -> Any:
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if database.is_sqlite else instant


def _entry(vault: Vault, row: Row[Any]) -> Entry:
    known: Mapping[str, Any] = vault.open("patient", row.patient_id, row.sealed)
    return Entry(
        id=row.id,
        public_id=row.uid.partition("@")[0],
        revision=row.revision,
        sequence=row.sequence,
        state=state_of(Status(row.status), row.confirmed_at, row.left_at),
        late=row.cancelled_late,
        mode=Mode(row.mode),
        visit_type_code=row.code,
        patient_id=row.patient_id,
        patient=f"{known['given_name']} {known['family_name']}".strip(),
        language=row.language,
        practitioner_id=row.practitioner_id,
        location_id=row.location_id,
        room_id=row.room_id,
        start=epoch(row.starts_at),
        end=epoch(row.ends_at),
        arrived_at=row.arrived_at,
        roomed_at=row.roomed_at,
        seen_at=row.seen_at,
        has_note=bool(row.has_note),
    )

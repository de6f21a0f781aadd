"""Write made-up people and their visits, many at once: the floor under the demonstration and the load data.

Rows are the same as those of real bookings, sealed and indexed alike, and every guard of the database looks at them.
What a booking also leaves behind (links, messages, audit rows) is left out: nobody made these bookings.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import Connection

from scheduler.domain.appointment import CancelledBy, Status
from scheduler.domain.directory import Mode
from scheduler.domain.founding.crowd import someone
from scheduler.domain.founding.fullness import Placed
from scheduler.domain.interval import epoch
from scheduler.domain.person import PatientDetails, VirtualDetails
from scheduler.persistence import bulk, people, visits
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.directory import ResourceRow
from scheduler.persistence.occupancy import OccupancyRow
from scheduler.persistence.people import PatientRow
from scheduler.services.house import House

DAY = 86400
CANCELLED, MISSED = 0.05, 0.04
"""Shares of the visits that were given up, and of the past ones that nobody came to."""

APPOINTMENT = (
    *("id", "uid", "sequence", "status", "mode", "visit_type_id", "patient_id", "practitioner_id"),
    *("location_id", "room_id", "starts_at", "ends_at", "created_at", "changed_at", "language", "source"),
    *("cancelled_by", "cancelled_late", "sealed", "phone_index", "email_index"),
)
OCCUPANCY = ("resource_id", "starts_at", "ends_at", "kind", "visit_type_id", "appointment_id")
PATIENT = (
    *(
        "id",
        "sealed",
        "phone_index",
        "email_index",
        "person_index",
        "language",
        "remind_by",
        "created_at",
        "changed_at",
    ),
)


@dataclass(frozen=True, slots=True)
class Known:
    """A made-up patient as written: the id, what they say of themselves, and the look-up hashes of it."""

    id: int
    details: PatientDetails
    phone_index: bytes
    email_index: bytes | None


class Made(NamedTuple):
    """One made-up visit as written."""

    id: int
    placed: Placed
    patient: Known
    status: Status


def people_of(connection: Connection, house: House, count: int, chance: Random, now: datetime) -> list[Known]:
    """Write `count` made-up patients."""
    first, stamp = bulk.reserve(connection, ResourceRow, count), bulk.stamper(connection)(epoch(now))
    bulk.write(connection, ResourceRow, ("id", "kind"), [(first + turn, "patient") for turn in range(count)])
    known, rows = [], []
    for turn in range(count):
        details = someone(turn, chance)
        values = people.values_of(house.vault, first + turn, details, now)
        known.append(Known(first + turn, details, values["phone_index"], values["email_index"]))
        kept = (values[name] for name in ("sealed", "phone_index", "email_index", "person_index", "language"))
        rows.append((first + turn, *kept, json.dumps(values["remind_by"]), stamp, stamp))
    bulk.write(connection, PatientRow, PATIENT, rows)
    return known


def visits_of(
    connection: Connection,
    house: House,
    placed: Sequence[Placed],
    patients: Iterator[Known],
    chance: Random,
    now: datetime,
    *,
    cancelled: float = CANCELLED,
) -> list[Made]:
    """Write these visits for the next patients in turn: past ones seen or missed, later ones booked.

    `cancelled` is the share that was given up and takes no time. `patients` must not come
    round again within one day, or the database refuses the second place of one person.
    """
    first, moment = bulk.reserve(connection, AppointmentRow, len(placed)), epoch(now)
    made = [
        Made(first + turn, visit, next(patients), _status(visit, moment, chance.random(), cancelled))
        for turn, visit in enumerate(placed)
    ]
    stamp = bulk.stamper(connection)
    bulk.write(
        connection,
        AppointmentRow,
        APPOINTMENT,
        [_appointment(house, one, stamp, chance, moment) for one in made],
    )
    bulk.write(connection, OccupancyRow, OCCUPANCY, [row for one in made for row in _occupancy(one)])
    return made


def _status(visit: Placed, moment: int, drawn: float, cancelled: float) -> Status:
    if drawn < cancelled:
        return Status.CANCELLED
    if visit.end > moment:
        return Status.BOOKED
    return Status.NOSHOW if drawn < cancelled + MISSED else Status.FULFILLED


def _appointment(house: House, made: Made, stamp: bulk.Stamp, chance: Random, moment: int) -> tuple[Any, ...]:
    visit, patient = made.placed, made.patient
    uid = f"{secrets.token_hex(16)}@{house.host}"
    is_off = made.status is Status.CANCELLED
    created = min(visit.start, moment) - chance.randrange(2, 30) * DAY
    return (
        made.id,
        uid,
        int(is_off),
        made.status.value,
        visit.mode.value,
        visit.visit_type.id,
        patient.id,
        visit.practitioner_id,
        visit.location_id,
        visit.room_id,
        stamp(visit.start),
        stamp(visit.end),
        stamp(created),
        stamp(created + DAY if is_off else created),
        patient.details.language,
        chance.choice(("web", "web", "phone", "desk")),
        CancelledBy.PATIENT.value if is_off else None,
        False,
        visits.seal_details(house.vault, uid, patient.details, _virtual(visit, patient.details)),
        patient.phone_index,
        patient.email_index,
    )


def _virtual(visit: Placed, patient: PatientDetails) -> VirtualDetails | None:
    return VirtualDetails("US-TX", patient.phone, "1") if visit.mode is Mode.VIRTUAL else None


def _occupancy(made: Made) -> Iterator[tuple[Any, ...]]:
    if made.status is Status.CANCELLED:
        return
    visit, kind = made.placed, made.placed.visit_type
    start, end = visit.start - kind.buffer_before * 60, visit.end + kind.buffer_after * 60
    yield visit.practitioner_id, start, end, "visit", kind.id, made.id
    yield made.patient.id, visit.start, visit.end, "visit", None, made.id
    if visit.room_id is not None:
        yield visit.room_id, visit.start, visit.end, "visit", None, made.id

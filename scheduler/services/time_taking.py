"""Taking a time for good or for a while: find it free, wait for its resources, look again, take it.

Shared by holding, booking and moving, always inside the caller's transaction. The first look is unlocked and picks the
clinician and the room; then exactly those resources (and the patient) are locked in the order of their ids, lapsed
holds on them are swept, and the second look decides. SQLite has one write lock that the transaction holds from its
first word, so there the first look is the second.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from scheduler.domain import availability
from scheduler.domain.availability import BusyRow, Question, Reason, Slot
from scheduler.domain.booking import Hold
from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import VisitType
from scheduler.domain.errors import NotOffered, PatientBusy, SlotLost, SlotTaken
from scheduler.domain.interval import Span, epoch
from scheduler.persistence import appointment_lists, occupancy
from scheduler.persistence.occupancy import Taking
from scheduler.services import slot_search
from scheduler.services.house import House
from scheduler.services.slot_search import SlotQuery


def settle(
    connection: Connection,
    house: House,
    query: SlotQuery,
    start: datetime,
    now: datetime,
    patient_id: int | None,
    *,
    besides: tuple[int, ...] = (),
) -> tuple[Question, Slot]:
    """Decide on the slot at `start`, with everything it needs locked and free; `besides` are locked with it.

    :raises SlotTaken: when the time is gone; as SlotLost when it went between the two looks.
    :raises NotOffered: when the clinic does not offer it.
    :raises PatientBusy: when the patient has another visit then.
    """
    also = (patient_id,) if patient_id is not None else ()
    narrow = replace(query, start=start, end=start + timedelta(seconds=1))
    question, busy = slot_search.read(connection, house, narrow, now, also=also)
    slot = availability.choose(question, busy, start)
    stakes = tuple(part for part in (slot.practitioner_id, slot.room_id, patient_id) if part is not None)
    occupancy.lock(connection, (*stakes, *besides))
    occupancy.sweep(connection, stakes, _widest(takings(question.visit_type, slot, patient_id)), epoch(now))
    if occupancy.locks_rows(connection):
        exact = replace(narrow, practitioner_id=slot.practitioner_id)
        question, busy = slot_search.read(connection, house, exact, now, also=also)
        slot = _still_free(question, busy, slot)
    _refuse_two_places(busy, patient_id, slot)
    return question, slot


def settle_held(
    connection: Connection,
    house: House,
    hold: Hold,
    now: datetime,
    patient_id: int | None,
    *,
    besides: tuple[int, ...] = (),
) -> tuple[Question, Slot]:
    """The slot that is kept already, with everything it needs locked: a hold is a promise, whatever changed since.

    :raises PatientBusy: when the patient has another visit then.
    """
    slot = Slot(hold.start, hold.end, hold.mode, hold.practitioner_id, hold.location_id, hold.room_id)
    stakes = tuple(part for part in (slot.practitioner_id, slot.room_id, patient_id) if part is not None)
    occupancy.lock(connection, (*stakes, *besides))
    clinic = house.clinic(connection)
    start, end = span_of(slot)
    question = Question(clinic, clinic.visit_type(hold.visit_type_code), hold.mode, start, end, epoch(now))
    if patient_id is not None:
        _, busy = occupancy.busy(
            connection, (patient_id,), (start, end), epoch(now), without_appointment=hold.appointment_id
        )
        _refuse_two_places(busy, patient_id, slot)
    return question, slot


def squeeze(
    connection: Connection,
    house: House,
    query: SlotQuery,
    start: datetime,
    now: datetime,
    patient_id: int | None,
    *,
    besides: tuple[int, ...] = (),
) -> tuple[Question, Slot]:
    """A slot where the clinic would offer none: outside the hours, or in the buffers around other visits.

    Two visits in one place it is not: what a visit, an absence or a kept time takes stays taken, and the database says
    so when the slot is taken. The clinician must be named, and the room too where the visit needs one that is free.

    :raises NotOffered: when the clinician does not see people in this way anywhere.
    """
    question, doctor, place = _without_buffers(house.clinic(connection), query, start, now)
    kind, span = question.visit_type, (question.start, question.end)
    rooms = question.rooms(place)
    occupancy.lock(connection, [part for part in (doctor, *rooms, patient_id, *besides) if part is not None])
    occupancy.sweep(connection, (doctor,), span, epoch(now))
    _, busy = occupancy.busy(
        connection,
        (*rooms, *((patient_id,) if patient_id else ())),
        span,
        epoch(now),
        without_appointment=query.moving,
    )
    taken = {row[0] for row in busy}
    room = next((number for number in rooms if number not in taken), None)
    if kind.needs_room(query.mode) and room is None:
        raise SlotTaken
    slot = Slot(start, start + kind.duration, query.mode, doctor, place, room)
    _refuse_two_places(busy, patient_id, slot)
    beside = [
        (epoch(visit.start), epoch(visit.end))
        for visit in appointment_lists.standing_around(connection, doctor, start, slot.end)
        if visit.id != query.moving
    ]
    occupancy.cut_buffers(connection, doctor, span, beside)
    return question, slot


def _without_buffers(
    clinic: Clinic, query: SlotQuery, start: datetime, now: datetime
) -> tuple[Question, int, int]:
    """The question for a visit that needs no time around it, with its clinician and the place where they do such."""
    known = clinic.visit_type(query.visit_type_code)
    kind = replace(known, buffer_before=0, buffer_after=0, minutes=query.minutes or known.minutes)
    if query.practitioner_id is None:
        raise NotOffered(Reason.NOT_GIVEN)
    doctor = clinic.practitioner(query.practitioner_id)
    places = [place.location_id for place in doctor.places if place.mode is query.mode]
    if not places:
        raise NotOffered(Reason.NOT_GIVEN)
    span = epoch(start), epoch(start + kind.duration)
    question = Question(
        clinic, kind, query.mode, *span, epoch(now), doctor.id, False, places[0], query.room_id
    )
    return question, doctor.id, places[0]


def _still_free(question: Question, busy: list[BusyRow], slot: Slot) -> Slot:
    try:
        again = availability.choose(question, busy, slot.start)
    except SlotTaken as refusal:
        raise SlotLost from refusal
    if again.room_id != slot.room_id:
        raise SlotLost
    return again


def takings(visit_type: VisitType, slot: Slot, patient_id: int | None) -> list[Taking]:
    """What a visit at `slot` takes: its practitioner with the buffers around, its room, its patient."""
    start, end = span_of(slot)
    wide = Taking(
        slot.practitioner_id,
        start - visit_type.buffer_before * 60,
        end + visit_type.buffer_after * 60,
        visit_type.id,
    )
    others = [Taking(part, start, end) for part in (slot.room_id, patient_id) if part is not None]
    return [wide, *others]


def _widest(wanted: list[Taking]) -> Span:
    return min(taking.start for taking in wanted), max(taking.end for taking in wanted)


def span_of(slot: Slot) -> Span:
    """The visit itself in epoch seconds."""
    return epoch(slot.start), epoch(slot.end)


def _refuse_two_places(busy: list[BusyRow], patient_id: int | None, slot: Slot) -> None:
    if patient_id is None:
        return
    start, end = span_of(slot)
    if any(row[0] == patient_id and row[1] < end and start < row[2] for row in busy):
        raise PatientBusy

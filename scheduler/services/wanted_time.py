"""The time that a booking or a move asked for: as a hold has kept it, or as it is free now.

Shared: what books or moves a visit calls it inside its transaction.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.appointment import Appointment
from scheduler.domain.availability import Question, Slot
from scheduler.domain.booking import BookingRequest, Hold, MoveRequest
from scheduler.domain.errors import HoldLapsed, NotOffered, SlotLost, SlotTaken
from scheduler.domain.right import Right, demand
from scheduler.persistence import holds, occupancy
from scheduler.services import time_taking
from scheduler.services.house import House
from scheduler.services.slot_search import SlotQuery


def for_booking(
    connection: Connection,
    house: House,
    request: BookingRequest,
    query: SlotQuery,
    actor: Actor,
    now: datetime,
    patient_id: int | None,
) -> tuple[Question, Slot, Hold | None]:
    """The slot as kept when the hold stands, else as free now: a lapsed hold whose time is free books all the same.

    A manager who gives a reason also gets one in the buffers around other visits or outside the hours.
    """
    hold = holds.get(connection, request.hold_id) if request.hold_id else None
    if hold is not None and _is_booked_by(hold, request) and now < hold.expires_at:
        return (*time_taking.settle_held(connection, house, hold, now, patient_id), hold)
    if request.overbook:
        demand(actor, Right.OVERBOOK)
        squeezed = time_taking.squeeze(connection, house, query, request.start, now, patient_id)
        return (*squeezed, None)
    return (*_free(connection, house, request, query, now, patient_id), None)


def _free(
    connection: Connection,
    house: House,
    request: BookingRequest,
    query: SlotQuery,
    now: datetime,
    patient_id: int | None,
) -> tuple[Question, Slot]:
    try:
        return time_taking.settle(connection, house, query, request.start, now, patient_id)
    except (NotOffered, SlotTaken) as refusal:
        if request.hold_id is not None and not isinstance(refusal, SlotLost):
            raise HoldLapsed from refusal
        raise


def _is_booked_by(hold: Hold, request: BookingRequest) -> bool:
    return (hold.start, hold.mode, hold.visit_type_code) == (
        request.start,
        request.mode,
        request.visit_type_code,
    )


def take(
    connection: Connection, question: Question, slot: Slot, hold: Hold | None, appointment: Appointment
) -> None:
    """Turn the hold into the visit, or take the time afresh; the patient's time is always new.

    A request that began before the hold lapsed may come here after another one has swept it, in part or whole. What the
    hold no longer keeps is taken afresh, and the database says whether it is still free.

    :raises SlotLost: when it is not.
    """
    wanted = time_taking.takings(question.visit_type, slot, appointment.patient_id)
    if hold is not None:
        kept = occupancy.settle_hold(connection, hold.id, appointment.id)
        holds.remove(connection, hold.id)
        own = [taking for taking in wanted if taking.resource_id == appointment.patient_id]
        if kept == len(wanted) - len(own):
            wanted = own
        else:
            occupancy.release(connection, appointment.id)
    occupancy.take(connection, wanted, "visit", appointment_id=appointment.id)


def for_move(
    connection: Connection,
    house: House,
    wish: MoveRequest,
    query: SlotQuery,
    before: Appointment,
    now: datetime,
) -> tuple[Question, Slot]:
    """The time as kept, or as free now beside the visit's own; whoever gives the old time back is locked as well."""
    old = (before.practitioner_id,)
    hold = holds.get(connection, wish.hold_id) if wish.hold_id else None
    if hold is not None and _is_moved_by(hold, wish, before) and now < hold.expires_at:
        question, slot = time_taking.settle_held(connection, house, hold, now, before.patient_id, besides=old)
        occupancy.release_hold(connection, hold.id)
        holds.remove(connection, hold.id)
        return question, slot
    take = time_taking.squeeze if wish.overbook else time_taking.settle
    return take(connection, house, query, wish.start, now, before.patient_id, besides=old)


def _is_moved_by(hold: Hold, wish: MoveRequest, before: Appointment) -> bool:
    return (hold.start, hold.mode, hold.appointment_id) == (wish.start, wish.mode, before.id)


def take_instead(connection: Connection, question: Question, slot: Slot, changed: Appointment) -> None:
    occupancy.release(connection, changed.id)
    wanted = time_taking.takings(question.visit_type, slot, changed.patient_id)
    occupancy.take(connection, wanted, "visit", appointment_id=changed.id)

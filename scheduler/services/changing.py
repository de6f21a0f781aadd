"""Changing a visit that stands: another time, another way to meet, or not at all. The UID and the links stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from scheduler.domain import desk_change
from scheduler.domain.actor import Actor
from scheduler.domain.appointment import Appointment, CancelledBy, Status
from scheduler.domain.availability import Slot
from scheduler.domain.booking import MoveRequest
from scheduler.domain.desk_change import Shape
from scheduler.domain.directory import Mode
from scheduler.domain.eligibility import CONSENT
from scheduler.domain.errors import CutOffPassed, InvalidInput, MoveRefused, StaleVersion
from scheduler.domain.news import Change
from scheduler.domain.person import VirtualDetails
from scheduler.domain.right import Right, demand
from scheduler.domain.visit import Visit
from scheduler.domain.wording import N_
from scheduler.domain.worklist import ANSWERED_BY_CANCEL, ANSWERED_BY_MOVE, End
from scheduler.persistence import (
    appointments,
    audit,
    consents,
    holds,
    occupancy,
    planned_messages,
    video_visits,
    visits,
    waitlist,
    worklist,
)
from scheduler.services import announcement, desk_log, giving_back, out_of_area, racing, wanted_time
from scheduler.services.house import House
from scheduler.services.slot_search import SlotQuery

LATE = timedelta(hours=24)
"""A cancellation nearer to the visit than this is called late (CLINIC: "cancelled late")."""

BY_DESK = frozenset({"desk", "phone", "walk-in"})
"""Sources of visits whose first news waited, because the desk had booked them."""


def show(house: House, appointment_id: int) -> Visit:
    """Show a visit with its people and places.

    :raises NotFound: when there is none.
    """
    with house.database.reading() as connection:
        return visits.get(connection, house.vault, house.clinic(connection), appointment_id)


def move(house: House, appointment_id: int, wish: MoveRequest, actor: Actor, now: datetime) -> Visit:
    """Move a visit to another time or another way to meet, and owe the news; the same wish twice changes nothing.

    :raises CutOffPassed: when a patient comes too late for it.
    :raises StaleVersion, MoveRefused: when the visit changed meanwhile or can no longer change.
    :raises SlotTaken, NotOffered, HoldLapsed: with the nearest free times.
    """
    with house.database.reading() as connection:
        code = appointments.get(connection, appointment_id).visit_type_code
    query = SlotQuery(
        code,
        wish.mode,
        wish.start,
        wish.start,
        wish.practitioner_id,
        for_desk=actor.is_staff,
        moving=appointment_id,
        room_id=wish.room_id,
        minutes=wish.minutes,
    )

    def attempt() -> Visit:
        with house.database.transaction() as connection:
            return move_within(connection, house, appointment_id, wish, query, actor, now)

    return racing.until_settled(house, attempt, query, wish.start, now)


def cancel(
    house: House,
    appointment_id: int,
    by: CancelledBy,
    actor: Actor,
    now: datetime,
    *,
    reason: str | None = None,
    seen: int | None = None,
) -> Visit:
    """Give a visit up, give its time back and owe the news; cancelling twice changes nothing.

    :raises CutOffPassed: when a patient comes too late for it.
    :raises StaleVersion, MoveRefused: when the visit changed meanwhile or can no longer change.
    """
    with house.database.transaction() as connection:
        return cancel_within(connection, house, appointment_id, by, actor, now, reason=reason, seen=seen)


def cancel_within(
    connection: Connection,
    house: House,
    appointment_id: int,
    by: CancelledBy,
    actor: Actor,
    now: datetime,
    *,
    reason: str | None = None,
    seen: int | None = None,
    in_time: bool = False,
    tell: bool = True,
) -> Visit:
    """The same in the caller's transaction; when it is refused, nothing was written. Without `tell` nobody is told.

    `in_time` says that the patient asked before the cut-off, and that it is only carried out now.
    """
    visit = _open(connection, house, appointment_id)
    before = visit.appointment
    if before.status is Status.CANCELLED:
        return visit
    _refuse_late_or_stale(visit, seen, None, actor, None if in_time else now)
    changed = replace(
        before.moved_to(Status.CANCELLED, now),
        cancelled_by=by,
        cancel_reason=reason,
        cancelled_late=now > before.start - LATE,
    )
    changed = appointments.change(connection, before, changed)
    occupancy.lock(connection, [before.practitioner_id])
    occupancy.release(connection, appointment_id)
    holds.remove_of(connection, appointment_id)
    giving_back.after(connection, before.practitioner_id, before.start, before.end, now)
    waitlist.close_of_visit(connection, appointment_id, now)
    worklist.settle(connection, house.vault, ANSWERED_BY_CANCEL, appointment_id, End.SETTLED, actor, now)
    after = replace(visit, appointment=changed)
    quietly = not tell or _nobody_heard(connection, before, actor)
    wait = desk_log.wait_for(actor)
    announcement.owe_about(connection, after, Change.CANCELLED, now, wait=wait, quietly=quietly)
    desk_log.note(connection, house, actor, desk_change.CANCELLED, before, changed, now, told=tell)
    _record(connection, actor, "cancel", changed, now)
    return after


def move_within(
    connection: Connection,
    house: House,
    appointment_id: int,
    wish: MoveRequest,
    query: SlotQuery,
    actor: Actor,
    now: datetime,
    *,
    is_offered: bool = False,
) -> Visit:
    """The same in the caller's transaction; a time that the clinic itself offered may come after the cut-off."""
    visit = _open(connection, house, appointment_id)
    before = visit.appointment
    if _is_there(before, wish):
        return visit
    if wish.overbook:
        demand(actor, Right.OVERBOOK)
    _refuse_late_or_stale(visit, wish.seen, wish.revision, actor, None if is_offered else now)
    virtual = _virtual_details(visit, wish)
    question, slot = wanted_time.for_move(connection, house, wish, query, before, now)
    holds.remove_of(connection, appointment_id)
    changed = _at(before, slot, now)
    changed = appointments.change(connection, before, changed)
    if before.mode is Mode.VIRTUAL and before.start != changed.start:
        video_visits.start_over(connection, appointment_id)
    wanted_time.take_instead(connection, question, slot, changed)
    giving_back.after(connection, before.practitioner_id, before.start, before.end, now)
    worklist.settle(connection, house.vault, ANSWERED_BY_MOVE, appointment_id, End.SETTLED, actor, now)
    if virtual is not None and virtual != visit.virtual:
        _keep_virtual(connection, house, visit, virtual, now)
    after = replace(visit.standing_as(changed, question.clinic), virtual=virtual or visit.virtual)
    out_of_area.tell_desk(connection, house, after, now)
    _tell(connection, after, before, wish, actor, now)
    desk_log.note(
        connection,
        house,
        actor,
        desk_change.MOVED,
        before,
        changed,
        now,
        told=wish.tell,
        reason=wish.overbook,
    )
    _record(connection, actor, "move", changed, now)
    return after


def _tell(
    connection: Connection, after: Visit, before: Appointment, wish: MoveRequest, actor: Actor, now: datetime
) -> None:
    """Owe the news, unless it is none to the patient: another room or another length at the same start."""
    changed = after.appointment
    same = Shape.of(before).is_as_told(Shape.of(changed))
    is_first = _nobody_heard(connection, before, actor)
    news = Change.BOOKED if is_first else _news(before, changed, actor, wish)
    announcement.owe_about(
        connection,
        after,
        news,
        now,
        wait=desk_log.wait_for(actor),
        quietly=(same or not wish.tell) and not is_first,
        believed=None if is_first else before.start,
    )


def _nobody_heard(connection: Connection, visit: Appointment, actor: Actor) -> bool:
    """Say whether the visit's people are still to hear of it at all: the desk changed it before its news had left."""
    if not actor.is_staff or visit.source not in BY_DESK:
        return False
    news = planned_messages.news_of(connection, visit.id)
    return bool(news) and not any(each.is_out for each in news)


def _open(connection: Connection, house: House, appointment_id: int) -> Visit:
    """The visit, with other writers waiting."""
    appointments.get(connection, appointment_id, locked=True)
    return visits.get(connection, house.vault, house.clinic(connection), appointment_id)


def _is_there(before: Appointment, wish: MoveRequest) -> bool:
    same_people = wish.practitioner_id in (None, before.practitioner_id)
    same_place = wish.room_id in (None, before.room_id)
    same_length = wish.minutes is None or before.start + timedelta(minutes=wish.minutes) == before.end
    same_time = (before.start, before.mode) == (wish.start, wish.mode)
    return before.is_open and same_time and same_people and same_place and same_length


def _refuse_late_or_stale(
    visit: Visit, seen: int | None, revision: int | None, actor: Actor, now: datetime | None
) -> None:
    """Refuse what came too late or from an old page; without `now` it surely came in time."""
    if not visit.appointment.is_open:
        raise MoveRefused
    if seen not in (None, visit.appointment.sequence) or revision not in (None, visit.appointment.revision):
        raise StaleVersion
    if now is not None and not actor.is_staff and not visit.may_change(now):
        raise CutOffPassed


def _virtual_details(visit: Visit, wish: MoveRequest) -> VirtualDetails | None:
    if wish.mode not in visit.visit_type.modes:
        raise InvalidInput({"mode": N_("This visit cannot be booked in this way.")})
    if wish.mode is Mode.VIRTUAL and wish.virtual is None and visit.virtual is None:
        raise InvalidInput({"virtual": N_("For a video visit we need to know where you will be.")})
    return wish.virtual


def _at(before: Appointment, slot: Slot, now: datetime) -> Appointment:
    """The visit's next version at `slot`."""
    return replace(
        before,
        sequence=before.sequence + 1,
        mode=slot.mode,
        start=slot.start,
        end=slot.end,
        practitioner_id=slot.practitioner_id,
        location_id=slot.location_id,
        room_id=slot.room_id,
        changed_at=before.next_stamp(now),
        confirmed_at=None,
        confirmed_by=None,
    )


def _keep_virtual(
    connection: Connection, house: House, visit: Visit, virtual: VirtualDetails, now: datetime
) -> None:
    appointment = visit.appointment
    sealed = visits.seal_details(house.vault, appointment.uid, visit.patient, virtual)
    appointments.reseal(connection, appointment.id, sealed)
    consents.keep(
        connection,
        appointment_id=appointment.id,
        patient_id=appointment.patient_id,
        kind=CONSENT,
        version=virtual.consent_version,
        language=appointment.language,
        channel="web",
        now=now,
    )


def _news(before: Appointment, changed: Appointment, actor: Actor, wish: MoveRequest) -> Change:
    if before.mode is not changed.mode and before.start == changed.start:
        return Change.SWITCHED
    return Change.MOVED_BY_CLINIC if actor.is_staff and not wish.is_patients else Change.MOVED


def _record(
    connection: Connection, actor: Actor, action: str, appointment: Appointment, now: datetime
) -> None:
    audit.record(
        connection, actor, action, "appointment", appointment.id, now=now, patient_id=appointment.patient_id
    )

"""Taking a change of the desk back: the visit stands as before, and what was not sent yet is not sent.

News of a desk's change waits a minute in the outbox, so within that minute nobody hears of a slip at all. Later, from
the visit's history, undoing is a change of its own that people are told of, because they were told of the first one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.appointment import HOLDS_TIME, Appointment, CancelledBy, Status
from scheduler.domain.availability import Slot
from scheduler.domain.desk_change import BOOKED, CANCELLED, GRACE, MOVED, STATUS, DeskChange, Shape
from scheduler.domain.errors import NotFound, SlotLost, SlotTaken, StaleVersion
from scheduler.domain.news import Change
from scheduler.domain.right import Right, demand
from scheduler.domain.visit import Visit
from scheduler.persistence import (
    appointments,
    audit,
    desk_changes,
    holds,
    occupancy,
    planned_messages,
    visits,
)
from scheduler.services import announcement, changing, giving_back, time_taking
from scheduler.services.house import House

RIGHTS = {BOOKED: Right.BOOK, MOVED: Right.MOVE, CANCELLED: Right.CANCEL, STATUS: Right.SET_STATUS}
MISTAKE = "mistake"


def last(house: House, actor: Actor, now: datetime) -> DeskChange | None:
    """The change that the undo key takes back: this person's newest of the last minute that still stands."""
    demand(actor, Right.SEE_VISITS)
    with house.database.reading() as connection:
        return desk_changes.last_of(connection, actor.id[:64], now - GRACE)


def undo(house: House, change_id: str, actor: Actor, now: datetime) -> Visit:
    """Take one change back, with the messages of it that have not left.

    :raises NotFound: when there is no such change.
    :raises NotPermitted: when the actor may not make such a change.
    :raises StaleVersion: when the visit no longer stands as this change left it, or it was taken back already.
    :raises SlotTaken: when the time before was given to somebody else meanwhile.
    """
    with house.database.transaction() as connection:
        change = desk_changes.get(connection, change_id)
        if change is None:
            raise NotFound
        demand(actor, RIGHTS[change.kind])
        appointments.get(connection, change.appointment_id, locked=True)
        visit = visits.get(connection, house.vault, house.clinic(connection), change.appointment_id)
        if not change.may_be_undone(visit.appointment) or not desk_changes.undo(connection, change.id, now):
            raise StaleVersion
        after = _undone(connection, house, change, visit, actor, now)
        _record(connection, actor, change, after, now)
        return after


def _undone(
    connection: Connection, house: House, change: DeskChange, visit: Visit, actor: Actor, now: datetime
) -> Visit:
    if change.before is None:
        return _unbook(connection, house, visit, actor, now)
    if change.kind == STATUS:
        after = appointments.change(connection, visit.appointment, change.before.put_on(visit.appointment))
        return replace(visit, appointment=after)
    return _restore(connection, house, change.before, visit, now)


def _unbook(connection: Connection, house: House, visit: Visit, actor: Actor, now: datetime) -> Visit:
    """A booking of which nobody has heard never was; one that was told is cancelled, and that is told too."""
    before = visit.appointment
    if _heard(planned_messages.news_of(connection, before.id)):
        return changing.cancel_within(
            connection, house, before.id, CancelledBy.DESK, actor, now, reason=MISTAKE
        )
    gone = replace(
        before,
        status=Status.ENTERED_IN_ERROR,
        sequence=before.sequence + 1,
        changed_at=before.next_stamp(now),
    )
    after = appointments.change(connection, before, gone)
    _give_back(connection, before, now)
    planned_messages.supersede(connection, before.id, after.sequence)
    return replace(visit, appointment=after)


def _restore(connection: Connection, house: House, shape: Shape, visit: Visit, now: datetime) -> Visit:
    """The visit at its old time and place again, at a new version: calendars must take the old time for news."""
    before = visit.appointment
    news = planned_messages.news_of(connection, before.id)
    back = replace(shape.put_on(before), sequence=before.sequence + 1, changed_at=before.next_stamp(now))
    stakes = [
        part for part in (before.practitioner_id, back.practitioner_id, back.room_id) if part is not None
    ]
    occupancy.lock(connection, [*stakes, back.patient_id])
    after = appointments.change(connection, before, back)
    _give_back(connection, before, now, lock=False)
    _take_again(connection, house, after)
    standing = visit.standing_as(after, house.clinic(connection))
    _tell(connection, standing, before, news, now)
    return standing


def _take_again(connection: Connection, house: House, visit: Appointment) -> None:
    if visit.status not in HOLDS_TIME:
        return
    slot = Slot(visit.start, visit.end, visit.mode, visit.practitioner_id, visit.location_id, visit.room_id)
    kind = house.clinic(connection).visit_type(visit.visit_type_code)
    try:
        occupancy.take(
            connection,
            time_taking.takings(kind, slot, visit.patient_id),
            "visit",
            appointment_id=visit.id,
        )
    except SlotLost as refusal:
        raise SlotTaken from refusal


def _give_back(connection: Connection, visit: Appointment, now: datetime, *, lock: bool = True) -> None:
    if lock:
        occupancy.lock(connection, [visit.practitioner_id])
    occupancy.release(connection, visit.id)
    holds.remove_of(connection, visit.id)
    giving_back.after(connection, visit.practitioner_id, visit.start, visit.end, now)


def _tell(
    connection: Connection,
    visit: Visit,
    undone: Appointment,
    news: Sequence[planned_messages.News],
    now: datetime,
) -> None:
    """Those who have heard of the change hear of its end; those who had not even heard of the booking hear of that."""
    told = [each for each in news if each.is_out]
    if any(each.sequence == undone.sequence for each in told):
        change = Change.BOOKED if undone.status is Status.CANCELLED else Change.MOVED_BY_CLINIC
        announcement.owe_about(connection, visit, change, now, believed=undone.start)
    elif not told and news:
        announcement.owe_about(connection, visit, Change.BOOKED, now, wait=GRACE)
    else:
        announcement.owe_about(connection, visit, Change.MOVED_BY_CLINIC, now, quietly=True)


def _heard(news: Sequence[planned_messages.News]) -> bool:
    return any(each.is_out for each in news)


def _record(connection: Connection, actor: Actor, change: DeskChange, after: Visit, now: datetime) -> None:
    audit.record(
        connection,
        actor,
        "undo",
        "appointment",
        change.appointment_id,
        now=now,
        patient_id=after.appointment.patient_id,
        detail={"change": change.kind},
    )

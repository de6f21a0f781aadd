"""Keeping a time for somebody who is still filling in the form, and giving it back.

No absence claims a kept time (`persistence.absences`), so giving it back leaves nothing to fill.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.allowance import HOLDS_OF_ADDRESS, network_of
from scheduler.domain.booking import Hold
from scheduler.domain.errors import HoldLapsed, TooManyHolds
from scheduler.domain.interval import epoch
from scheduler.persistence import audit, holds, occupancy
from scheduler.services import racing, restraint, time_taking, timed_actions
from scheduler.services.house import House
from scheduler.services.slot_search import SlotQuery


def hold(
    house: House,
    query: SlotQuery,
    start: datetime,
    actor: Actor,
    now: datetime,
    *,
    instead_of: str | None = None,
) -> Hold:
    """Keep the time at `start` for the clinic's hold minutes; a time kept before (`instead_of`) is given back.

    :raises SlotTaken: with the nearest free times, when the time is gone.
    :raises NotOffered: with the nearest free times, when the clinic does not offer it.
    :raises TooManyHolds: when the actor's address keeps more and more of them.
    """

    def once() -> Hold:
        with house.database.transaction() as connection:
            is_instead = instead_of is not None and _give_back(connection, instead_of)
            if query.moving is not None:  # one link keeps one time, in however many windows
                is_instead = holds.remove_of(connection, query.moving) or is_instead
            kept = _keep(connection, house, query, start, actor, now)
            if not is_instead:
                _count(connection, house, actor, now)
            return kept

    return racing.until_settled(house, once, query, start, now)


def extend(house: House, hold_id: str, now: datetime) -> Hold:
    """Keep a held time for the hold minutes from now on; a second press at the same moment changes nothing.

    :raises HoldLapsed: when it was given back, or was extended as often as the clinic allows.
    """
    with house.database.transaction() as connection:
        kept = holds.get(connection, hold_id)
        organization = house.clinic(connection).organization
        if kept is None or kept.expires_at <= now or kept.extensions >= organization.hold_extensions:
            raise HoldLapsed
        until = now + timedelta(minutes=organization.hold_minutes)
        was_first = holds.extend(connection, kept, until)
        rows = occupancy.extend_hold(connection, hold_id, epoch(until)) if was_first else 0
        may_take_nothing = kept.appointment_id is not None  # a move within the visit's own time
        if was_first and not rows and not may_take_nothing:
            raise HoldLapsed
        return replace(kept, expires_at=until, extensions=kept.extensions + 1)


def get(house: House, hold_id: str | None, now: datetime) -> Hold | None:
    """Show a held time; None once it lapsed or was given back."""
    if hold_id is None:
        return None
    with house.database.reading() as connection:
        kept = holds.get(connection, hold_id)
    return kept if kept is not None and kept.expires_at > now else None


def release(house: House, hold_id: str) -> None:
    """Give a held time back; giving back twice changes nothing."""
    with house.database.transaction() as connection:
        _give_back(connection, hold_id)


def release_lapsed(house: House, now: datetime) -> int:
    """Give back every time whose while is over; returns how many (the worker's housekeeping)."""
    with house.database.transaction() as connection:
        return holds.remove_lapsed(connection, now)


def _give_back(connection: Connection, hold_id: str) -> bool:
    occupancy.release_hold(connection, hold_id)
    return holds.remove(connection, hold_id)


def _count(connection: Connection, house: House, actor: Actor, now: datetime) -> None:
    """Counted last: two people at one address wait for each other only while the second one's time is written."""
    if actor.is_staff:
        return
    wait = restraint.use(connection, house, HOLDS_OF_ADDRESS, network_of(actor.address), now)
    if wait:
        raise TooManyHolds(wait)


def _keep(
    connection: Connection, house: House, query: SlotQuery, start: datetime, actor: Actor, now: datetime
) -> Hold:
    question, slot = time_taking.settle(connection, house, query, start, now, None)
    until = now + timedelta(minutes=question.clinic.organization.hold_minutes)
    hold_id = holds.add(connection, question.visit_type.id, slot, until, query.moving)
    wanted = time_taking.takings(question.visit_type, slot, None)
    if query.moving is not None:
        wanted = occupancy.not_yet_taken(connection, query.moving, wanted)
    if wanted:
        occupancy.take(connection, wanted, "hold", hold_id=hold_id, hold_until=epoch(until))
    timed_actions.owe_release(connection, hold_id, until, now)
    audit.record(connection, actor, "hold", "hold", hold_id, now=now)
    return Hold(
        id=hold_id,
        visit_type_code=query.visit_type_code,
        mode=slot.mode,
        practitioner_id=slot.practitioner_id,
        location_id=slot.location_id,
        room_id=slot.room_id,
        start=slot.start,
        end=slot.end,
        expires_at=until,
        appointment_id=query.moving,
    )

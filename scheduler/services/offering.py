"""Offering a free time to those who wait: kept for a few at once, the first valid answer has it, the others are told.

A round is one time, one hold and up to three people. Each is shown a visit that is only proposed (`proposing`);
accepting it (`taking_up`) makes it theirs, or brings their own visit forward to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain import availability
from scheduler.domain.actor import SYSTEM, Actor
from scheduler.domain.directory import Mode
from scheduler.domain.errors import OfferGone
from scheduler.domain.right import Right, demand
from scheduler.domain.waitlist import Candidate, Entry, OfferState, ranked, think_until
from scheduler.persistence import appointments, audit, holds, occupancy, offer_rounds, waitlist, wake_up
from scheduler.persistence.offer_rounds import Round
from scheduler.services import proposing, slot_search
from scheduler.services.house import House
from scheduler.services.slot_search import SlotQuery

Freed = tuple[int, datetime, datetime]
"""A clinician, and from when to when their time is free."""


def candidates(
    connection: Connection, house: House, practitioner_id: int, start: datetime, end: datetime, now: datetime
) -> list[Candidate]:
    """Who waits for a time like this, with the soonest time in it that suits, the first to be asked first."""
    thinking = offer_rounds.busy_entries(connection)
    found = []
    for entry in waitlist.waiting(connection):
        if entry.id in thinking or (entry.visit_start is not None and entry.visit_start <= now):
            continue
        candidate = _candidate(connection, house, entry, (practitioner_id, start, end), now)
        if candidate is not None:
            found.append(candidate)
    return ranked(found)


def _candidate(
    connection: Connection,
    house: House,
    entry: Entry,
    freed: Freed,
    now: datetime,
) -> Candidate | None:
    practitioner_id, start, end = freed
    for mode in sorted(entry.wish.modes):
        query = _query(entry, mode, practitioner_id, max(start, now), end)
        question, busy = slot_search.read(connection, house, query, now)
        for slot in availability.free_slots(question, busy):
            place = question.clinic.location(slot.location_id)
            asked = offer_rounds.asked_about(connection, practitioner_id, slot.start)
            if entry.id not in asked and entry.fits(slot, place.tz, now):
                return Candidate(entry, slot)
    return None


def _query(entry: Entry, mode: Mode, practitioner_id: int, start: datetime, end: datetime) -> SlotQuery:
    """Their own visit counts as taken time: a time that overlaps it is no gain."""
    return SlotQuery(entry.wish.visit_type_code, mode, start, end, practitioner_id, for_desk=True)


def offer(
    connection: Connection,
    house: House,
    chosen: Sequence[Candidate],
    actor: Actor,
    now: datetime,
    *,
    automatic: bool,
) -> str | None:
    """Offer one time to these people, in the caller's transaction; the round's id, or None when it is too late for it.

    All of them are offered times that begin together; the others of `chosen` are left out.
    """
    if not chosen:
        return None
    start = chosen[0].slot.start
    group = [one for one in chosen if one.slot.start == start]
    settings, clinic = waitlist.settings(connection), house.clinic(connection)
    until = think_until(now, start, settings.minutes, clinic.messages.quiet, clinic.organization.zone)
    if until is None:
        return None
    hold_id = proposing.keep(connection, house, group, until, now)
    practitioner_id = chosen[0].slot.practitioner_id
    round_id = offer_rounds.open_round(
        connection, practitioner_id, start, hold_id, until, automatic=automatic, now=now
    )
    for one in group:
        proposing.propose(connection, house, round_id, one, until, now)
    proposing.owe_expiry(connection, round_id, until, now)
    wake_up.call(connection)
    audit.record(
        connection, actor, "offer", "offer-round", round_id, now=now, detail={"people": str(len(group))}
    )
    return round_id


def offer_by_hand(
    house: House,
    freed: Freed,
    entry_ids: Sequence[str],
    actor: Actor,
    now: datetime,
) -> str:
    """Offer a free time to the people whom the desk has chosen; returns the round's id.

    :raises OfferGone: when none of them can have it any more, or it is too late to ask.
    """
    demand(actor, Right.WAIT_LIST)
    with house.database.transaction() as connection:
        found = candidates(connection, house, *freed, now)
        chosen = [one for one in found if one.entry.id in set(entry_ids)][:3]
        round_id = offer(connection, house, chosen, actor, now, automatic=False)
    if round_id is None:
        raise OfferGone
    return round_id


def expire(connection: Connection, house: House, round_id: str, now: datetime) -> datetime | None:
    """End a round whose time to think is over, and ask the next; the moment to look again when it is not over yet."""
    one = offer_rounds.round_of(connection, round_id, locked=True)
    if one is None or not one.is_open:
        return None
    if now < one.expires_at:
        return one.expires_at
    end(connection, house, one, OfferState.EXPIRED, now)
    return None


def end(connection: Connection, house: House, one: Round, state: OfferState, now: datetime) -> None:
    """Close a round without a winner, give its time back and go on to those who were not asked yet."""
    offer_rounds.end_round(connection, one.id)
    left = [made for made in offer_rounds.offers_of(connection, [one.id]) if made.state is OfferState.OPEN]
    offer_rounds.settle_offers(connection, [made.id for made in left], state, now)
    ends = one.start
    for made in offer_rounds.offers_of(connection, [one.id]):
        ends = max(ends, appointments.get(connection, made.proposed).end)
    for made in left:
        proposing.let_go(connection, house, made, now)
    occupancy.lock(connection, [one.practitioner_id])
    occupancy.release_hold(connection, one.hold_id)
    holds.remove(connection, one.hold_id)
    if one.automatic:
        offer_freed(connection, house, one.practitioner_id, one.start, ends, now)


def offer_freed(
    connection: Connection, house: House, practitioner_id: int, start: datetime, end: datetime, now: datetime
) -> int:
    """Offer a time by itself where the clinic says so; returns how many people it suits whom nobody has asked."""
    found = candidates(connection, house, practitioner_id, start, end, now)
    settings = waitlist.settings(connection)
    if not found or not settings.automatic:
        return len(found)
    together = [one for one in found if one.slot.start == found[0].slot.start]
    is_asked = offer(connection, house, together[: settings.people], SYSTEM, now, automatic=True)
    return 0 if is_asked else len(found)

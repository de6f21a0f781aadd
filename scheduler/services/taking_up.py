"""Taking an offered time up or letting it go, as the person decides who was asked.

Whoever answers waits for the round first, then for the people and rooms, so that of two who accept at once one wins and
the other is told so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.appointment import Appointment, Status
from scheduler.domain.booking import MoveRequest
from scheduler.domain.errors import NotFound, NotOffered, OfferGone, SlotTaken
from scheduler.domain.link import Link
from scheduler.domain.news import Change
from scheduler.domain.notification import Kind
from scheduler.domain.visit import Visit
from scheduler.domain.waitlist import Entry, EntryState, OfferState
from scheduler.persistence import (
    appointments,
    audit,
    holds,
    occupancy,
    offer_rounds,
    outbox,
    visits,
    waitlist,
    wake_up,
)
from scheduler.persistence.offer_rounds import Offer, Round
from scheduler.services import (
    announcement,
    changing,
    offering,
    private_links,
    proposing,
    racing,
    time_taking,
)
from scheduler.services.house import House
from scheduler.services.slot_search import SlotQuery


@dataclass(frozen=True, slots=True)
class Shown:
    """An offered time as its reader sees it: the visit it would be, how the offer stands, and until when."""

    visit: Visit
    state: OfferState
    until: datetime
    instead_of: datetime | None


def show(house: House, link: Link, now: datetime) -> Shown:
    """Show an offered time.

    :raises NotFound: when the link is of no offer.
    """
    with house.database.reading() as connection:
        number = link.appointment_id or 0
        made = offer_rounds.offer_of(connection, number)
        if made is None:
            raise NotFound
        one = offer_rounds.round_of(connection, made.round_id)
        entry = waitlist.get(connection, made.entry_id)
        assert one is not None
        assert entry is not None
        visit = visits.get(connection, house.vault, house.clinic(connection), number)
    state = made.state
    if state is OfferState.OPEN and (not one.is_open or now >= one.expires_at):
        state = OfferState.EXPIRED
    return Shown(visit, state, one.expires_at, entry.visit_start)


def accept(house: House, link: Link, actor: Actor, now: datetime) -> Visit:
    """Take the offered time; of several who do, the first has it. Pressed twice by the same person it is one visit.

    :raises OfferGone: when somebody was faster, or the time to think is over.
    :raises PatientBusy: when the patient has another visit then.
    :raises NotFound: when the link is of no offer.
    """
    shown = show(house, link, now)
    appointment = shown.visit.appointment
    query = SlotQuery(appointment.visit_type_code, appointment.mode, appointment.start, appointment.start)

    def attempt() -> Visit:
        with house.database.transaction() as connection:
            return _accept(connection, house, appointment.id, actor, now)

    try:
        return racing.until_settled(house, attempt, query, appointment.start, now)
    except (SlotTaken, NotOffered) as refusal:
        raise OfferGone from refusal


def decline(house: House, link: Link, actor: Actor, now: datetime) -> None:
    """Let an offered time go; when nobody is left to think it over, the next are asked."""
    with house.database.transaction() as connection:
        made, one = _locked(connection, link.appointment_id or 0)
        if made.state is not OfferState.OPEN or not one.is_open:
            return
        offer_rounds.settle_offers(connection, [made.id], OfferState.DECLINED, now)
        proposing.let_go(connection, house, made, now)
        audit.record(connection, actor, "decline-offer", "offer", made.id, now=now)
        others = offer_rounds.offers_of(connection, [one.id])
        if not any(other.state is OfferState.OPEN for other in others):
            offering.end(connection, house, one, OfferState.WITHDRAWN, now)


def _accept(connection: Connection, house: House, number: int, actor: Actor, now: datetime) -> Visit:
    made, one = _locked(connection, number)
    entry = waitlist.get(connection, made.entry_id)
    assert entry is not None
    if made.state is OfferState.ACCEPTED:
        return _settled(connection, house, entry, number)
    if made.state is not OfferState.OPEN or not one.is_open or now >= one.expires_at:
        raise OfferGone
    proposed = appointments.get(connection, number, locked=True)
    _make_room(connection, proposed, one, entry)
    offer_rounds.end_round(connection, one.id)
    offer_rounds.settle_offers(connection, [made.id], OfferState.ACCEPTED, now)
    if entry.appointment_id is not None:
        visit = _bring_forward(connection, house, entry.appointment_id, proposed, actor, now)
        proposing.cancel(connection, proposed, now)
    else:
        visit = _book(connection, house, proposed, actor, now)
    waitlist.close(connection, entry.id, EntryState.SERVED, now)
    _tell_others(connection, house, one, made, now)
    audit.record(
        connection, actor, "accept-offer", "offer", made.id, now=now, patient_id=visit.appointment.patient_id
    )
    return visit


def _locked(connection: Connection, number: int) -> tuple[Offer, Round]:
    """The offer whose visit this would be, with its round held still; read again once it is."""
    made = offer_rounds.offer_of(connection, number)
    if made is None:
        raise NotFound
    one = offer_rounds.round_of(connection, made.round_id, locked=True)
    again = offer_rounds.offer_of(connection, number)
    assert one is not None
    assert again is not None
    return again, one


def _settled(connection: Connection, house: House, entry: Entry, number: int) -> Visit:
    kept = entry.appointment_id or number
    return visits.get(connection, house.vault, house.clinic(connection), kept)


def _make_room(connection: Connection, proposed: Appointment, one: Round, entry: Entry) -> None:
    """Wait for everything the visit needs, in one go, and give the round's hold up for it."""
    stakes = [proposed.practitioner_id, proposed.patient_id]
    stakes += [proposed.room_id] if proposed.room_id is not None else []
    if entry.appointment_id is not None:
        stakes.append(appointments.get(connection, entry.appointment_id, locked=True).practitioner_id)
    occupancy.lock(connection, stakes)
    occupancy.release_hold(connection, one.hold_id)
    holds.remove(connection, one.hold_id)


def _bring_forward(
    connection: Connection, house: House, number: int, proposed: Appointment, actor: Actor, now: datetime
) -> Visit:
    query = _exact(proposed, moving=number)
    wish = MoveRequest(proposed.start, proposed.mode, proposed.practitioner_id)
    return changing.move_within(connection, house, number, wish, query, actor, now, is_offered=True)


def _book(connection: Connection, house: House, proposed: Appointment, actor: Actor, now: datetime) -> Visit:
    query = _exact(proposed)
    question, slot = time_taking.settle(connection, house, query, proposed.start, now, proposed.patient_id)
    moved = replace(proposed.moved_to(Status.BOOKED, now), room_id=slot.room_id, location_id=slot.location_id)
    booked = appointments.change(connection, proposed, moved)
    wanted = time_taking.takings(question.visit_type, slot, proposed.patient_id)
    occupancy.take(connection, wanted, "visit", appointment_id=proposed.id)
    private_links.issue(connection, house, booked, now)
    visit = visits.get(connection, house.vault, house.clinic(connection), proposed.id)
    announcement.owe_about(connection, visit, Change.BOOKED, now)
    audit.record(
        connection, actor, "book", "appointment", proposed.id, now=now, patient_id=proposed.patient_id
    )
    return visit


def _exact(proposed: Appointment, moving: int | None = None) -> SlotQuery:
    return SlotQuery(
        proposed.visit_type_code,
        proposed.mode,
        proposed.start,
        proposed.start,
        proposed.practitioner_id,
        for_desk=True,
        moving=moving,
    )


def _tell_others(connection: Connection, house: House, one: Round, winner: Offer, now: datetime) -> None:
    """Say kindly to the others that the time is taken; they stay on the list."""
    offers = offer_rounds.offers_of(connection, [one.id])
    lost = [made for made in offers if made.id != winner.id and made.state is OfferState.OPEN]
    offer_rounds.settle_offers(connection, [made.id for made in lost], OfferState.LOST, now)
    for made in lost:
        gone = proposing.let_go(connection, house, made, now)
        visit = visits.get(connection, house.vault, house.clinic(connection), gone.id)
        outbox.owe(connection, proposing.messages(visit, Kind.OFFER_GONE, now, now + proposing.USEFUL), now)
    wake_up.call(connection)

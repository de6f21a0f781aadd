"""Offering a free time to those who wait: kept for a few at once, the first valid answer has it, the others are told.

A round is one time, one hold and up to three people. Each is shown a visit that is only proposed; accepting it makes it
theirs, or brings their own visit forward to it. Whoever answers waits for the round first, then for the people and
rooms, so that of two who accept at once one wins and the other is told so.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from scheduler.domain import availability
from scheduler.domain.actor import SYSTEM, Actor
from scheduler.domain.appointment import Appointment, CancelledBy, Status
from scheduler.domain.directory import Mode
from scheduler.domain.errors import (
    NotFound,
    NotOffered,
    OfferGone,
    SlotTaken,
)
from scheduler.domain.interval import epoch
from scheduler.domain.link import Link, LinkPurpose
from scheduler.domain.notification import Addressee, Change, Channel, Kind, Notification
from scheduler.domain.person import PatientDetails, RemindBy
from scheduler.domain.right import Right, demand
from scheduler.domain.visit import Visit
from scheduler.domain.waitlist import (
    Candidate,
    Entry,
    EntryState,
    OfferState,
    ranked,
    think_until,
)
from scheduler.persistence import (
    appointments,
    audit,
    holds,
    links,
    occupancy,
    outbox,
    people,
    planned_messages,
    visits,
    waitlist,
    wake_up,
)
from scheduler.persistence.appointments import NewAppointment
from scheduler.persistence.occupancy import Taking
from scheduler.persistence.waitlist import Offer, Round
from scheduler.services import announcement, changing, private_links, racing, slot_search, time_taking
from scheduler.services.changing import Wish
from scheduler.services.house import House
from scheduler.services.slot_search import SlotQuery

Freed = tuple[int, datetime, datetime]
"""A clinician, and from when to when their time is free."""

SOURCE = "offer"
ROUND = "offer:"
USEFUL = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Shown:
    """An offered time as its reader sees it: the visit it would be, how the offer stands, and until when."""

    visit: Visit
    state: OfferState
    until: datetime
    instead_of: datetime | None


def candidates(
    connection: Connection, house: House, practitioner_id: int, start: datetime, end: datetime, now: datetime
) -> list[Candidate]:
    """Who waits for a time like this, with the soonest time in it that suits, the first to be asked first."""
    thinking = waitlist.busy_entries(connection)
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
            asked = waitlist.asked_about(connection, practitioner_id, slot.start)
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
    hold_id = _keep(connection, house, group, until, now)
    practitioner_id = chosen[0].slot.practitioner_id
    round_id = waitlist.open_round(
        connection, practitioner_id, start, hold_id, until, automatic=automatic, now=now
    )
    for one in group:
        _propose(connection, house, round_id, one, until, now)
    _owe_expiry(connection, round_id, until, now)
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


def show(house: House, link: Link, now: datetime) -> Shown:
    """Show an offered time.

    :raises NotFound: when the link is of no offer.
    """
    with house.database.reading() as connection:
        number = link.appointment_id or 0
        made = waitlist.offer_of(connection, number)
        if made is None:
            raise NotFound
        one = waitlist.round_of(connection, made.round_id)
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
        waitlist.settle_offers(connection, [made.id], OfferState.DECLINED, now)
        _let_go(connection, house, made, now)
        audit.record(connection, actor, "decline-offer", "offer", made.id, now=now)
        others = waitlist.offers_of(connection, [one.id])
        if not any(other.state is OfferState.OPEN for other in others):
            _end(connection, house, one, OfferState.WITHDRAWN, now)


def expire(connection: Connection, house: House, round_id: str, now: datetime) -> datetime | None:
    """End a round whose time to think is over, and ask the next; the moment to look again when it is not over yet."""
    one = waitlist.round_of(connection, round_id, locked=True)
    if one is None or not one.is_open:
        return None
    if now < one.expires_at:
        return one.expires_at
    _end(connection, house, one, OfferState.EXPIRED, now)
    return None


def _end(connection: Connection, house: House, one: Round, state: OfferState, now: datetime) -> None:
    """Close a round without a winner, give its time back and go on to those who were not asked yet."""
    waitlist.end_round(connection, one.id)
    left = [made for made in waitlist.offers_of(connection, [one.id]) if made.state is OfferState.OPEN]
    waitlist.settle_offers(connection, [made.id for made in left], state, now)
    ends = one.start
    for made in waitlist.offers_of(connection, [one.id]):
        ends = max(ends, appointments.get(connection, made.proposed).end)
    for made in left:
        _let_go(connection, house, made, now)
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
    waitlist.end_round(connection, one.id)
    waitlist.settle_offers(connection, [made.id], OfferState.ACCEPTED, now)
    if entry.appointment_id is not None:
        visit = _bring_forward(connection, house, entry.appointment_id, proposed, actor, now)
        _cancel_proposed(connection, proposed, now)
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
    made = waitlist.offer_of(connection, number)
    if made is None:
        raise NotFound
    one = waitlist.round_of(connection, made.round_id, locked=True)
    again = waitlist.offer_of(connection, number)
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
    wish = Wish(proposed.start, proposed.mode, proposed.practitioner_id)
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
    offers = waitlist.offers_of(connection, [one.id])
    lost = [made for made in offers if made.id != winner.id and made.state is OfferState.OPEN]
    waitlist.settle_offers(connection, [made.id for made in lost], OfferState.LOST, now)
    for made in lost:
        gone = _let_go(connection, house, made, now)
        visit = visits.get(connection, house.vault, house.clinic(connection), gone.id)
        outbox.owe(connection, _messages(visit, Kind.OFFER_GONE, now, now + USEFUL), now)
    wake_up.call(connection)


def _let_go(connection: Connection, house: House, made: Offer, now: datetime) -> Appointment:
    """Take a proposed visit back: its offer falls silent."""
    return _cancel_proposed(connection, appointments.get(connection, made.proposed, locked=True), now)


def _cancel_proposed(connection: Connection, proposed: Appointment, now: datetime) -> Appointment:
    gone = replace(proposed.moved_to(Status.CANCELLED, now), cancelled_by=CancelledBy.SYSTEM)
    kept = appointments.change(connection, proposed, gone)
    planned_messages.supersede(connection, proposed.id, kept.sequence)
    return kept


def _keep(
    connection: Connection, house: House, group: Sequence[Candidate], until: datetime, now: datetime
) -> str:
    """Keep the time for all of them with one hold: as long as the longest needs, and every room that one of them needs.

    :raises SlotLost: when somebody has taken it meanwhile.
    """
    clinic = house.clinic(connection)
    wanted: dict[int, Taking] = {}
    for one in group:
        kind = clinic.visit_type(one.entry.wish.visit_type_code)
        for taking in time_taking.takings(kind, one.slot, None):
            seen = wanted.get(taking.resource_id, taking)
            wanted[taking.resource_id] = replace(
                seen, start=min(seen.start, taking.start), end=max(seen.end, taking.end)
            )
    occupancy.lock(connection, wanted)
    first = group[0]
    kind = clinic.visit_type(first.entry.wish.visit_type_code)
    hold_id = holds.add(connection, kind.id, first.slot, until, None)
    occupancy.take(connection, list(wanted.values()), "hold", hold_id=hold_id, hold_until=epoch(until))
    return hold_id


def _propose(
    connection: Connection, house: House, round_id: str, one: Candidate, until: datetime, now: datetime
) -> None:
    """Show one of them the visit it would be: a proposed one, a link of its own, and the message that carries it."""
    entry, slot, vault = one.entry, one.slot, house.vault
    clinic = house.clinic(connection)
    patient, helper_id = _reader(connection, house, entry)
    uid = f"{secrets.token_hex(16)}@{house.host}"
    new = NewAppointment(
        uid=uid,
        mode=slot.mode,
        visit_type_id=clinic.visit_type(entry.wish.visit_type_code).id,
        patient_id=entry.patient_id,
        practitioner_id=slot.practitioner_id,
        location_id=slot.location_id,
        room_id=slot.room_id,
        related_person_id=helper_id,
        start=slot.start,
        end=slot.end,
        language=entry.language,
        source=SOURCE,
        sealed=visits.seal_details(vault, uid, patient, None),
        phone_index=vault.index("phone", patient.phone),
        email_index=vault.index("email", patient.email) if patient.email else None,
    )
    number = appointments.add(connection, new, now, Status.PROPOSED)
    waitlist.add_offer(connection, round_id, entry.id, number)
    links.issue(
        connection, vault, LinkPurpose.OFFER, now=now, appointment_id=number, expires_at=until + USEFUL
    )
    visit = visits.get(connection, vault, clinic, number)
    outbox.owe(connection, _messages(visit, Kind.OFFER, now, until), now)


def _reader(connection: Connection, house: House, entry: Entry) -> tuple[PatientDetails, str | None]:
    """Whom to write to: as the visit says that they would give up, else as the patient's own record does."""
    if entry.appointment_id is None:
        return people.one(connection, house.vault, entry.patient_id), None
    visit = visits.get(connection, house.vault, house.clinic(connection), entry.appointment_id)
    return visit.patient, visit.appointment.related_person_id


def _messages(visit: Visit, kind: Kind, now: datetime, until: datetime) -> list[Notification]:
    """A text to those who want texts, a mail to those who have an address, else a call."""
    patient, appointment = visit.patient, visit.appointment
    channels = [Channel.SMS] if RemindBy.SMS in patient.remind_by else []
    channels += [Channel.EMAIL] if patient.email else []
    return [
        Notification(
            appointment_id=appointment.id,
            patient_id=appointment.patient_id,
            uid=appointment.uid,
            sequence=appointment.sequence,
            kind=kind,
            channel=channel,
            addressee=Addressee.PATIENT,
            language=appointment.language,
            stamp=appointment.changed_at,
            due_at=now,
            expires_at=until,
        )
        for channel in channels or [Channel.PHONE]
    ]


def _owe_expiry(connection: Connection, round_id: str, until: datetime, now: datetime) -> None:
    chore = Notification(
        appointment_id=None,
        patient_id=None,
        uid="",
        sequence=0,
        kind=Kind.OFFER_EXPIRY,
        channel=Channel.INTERNAL,
        addressee=Addressee.CLINIC,
        language="en",
        stamp=now,
        due_at=until,
        expires_at=until + USEFUL,
        subject=f"{ROUND}{round_id}",
    )
    outbox.owe(connection, [chore], now)

"""Those who wait for a time: joining and leaving the list, and what is done when a time frees that would suit them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.errors import MoveRefused, NotFound
from scheduler.domain.person import PatientDetails
from scheduler.domain.right import Right, demand
from scheduler.domain.visit import Visit
from scheduler.domain.waitlist import (
    Candidate,
    Entry,
    EntryState,
    OfferSettings,
    OfferState,
    Wish,
    check_settings,
    check_wish,
    freed_spelled,
)
from scheduler.persistence import appointments, audit, offer_rounds, people, visits, waitlist, worklist
from scheduler.persistence.audit import Entry as Act
from scheduler.services import offering
from scheduler.services.house import House
from scheduler.services.offering import Freed

TIME_FREED = "time-freed"


@dataclass(frozen=True, slots=True)
class Waiter:
    """Somebody who waits, with their name and number, and the visit they would give up."""

    entry: Entry
    patient: PatientDetails
    visit: Visit | None


@dataclass(frozen=True, slots=True)
class Offered:
    """A time that is being offered: to whom, how each stands, and until when."""

    start: datetime
    practitioner_id: int
    until: datetime
    people: tuple[tuple[Waiter, OfferState], ...]


@dataclass(frozen=True, slots=True)
class Board:
    """Everybody who waits, what is being offered, and how the clinic offers."""

    waiters: tuple[Waiter, ...]
    offered: tuple[Offered, ...]
    settings: OfferSettings


def board(house: House, actor: Actor, now: datetime) -> Board:
    """Show who waits, and write down who was seen."""
    demand(actor, Right.WAIT_LIST)
    with house.database.transaction() as connection:
        waiters = [_waiter(connection, house, entry) for entry in waitlist.waiting(connection)]
        _note_look(connection, [one.entry for one in waiters], actor, now)
        known = {one.entry.id: one for one in waiters}
        rounds = offer_rounds.open_rounds(connection)
        offers = offer_rounds.offers_of(connection, [one.id for one in rounds])
        offered = tuple(
            Offered(
                one.start,
                one.practitioner_id,
                one.expires_at,
                tuple(
                    (known[made.entry_id], made.state)
                    for made in offers
                    if made.round_id == one.id and made.entry_id in known
                ),
            )
            for one in rounds
        )
        return Board(tuple(waiters), offered, waitlist.settings(connection))


def fitting(house: House, freed: Freed, actor: Actor, now: datetime) -> tuple[tuple[Candidate, Waiter], ...]:
    """Show whom a free time would suit, the first to be asked first."""
    demand(actor, Right.WAIT_LIST)
    with house.database.transaction() as connection:
        found = offering.candidates(connection, house, *freed, now)
        _note_look(connection, [one.entry for one in found], actor, now)
        return tuple((one, _waiter(connection, house, one.entry)) for one in found)


def wish_of(house: House, appointment_id: int) -> Wish | None:
    """What the people of a visit wait for; None when they do not."""
    with house.database.reading() as connection:
        entry = waitlist.of_visit(connection, appointment_id)
    return entry.wish if entry else None


def join(house: House, appointment_id: int, wish: Wish, actor: Actor, now: datetime) -> None:
    """Wait to bring a visit forward; a second wish takes the place of the first.

    :raises InvalidInput: when the wish makes no sense.
    :raises MoveRefused: when the visit can no longer change.
    """
    if actor.is_staff:
        demand(actor, Right.WAIT_LIST)
    check_wish(wish)
    with house.database.transaction() as connection:
        appointment = appointments.get(connection, appointment_id, locked=True)
        if not appointment.is_open or appointment.start <= now:
            raise MoveRefused
        clinic = house.clinic(connection)
        waitlist.close_of_visit(connection, appointment_id, now)
        entry_id = waitlist.add(
            connection,
            wish,
            clinic.visit_type(appointment.visit_type_code).id,
            patient_id=appointment.patient_id,
            appointment_id=appointment_id,
            language=appointment.language,
            source=actor.kind.value,
            now=now,
        )
        audit.record(
            connection, actor, "wait", "waitlist", entry_id, now=now, patient_id=appointment.patient_id
        )


def join_without_visit(
    house: House, patient: PatientDetails, wish: Wish, actor: Actor, now: datetime
) -> None:
    """Wait for a first time: no time suited, or there was none. Asking twice is waiting once.

    :raises InvalidInput: when the wish makes no sense.
    """
    check_wish(wish)
    with house.database.transaction() as connection:
        people.wait_for_turn(connection, house.vault, patient)
        known = people.find(connection, house.vault, patient)
        patient_id = known or people.add(connection, house.vault, patient, now)
        if any(
            one.patient_id == patient_id and one.wish == wish and one.appointment_id is None
            for one in waitlist.waiting(connection)
        ):
            return
        entry_id = waitlist.add(
            connection,
            wish,
            house.clinic(connection).visit_type(wish.visit_type_code).id,
            patient_id=patient_id,
            appointment_id=None,
            language=patient.language,
            source=actor.kind.value,
            now=now,
        )
        audit.record(connection, actor, "wait", "waitlist", entry_id, now=now, patient_id=patient_id)


def leave(house: House, appointment_id: int, actor: Actor, now: datetime) -> None:
    """Wait no longer to bring a visit forward."""
    with house.database.transaction() as connection:
        appointment = appointments.get(connection, appointment_id)
        waitlist.close_of_visit(connection, appointment_id, now)
        audit.record(
            connection,
            actor,
            "stop-waiting",
            "appointment",
            appointment_id,
            now=now,
            patient_id=appointment.patient_id,
        )


def close(house: House, entry_id: str, actor: Actor, now: datetime) -> None:
    """Take somebody off the list at the desk.

    :raises NotFound: when they do not wait.
    """
    demand(actor, Right.WAIT_LIST)
    with house.database.transaction() as connection:
        entry = waitlist.get(connection, entry_id)
        if entry is None or not waitlist.close(connection, entry_id, EntryState.CLOSED, now):
            raise NotFound
        audit.record(
            connection, actor, "stop-waiting", "waitlist", entry_id, now=now, patient_id=entry.patient_id
        )


def choose_settings(house: House, chosen: OfferSettings, actor: Actor, now: datetime) -> None:
    """Keep how the clinic offers times.

    :raises InvalidInput: when a number cannot be used.
    """
    demand(actor, Right.KEEP_DIRECTORY)
    check_settings(chosen)
    with house.database.transaction() as connection:
        waitlist.save_settings(connection, chosen)
        audit.record(connection, actor, "edit", "offer-settings", 1, now=now)


def serve(connection: Connection, house: House, freed: Freed, now: datetime) -> None:
    """Offer a time that frees, or tell the desk whom it suits, in the caller's transaction."""
    count = offering.offer_freed(connection, house, *freed, now)
    if count:
        _tell_desk(connection, house, freed, count, now)


def _tell_desk(connection: Connection, house: House, freed: Freed, count: int, now: datetime) -> None:
    note: Mapping[str, str] = {
        "name": house.clinic(connection).practitioner(freed[0]).name,
        "freed": freed_spelled(*freed),
        "suits": str(count),
    }
    worklist.add(connection, house.vault, TIME_FREED, note, urgency="normal", language="en", now=now)


def _waiter(connection: Connection, house: House, entry: Entry) -> Waiter:
    if entry.appointment_id is None:
        return Waiter(entry, people.one(connection, house.vault, entry.patient_id), None)
    visit = visits.get(connection, house.vault, house.clinic(connection), entry.appointment_id)
    return Waiter(entry, visit.patient, visit)


def _note_look(connection: Connection, entries: list[Entry], actor: Actor, now: datetime) -> None:
    seen = [Act("see-waitlist", "waitlist", entry.id, entry.patient_id) for entry in entries]
    audit.record_many(connection, actor, seen, now=now)

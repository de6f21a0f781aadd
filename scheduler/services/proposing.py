"""Showing somebody the visit that an offered time would be: kept for them, told to them, taken back without a trace.

A proposed visit takes no time of its own; the hold of its round keeps it for all who are asked.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from scheduler.domain.appointment import Appointment, CancelledBy, Status
from scheduler.domain.interval import epoch
from scheduler.domain.link import LinkPurpose
from scheduler.domain.notification import Addressee, Channel, Kind, Notification
from scheduler.domain.person import PatientDetails, RemindBy
from scheduler.domain.visit import Visit
from scheduler.domain.waitlist import Candidate, Entry
from scheduler.persistence import (
    appointments,
    holds,
    links,
    occupancy,
    offer_rounds,
    outbox,
    people,
    planned_messages,
    visits,
)
from scheduler.persistence.appointments import NewAppointment
from scheduler.persistence.occupancy import Taking
from scheduler.persistence.offer_rounds import Offer
from scheduler.services import announcement, time_taking
from scheduler.services.house import House

SOURCE = "offer"
ROUND = "offer:"
USEFUL = timedelta(days=1)


def let_go(connection: Connection, house: House, made: Offer, now: datetime) -> Appointment:
    """Take a proposed visit back: its offer falls silent."""
    return cancel(connection, appointments.get(connection, made.proposed, locked=True), now)


def cancel(connection: Connection, proposed: Appointment, now: datetime) -> Appointment:
    """End a visit that was only proposed; what was to be said of it is never sent."""
    gone = replace(proposed.moved_to(Status.CANCELLED, now), cancelled_by=CancelledBy.SYSTEM)
    kept = appointments.change(connection, proposed, gone)
    planned_messages.supersede(connection, proposed.id, kept.sequence)
    return kept


def keep(
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


def propose(
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
    offer_rounds.add_offer(connection, round_id, entry.id, number)
    links.issue(
        connection, vault, LinkPurpose.OFFER, now=now, appointment_id=number, expires_at=until + USEFUL
    )
    visit = visits.get(connection, vault, clinic, number)
    outbox.owe(connection, messages(visit, Kind.OFFER, now, until), now)


def _reader(connection: Connection, house: House, entry: Entry) -> tuple[PatientDetails, str | None]:
    """Whom to write to: as the visit says that they would give up, else as the patient's own record does."""
    if entry.appointment_id is None:
        return people.one(connection, house.vault, entry.patient_id), None
    visit = visits.get(connection, house.vault, house.clinic(connection), entry.appointment_id)
    return visit.patient, visit.appointment.related_person_id


def messages(visit: Visit, kind: Kind, now: datetime, until: datetime) -> list[Notification]:
    """A text to those who want texts, a mail to those who have an address, else a call."""
    patient, appointment = visit.patient, visit.appointment
    channels = [Channel.SMS] if RemindBy.SMS in patient.remind_by else []
    channels += [Channel.EMAIL] if patient.email else []
    return [
        Notification.about(appointment, kind, channel, Addressee.PATIENT, due_at=now, expires_at=until)
        for channel in channels or [Channel.PHONE]
    ]


def owe_expiry(connection: Connection, round_id: str, until: datetime, now: datetime) -> None:
    """Have the worker look when the time to think is over."""
    announcement.owe_chore(connection, Kind.OFFER_EXPIRY, f"{ROUND}{round_id}", until, now)

"""What messages must say, read for a whole batch in a few statements: visits, links, threads, and visits of one day.

Shared: the sending of messages calls it in one snapshot, before any of them is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain.calendar_entry import InviteLinks
from scheduler.domain.link import LinkPurpose
from scheduler.domain.notification import Addressee, Channel, Claimed, Kind, address_of
from scheduler.domain.own_words import OwnWords
from scheduler.domain.visit import Visit
from scheduler.persistence import appointment_lists, declines, links, planned_messages, visits
from scheduler.services import gate, opt_out
from scheduler.services.house import House


@dataclass(frozen=True, slots=True)
class Facts:
    """What one message is written from, as of `now`."""

    visit: Visit
    links: InviteLinks
    thread: str | None
    also: tuple[Visit, ...]
    now: datetime
    held_until: datetime | None = None
    own: OwnWords | None = None


def of_many(
    connection: Connection, house: House, base_url: str, batch: Sequence[Claimed], now: datetime
) -> Mapping[int, Facts]:
    """The facts of each message, by its number; all are about visits.

    :raises NotFound, SealBroken: when one of the visits cannot be read.
    """
    ids = sorted({claimed.appointment_id for claimed in batch if claimed.appointment_id is not None})
    clinic = house.clinic(connection)
    known = {visit.appointment.id: visit for visit in visits.many(connection, house.vault, clinic, ids)}
    secrets = links.secrets_for(connection, house.vault, ids)
    threads = planned_messages.first_message_ids(connection, ids)
    also = _of_their_days(connection, house, batch, known)
    held = _held(connection, batch)
    return {
        claimed.id: Facts(
            visit=known[claimed.appointment_id or 0],
            links=_links(house, base_url, secrets.get(claimed.appointment_id or 0, {}), claimed, known),
            thread=threads.get((claimed.appointment_id or 0, claimed.channel.value, claimed.addressee.value)),
            also=also.get(claimed.appointment_id or 0, ()) if claimed.kind in gate.MERGED else (),
            now=now,
            held_until=held.get(claimed.appointment_id or 0),
            own=clinic.own_words(
                claimed.kind, claimed.channel, known[claimed.appointment_id or 0].appointment.language
            ),
        )
        for claimed in batch
    }


def _held(connection: Connection, batch: Sequence[Claimed]) -> Mapping[int, datetime]:
    """Until when the declined visits of a batch are held; nothing is asked where no message speaks of one."""
    ids = [each.appointment_id for each in batch if each.kind is Kind.DECLINED and each.appointment_id]
    return {each.appointment_id: each.until for each in declines.pending(connection, ids)} if ids else {}


def _links(
    house: House,
    base_url: str,
    secrets: Mapping[LinkPurpose, str],
    claimed: Claimed,
    known: Mapping[int, Visit],
) -> InviteLinks:
    """The reader's own links. A helper gets the link made for helpers where there is one, else the visit's own.

    The calendar of all visits is the patient's alone: a helper may be told of this one.
    """
    if claimed.kind in (Kind.OFFER, Kind.OFFER_GONE):
        offer = secrets.get(LinkPurpose.OFFER) if claimed.kind is Kind.OFFER else None
        return InviteLinks(manage=f"{base_url}/offer/{offer}" if offer else "")
    to_helper = claimed.addressee is Addressee.HELPER
    manage = (secrets.get(LinkPurpose.HELPER) if to_helper else None) or secrets.get(LinkPurpose.MANAGE)
    join = secrets.get(LinkPurpose.VISIT)
    feed = None if to_helper else secrets.get(LinkPurpose.FEED)
    return InviteLinks(
        manage=f"{base_url}/my/{manage}" if manage else "",
        join=f"{base_url}/visit/{join}" if join else "",
        refuse=_refuse(house, base_url, claimed, known[claimed.appointment_id or 0]),
        feed=f"{base_url}/ics/{feed}/feed.ics" if feed else "",
    )


def _refuse(house: House, base_url: str, claimed: Claimed, visit: Visit) -> str:
    """Where the reader of a mail ends the reminders."""
    if claimed.channel is not Channel.EMAIL or claimed.kind not in gate.MAY_BE_REFUSED:
        return ""
    address = address_of(claimed.addressee, visit.patient, visit.helper)
    return f"{base_url}/reminders/{opt_out.token_for(house.vault, address)}" if address else ""


def _of_their_days(
    connection: Connection, house: House, batch: Sequence[Claimed], known: Mapping[int, Visit]
) -> dict[int, tuple[Visit, ...]]:
    """The patient's other visits of the same day, by visit, where a message speaks of them all."""
    told = {claimed.appointment_id or 0 for claimed in batch if claimed.kind in gate.MERGED}
    days = {number: gate.day_of(known[number]) for number in sorted(told)}
    if not days:
        return {}
    patients = sorted({known[number].appointment.patient_id for number in days})
    found = appointment_lists.open_of_patients(
        connection, patients, min(begin for begin, _ in days.values()), max(end for _, end in days.values())
    )
    others = {
        number: [
            other
            for patient, other, start in found
            if patient == known[number].appointment.patient_id and begin <= start < end and other != number
        ]
        for number, (begin, end) in days.items()
    }
    wanted = sorted({other for each in others.values() for other in each})
    if not wanted:
        return {}
    seen = {
        visit.appointment.id: visit
        for visit in visits.many(connection, house.vault, house.clinic(connection), wanted)
    }
    return {number: tuple(seen[other] for other in each) for number, each in others.items()}

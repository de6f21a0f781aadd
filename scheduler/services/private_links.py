"""The private links of a visit: made with it, found again for its mails, and replaced when one was lost or shared.

Shared: booking makes them in its own transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.allowance import GUESSES_NOTED, LINKS_OF_ADDRESS, LINKS_OF_CONTACT, network_of
from scheduler.domain.appointment import Appointment
from scheduler.domain.errors import NotFound
from scheduler.domain.link import Link, LinkPurpose
from scheduler.domain.news import Change
from scheduler.persistence import appointment_lists, appointments, audit, links, planned_messages, visits
from scheduler.services import announcement, restraint
from scheduler.services.house import House

OF_A_VISIT = (LinkPurpose.MANAGE, LinkPurpose.VISIT, LinkPurpose.CALENDAR)
"""Every visit gets all three at once: a switch to video later must not need a new one."""

RENEWED_LATELY = timedelta(hours=1)
"""How long a closed link still leads its old owner's second press to the page that says it is closed."""

LINKS_LIVE = timedelta(days=365)
"""How long after its end a visit's links open: the patient may look back for a year."""


def issue(
    connection: Connection, house: House, appointment: Appointment, now: datetime
) -> dict[LinkPurpose, str]:
    """Make the links of a new visit in the caller's transaction; returns their secrets."""
    return links.issue_many(
        connection,
        house.vault,
        OF_A_VISIT,
        now=now,
        appointment_id=appointment.id,
        expires_at=appointment.end + LINKS_LIVE,
    )


def find(house: House, secret: str, purposes: Iterable[LinkPurpose], now: datetime) -> Link:
    """Open a link.

    :raises NotFound: when it is wrong, revoked, expired or made for something else, all alike.
    """
    link = links.find_at_a_glance(house.database, secret, purposes, now)
    if link is None:
        raise NotFound
    return link


def note_guess(house: House, actor: Actor, door: str, now: datetime) -> None:
    """Write down that an address tried secrets that open nothing: once in a while, however often it tries."""
    with house.database.transaction() as connection:
        if restraint.use(connection, house, GUESSES_NOTED, network_of(actor.address), now):
            return
        audit.record(connection, actor, "open-link", "door", door[:64], now=now, outcome="refused")


def of_visit(house: House, appointment_id: int) -> dict[LinkPurpose, str]:
    """The secrets of a visit's open links, made again from their key."""
    with house.database.reading() as connection:
        found = {
            purpose: links.secret_for(connection, house.vault, appointment_id, purpose)
            for purpose in OF_A_VISIT
        }
    return {purpose: secret for purpose, secret in found.items() if secret is not None}


def renew(house: House, appointment_id: int, actor: Actor, now: datetime) -> None:
    """Close every link of a visit, make new ones and owe the mail that carries them: "forget this link".

    Mails that wait were perhaps written with the old links already; they are written anew. No time is given back.
    """
    with house.database.transaction() as connection:
        appointment = appointments.get(connection, appointment_id, locked=True)
        links.revoke_all(connection, appointment_id, now)
        planned_messages.unwrite(connection, appointment_id)
        issue(connection, house, appointment, now)
        _owe_links(connection, house, appointment, Change.LINKS_RENEWED, now)
        audit.record(
            connection,
            actor,
            "renew-links",
            "appointment",
            appointment_id,
            now=now,
            patient_id=appointment.patient_id,
        )


def renewed_lately(house: House, secret: str, now: datetime) -> int | None:
    """The visit whose link was closed by `renew` a moment ago: for a button that is pressed twice; None for all else.

    It tells nothing to whoever does not hold the old secret, and that one opened the visit itself until then.
    """
    with house.database.glance() as connection:
        return links.renewed_since(connection, secret, LinkPurpose.MANAGE, now - RENEWED_LATELY)


def send_again(
    house: House, actor: Actor, now: datetime, *, phone: str | None = None, email: str | None = None
) -> None:
    """Owe the links of every visit ahead that was booked with this phone or e-mail.

    Nothing is returned and nothing refused: whether somebody is known must not be seen from outside, and so not either
    that a contact or an address asks too often, which owes nothing more.
    """
    vault = house.vault
    with house.database.transaction() as connection:
        if _asks_too_often(connection, house, actor, phone, email, now):
            audit.record(connection, actor, "ask-for-links", "contact", "", now=now, outcome="blocked")
            return
        found = appointment_lists.upcoming_by_contact(
            connection,
            now,
            phone_index=vault.index("phone", phone) if phone else None,
            email_index=vault.index("email", email) if email else None,
        )
        for appointment in found:
            _owe_links(connection, house, appointment, Change.LINKS_ASKED, now)
        audit.record(
            connection, actor, "ask-for-links", "contact", "", now=now, detail={"found": str(len(found))}
        )


def _asks_too_often(
    connection: Connection, house: House, actor: Actor, phone: str | None, email: str | None, now: datetime
) -> bool:
    contacts = (("phone", phone), ("email", email))
    asked = [
        (LINKS_OF_CONTACT, house.vault.index(kind, contact).hex()) for kind, contact in contacts if contact
    ]
    asked.append((LINKS_OF_ADDRESS, network_of(actor.address)))
    waits = [restraint.use(connection, house, allowance, who, now) for allowance, who in asked]
    return any(waits)


def _owe_links(
    connection: Connection, house: House, appointment: Appointment, change: Change, now: datetime
) -> None:
    visit = visits.get(connection, house.vault, house.clinic(connection), appointment.id)
    announcement.owe_about(connection, visit, change, now)

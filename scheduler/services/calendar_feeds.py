"""Calendars to subscribe to: what is in one, and making, closing and replacing their addresses.

A patient's feed holds the visits that were booked for them with one e-mail, and its address goes to that e-mail alone:
whoever merely knows a name and a birthday can book for somebody, and must not learn of their other visits by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.clinic import Clinic
from scheduler.domain.errors import InvalidInput
from scheduler.domain.feed import GIVEN_UP, PAST, FeedVisit
from scheduler.domain.link import Link, LinkPurpose
from scheduler.domain.news import Change
from scheduler.domain.right import Right, demand
from scheduler.domain.wording import N_
from scheduler.persistence import audit, calendar_feeds, links, planned_messages, visits
from scheduler.services import announcement
from scheduler.services.house import House
from scheduler.services.private_links import LINKS_LIVE


@dataclass(frozen=True, slots=True)
class Found:
    """What a feed shows, and the clinic's picture in which to show it."""

    clinic: Clinic
    visits: list[FeedVisit]


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose feed: `kind` is "practitioner" or "room", `number` the one of the directory."""

    kind: str
    number: int


def read(house: House, link: Link, base_url: str, now: datetime) -> Found:
    """Read the visits of a feed. The window moves on by whole days, so that a day's answers are alike."""
    today = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    with house.database.reading() as connection:
        version, found = calendar_feeds.visits_of(
            connection, house.vault, link, base_url, today - PAST, today - GIVEN_UP
        )
        return Found(house.clinic_at(connection, version), found)


def since(house: House, link: Link, told: str, now: datetime) -> datetime:
    """Say since when a feed gives what it gives now, `told` being its digest; what is new is written down."""
    if link.told == told and link.told_at is not None:
        return link.told_at
    moment = now.replace(microsecond=0)
    with house.database.transaction() as connection:
        links.note_told(connection, link.id, told, moment)
    return moment


def of_staff(house: House) -> Mapping[Whose, tuple[str, datetime]]:
    """The secrets of the open feeds of clinicians and rooms, and since when each is open."""
    with house.database.reading() as connection:
        found = links.feeds_of_staff(connection, house.vault)
    return {Whose(*whose): address for whose, address in found.items()}


def open_feed(house: House, whose: Whose, actor: Actor, now: datetime) -> None:
    """Make an address for somebody's feed; an older one ends.

    :raises NotFound: when there is no such clinician or room.
    :raises NotPermitted: for a feed that is not the actor's own, unless they keep the directory.
    """
    with house.database.transaction() as connection:
        _demand(connection, house, whose, actor)
        links.revoke_feed(connection, now, whose.kind, whose.number)
        links.issue_feed(connection, house.vault, now, whose.kind, whose.number)
        audit.record(connection, actor, "open-feed", whose.kind, whose.number, now=now)


def close_feed(house: House, whose: Whose, actor: Actor, now: datetime) -> None:
    """End the address of somebody's feed: whoever subscribed to it finds nothing more.

    :raises NotFound, NotPermitted: as `open_feed`.
    """
    with house.database.transaction() as connection:
        _demand(connection, house, whose, actor)
        if links.revoke_feed(connection, now, whose.kind, whose.number):
            audit.record(connection, actor, "close-feed", whose.kind, whose.number, now=now)


def send_feed(house: House, appointment_id: int, actor: Actor, now: datetime) -> None:
    """Owe the mail that brings a patient the address of one calendar for all visits booked with that e-mail.

    Each time the address is a new one, and the older ones end.

    :raises InvalidInput: when the visit was booked without an e-mail, so that nobody's mailbox could prove anything.
    """
    with house.database.transaction() as connection:
        visit = visits.get(connection, house.vault, house.clinic(connection), appointment_id)
        if not visit.patient.email:
            raise InvalidInput({"email": N_("For this we need your e-mail. Please call us.")})
        calendar_feeds.close_of_reader(connection, appointment_id, now)
        planned_messages.unwrite(connection, appointment_id)
        links.issue(
            connection,
            house.vault,
            LinkPurpose.FEED,
            now=now,
            appointment_id=appointment_id,
            expires_at=visit.appointment.end + LINKS_LIVE,
        )
        announcement.owe_about(connection, visit, Change.LINKS_RENEWED, now)
        audit.record(
            connection,
            actor,
            "send-feed",
            "appointment",
            appointment_id,
            now=now,
            patient_id=visit.appointment.patient_id,
        )


def _demand(connection: Connection, house: House, whose: Whose, actor: Actor) -> None:
    clinic = house.clinic(connection)
    if whose.kind == "room":
        clinic.room(whose.number)
    else:
        clinic.practitioner(whose.number)
    is_own = whose.kind == "practitioner" and actor.practitioner_id == whose.number
    demand(actor, Right.SEE_OWN_DAY if is_own else Right.KEEP_DIRECTORY)

"""A visit as a calendar file: the invitation in a mail, the file to download, and the feed that a calendar reads.

One composer makes all three, so that the same visit is the same entry everywhere: one UID for life, the sequence as the
version, the stamp of the change as DTSTAMP. It reads no clock and draws no lots: the same visit gives the same bytes.
RFC 5545 (the file), RFC 5546 (the methods), RFC 7986 (names and refresh).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from scheduler.domain import calendar_entry as entries
from scheduler.domain import content_lines as lines
from scheduler.domain.calendar_entry import Entry, InviteLinks, Say, Styles
from scheduler.domain.visit import Visit

PRODID = "-//Clinic Scheduler//Appointments 1.0//EN"
ALARM_BEFORE = timedelta(hours=2)
REFRESH = "PT4H"


class Method(StrEnum):
    """What an invitation asks of the calendar (RFC 5546, 3.2); a download and a feed ask nothing."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"
    DECLINECOUNTER = "DECLINECOUNTER"


@dataclass(frozen=True, slots=True)
class Guest:
    """Whom the mail goes to: the one ATTENDEE. `has_agreed` when the time was the guest's own wish."""

    name: str
    email: str
    has_agreed: bool = True


@dataclass(frozen=True, slots=True)
class Host:
    """The clinic in this entry: the mailbox all its mail comes from, and its phone as people read it."""

    email: str
    phone: str


def invitation(
    visit: Visit, *, method: Method, guest: Guest, host: Host, links: InviteLinks, say: Say
) -> bytes:
    """The file that goes with a mail, for this one guest. REQUEST books and moves, CANCEL takes the entry away.

    DECLINECOUNTER says no to another time that the guest's calendar proposed (RFC 5546, 3.2.8): the entry stays.
    """
    entry = entry_of(visit, links)
    organizer = lines.common_name(visit.organization.neutral_name)
    people = (_attendee(guest, method), f"ORGANIZER;CN={organizer}:mailto:{host.email}")
    written = entries.entry_lines(entry, entries.for_patients(visit.organization, host.phone, say), people)
    return _file([f"METHOD:{method.value}"], [entry], [*written, "END:VEVENT"])


def download(visit: Visit, *, host: Host, links: InviteLinks, say: Say) -> bytes:
    """The file behind "add to calendar": no METHOD, no people, and one alarm of its own."""
    entry, styles = entry_of(visit, links), entries.for_patients(visit.organization, host.phone, say)
    alarm = [] if entry.is_off else _alarm(styles.titles[entry.mode])
    return _file([], [entry], [*entries.entry_lines(entry, styles), *alarm, "END:VEVENT"])


def feed(visits: Iterable[Entry], styles: Styles, *, uid: str, name: str, zone: str) -> bytes:
    """A calendar to subscribe to: no METHOD, no people, no alarms; the same visits give the same bytes.

    `uid` names the feed itself and must stay the same.
    """
    ordered = sorted(visits, key=lambda entry: (entry.start, entry.uid))
    head = [
        f"NAME:{lines.text(name)}",
        f"X-WR-CALNAME:{lines.text(name)}",
        f"UID:{uid}",
        f"X-WR-TIMEZONE:{zone}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}",
        f"X-PUBLISHED-TTL:{REFRESH}",
    ]
    written: list[str] = []
    for entry in ordered:
        written += entries.entry_lines(entry, styles)
        written.append("END:VEVENT")
    return _file(head, ordered, written)


def entry_of(visit: Visit, links: InviteLinks) -> Entry:
    """What a calendar is told of a visit."""
    appointment = visit.appointment
    return Entry(
        number=appointment.id,
        uid=appointment.uid,
        sequence=appointment.sequence,
        status=appointment.status,
        mode=appointment.mode,
        start=appointment.start,
        end=appointment.end,
        created_at=appointment.created_at,
        changed_at=appointment.changed_at,
        location=visit.location,
        room=visit.room.name if visit.room else "",
        links=links,
    )


def _file(head: list[str], shown: list[Entry], events: list[str]) -> bytes:
    """The whole file: what it is, the zones before the entries, the entries."""
    return lines.written(
        [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            f"PRODID:{PRODID}",
            "CALSCALE:GREGORIAN",
            *head,
            *entries.zone_lines(shown),
            *events,
            "END:VCALENDAR",
        ]
    )


def _attendee(guest: Guest, method: Method) -> str:
    """The one reader (RFC 5545, 3.8.4.1). A cancellation asks for no answer."""
    name = lines.common_name(guest.name) or guest.email
    answer, asks = ("ACCEPTED", "FALSE") if guest.has_agreed else ("NEEDS-ACTION", "TRUE")
    given = [f"CN={name}", "CUTYPE=INDIVIDUAL", "ROLE=REQ-PARTICIPANT"]
    if method is Method.REQUEST:
        given += [f"PARTSTAT={answer}", f"RSVP={asks}"]
    return f"ATTENDEE;{';'.join(sorted(given))}:mailto:{guest.email}"


def _alarm(title: str) -> list[str]:
    """One bell (RFC 5545, 3.6.6), in the download alone: Google and Outlook take no other, and Apple removes it."""
    hours = int(ALARM_BEFORE.total_seconds() // 3600)
    return [
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{title}",
        f"TRIGGER:-PT{hours}H",
        "END:VALARM",
    ]

"""A visit as a calendar entry: the invitation in a mail, the file to download, and the feed that a calendar reads.

One composer makes all three, so that the same visit is the same entry everywhere: one UID for life, the sequence as the
version, the stamp of the change as DTSTAMP. It reads no clock and draws no lots: the same visit gives the same bytes.
Calendars are shared, synced to employers and shown on lock screens, so an entry says "appointment", where and when, and
nothing of why. RFC 5545 (the file), RFC 5546 (the methods), RFC 7986 (names, refresh and the video link).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, Timezone, vCalAddress, vDuration, vText, vUri
from icalendar.enums import CLASS, CUTYPE, PARTSTAT, ROLE, STATUS, TRANSP

from scheduler.domain.appointment import Status
from scheduler.domain.directory import Mode
from scheduler.domain.visit import Visit
from scheduler.domain.wording import N_
from scheduler.domain.zone_rules import is_plain, vtimezone

PRODID = "-//Clinic Scheduler//Appointments 1.0//EN"
ALARM_BEFORE = timedelta(hours=2)
REFRESH = timedelta(hours=4)

Say = Callable[[str], str]
"""Turns one of this file's English sentences into the reader's language."""

_NOT_IN_A_NAME = frozenset('"^<>;:,\\')
_STATUS = {
    Status.PROPOSED: STATUS.TENTATIVE,
    Status.PENDING: STATUS.TENTATIVE,
    Status.CANCELLED: STATUS.CANCELLED,
}


class Method(StrEnum):
    """What an invitation asks of the calendar (RFC 5546, 3.2); a download and a feed ask nothing."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


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


@dataclass(frozen=True, slots=True)
class InviteLinks:
    """Addresses of the visit's own page and, for video, of the page where it is joined ("" when there is none).

    `refuse` is where this reader ends the reminders; calendars do not show it.
    """

    manage: str = ""
    join: str = ""
    refuse: str = ""


def invitation(
    visit: Visit, *, method: Method, guest: Guest, host: Host, links: InviteLinks, say: Say
) -> bytes:
    """The file that goes with a mail, for this one guest. REQUEST books and moves, CANCEL takes the entry away."""
    event = _event(visit, host, links, say)
    event.organizer = vCalAddress.new(host.email, cn=_name(visit.organization.neutral_name))
    event.attendees = [_attendee(guest, method)]
    if method is Method.CANCEL:
        event.status = STATUS.CANCELLED
    calendar = _calendar(method.value)
    return _written(calendar, [visit], [event])


def download(visit: Visit, *, host: Host, links: InviteLinks, say: Say) -> bytes:
    """The file behind "add to calendar": no METHOD, no people, and one alarm of its own."""
    event = _event(visit, host, links, say)
    if visit.appointment.status is not Status.CANCELLED:
        event.add_component(Alarm.new_display(str(event["SUMMARY"]), -ALARM_BEFORE))
    return _written(_calendar(None), [visit], [event])


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One visit in a feed, with its links."""

    visit: Visit
    links: InviteLinks


def feed(entries: Iterable[FeedEntry], *, uid: str, name: str, zone: str, host: Host, say: Say) -> bytes:
    """A calendar to subscribe to: no METHOD, no people, no alarms; the same visits give the same bytes.

    `uid` names the feed itself and must stay the same.
    """
    ordered = sorted(entries, key=lambda entry: (entry.visit.appointment.start, entry.visit.appointment.uid))
    calendar = _calendar(None)
    calendar.uid = uid
    calendar.calendar_name = _text(name)
    calendar.add("X-WR-TIMEZONE", vText(zone))
    calendar.add("REFRESH-INTERVAL", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", vDuration(REFRESH))
    events = [_event(entry.visit, host, entry.links, say) for entry in ordered]
    return _written(calendar, [entry.visit for entry in ordered], events)


def _calendar(method: str | None) -> Calendar:
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", PRODID)
    calendar.add("CALSCALE", "GREGORIAN")
    if method:
        calendar.add("METHOD", method)
    return calendar


def _written(calendar: Calendar, visits: Sequence[Visit], events: Sequence[Event]) -> bytes:
    """Put the zones before the events, once each; events whose wall clock is not plain speak UTC and need none."""
    years: dict[str, int] = {}
    for visit in visits:
        start, _ = _times(visit)
        zone = visit.location.zone
        if start.tzinfo is not UTC:
            years[zone] = min(years.get(zone, start.year), start.year)
    for zone, year in sorted(years.items()):
        calendar.add_component(Timezone.from_ical(vtimezone(zone, year) or b""))
    for event in events:
        calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


def _event(visit: Visit, host: Host, links: InviteLinks, say: Say) -> Event:
    appointment = visit.appointment
    start, end = _times(visit)
    event = Event.new(
        uid=appointment.uid,
        sequence=appointment.sequence,
        stamp=appointment.changed_at.astimezone(UTC),
        last_modified=appointment.changed_at.astimezone(UTC),
        created=appointment.created_at.astimezone(UTC),
        start=start,
        end=end,
        status=_STATUS.get(appointment.status, STATUS.CONFIRMED),
        summary=_text(say(N_("Appointment – %(clinic)s")) % {"clinic": visit.organization.neutral_name}),
        description=_text(_description(visit, host, links, say)),
        location=_text(_location(visit, say)),
        classification=CLASS.PRIVATE,
        transparency=TRANSP.OPAQUE,
        url=links.manage or None,
    )
    _add_place(event, visit, links, say)
    event.add("X-MICROSOFT-CDO-BUSYSTATUS", vText("BUSY"))
    return event


def _times(visit: Visit) -> tuple[datetime, datetime]:
    """Both ends on the wall clock of the place, or both in UTC when that clock shows one of them twice."""
    zone: ZoneInfo = visit.location.tz
    start, end = (moment.astimezone(UTC) for moment in (visit.appointment.start, visit.appointment.end))
    local = start.astimezone(zone)
    if is_plain(start, zone) and is_plain(end, zone) and vtimezone(zone.key, local.year):
        return local, end.astimezone(zone)
    return start, end


def _add_place(event: Event, visit: Visit, links: InviteLinks, say: Say) -> None:
    place = visit.location
    mode = visit.appointment.mode
    if mode is Mode.IN_PERSON and place.latitude is not None and place.longitude is not None:
        event.add("GEO", (place.latitude, place.longitude))
    if mode is Mode.VIRTUAL and links.join and visit.appointment.status is not Status.CANCELLED:
        label = _name(say(N_("Join the video visit")))
        about = {"VALUE": "URI", "FEATURE": ["AUDIO", "VIDEO"], "LABEL": label}
        event.add("CONFERENCE", vUri(links.join, params=about))


def _location(visit: Visit, say: Say) -> str:
    if visit.appointment.mode is Mode.VIRTUAL:
        return say(N_("Video visit"))
    if visit.appointment.mode is Mode.PHONE:
        return say(N_("Phone call"))
    return f"{visit.organization.neutral_name}, {visit.location.address}"


def _description(visit: Visit, host: Host, links: InviteLinks, say: Say) -> str:
    """Plain text alone: tags are shown as they are in many calendars. The video link comes first."""
    cancelled = visit.appointment.status is Status.CANCELLED
    lines = [
        say(N_("This visit is cancelled.")) if cancelled else "",
        say(N_("Join the video visit")) + f": {links.join}"
        if links.join and visit.is_virtual and not cancelled
        else "",
        say(N_("The clinic will call you."))
        if visit.appointment.mode is Mode.PHONE and not cancelled
        else "",
        say(N_("See or change your visit")) + f": {links.manage}" if links.manage else "",
        say(N_("Questions? Call us")) + f": {host.phone}" if host.phone else "",
        ""
        if cancelled
        else say(N_("An answer in your calendar does not change the visit. Use the link or call us.")),
        say(N_("Not for emergencies: call 911.")),
    ]
    return "\n".join(line for line in lines if line)


def _attendee(guest: Guest, method: Method) -> vCalAddress:
    """The one reader (RFC 5545, 3.8.4.1). A cancellation asks for no answer."""
    name = _name(guest.name) or guest.email
    if method is Method.CANCEL:
        return vCalAddress.new(guest.email, cn=name, cutype=CUTYPE.INDIVIDUAL, role=ROLE.REQ_PARTICIPANT)
    return vCalAddress.new(
        guest.email,
        cn=name,
        cutype=CUTYPE.INDIVIDUAL,
        role=ROLE.REQ_PARTICIPANT,
        partstat=PARTSTAT.ACCEPTED if guest.has_agreed else PARTSTAT.NEEDS_ACTION,
        rsvp=not guest.has_agreed,
    )


def _name(name: str) -> str:
    """A name for a parameter: several calendars show quoting and RFC 6868 escapes as they are, so there are none."""
    kept = "".join(" " if letter in _NOT_IN_A_NAME else letter for letter in _text(name))
    return " ".join(kept.split())


def _text(text: str) -> str:
    """Text without what the library lets pass: control characters, half characters, overrides of direction, and
    backslashes (it reads a backslash with N as a new line).
    """
    return "".join(letter for letter in text.replace("\\", "/") if letter == "\n" or _is_printable(letter))


def _is_printable(letter: str) -> bool:
    return unicodedata.category(letter) not in {"Cc", "Cs"} and letter not in _OVERRIDES


_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u2028\u2029\ufeff")

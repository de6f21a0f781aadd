"""One visit as one entry of a calendar: what it is called, when and where it is, and which version this is.

The same entry stands in the mail, in the download and in the feeds. Calendars are shared, synced to employers and shown
on lock screens, so an entry says "appointment", where and when, and nothing of why. RFC 5545 (the entry), RFC 7986 (the
video link).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from scheduler.domain import content_lines as lines
from scheduler.domain.appointment import Status
from scheduler.domain.directory import Location, Mode, Organization
from scheduler.domain.spoken_code import spoken_code
from scheduler.domain.wording import N_
from scheduler.domain.zone_rules import is_plain, vtimezone

Say = Callable[[str], str]
"""Turns one of this file's English sentences into the reader's language."""

_STATUS = {
    Status.PROPOSED: "TENTATIVE",
    Status.PENDING: "TENTATIVE",
    Status.WAITLIST: "TENTATIVE",
    Status.CANCELLED: "CANCELLED",
    Status.ENTERED_IN_ERROR: "CANCELLED",
}


@dataclass(frozen=True, slots=True)
class InviteLinks:
    """Addresses of the visit's own page and, for video, of the page where it is joined ("" when there is none).

    `refuse` is where this reader ends the reminders and `feed` a calendar of all their visits; entries show neither.
    """

    manage: str = ""
    join: str = ""
    refuse: str = ""
    feed: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a calendar is told of a visit. Instants are aware; `number` is the visit's own, `room` the room's name."""

    number: int
    uid: str
    sequence: int
    status: Status
    mode: Mode
    start: datetime
    end: datetime
    created_at: datetime
    changed_at: datetime
    location: Location
    room: str = ""
    links: InviteLinks = field(default_factory=InviteLinks)

    @property
    def is_off(self) -> bool:
        """Say whether it will not take place."""
        return _STATUS.get(self.status) == "CANCELLED"


@dataclass(frozen=True, slots=True)
class Styles:
    """How entries read for one reader, every word of it ready to be written: made once for a whole calendar.

    `titles` and `places` go by the way to meet. Patients read the clinic's name and the address; the staff read how
    they meet and in which room, and find the patient by the visit's code.
    """

    titles: dict[Mode, str]
    places: dict[Mode, str]
    address: bool
    clinic: str
    join: str
    join_label: str
    manage: str
    cancelled: str
    we_call: str
    ask: str
    answer: str
    emergency: str
    code: str = ""


def for_patients(organization: Organization, phone: str, say: Say) -> Styles:
    """How a patient, or whoever helps, reads an entry; `phone` as people read it."""
    title = lines.text(say(N_("Appointment – %(clinic)s")) % {"clinic": organization.neutral_name})
    answer = N_("To change the visit, use the link or call us.")
    return Styles(
        titles=dict.fromkeys(Mode, title),
        places=_places(say),
        address=True,
        clinic=organization.neutral_name,
        join=lines.text(say(N_("Join the video visit"))),
        join_label=lines.parameter(lines.name(say(N_("Join the video visit")))),
        manage=lines.text(say(N_("See or change your visit"))),
        cancelled=lines.text(say(N_("This visit is cancelled."))),
        we_call=lines.text(say(N_("The clinic will call you."))),
        ask=lines.text(say(N_("Questions? Call us")) + f": {phone}") if phone else "",
        answer=lines.text(say(answer)),
        emergency=lines.text(say(N_("Not for emergencies: call 911."))),
    )


def for_staff(say: Say) -> Styles:
    """How a clinician, or a screen at a room's door, reads an entry: no name, no reason, only the visit's code."""
    titles = {
        Mode.IN_PERSON: say(N_("Visit at the office")),
        Mode.VIRTUAL: say(N_("Video visit")),
        Mode.PHONE: say(N_("Phone call")),
    }
    return Styles(
        titles={mode: lines.text(words) for mode, words in titles.items()},
        places=_places(say),
        address=False,
        clinic="",
        join="",
        join_label="",
        manage=lines.text(say(N_("Open it"))),
        cancelled=lines.text(say(N_("This visit is cancelled."))),
        we_call="",
        ask="",
        answer="",
        emergency="",
        code=lines.text(say(N_("Code of the visit"))),
    )


def _places(say: Say) -> dict[Mode, str]:
    return {
        Mode.VIRTUAL: lines.text(say(N_("Video visit"))),
        Mode.PHONE: lines.text(say(N_("Phone call"))),
    }


def entry_lines(entry: Entry, styles: Styles, people: Iterable[str] = ()) -> list[str]:
    """The lines of the entry's VEVENT, without its end: alarms may follow. `people` are ready-made lines."""
    changed = lines.utc(entry.changed_at)
    busy = ("TRANSPARENT", "FREE") if entry.is_off else ("OPAQUE", "BUSY")
    return [
        "BEGIN:VEVENT",
        f"SUMMARY:{styles.titles[entry.mode]}",
        *_times(entry),
        f"DTSTAMP:{changed}",
        f"UID:{entry.uid}",
        f"SEQUENCE:{entry.sequence}",
        *people,
        "CLASS:PRIVATE",
        *_conference(entry, styles),
        f"CREATED:{lines.utc(entry.created_at)}",
        f"DESCRIPTION:{_description(entry, styles)}",
        *_geo(entry, styles),
        f"LAST-MODIFIED:{changed}",
        f"LOCATION:{_place(entry, styles)}",
        f"STATUS:{_STATUS.get(entry.status, 'CONFIRMED')}",
        f"TRANSP:{busy[0]}",
        *([f"URL:{entry.links.manage}"] if entry.links.manage else []),
        f"X-MICROSOFT-CDO-BUSYSTATUS:{busy[1]}",
    ]


def zone_lines(entries: Iterable[Entry]) -> list[str]:
    """One VTIMEZONE for each zone that an entry (the soonest first) is written in; entries in UTC need none."""
    years: dict[str, int] = {}
    for entry in entries:
        zone = entry.location.zone
        if zone not in years and _is_local(entry):
            years[zone] = entry.start.astimezone(entry.location.tz).year
    found: list[str] = []
    for zone, year in sorted(years.items()):
        found += (vtimezone(zone, year) or b"").decode("ascii").splitlines()
    return found


def _is_local(entry: Entry) -> bool:
    """Say whether the wall clock of the place shows both ends only once, and two rules can tell its zone."""
    zone = entry.location.tz
    if not is_plain(entry.start, zone) or not is_plain(entry.end, zone):
        return False
    return vtimezone(zone.key, entry.start.astimezone(zone).year) is not None


def _times(entry: Entry) -> tuple[str, str]:
    """Both ends on the wall clock of the place, or both in UTC when that clock shows one of them twice."""
    if not _is_local(entry):
        return f"DTSTART:{lines.utc(entry.start)}", f"DTEND:{lines.utc(entry.end)}"
    zone = entry.location.tz
    start, end = entry.start.astimezone(UTC).astimezone(zone), entry.end.astimezone(UTC).astimezone(zone)
    return f"DTSTART;TZID={zone.key}:{lines.stamp(start)}", f"DTEND;TZID={zone.key}:{lines.stamp(end)}"


def _conference(entry: Entry, styles: Styles) -> tuple[str, ...]:
    """The way into a video visit (RFC 7986, 5.11); the staff have their own."""
    if entry.mode is not Mode.VIRTUAL or not entry.links.join or not styles.join or entry.is_off:
        return ()
    return (f"CONFERENCE;FEATURE=AUDIO,VIDEO;LABEL={styles.join_label};VALUE=URI:{entry.links.join}",)


def _geo(entry: Entry, styles: Styles) -> tuple[str, ...]:
    place = entry.location
    if entry.mode is not Mode.IN_PERSON or not styles.address:
        return ()
    if place.latitude is None or place.longitude is None:
        return ()
    return (f"GEO:{place.latitude};{place.longitude}",)


def _place(entry: Entry, styles: Styles) -> str:
    if entry.mode is not Mode.IN_PERSON:
        return styles.places[entry.mode]
    if styles.address:
        return lines.text(f"{styles.clinic}, {entry.location.address}")
    return lines.text(", ".join(part for part in (entry.room, entry.location.name) if part))


def _description(entry: Entry, styles: Styles) -> str:
    """Plain text alone: tags are shown as they are in many calendars. The video link comes first."""
    links, is_on = entry.links, not entry.is_off
    said = (
        "" if is_on else styles.cancelled,
        _how_to_meet(entry, styles) if is_on else "",
        _code(entry, styles),
        f"{styles.manage}: {lines.text(links.manage)}" if links.manage else "",
        styles.ask,
        styles.answer if is_on else "",
        styles.emergency,
    )
    return r"\n".join(filter(None, said))


def _how_to_meet(entry: Entry, styles: Styles) -> str:
    if entry.mode is Mode.VIRTUAL and entry.links.join and styles.join:
        return f"{styles.join}: {lines.text(entry.links.join)}"
    return styles.we_call if entry.mode is Mode.PHONE else ""


def _code(entry: Entry, styles: Styles) -> str:
    if not styles.code:
        return ""
    digits = spoken_code(entry.number)
    return f"{styles.code}: {digits[:3]} {digits[3:]}"

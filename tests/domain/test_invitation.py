"""A visit as a calendar entry: right in every parser, the same every time, and silent about why."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import vobject
from icalendar import Calendar, Event

from scheduler.assets.build import find_node
from scheduler.config import ROOT
from scheduler.domain.appointment import Status
from scheduler.domain.calendar_entry import InviteLinks, for_patients
from scheduler.domain.directory import Mode
from scheduler.domain.invitation import Guest, Method, download, entry_of, feed, invitation
from scheduler.domain.notification import Kind
from scheduler.domain.visit import Visit
from tests.factories import a_location, a_visit_type, an_organization
from tests.letters import HOST, LINKS, NO_LINKS, SENDER, UID, a_visit, visit_after

GUEST = Guest("Ana Peña Example", "ana@example.com")
BACK = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
FORWARD = datetime(2027, 3, 14, 9, 0, tzinfo=UTC)

STARTS = (
    datetime(2026, 7, 1, 15, 0, tzinfo=UTC),
    datetime(2026, 12, 1, 21, 0, tzinfo=UTC),
    BACK - timedelta(hours=3),
    BACK - timedelta(hours=1),
    BACK - timedelta(minutes=10),
    BACK,
    BACK + timedelta(minutes=59),
    BACK + timedelta(hours=1),
    BACK + timedelta(hours=8),
    FORWARD - timedelta(minutes=30),
    FORWARD - timedelta(minutes=10),
    FORWARD,
    FORWARD + timedelta(hours=6),
    datetime(2028, 3, 12, 9, 0, tzinfo=UTC),
    datetime(2031, 11, 2, 16, 0, tzinfo=UTC),
)

HOSTILE = (
    "Ana Peña",
    'Ana "La" Peña',
    "Peña, Ana; PhD: <x>",
    "O'Hara & Söhne",
    "José 🦴 María 👩‍👩‍👧",
    "מרים كريم",
    "A\r\nATTENDEE:mailto:victim@example.com",
    "A\nBcc: x\x00\x0b\x1b[31m",
    "back\\Nslash \\n ^n ^' ^^",
    "\u202egnp.exe\u2066",
    "half \ud800 letter",
    "x" * 200,
    "ñ" * 200,
    "",
)


def say(sentence: str) -> str:
    return sentence


def espanol(sentence: str) -> str:
    return {"Appointment – %(clinic)s": "Cita – %(clinic)s", "Video visit": "Visita por video"}.get(
        sentence, sentence
    )


def mail(visit: Visit, method: Method = Method.REQUEST, guest: Guest = GUEST, **changes: Any) -> bytes:
    given: dict[str, Any] = {"host": HOST, "links": LINKS, "say": say}
    return invitation(visit, method=method, guest=guest, **(given | changes))


def cancel(visit: Visit) -> bytes:
    return mail(visit, Method.CANCEL)


def saved(visit: Visit) -> bytes:
    return download(visit, host=HOST, links=LINKS, say=say)


def subscribed(*visits: Visit) -> bytes:
    styles = for_patients(visits[0].organization if visits else an_organization(), HOST.phone, say)
    entries = [entry_of(visit, LINKS) for visit in visits]
    return feed(entries, styles, uid="feed@clinic.example.com", name="My visits", zone="America/Denver")


WRITERS: tuple[Callable[[Visit], bytes], ...] = (mail, cancel, saved, subscribed)


def lines(written: bytes) -> list[str]:
    """The content lines, unfolded (RFC 5545, 3.1)."""
    return written.decode().replace("\r\n ", "").split("\r\n")


def event_of(written: bytes) -> Any:
    (event,) = Calendar.from_ical(written).walk("VEVENT")
    assert isinstance(event, Event)
    assert not event.errors
    return event


def value(written: bytes, name: str) -> list[str]:
    """The lines of the event that begin with this property."""
    inside = lines(written)[lines(written).index("BEGIN:VEVENT") :]
    return [line for line in inside if re.match(rf"{name}[;:]", line)]


class TestTheClock:
    """The instants survive every parser."""

    @pytest.mark.parametrize("write", WRITERS)
    @pytest.mark.parametrize("start", STARTS)
    def test_the_library_reads_the_instants_back(
        self, write: Callable[[Visit], bytes], start: datetime
    ) -> None:
        event = event_of(write(a_visit(start=start)))
        assert event.start.astimezone(UTC) == start
        assert event.end.astimezone(UTC) == start + timedelta(minutes=30)

    def test_two_other_parsers_read_the_same_instants(self) -> None:
        written = [
            write(a_visit(start=start, location=a_location(zone=zone)))
            for write in WRITERS
            for start in STARTS
            for zone in ("America/Denver", "America/Chicago", "America/Phoenix")
        ]
        expected = [
            [start.timestamp(), (start + timedelta(minutes=30)).timestamp()]
            for _ in WRITERS
            for start in STARTS
            for _ in range(3)
        ]
        assert [read_by_vobject(each) for each in written] == expected
        assert read_by_ical_js(written) == expected

    def test_an_ordinary_time_is_written_on_the_wall_clock_of_the_place(self) -> None:
        written = mail(a_visit())
        assert value(written, "DTSTART") == ["DTSTART;TZID=America/Denver:20261201T140000"]
        assert value(written, "DTEND") == ["DTEND;TZID=America/Denver:20261201T143000"]
        assert lines(written).count("BEGIN:VTIMEZONE") == 1
        assert lines(written).index("END:VTIMEZONE") < lines(written).index("BEGIN:VEVENT")

    @pytest.mark.parametrize("start", [BACK, BACK - timedelta(minutes=30), BACK - timedelta(minutes=80)])
    def test_a_time_that_the_clock_shows_twice_is_written_in_utc(self, start: datetime) -> None:
        written = mail(a_visit(start=start))
        assert value(written, "DTSTART") == [f"DTSTART:{start:%Y%m%dT%H%M%SZ}"]
        assert value(written, "DTEND")[0].endswith("Z")
        assert b"VTIMEZONE" not in written

    def test_a_zone_without_plain_rules_is_written_in_utc(self) -> None:
        written = mail(a_visit(location=a_location(zone="Africa/Casablanca")))
        assert value(written, "DTSTART") == ["DTSTART:20261201T210000Z"]
        assert b"VTIMEZONE" not in written

    def test_a_feed_names_each_zone_once(self) -> None:
        far = a_visit(start=STARTS[-1], uid="b@clinic.example.com")
        central = a_visit(location=a_location(zone="America/Chicago"), uid="c@clinic.example.com")
        written = subscribed(a_visit(), far, central)
        assert [line for line in lines(written) if line.startswith("TZID:")] == [
            "TZID:America/Chicago",
            "TZID:America/Denver",
        ]


class TestIdentity:
    """One visit is one entry, and a newer version wins."""

    @pytest.mark.parametrize("write", WRITERS)
    def test_every_file_carries_the_one_uid_sequence_and_stamp(self, write: Callable[[Visit], bytes]) -> None:
        stamp = datetime(2026, 11, 21, 8, 0, 7, tzinfo=UTC)
        written = write(a_visit(sequence=3, changed_at=stamp))
        assert value(written, "UID") == [f"UID:{UID}"]
        assert value(written, "SEQUENCE") == ["SEQUENCE:3"]
        assert value(written, "DTSTAMP") == ["DTSTAMP:20261121T080007Z"]
        assert value(written, "LAST-MODIFIED") == ["LAST-MODIFIED:20261121T080007Z"]
        assert value(written, "CREATED") == ["CREATED:20261120T162900Z"]

    @pytest.mark.parametrize("write", WRITERS)
    def test_the_same_visit_gives_the_same_bytes(self, write: Callable[[Visit], bytes]) -> None:
        assert write(a_visit()) == write(a_visit())

    def test_a_switch_to_video_keeps_the_entry(self) -> None:
        in_person, virtual = mail(a_visit()), mail(a_visit(Mode.VIRTUAL, sequence=1))
        assert value(in_person, "UID") == value(virtual, "UID")
        assert value(virtual, "SEQUENCE") == ["SEQUENCE:1"]

    def test_the_order_of_a_feeds_visits_does_not_matter(self) -> None:
        first, second = a_visit(), a_visit(start=STARTS[0], uid="b@clinic.example.com")
        assert subscribed(first, second) == subscribed(second, first)


class TestRoles:
    """Who asks whom, and for what."""

    def test_the_organizer_is_the_clinics_mailbox_and_the_only_guest_is_the_reader(self) -> None:
        written = mail(a_visit())
        (organizer,) = value(written, "ORGANIZER")
        (attendee,) = value(written, "ATTENDEE")
        assert organizer == f'ORGANIZER;CN="West Texas Pain Institute":mailto:{SENDER}'
        assert attendee.endswith(":mailto:ana@example.com")

    def test_a_request_asks_and_a_cancellation_does_not(self) -> None:
        assert "METHOD:REQUEST" in lines(mail(a_visit()))
        written = cancel(visit_after(Kind.CANCELLED))
        assert "METHOD:CANCEL" in lines(written)
        assert value(written, "STATUS") == ["STATUS:CANCELLED"]
        assert "RSVP" not in value(written, "ATTENDEE")[0]
        assert b"VALARM" not in written

    def test_whoever_chose_the_time_is_not_asked_again(self) -> None:
        (agreed,) = value(mail(a_visit()), "ATTENDEE")
        (asked,) = value(mail(a_visit(), guest=replace(GUEST, has_agreed=False)), "ATTENDEE")
        assert "PARTSTAT=ACCEPTED" in agreed
        assert "RSVP=FALSE" in agreed
        assert "PARTSTAT=NEEDS-ACTION" in asked
        assert "RSVP=TRUE" in asked

    def test_a_download_and_a_feed_ask_nothing_and_name_nobody(self) -> None:
        for written in (saved(a_visit()), subscribed(a_visit())):
            for absent in (b"METHOD", b"ATTENDEE", b"ORGANIZER", b"ana@example.com", "Peña".encode()):
                assert absent not in written

    def test_only_the_download_rings_and_only_once(self) -> None:
        assert saved(a_visit()).count(b"BEGIN:VALARM") == 1
        assert b"ACTION:DISPLAY" in saved(a_visit())
        assert b"VALARM" not in mail(a_visit()) + subscribed(a_visit()) + saved(
            a_visit(status=Status.CANCELLED)
        )

    @pytest.mark.parametrize(
        ("status", "told"),
        [
            (Status.PENDING, "TENTATIVE"),
            (Status.PROPOSED, "TENTATIVE"),
            (Status.BOOKED, "CONFIRMED"),
            (Status.ARRIVED, "CONFIRMED"),
            (Status.FULFILLED, "CONFIRMED"),
            (Status.CANCELLED, "CANCELLED"),
        ],
    )
    def test_the_entry_shows_how_sure_the_visit_is(self, status: Status, told: str) -> None:
        assert value(subscribed(a_visit(status=status)), "STATUS") == [f"STATUS:{told}"]

    def test_a_feed_says_its_name_and_how_often_to_look(self) -> None:
        written = lines(subscribed(a_visit()))
        for line in (
            "NAME:My visits",
            "X-WR-CALNAME:My visits",
            "X-WR-TIMEZONE:America/Denver",
            "REFRESH-INTERVAL;VALUE=DURATION:PT4H",
            "X-PUBLISHED-TTL:PT4H",
            "UID:feed@clinic.example.com",
        ):
            assert line in written

    def test_an_empty_feed_is_still_a_calendar(self) -> None:
        assert not Calendar.from_ical(subscribed()).walk("VEVENT")


class TestContent:
    """Where and how, never why."""

    def test_an_in_person_visit_names_the_place(self) -> None:
        written = mail(a_visit())
        assert event_of(written)["LOCATION"] == (
            "West Texas Pain Institute, 1 Example Street, El Paso, TX 79901"
        )
        assert value(written, "GEO") == ["GEO:31.7619;-106.485"]
        assert b"CONFERENCE" not in written
        assert b"JOIN" not in written

    def test_a_video_visit_brings_its_link_first(self) -> None:
        written = mail(a_visit(Mode.VIRTUAL))
        event = event_of(written)
        assert event["LOCATION"] == "Video visit"
        assert event["DESCRIPTION"].splitlines()[0] == f"Join the video visit: {LINKS.join}"
        assert value(written, "CONFERENCE") == [
            f"CONFERENCE;FEATURE=AUDIO,VIDEO;LABEL=Join the video visit;VALUE=URI:{LINKS.join}"
        ]
        assert b"GEO" not in written

    def test_a_call_says_that_the_clinic_calls(self) -> None:
        event = event_of(mail(a_visit(Mode.PHONE)))
        assert event["LOCATION"] == "Phone call"
        assert event["DESCRIPTION"].startswith("The clinic will call you.")

    def test_a_cancelled_video_visit_no_longer_shows_how_to_join(self) -> None:
        described = event_of(cancel(visit_after(Kind.CANCELLED, Mode.VIRTUAL)))["DESCRIPTION"]
        assert "JOIN" not in described
        assert described.startswith("This visit is cancelled.")

    def test_the_entry_leads_to_the_visits_page_and_names_the_phone(self) -> None:
        written = mail(a_visit())
        assert value(written, "URL") == [f"URL:{LINKS.manage}"]
        assert "(915) 555-0100" in event_of(written)["DESCRIPTION"]
        assert "Not for emergencies: call 911." in event_of(written)["DESCRIPTION"]

    def test_a_visit_whose_links_are_gone_still_has_an_entry(self) -> None:
        written = mail(a_visit(Mode.VIRTUAL), links=NO_LINKS)
        assert not value(written, "URL")
        assert b"CONFERENCE" not in written

    def test_the_entry_is_private_and_takes_the_time(self) -> None:
        written = mail(a_visit())
        assert value(written, "CLASS") == ["CLASS:PRIVATE"]
        assert value(written, "TRANSP") == ["TRANSP:OPAQUE"]

    @pytest.mark.parametrize("write", WRITERS)
    def test_nothing_tells_why_the_visit_is(self, write: Callable[[Visit], bytes]) -> None:
        visit = a_visit(visit_type=a_visit_type(), cancel_reason="secret-reason")
        written = write(visit).decode().lower()
        for word in ("imaging", "review", "clinician", "doctor", "spine", "1948", "secret", "5550111"):
            assert word not in written

    def test_a_discreet_name_stands_everywhere_the_clinic_is_named(self) -> None:
        written = mail(a_visit(organization=an_organization(discreet_name="The Institute")))
        assert b"Pain" not in written
        assert event_of(written)["SUMMARY"] == "Appointment – The Institute"

    def test_the_entry_speaks_the_readers_language(self) -> None:
        event = event_of(mail(a_visit(Mode.VIRTUAL), say=espanol))
        assert event["SUMMARY"] == "Cita – West Texas Pain Institute"
        assert event["LOCATION"] == "Visita por video"


class TestHostileWords:
    """Names are somebody's own words, and a calendar file is no place for more than a name."""

    @pytest.mark.parametrize("name", HOSTILE)
    def test_a_name_stays_a_name(self, name: str) -> None:
        written = mail(a_visit(), guest=Guest(name, "ana@example.com"))
        plain = mail(a_visit(), guest=Guest("Ana", "ana@example.com"))
        names = [re.split("[;:]", line)[0] for line in lines(written)]
        assert names == [re.split("[;:]", line)[0] for line in lines(plain)]
        attendee = event_of(written).attendees[0]
        assert attendee == "mailto:ana@example.com"
        assert not set(str(attendee.params["CN"])) & set('"^<>;:,\\\r\n\x00')

    @pytest.mark.parametrize("name", HOSTILE)
    def test_lines_are_whole_and_short(self, name: str) -> None:
        organization = an_organization(discreet_name=name)
        for written in (
            mail(a_visit(organization=organization), guest=Guest(name, "ana@example.com")),
            saved(a_visit(organization=organization)),
            subscribed(a_visit(organization=organization)),
        ):
            assert written.endswith(b"END:VCALENDAR\r\n")
            for line in written.removesuffix(b"\r\n").split(b"\r\n"):
                assert 0 < len(line) <= 75
                line.decode()
                assert not re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", line)

    def test_a_nameless_guest_is_called_by_the_address(self) -> None:
        (attendee,) = value(mail(a_visit(), guest=Guest("\r\n", "ana@example.com")), "ATTENDEE")
        assert "CN=ana@example.com;" in attendee

    def test_long_links_survive_folding(self) -> None:
        links = InviteLinks("https://clinic.example.com/my/" + "a" * 300, LINKS.join + "b" * 300)
        event = event_of(mail(a_visit(Mode.VIRTUAL), links=links))
        assert event["URL"] == links.manage
        assert links.join in event["DESCRIPTION"]


def read_by_vobject(written: bytes) -> list[float]:
    """Start and end as vobject understands them; it keeps zones by name, so they are forgotten in between."""
    vobject.icalendar.__dict__["__tzidMap"].clear()
    event = vobject.readOne(written.decode()).vevent
    return [event.dtstart.value.timestamp(), event.dtend.value.timestamp()]


ICAL_JS = """
const ICAL = require(process.argv[1]);
const out = JSON.parse(require("fs").readFileSync(0, "utf8")).map((text) => {
  ICAL.TimezoneService.reset();
  const calendar = new ICAL.Component(ICAL.parse(text));
  calendar.getAllSubcomponents("vtimezone").forEach((zone) =>
    ICAL.TimezoneService.register(zone.getFirstPropertyValue("tzid"), new ICAL.Timezone(zone)));
  return calendar.getAllSubcomponents("vevent").map((each) => {
    const event = new ICAL.Event(each);
    return [event.startDate, event.endDate].map((time) => time.toUnixTime());
  });
});
process.stdout.write(JSON.stringify(out));
"""


def read_by_ical_js(written: list[bytes]) -> list[list[float]]:
    """Start and end of each file's one entry as ical.js understands them."""
    return [events[0] for events in all_by_ical_js(written)]


def all_by_ical_js(written: list[bytes]) -> list[list[list[float]]]:
    """Starts and ends of every entry as ical.js understands them, the parser inside Thunderbird and Nextcloud."""
    node = find_node()
    library = ROOT / "instance" / "vendor-test" / "ical.es5.min.cjs"
    assert node is not None, "node is needed; ./dev test brings it"
    assert library.is_file(), f"{library} is needed; ./dev test brings it"
    program = subprocess.run(
        [node.program, "-e", ICAL_JS, str(Path(library))],
        input=json.dumps([each.decode() for each in written]),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    read: list[list[list[float]]] = json.loads(program.stdout)
    return read

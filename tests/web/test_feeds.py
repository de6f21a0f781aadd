"""The calendar file: right for every calendar, silent about why one comes, sent again only when the visit changed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from icalendar import Calendar, Event
from werkzeug.test import TestResponse

from scheduler.services import calendar_feeds, changing, private_links
from scheduler.services.calendar_feeds import Whose
from tests.engines import MANAGER, NOW, OWNER
from tests.programs import Program, a_person, house_of, statements


def path_of(visit: dict[str, Any]) -> str:
    return str(urlsplit(visit["links"]["ics"]).path)


def fetch(program: Program, visit: dict[str, Any], **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return program.app.test_client().get(path_of(visit), headers=named)


def event_in(answer: TestResponse) -> Event:
    (event,) = Calendar.from_ical(answer.data).walk("VEVENT")
    assert isinstance(event, Event)
    return event


@pytest.fixture
def visit(program: Program) -> dict[str, Any]:
    return program.book(mode="virtual", patient=a_person(given_name="Rosalind"))


def test_the_file_comes_as_a_calendar_to_keep(program: Program, visit: dict[str, Any]) -> None:
    answer = fetch(program, visit)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="appointment.ics"'
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Referrer-Policy"] == "strict-origin"
    assert "Set-Cookie" not in answer.headers


def test_the_entry_is_the_visit_at_its_version(program: Program, visit: dict[str, Any]) -> None:
    calendar = Calendar.from_ical(fetch(program, visit).data)
    event = event_in(fetch(program, visit))
    assert "METHOD" not in calendar
    assert "ATTENDEE" not in event
    assert (str(event["UID"]), event["SEQUENCE"]) == (visit["uid"], 0)
    assert event.start.isoformat() == visit["start"]
    assert len(event.walk("VALARM")) == 1


def test_the_file_says_nothing_of_why_or_who(program: Program, visit: dict[str, Any]) -> None:
    text = fetch(program, visit).text.replace("\r\n ", "")
    for word in ("Rosalind", "picture", "imaging", "fracture", "Pain", "Dr.", "born", "1948"):
        assert word not in text
    assert visit["links"]["manage"] in text
    assert visit["links"]["join"] in text


def test_the_file_speaks_the_patients_language_whoever_fetches_it(program: Program) -> None:
    visit = program.book(patient=a_person(language="es"))
    answer = fetch(program, visit, Accept_Language="en-US")
    assert str(event_in(answer)["SUMMARY"]).startswith("Cita")
    assert answer.headers["Content-Language"] == "es"
    assert fetch(program, visit, Cookie="lang=en").data == answer.data


def test_the_same_visit_gives_the_same_bytes(program: Program, visit: dict[str, Any]) -> None:
    first = fetch(program, visit)
    with time_machine.travel("2026-09-15T08:00:00Z", tick=False):
        later = fetch(program, visit)
    assert (later.data, later.headers["ETag"]) == (first.data, first.headers["ETag"])


@pytest.mark.parametrize("wish", ["{tag}", "W/{tag}", '"other", {tag}', "*"])
def test_what_is_known_already_is_not_sent_again(program: Program, visit: dict[str, Any], wish: str) -> None:
    first = fetch(program, visit)
    again = fetch(program, visit, If_None_Match=wish.format(tag=first.headers["ETag"]))
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Cache-Control"] == "private, no-cache"


def test_a_date_will_do_to_ask_whether_anything_changed(program: Program, visit: dict[str, Any]) -> None:
    first = fetch(program, visit)
    assert first.last_modified == NOW
    again = fetch(program, visit, If_Modified_Since=first.headers["Last-Modified"])
    assert again.status_code == 304


def test_a_moved_visit_is_sent_again_as_the_same_entry(program: Program, visit: dict[str, Any]) -> None:
    first = fetch(program, visit)
    other = program.slots(mode="virtual")[9]["start"]
    moved = program.post(f"/appointments/{visit['id']}/reschedule", {"start": other}, visit["token"])
    assert moved.status_code == 200
    again = fetch(program, visit, If_None_Match=first.headers["ETag"])
    assert again.status_code == 200
    event = event_in(again)
    assert (str(event["UID"]), event["SEQUENCE"]) == (visit["uid"], 1)
    assert event.start.isoformat() == other
    assert fetch(program, visit, If_Modified_Since=first.headers["Last-Modified"]).status_code == 200


def test_a_cancelled_visit_says_so_and_rings_no_bell(program: Program, visit: dict[str, Any]) -> None:
    program.post(f"/appointments/{visit['id']}/cancel", None, visit["token"])
    event = event_in(fetch(program, visit))
    assert event["STATUS"] == "CANCELLED"
    assert event.walk("VALARM") == []


def test_a_glance_without_the_file_works(program: Program, visit: dict[str, Any]) -> None:
    whole, glance = fetch(program, visit), program.app.test_client().head(path_of(visit))
    assert (glance.status_code, glance.data) == (200, b"")
    for name in ("ETag", "Last-Modified", "Content-Length", "Content-Type"):
        assert glance.headers[name] == whole.headers[name]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PROPFIND", "REPORT"])
def test_nothing_can_be_done_to_the_file(program: Program, visit: dict[str, Any], method: str) -> None:
    assert program.app.test_client().open(path_of(visit), method=method).status_code == 405


def test_other_secrets_and_none_open_nothing(program: Program, visit: dict[str, Any]) -> None:
    client = program.app.test_client()
    for secret in (visit["token"], "x" * 43, "é" * 43, "x"):
        answer = client.get(f"/ics/{secret}/appointment.ics")
        assert answer.status_code == 404
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert answer.headers["Cache-Control"] == "no-store"


def test_an_old_link_ends_when_a_new_one_is_made(program: Program, visit: dict[str, Any]) -> None:
    private_links.renew(house_of(program.app), 1, OWNER, NOW)
    assert fetch(program, visit).status_code == 404


def test_fetching_changes_nothing(program: Program, visit: dict[str, Any]) -> None:
    with statements(program.app) as sent:
        fetch(program, visit)
    assert [statement for statement in sent if not statement.lstrip().startswith("SELECT")] == []


class TestFeeds:
    """A calendar to subscribe to: whole, small to ask for again, silent about who and why."""

    @pytest.fixture
    def clinicians(self, program: Program, visit: dict[str, Any]) -> str:
        """The address of the feed of the clinician whom the visit is with."""
        house = house_of(program.app)
        whose = Whose("practitioner", changing.show(house, 1).practitioner.id)
        calendar_feeds.open_feed(house, whose, MANAGER, NOW)
        return f"/ics/{calendar_feeds.of_staff(house)[whose][0]}/feed.ics"

    @pytest.fixture
    def own(self, program: Program, visit: dict[str, Any]) -> str:
        """The address that follows the visit."""
        return path_of(visit).replace("appointment.ics", "feed.ics")

    def ask(self, program: Program, path: str, **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return program.app.test_client().get(path, headers=named)

    def test_it_comes_as_a_calendar_to_stay_in_its_readers_own_cache(
        self, program: Program, own: str
    ) -> None:
        answer = self.ask(program, own)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
        assert "Content-Disposition" not in answer.headers
        assert answer.headers["Cache-Control"] == "private, max-age=900"
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer.headers

    def test_it_says_its_name_and_how_often_to_look(self, program: Program, own: str) -> None:
        lines = self.ask(program, own).text.split("\r\n")
        for line in (
            "X-WR-TIMEZONE:America/Denver",
            "REFRESH-INTERVAL;VALUE=DURATION:PT4H",
            "X-PUBLISHED-TTL:PT4H",
        ):
            assert line in lines
        assert [
            line for line in lines if line.startswith(("METHOD", "ATTENDEE", "ORGANIZER", "BEGIN:VALARM"))
        ] == []

    def test_it_is_the_same_entry_as_in_the_file(
        self, program: Program, visit: dict[str, Any], own: str
    ) -> None:
        in_feed: Any = event_in(self.ask(program, own))
        in_file: Any = event_in(fetch(program, visit))
        for name in ("UID", "SEQUENCE", "SUMMARY", "DESCRIPTION", "LOCATION", "URL"):
            assert in_feed[name] == in_file[name]
        for name in ("DTSTART", "DTEND", "DTSTAMP", "LAST-MODIFIED", "CREATED"):
            assert in_feed[name].dt == in_file[name].dt

    def test_the_bytes_stay_until_something_changed(self, program: Program, own: str) -> None:
        first = self.ask(program, own)
        with time_machine.travel("2026-09-15T08:00:00Z", tick=False):
            later = self.ask(program, own)
        assert (later.data, later.headers["ETag"]) == (first.data, first.headers["ETag"])
        assert later.headers["Last-Modified"] == first.headers["Last-Modified"]

    @pytest.mark.parametrize("wish", ["{tag}", "W/{tag}", '"other", {tag}', "*"])
    def test_what_is_known_already_is_not_sent_again(self, program: Program, own: str, wish: str) -> None:
        first = self.ask(program, own)
        again = self.ask(program, own, If_None_Match=wish.format(tag=first.headers["ETag"]))
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
        assert again.headers["Cache-Control"] == "private, max-age=900"
        dated = self.ask(program, own, If_Modified_Since=first.headers["Last-Modified"])
        assert dated.status_code == 304

    def test_a_move_is_news_by_tag_and_by_date(
        self, program: Program, visit: dict[str, Any], own: str
    ) -> None:
        first = self.ask(program, own)
        other = program.slots(mode="virtual")[9]["start"]
        with time_machine.travel("2026-09-14T15:10:00Z", tick=False):
            program.post(f"/appointments/{visit['id']}/reschedule", {"start": other}, visit["token"])
            assert self.ask(program, own, If_None_Match=first.headers["ETag"]).status_code == 200
            again = self.ask(program, own, If_Modified_Since=first.headers["Last-Modified"])
        assert again.status_code == 200
        event = event_in(again)
        assert (str(event["UID"]), event["SEQUENCE"]) == (visit["uid"], 1)
        assert event.start.isoformat() == other

    def test_a_visit_that_left_a_feed_is_news_although_nothing_in_it_is_newer(
        self, program: Program, clinicians: str
    ) -> None:
        """It went to another clinician; a program that asks by date must hear of it all the same."""
        program.book()
        first = self.ask(program, clinicians)
        with time_machine.travel("2026-09-14T15:10:00Z", tick=False):
            with house_of(program.app).database.transaction() as connection:
                connection.exec_driver_sql(
                    "UPDATE appointment SET practitioner_id = (SELECT max(id) FROM practitioner)"
                )
            again = self.ask(program, clinicians, If_Modified_Since=first.headers["Last-Modified"])
        assert again.status_code == 200
        assert b"VEVENT" not in again.data

    def test_a_clinicians_feed_names_nobody(
        self, program: Program, visit: dict[str, Any], clinicians: str
    ) -> None:
        text = self.ask(program, clinicians).text.replace("\r\n ", "")
        for word in (
            "Rosalind",
            "Example",
            "imaging",
            "picture",
            "fracture",
            "1948",
            visit["token"],
            "/my/",
            "/visit/",
        ):
            assert word not in text
        code = changing.show(house_of(program.app), 1).appointment.spoken_code
        assert f"{code[:3]} {code[3:]}" in text
        assert "CLASS:PRIVATE" in text

    def test_other_secrets_open_nothing(
        self, program: Program, clinicians: str, visit: dict[str, Any]
    ) -> None:
        client = program.app.test_client()
        for path in (
            f"/ics/{visit['token']}/feed.ics",
            f"/ics/{'x' * 43}/feed.ics",
            clinicians.replace("feed.ics", "appointment.ics"),
        ):
            answer = client.get(path)
            assert answer.status_code == 404
            assert answer.headers["Cache-Control"] == "no-store"

    def test_a_glance_without_the_feed_works(self, program: Program, own: str) -> None:
        whole, glance = self.ask(program, own), program.app.test_client().head(own)
        assert (glance.status_code, glance.data) == (200, b"")
        for name in ("ETag", "Last-Modified", "Content-Length", "Content-Type"):
            assert glance.headers[name] == whole.headers[name]

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PROPFIND", "REPORT"])
    def test_nothing_can_be_done_to_a_feed(self, program: Program, own: str, method: str) -> None:
        assert program.app.test_client().open(own, method=method).status_code == 405

    def test_asking_again_costs_two_statements_and_writes_nothing(self, program: Program, own: str) -> None:
        first = self.ask(program, own)
        with statements(program.app) as sent:
            self.ask(program, own, If_None_Match=first.headers["ETag"])
        assert len(sent) == 2
        assert [statement for statement in sent if not statement.lstrip().startswith("SELECT")] == []

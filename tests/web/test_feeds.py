"""The calendar file: right for every calendar, silent about why one comes, sent again only when the visit changed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from icalendar import Calendar, Event
from werkzeug.test import TestResponse

from scheduler.services import private_links
from tests.engines import NOW, OWNER
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

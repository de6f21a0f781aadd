"""A foreign calendar is read in a process of its own, which ends whatever the file does."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scheduler.config import ROOT
from scheduler.domain.actor import Actor, Role
from scheduler.domain.interval import epoch
from scheduler.domain.outside_calendar import Reading, Trouble, Validators
from scheduler.services import outside_calendars
from scheduler.services.house import House
from scheduler.services.outside_calendars import Job
from scheduler.worker import calendar_reader, calendars, guarded_fetch
from scheduler.worker.guarded_fetch import Fetched, Net, Refused
from tests.engines import NOW

START = datetime(2026, 9, 14, tzinfo=UTC)
WINDOW = (epoch(START), epoch(START + timedelta(days=400)))
ONE = (
    b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260915T160000Z\r\nDTEND:20260915T170000Z\r\n"
    b"END:VEVENT\r\nEND:VCALENDAR\r\n"
)
NET = Net(lambda _host, _port: [], lambda _address: False, ssl.create_default_context())
TAG = Validators('"1"', None)


def job(address: str = "http://127.0.0.1/x.ics") -> Job:
    return Job("0" * 32, 1, address, Validators(), WINDOW, "America/Denver", "clinic.example.com")


def asked(**changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "address": "https://calendar.example.com/x.ics",
        "etag": None,
        "modified": None,
        "window": list(WINDOW),
        "zone": "America/Denver",
        "own_domain": "clinic.example.com",
    }
    return fields | changes


def brought(monkeypatch: pytest.MonkeyPatch, body: bytes | None) -> Reading:
    """What comes of reading such a file."""
    monkeypatch.setattr(guarded_fetch, "fetch", lambda *_: Fetched(body, TAG))
    return calendar_reader.read(asked(), NET)


def test_the_process_reads_and_says_what_came_of_it() -> None:
    assert calendars.read(job()) == Reading(trouble=Trouble.NOT_PUBLIC)
    assert calendars.read(job("file:///etc/passwd")) == Reading(trouble=Trouble.ADDRESS)


def test_the_process_is_given_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHEDULER_SECRET_KEY", "s" * 40)
    seen: dict[str, Any] = {}
    start = subprocess.Popen

    def watched(command: list[str], **given: Any) -> Any:
        seen.update(given, command=command)
        return start(command, **given)

    monkeypatch.setattr(subprocess, "Popen", watched)
    calendars.read(job("http://127.0.0.1/private-abc.ics"))
    assert not any(name.startswith("SCHEDULER_") for name in seen["env"])
    assert "private-abc" not in str(seen["command"])


def test_busy_times_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    start = epoch(datetime(2026, 9, 15, 16, tzinfo=UTC))
    reading = brought(monkeypatch, ONE)
    assert reading == Reading(((start, start + 3600),), TAG)
    told = json.dumps(calendar_reader.written(reading))
    assert calendars._reading(told) == reading


def test_no_news_comes_back_as_no_news(monkeypatch: pytest.MonkeyPatch) -> None:
    reading = brought(monkeypatch, None)
    assert reading.busy is None
    assert reading.trouble is None
    assert calendars._reading(json.dumps(calendar_reader.written(reading))) == reading


@pytest.mark.parametrize(
    ("body", "trouble"),
    [
        (b"<html>", Trouble.NO_CALENDAR),
        (ONE.replace(b"UID:1", b"UID:1\r\nRRULE:FREQ=SECONDLY"), Trouble.TOO_MANY),
    ],
)
def test_a_file_that_cannot_be_read_has_a_name(
    monkeypatch: pytest.MonkeyPatch, body: bytes, trouble: Trouble
) -> None:
    assert brought(monkeypatch, body) == Reading(trouble=trouble)


def test_a_refusal_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> Fetched:
        raise Refused(Trouble.GONE)

    monkeypatch.setattr(guarded_fetch, "fetch", refuse)
    assert calendar_reader.read(asked(), NET) == Reading(trouble=Trouble.GONE)


BOMB = """
import sys
from scheduler.worker import calendar_reader, guarded_fetch
from scheduler.worker.guarded_fetch import Fetched
from scheduler.domain.outside_calendar import Validators
body = b"BEGIN:VCALENDAR\\r\\nBEGIN:VEVENT\\r\\nUID:1\\r\\nDTSTART:00010101T000000\\r\\nDURATION:PT1H\\r\\n" \\
    b"RRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30\\r\\nEND:VEVENT\\r\\nEND:VCALENDAR\\r\\n"
guarded_fetch.fetch = lambda *_: Fetched(body, Validators())
calendar_reader.CPU_SECONDS = 2
sys.exit(calendar_reader.main())
"""


def test_a_rule_that_never_comes_true_ends_with_its_process() -> None:
    begun = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-c", BOMB],
        input=json.dumps(asked()),
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    assert ended.returncode != 0
    assert ended.stdout == ""
    assert time.monotonic() - begun < 30


def test_what_takes_too_long_is_ended() -> None:
    assert calendars.read(job(), seconds=0) == Reading(trouble=Trouble.TOO_SLOW)


def test_a_worker_that_stops_does_not_wait() -> None:
    assert calendars.read(job(), stop=lambda: True) is None


def test_the_worker_reads_what_is_due_and_remembers_the_trouble(house: House) -> None:
    with house.database.reading() as connection:
        who = house.clinic(connection).practitioners[0].id
    actor = Actor(frozenset({Role.MANAGER}), id="1")
    outside_calendars.add(house, who, "http://127.0.0.1/private-abc.ics", actor, NOW)
    calendars.read_due(house, lambda: NOW, bool)
    (calendar,) = outside_calendars.of_practitioner(house, who)
    assert (calendar.trouble, calendar.failures, calendar.checked_at) == ("not-public", 1, NOW)
    assert calendar.read_at is None

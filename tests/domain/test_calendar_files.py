"""Every kind of calendar file is as it was last read, means the same to three parsers, and a server keeps it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import vobject
from icalendar import Calendar
from radicale import config as radicale_config
from radicale.app import Application
from werkzeug.test import Client

from tests.domain import calendar_files
from tests.domain.test_invitation import all_by_ical_js

FILES = calendar_files.files()
SINGLE = {name: written for name, written in FILES.items() if not name.startswith("feed")}
SIGNED_IN = {"Authorization": "Basic " + base64.b64encode(b"ana:x").decode()}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_as_it_was_last_read(name: str) -> None:
    kept = calendar_files.FOLDER / f"{name}.ics"
    assert FILES[name] == kept.read_bytes(), (
        "meant? write them anew with `python -m tests.domain.calendar_files` and read the difference"
    )


def test_no_file_is_left_over() -> None:
    assert {path.stem for path in calendar_files.FOLDER.glob("*.ics")} == set(FILES)


def by_icalendar(written: bytes) -> list[list[float]]:
    events: Any = Calendar.from_ical(written).walk("VEVENT")
    return [[event.start.timestamp(), event.end.timestamp()] for event in events]


def by_vobject(written: bytes) -> list[list[float]]:
    vobject.icalendar.__dict__["__tzidMap"].clear()
    events = vobject.readOne(written.decode()).vevent_list
    return [[event.dtstart.value.timestamp(), event.dtend.value.timestamp()] for event in events]


def test_three_parsers_read_the_same_instants() -> None:
    expected = [by_icalendar(written) for written in FILES.values()]
    assert [by_vobject(written) for written in FILES.values()] == expected
    assert all_by_ical_js(list(FILES.values())) == expected
    assert sum(map(len, expected)) > len(FILES)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Client]:
    """A calendar server (Radicale) with one empty calendar."""
    settings = radicale_config.load()
    settings.update(
        {
            "auth": {"type": "none"},
            "rights": {"type": "owner_only"},
            "storage": {"filesystem_folder": str(tmp_path), "_filesystem_fsync": False},
            "logging": {"level": "critical"},
        },
        "test",
        privileged=True,
    )
    client = Client(Application(settings))
    assert client.open("/ana/visits/", method="MKCALENDAR", headers=SIGNED_IN).status_code == 201
    yield client


def test_a_server_keeps_every_file_and_gives_the_same_instants_back(server: Client) -> None:
    for name, written in SINGLE.items():
        path = f"/ana/visits/{name}.ics"
        # What a program puts on a server has no METHOD (RFC 4791, 4.1).
        put = b"".join(line for line in written.splitlines(keepends=True) if not line.startswith(b"METHOD:"))
        put = put.replace(b"@clinic.example.com\r\nSEQUENCE", f".{name}@c.example\r\nSEQUENCE".encode())
        kept = server.put(path, data=put, headers={**SIGNED_IN, "Content-Type": "text/calendar"})
        assert kept.status_code == 201, (name, kept.text)
        given = server.get(path, headers=SIGNED_IN)
        assert by_icalendar(given.data) == by_icalendar(written), name


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("feed")])
def test_a_server_takes_a_whole_feed(server: Client, name: str) -> None:
    kept = server.put("/ana/feed/", data=FILES[name], headers={**SIGNED_IN, "Content-Type": "text/calendar"})
    assert kept.status_code == 201, kept.text
    given = server.get("/ana/feed/", headers=SIGNED_IN)
    assert sorted(by_icalendar(given.data)) == sorted(by_icalendar(FILES[name]))

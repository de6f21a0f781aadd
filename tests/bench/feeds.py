"""Measures a feed of a thousand visits against the bare SQL and the bare formatting of the same rows, and the library.

./dev bench feeds [--visits 1000]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC
from typing import Any

from icalendar import Calendar, Event

from scheduler.domain import invitation
from scheduler.domain.actor import SYSTEM
from scheduler.domain.calendar_entry import Entry, InviteLinks, for_staff
from scheduler.domain.feed import entry_in
from scheduler.domain.link import LinkPurpose
from scheduler.services import calendar_feeds, loading, private_links
from scheduler.services.calendar_feeds import Found, Whose
from scheduler.services.house import House
from tests.bench._measure import NOW, engine, median, table

ENGINES = ("sqlite", "postgresql")
PAGE = InviteLinks("https://clinic.example.com/clinic")
HEADER = ("visits", "kB", "part", "bare ms", "ours ms", "ratio")
BARE_SQL = """SELECT id, uid, sequence, status, mode, location_id, room_id, starts_at, ends_at, created_at, changed_at,
language FROM appointment WHERE practitioner_id = {}"""


def main() -> None:
    """Print one table for each engine."""
    parser = argparse.ArgumentParser(prog="./dev bench feeds")
    parser.add_argument("--visits", type=int, default=1000)
    visits = parser.parse_args().visits
    for name in ENGINES:
        with engine(name) as (house, _, _folder):
            table(f"A feed on {name}", HEADER, list(_rows(house, visits)))


def _rows(house: House, visits: int) -> list[tuple[object, ...]]:
    loading.load(house, 1, visits, SYSTEM, NOW, lambda _: None)
    with house.database.reading() as connection:
        whose = Whose("practitioner", house.clinic(connection).practitioners[-1].id)
    calendar_feeds.open_feed(house, whose, SYSTEM, NOW)
    link = private_links.find(house, calendar_feeds.of_staff(house)[whose][0], [LinkPurpose.FEED], NOW)

    def read() -> Found:
        return calendar_feeds.read(house, link, "https://clinic.example.com", NOW)

    found = read()
    entries = [entry_in(found.clinic, visit, PAGE) for visit in found.visits]
    size, count = len(composed(entries)) / 1000, len(entries)
    both = (
        ("read", lambda: bare_rows(house, whose.number), read),
        ("compose", lambda: bare_text(entries), lambda: composed(entries)),
        ("compose, against the library", lambda: by_library(entries), lambda: composed(entries)),
        (
            "all",
            lambda: (bare_rows(house, whose.number), bare_text(entries)),
            lambda: composed([entry_in(found.clinic, visit, PAGE) for visit in read().visits]),
        ),
    )
    return [(count, size, part, *_ratio(bare, ours)) for part, bare, ours in both]


def _ratio(bare: Callable[[], object], ours: Callable[[], object]) -> tuple[float, float, float]:
    least, taken = median(bare), median(ours)
    return least, taken, taken / least


def composed(entries: list[Entry]) -> bytes:
    """Our own file."""
    return invitation.feed(entries, for_staff(str), uid="feed@example.com", name="x", zone="America/Denver")


def bare_rows(house: House, practitioner_id: int) -> list[Any]:
    """The rows, as the driver gives them."""
    with house.database.reading() as connection:
        cursor = connection.connection.cursor()
        cursor.execute(BARE_SQL.format(practitioner_id))
        rows = list(cursor.fetchall())
        cursor.close()
    return rows


def bare_text(entries: list[Entry]) -> bytes:
    """The same facts put into one template, with no rule of the format but the line ends."""
    return "".join(
        f"BEGIN:VEVENT\r\nSUMMARY:Visit\r\nDTSTART:{one.start.astimezone(UTC):%Y%m%dT%H%M%SZ}\r\n"
        f"DTEND:{one.end.astimezone(UTC):%Y%m%dT%H%M%SZ}\r\nDTSTAMP:{one.changed_at:%Y%m%dT%H%M%SZ}\r\n"
        f"UID:{one.uid}\r\nSEQUENCE:{one.sequence}\r\nCREATED:{one.created_at:%Y%m%dT%H%M%SZ}\r\n"
        f"LAST-MODIFIED:{one.changed_at:%Y%m%dT%H%M%SZ}\r\nLOCATION:{one.location.name}\r\nCLASS:PRIVATE\r\n"
        f"DESCRIPTION:Code {one.number}\r\nSTATUS:CONFIRMED\r\nTRANSP:OPAQUE\r\n"
        f"URL:{one.links.manage}\r\nEND:VEVENT\r\n"
        for one in entries
    ).encode()


def by_library(entries: list[Entry]) -> bytes:
    """The same entries written by `icalendar`."""
    calendar = Calendar.new(uid="feed@example.com", prodid="x")
    for one in entries:
        event = Event.new(
            uid=one.uid,
            sequence=one.sequence,
            stamp=one.changed_at,
            created=one.created_at,
            last_modified=one.changed_at,
            start=one.start,
            end=one.end,
            summary="Visit",
            description=f"Code {one.number}",
            location=one.location.name,
            url=one.links.manage,
        )
        calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


if __name__ == "__main__":
    main()

"""An address of a calendar is one that may be asked for, and is asked for less often while it fails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.domain.errors import InvalidInput
from scheduler.domain.outside_calendar import AGAIN, LONGEST_PAUSE, next_check, read_address

NOW = datetime(2026, 9, 14, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("https://calendar.example.com/a/basic.ics", "https://calendar.example.com/a/basic.ics"),
        ("  webcal://p12.example.com/published/2/x ", "https://p12.example.com/published/2/x"),
        ("WEBCAL://Example.com/x", "https://Example.com/x"),
        ("http://example.com:80/x.ics?key=1", "http://example.com:80/x.ics?key=1"),
    ],
)
def test_an_address_is_read_as_it_will_be_asked_for(typed: str, address: str) -> None:
    assert read_address(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "calendar.example.com/x.ics",
        "file:///etc/passwd",
        "ftp://example.com/x.ics",
        "gopher://example.com/",
        "javascript:alert(1)",
        "https://",
        "https:///x.ics",
        "https://user:pw@example.com/x.ics",
        "https://example.com:22/x.ics",
        "https://example.com:99999/x.ics",
        "https://example.com/a b.ics",
        "https://example.com/\r\nHost: other",
        "https://exämple.com/x.ics",
        "https://[::1]/x.ics",
        "https://example.com/" + "x" * 2000,
        "/etc/passwd",
    ],
)
def test_what_could_not_be_asked_for_is_no_address(typed: str) -> None:
    with pytest.raises(InvalidInput):
        read_address(typed)


def test_a_calendar_that_fails_is_asked_less_and_less_often() -> None:
    waits = [next_check(NOW, failures) - NOW for failures in range(20)]
    assert waits[0] == AGAIN
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_PAUSE
    assert all(wait >= timedelta(minutes=15) for wait in waits)

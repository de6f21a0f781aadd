"""Busy times are read from any calendar as its owner sees them, and nothing else is."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from scheduler.domain.busy_times import NoCalendar, TooMany, busy_times
from scheduler.domain.interval import epoch, instant

DENVER = ZoneInfo("America/Denver")
START = datetime(2026, 9, 14, tzinfo=UTC)
WINDOW = (epoch(START), epoch(START + timedelta(days=400)))
OWN = "clinic.example.com"

CHICAGO = """BEGIN:VTIMEZONE
TZID:Office
BEGIN:STANDARD
DTSTART:20071104T020000
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU
TZOFFSETFROM:-0500
TZOFFSETTO:-0600
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20070311T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
TZOFFSETFROM:-0600
TZOFFSETTO:-0500
END:DAYLIGHT
END:VTIMEZONE
"""


def calendar(*events: str, head: str = "") -> bytes:
    """A calendar with these events, each given as its lines."""
    shown = "".join(
        f"BEGIN:VEVENT\nUID:{number}@example.com\n{event}\nEND:VEVENT\n"
        for number, event in enumerate(events)
    )
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{head}{shown}END:VCALENDAR\n".replace("\n", "\r\n").encode()


def read(*events: str, head: str = "") -> list[str]:
    """The busy times of such a calendar, as "start/end" in UTC."""
    return shown(busy_times(calendar(*events, head=head), WINDOW, DENVER, OWN))


def shown(spans: list[tuple[int, int]]) -> list[str]:
    return [f"{instant(start):%m-%dT%H:%M}/{instant(end):%m-%dT%H:%M}" for start, end in spans]


@pytest.mark.parametrize(
    ("lines", "times"),
    [
        ("DTSTART:20260915T160000Z\nDTEND:20260915T170000Z", ["09-15T16:00/09-15T17:00"]),
        ("DTSTART:20260915T160000Z\nDURATION:PT90M", ["09-15T16:00/09-15T17:30"]),
        (
            "DTSTART;TZID=America/New_York:20260915T120000\nDTEND;TZID=America/New_York:20260915T130000",
            ["09-15T16:00/09-15T17:00"],
        ),
        (
            "DTSTART;TZID=Eastern Standard Time:20260915T120000\nDTEND;TZID=Eastern Standard Time:20260915T130000",
            ["09-15T16:00/09-15T17:00"],
        ),
        ("DTSTART:20260915T100000\nDTEND:20260915T110000", ["09-15T16:00/09-15T17:00"]),
        ("DTSTART;VALUE=DATE:20260915\nDTEND;VALUE=DATE:20260917", ["09-15T06:00/09-17T06:00"]),
        ("DTSTART;VALUE=DATE:20260915", ["09-15T06:00/09-16T06:00"]),
        ("DTSTART;VALUE=DATE:20261101\nDTEND;VALUE=DATE:20261102", ["11-01T06:00/11-02T07:00"]),
        ("DTSTART;VALUE=DATE:20270314\nDTEND;VALUE=DATE:20270315", ["03-14T07:00/03-15T06:00"]),
        ("DTSTART:20260915T160000Z", []),
        ("DTSTART:20260915T160000Z\nDTEND:20260915T160000Z", []),
        ("DTSTART:20260801T160000Z\nDTEND:20260801T170000Z", []),
        ("DTSTART:20280801T160000Z\nDTEND:20280801T170000Z", []),
        ("DTSTART:20260801T160000Z\nDTEND:20260920T170000Z", ["08-01T16:00/09-20T17:00"]),
    ],
)
def test_a_single_event_is_busy_when_it_is(lines: str, times: list[str]) -> None:
    assert read(lines) == times


@pytest.mark.parametrize(
    "takes_none",
    [
        "TRANSP:TRANSPARENT",
        "STATUS:CANCELLED",
        "X-MICROSOFT-CDO-BUSYSTATUS:FREE",
        "X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE",
    ],
)
def test_what_takes_no_time_is_not_busy(takes_none: str) -> None:
    assert read(f"DTSTART:20260915T160000Z\nDTEND:20260915T170000Z\n{takes_none}") == []


@pytest.mark.parametrize("takes_it", ["TRANSP:OPAQUE", "STATUS:TENTATIVE", "X-MICROSOFT-CDO-BUSYSTATUS:OOF"])
def test_what_may_take_time_is_busy(takes_it: str) -> None:
    assert len(read(f"DTSTART:20260915T160000Z\nDTEND:20260915T170000Z\n{takes_it}")) == 1


def test_our_own_visits_come_back_from_nowhere() -> None:
    ours = f"UID:abc@{OWN}\nDTSTART:20260915T160000Z\nDTEND:20260915T170000Z"
    written = f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{ours}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n".replace(
        "\n", "\r\n"
    )
    assert busy_times(written.replace("\r\r", "\r").encode(), WINDOW, DENVER, OWN) == []


def test_a_repeated_event_keeps_its_hour_over_the_change_of_clocks() -> None:
    times = read(
        "DTSTART;TZID=America/Denver:20261026T090000\nDTEND;TZID=America/Denver:20261026T100000\nRRULE:FREQ=WEEKLY;COUNT=3"
    )
    assert times == ["10-26T15:00/10-26T16:00", "11-02T16:00/11-02T17:00", "11-09T16:00/11-09T17:00"]


def test_a_zone_of_the_files_own_is_believed() -> None:
    times = read("DTSTART;TZID=Office:20260915T110000\nDTEND;TZID=Office:20260915T120000", head=CHICAGO)
    assert times == ["09-15T16:00/09-15T17:00"]


def test_the_calendars_own_zone_is_the_home_of_whole_days() -> None:
    assert read("DTSTART;VALUE=DATE:20260915", head="X-WR-TIMEZONE:America/New_York\n") == [
        "09-15T04:00/09-16T04:00"
    ]


def test_an_exception_frees_its_day_and_another_time_moves_it() -> None:
    written = calendar(
        "DTSTART:20260915T160000Z\nDTEND:20260915T170000Z\nRRULE:FREQ=DAILY;COUNT=4\nEXDATE:20260916T160000Z"
    ).replace(
        b"END:VCALENDAR",
        b"BEGIN:VEVENT\r\nUID:0@example.com\r\nRECURRENCE-ID:20260917T160000Z\r\nDTSTART:20260917T200000Z\r\n"
        b"DTEND:20260917T210000Z\r\nEND:VEVENT\r\nEND:VCALENDAR",
    )
    assert shown(busy_times(written, WINDOW, DENVER, OWN)) == [
        "09-15T16:00/09-15T17:00",
        "09-17T20:00/09-17T21:00",
        "09-18T16:00/09-18T17:00",
    ]


@pytest.mark.parametrize("gone", ["STATUS:CANCELLED", "TRANSP:TRANSPARENT"])
def test_one_time_of_a_series_may_be_free(gone: str) -> None:
    written = calendar("DTSTART:20260915T160000Z\nDTEND:20260915T170000Z\nRRULE:FREQ=DAILY;COUNT=2").replace(
        b"END:VCALENDAR",
        b"BEGIN:VEVENT\r\nUID:0@example.com\r\nRECURRENCE-ID:20260916T160000Z\r\nDTSTART:20260916T160000Z\r\n"
        b"DTEND:20260916T170000Z\r\n" + gone.encode() + b"\r\nEND:VEVENT\r\nEND:VCALENDAR",
    )
    assert shown(busy_times(written, WINDOW, DENVER, OWN)) == ["09-15T16:00/09-15T17:00"]


def test_a_series_that_began_years_ago_still_counts() -> None:
    times = read("DTSTART;TZID=America/Denver:20190107T120000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE")
    assert len(times) == 115
    assert times[0] == "09-14T18:00/09-14T19:00"


@pytest.mark.parametrize("until", ["20260917", "20260917T100000", "20260917T160000Z"])
def test_the_last_time_of_a_series_counts_however_its_end_is_written(until: str) -> None:
    """A mere date means all of that day; several programs leave the zone out (RFC 5545, 3.3.10, wants UTC)."""
    times = read(
        f"DTSTART;TZID=America/Denver:20260916T100000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL={until}",
        f"DTSTART;TZID=America/Denver:20260916T200000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL={until}",
    )
    assert "09-17T16:00/09-17T17:00" in times
    assert ("09-18T02:00/09-18T03:00" in times) == (until == "20260917")


def test_a_leave_of_many_months_is_busy_from_end_to_end() -> None:
    assert read("DTSTART;VALUE=DATE:20260901\nDTEND;VALUE=DATE:20271201") == ["09-01T06:00/12-01T07:00"]
    years = busy_times(
        calendar("DTSTART;VALUE=DATE:19990101\nDTEND;VALUE=DATE:20990101"), WINDOW, DENVER, OWN
    )
    assert len(years) == 1
    assert years[0][0] <= WINDOW[0] < WINDOW[1] <= years[0][1]


@pytest.mark.parametrize(
    ("lines", "times"),
    [
        ("DTSTART:20260901T000000Z\nDTEND:99991231T235959Z", 1),
        ("DTSTART;TZID=America/Denver:20260901T000000\nDTEND;TZID=America/Denver:99991231T235959", 1),
        ("DTSTART;VALUE=DATE:00010101\nDTEND;VALUE=DATE:99991231", 1),
        ("DTSTART;TZID=Asia/Tokyo:00010101T000000\nDTEND;TZID=Asia/Tokyo:20260920T000000", 1),
        (
            "DTSTART;TZID=America/Denver:20260915T100000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;UNTIL=99991231",
            57,
        ),
    ],
)
def test_the_end_of_time_is_a_date_like_others_and_hides_nothing(lines: str, times: int) -> None:
    assert len(read(lines)) == times
    assert len(read(f"{lines}\nTRANSP:TRANSPARENT", "DTSTART:20260915T160000Z\nDTEND:20260915T170000Z")) == 1


def test_a_calendar_that_shows_its_busy_times_alone_is_read() -> None:
    lines = (
        "FREEBUSY;FBTYPE=BUSY:20260915T160000Z/20260915T170000Z,20260916T160000Z/PT2H\n"
        "FREEBUSY;FBTYPE=FREE:20260918T160000Z/20260918T170000Z\n"
        "FREEBUSY:20260917T160000Z/20260917T170000Z\n"
    )
    head = f"BEGIN:VFREEBUSY\nDTSTART:20260901T000000Z\nDTEND:20261001T000000Z\n{lines}END:VFREEBUSY\n"
    assert read(head=head) == [
        "09-15T16:00/09-15T17:00",
        "09-16T16:00/09-16T18:00",
        "09-17T16:00/09-17T17:00",
    ]


def test_times_that_meet_are_one() -> None:
    one, two = (
        "DTSTART:20260915T160000Z\nDTEND:20260915T170000Z",
        "DTSTART:20260915T165000Z\nDTEND:20260915T180000Z",
    )
    assert read(one, two, one) == ["09-15T16:00/09-15T18:00"]


def test_what_they_do_is_never_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    parse = Calendar.from_ical

    def watched(copy: bytes) -> object:
        seen.append(copy)
        return parse(copy)

    monkeypatch.setattr(Calendar, "from_ical", watched)
    lines = (
        "SUMMARY:Oncologist\nDESCRIPTION:SECRET\n of two lines\nLOCATION:SECRET\n"
        "ATTENDEE;CN=SECRET:mailto:a@b.example\n"
        "DTSTART:20260915T160000Z\nDTEND:20260915T170000Z\nBEGIN:VALARM\nTRIGGER:-PT5M\nDESCRIPTION:SECRET\nEND:VALARM"
    )
    assert read(lines) == ["09-15T16:00/09-15T17:00"]
    assert b"SECRET" not in seen[0]
    assert b"Oncologist" not in seen[0]
    assert b"VALARM" not in seen[0]


@pytest.mark.parametrize(
    "rubbish",
    [
        b"",
        b"<!doctype html><html>Sign in</html>",
        b"\x00\x01\x02" * 100,
        b"BEGIN:VCARD\r\nEND:VCARD\r\n",
        calendar("DTSTART:20260915T160000Z\nDTEND:20260915T170000Z")[:-20],
        b"/etc/passwd",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:never\r\nRRULE:FREQ=WHENEVER\r\nEND:VEVENT\r\n",
    ],
)
def test_what_is_no_calendar_is_refused_or_empty(rubbish: bytes) -> None:
    with suppress(NoCalendar):
        assert busy_times(rubbish, WINDOW, DENVER, OWN) == []


def test_one_broken_event_does_not_hide_the_others() -> None:
    good = "DTSTART:20260915T160000Z\nDTEND:20260915T170000Z"
    for broken in (
        "DTSTART:20261340T990000Z\nRRULE:FREQ=DAILY",
        "DTSTART:20260915T160000Z\nRRULE:FREQ=NEVER",
        "DTSTART:x",
    ):
        assert "09-15T16:00/09-15T17:00" in read(broken, good)


def test_components_in_components_in_components_cost_nothing() -> None:
    deep = (
        b"BEGIN:VCALENDAR\r\n"
        + b"BEGIN:VEVENT\r\n" * 100_000
        + b"END:VEVENT\r\n" * 100_000
        + b"END:VCALENDAR\r\n"
    )
    assert busy_times(deep, WINDOW, DENVER, OWN) == []


@pytest.mark.parametrize("often", ["SECONDLY", "MINUTELY"])
def test_a_rule_that_never_rests_is_refused_at_once(often: str) -> None:
    with pytest.raises(TooMany):
        read(f"DTSTART:19700101T000000Z\nDURATION:PT1S\nRRULE:FREQ={often}")


def test_more_than_anybody_can_do_is_refused() -> None:
    with pytest.raises(TooMany):
        read("DTSTART:20260101T000000Z\nDURATION:PT10M\nRRULE:FREQ=HOURLY")

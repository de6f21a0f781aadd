"""Claims about choosing a time: the soonest, the days, the filters, and two clocks side by side."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

import pytest
from flask import Flask

from scheduler.domain.allowance import HOLDS_OF_ADDRESS
from scheduler.services import directory, holding
from tests.engines import NOW
from tests.house import MakeApp
from tests.patients import Clock, Visitor, heading, words
from tests.programs import house_of


@pytest.fixture
def at_times(visitor: Visitor) -> Visitor:
    """Somebody who chooses a time for a visit at the office."""
    visitor.pass_gate()
    visitor.choose_visit()
    return visitor


@pytest.fixture
def by_video(visitor: Visitor) -> Visitor:
    """Somebody who chooses a time for a visit by video."""
    visitor.pass_gate()
    visitor.choose_visit("imaging-review/virtual")
    return visitor


def days_of(visitor: Visitor, path: str = "/book/times") -> list[str]:
    return re.findall(r"/book/times/(\d{4}-\d\d-\d\d)", visitor.get(path).text)


def test_the_three_soonest_times_come_first(at_times: Visitor) -> None:
    offered = [datetime.fromisoformat(start) for start in at_times.offered()]
    assert len(offered) == 3
    assert offered == sorted(offered)
    assert offered[0] > NOW


def test_every_day_with_a_free_time_is_listed_once(at_times: Visitor) -> None:
    days = days_of(at_times)
    assert days == sorted(set(days))
    assert len(days) > 20
    assert at_times.offered(f"/book/times/{days[5]}")


def test_a_days_page_offers_that_day_alone(at_times: Visitor) -> None:
    day = days_of(at_times)[3]
    starts = at_times.offered(f"/book/times/{day}")
    assert {start[:10] for start in starts} == {day}


def test_a_day_without_times_says_so_and_leads_on(at_times: Visitor) -> None:
    page = at_times.get("/book/times/2026-09-19")
    assert "No free time on this day" in words(page)
    assert "/book/times/2026-09-18" in page.text
    assert "/book/times/2026-09-21" in page.text


@pytest.mark.parametrize(
    "day", ["2026-9-1", "tomorrow", "2026-13-01", "9999-12-31", "0001-01-01", "20260916"]
)
def test_what_is_no_day_is_not_found(at_times: Visitor, day: str) -> None:
    assert at_times.get(f"/book/times/{day}").status_code == 404


@pytest.mark.parametrize(("part", "hours"), [("morning", range(12)), ("afternoon", range(12, 24))])
def test_a_part_of_the_day_can_be_chosen(app: Flask, at_times: Visitor, part: str, hours: range) -> None:
    zone = directory.clinic(house_of(app).database).locations[0].tz
    starts = at_times.offered(f"/book/times?part={part}")
    assert starts
    assert {datetime.fromisoformat(start).astimezone(zone).hour for start in starts} <= set(hours)


def test_one_clinician_can_be_chosen(app: Flask, at_times: Visitor) -> None:
    doctor = directory.clinic(house_of(app).database).practitioners[0]
    page = at_times.get(f"/book/times?clinician={doctor.id}")
    notes = re.findall(r'clinic-slot__note">([^<]+)<', page.text)
    assert set(notes) == {doctor.name}
    assert f"clinician={doctor.id}" in re.findall(r'href="(/book/times/[^"]+)"', page.text)[0]


def test_a_filter_that_makes_no_sense_is_no_filter(at_times: Visitor) -> None:
    assert at_times.offered("/book/times?clinician=999&part=midnight") == at_times.offered()


def test_no_time_chosen_is_said(at_times: Visitor) -> None:
    answer = at_times.send("/book/times", {}, to="/book/times")
    assert answer.status_code == 422
    assert 'href="#start"' in answer.text


def test_choosing_nothing_on_a_day_without_times_leads_to_other_days(at_times: Visitor) -> None:
    token = {
        "csrf_token": re.findall(r'name="csrf_token" value="([^"]+)"', at_times.get("/book/times").text)[0]
    }
    answer = at_times.client.post("/book/times/2026-09-19", data=token)
    assert answer.status_code == 422
    assert "No free time on this day" in words(answer)
    assert "#start" not in answer.text
    assert re.search(r'<a href="/book/times">Choose another day</a>', answer.text)


@pytest.mark.parametrize("start", ["soon", "2026-09-16", "2026-09-16T15:00:00", "9999-12-31T23:59:59+00:00"])
def test_what_is_no_time_is_not_taken(at_times: Visitor, start: str) -> None:
    assert at_times.take(start).status_code == 422


@pytest.mark.parametrize("start", ["2026-09-19T18:00:00+00:00", "2020-01-01T18:00:00+00:00"])
def test_a_time_that_is_not_offered_is_answered_with_others(at_times: Visitor, start: str) -> None:
    answer = at_times.take(start)
    assert answer.status_code == 409
    assert heading(answer) == "This time is no longer free"
    assert "Your answers are safe." in words(answer)


def test_choosing_another_time_gives_the_first_one_back(app: Flask, at_times: Visitor) -> None:
    first, second = at_times.offered()[:2]
    at_times.take(first)
    at_times.take(second)
    assert first in at_times.offered()


def test_ones_own_kept_time_is_still_offered_to_oneself(at_times: Visitor) -> None:
    start = at_times.offered()[0]
    at_times.take(start)
    assert at_times.offered()[0] == start


def test_a_video_visit_shows_the_readers_own_time_beside_the_clinics(by_video: Visitor) -> None:
    by_video.send("/book/times", {"zone": "America/Chicago"}, to="/book/zone")
    page = words(by_video.get("/book/times"))
    assert "All times are El Paso time." in page
    assert "Central time (CDT)" in page


def test_a_visit_at_the_office_is_never_shown_in_another_zone(at_times: Visitor) -> None:
    at_times.client.set_cookie("zone", "America/Chicago")
    assert "Central time" not in words(at_times.get("/book/times"))


def test_a_browser_may_tell_its_zone_by_a_cookie(by_video: Visitor) -> None:
    by_video.client.set_cookie("zone", "Europe%2FBerlin")
    assert "CEST" in words(by_video.get("/book/times"))


@pytest.mark.parametrize("zone", ["Nowhere/City", "../../etc/passwd", "UTC", ""])
def test_what_is_no_zone_shows_the_clinics_time_alone(by_video: Visitor, zone: str) -> None:
    by_video.client.set_cookie("zone", zone)
    assert by_video.get("/book/times").status_code == 200
    by_video.send("/book/times", {"zone": zone}, to="/book/zone")
    assert "Your time" not in words(by_video.get("/book/times"))


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil"])
def test_choosing_a_zone_never_leads_to_another_site(by_video: Visitor, back: str) -> None:
    answer = by_video.send("/book/times", {"zone": "America/Chicago", "back": back}, to="/book/zone")
    assert answer.location == "/book/times"


def test_looking_at_times_keeps_none(app: Flask, at_times: Visitor) -> None:
    before = at_times.offered()
    at_times.get(f"/book/times/{days_of(at_times)[0]}")
    at_times.client.head("/book/times")
    assert at_times.offered() == before


def test_an_address_that_keeps_too_many_times_gets_a_kind_page_and_the_telephone(
    make_app: MakeApp, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "HOLDS_OF_ADDRESS", replace(HOLDS_OF_ADDRESS, most=1))
    app = make_app(RATE_LIMITS="on")
    for language, title in (("en", "Please wait a little, or call us"), ("es", "Espere un poco o llámenos")):
        visitors = [Visitor(app, language) for _ in range(2)]
        for visitor in visitors:
            visitor.pass_gate()
            visitor.choose_visit()
            answer = visitor.take()
        assert (answer.status_code, heading(answer)) == (429, title)
        assert "tel:" in answer.text
        assert int(answer.headers["Retry-After"]) > 60

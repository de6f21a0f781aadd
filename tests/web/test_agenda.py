"""A clinician's own day: their visits and nobody else's, what was answered, their blocks and their feed."""

from __future__ import annotations

import pytest
from flask import Flask

from scheduler.domain.visit import Visit
from tests.inspector import Inspector
from tests.patients import words
from tests.post import book
from tests.programs import house_of
from tests.staff import Employ


@pytest.fixture
def visit(app: Flask) -> Visit:
    return book(house_of(app), days=1)


def day_of(visit: Visit) -> str:
    return visit.appointment.start.astimezone(visit.location.tz).date().isoformat()


def test_my_day_shows_who_comes_and_what_was_answered(doctor: Inspector, visit: Visit) -> None:
    page = doctor.get(f"/clinic?day={day_of(visit)}")
    assert visit.patient.name in page.text
    assert "No sign at the safety questions" in words(page)
    assert "No visits on this day." in words(doctor.get("/clinic"))


def test_a_day_that_is_none_is_today(doctor: Inspector) -> None:
    assert doctor.get("/clinic?day=0001-01-01").status_code == 200


def test_my_own_time_is_blocked_and_given_back(doctor: Inspector) -> None:
    data = {
        "kind": "away",
        "first": "2026-11-17",
        "opens": "",
        "closes": "",
        "rhythm": "once",
        "last": "",
        "count": "",
        "note": "",
    }
    assert doctor.submit("/clinic/blocks", data, to="/clinic/blocks").status_code == 303
    page = doctor.get("/clinic/blocks")
    assert "Tuesday, November 17, all day" in words(page)
    path = page.text.split('action="/clinic/blocks/')[1].split('"')[0]
    doctor.submit("/clinic/blocks", {}, to=f"/clinic/blocks/{path}")
    assert "No time is blocked." in words(doctor.get("/clinic/blocks"))


def test_my_feed_gets_an_address_and_a_new_one_ends_it(doctor: Inspector) -> None:
    doctor.submit("/clinic", {}, to="/clinic/feed")
    first = doctor.get("/clinic").text.split('clinic-address">')[1].split("<")[0]
    assert first.endswith("/feed.ics")
    doctor.submit("/clinic", {}, to="/clinic/feed")
    assert first not in doctor.get("/clinic").text


def test_whoever_sees_no_patients_has_no_day(employ: Employ) -> None:
    assert employ("clinician").get("/clinic").status_code == 403
    assert employ("desk").get("/clinic").status_code == 403

"""Claims about the pages of calendars: a clinician's own, and the manager's for everybody."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from scheduler.domain.outside_calendar import Reading, Trouble
from scheduler.services import outside_calendars
from tests.engines import NOW
from tests.inspector import Inspector
from tests.patients import Clock
from tests.programs import house_of
from tests.staff import Employ, at_work, hire

ADDRESS = "https://calendar.example.com/private-abc/basic.ics"


@pytest.fixture
def clinician(app: Flask, clock: Clock) -> Inspector:
    """The first clinician of the clinic, signed in."""
    house = house_of(app)
    with house.database.reading() as connection:
        who = house.clinic(connection).practitioners[0].id
    hire(app, "doctor@example.com", "clinician", practitioner_id=who)
    return at_work(app, "doctor@example.com")


@pytest.fixture
def manager(employ: Employ) -> Inspector:
    """Somebody who manages the clinic."""
    return employ("manager")


def feeds_on(page: str) -> list[str]:
    return re.findall(r"/ics/([A-Za-z0-9_-]{43})/feed\.ics", page)


@pytest.mark.parametrize("language", ["en", "es"])
def test_both_pages_open_in_both_languages(clinician: Inspector, manager: Inspector, language: str) -> None:
    assert clinician.get(f"/clinic/calendars?lang={language}").status_code == 200
    assert manager.get(f"/manage/calendars?lang={language}").status_code == 200
    assert clinician.get("/clinic/feed").location == "/clinic/calendars"


def test_a_clinician_makes_renews_and_closes_the_address_of_their_feed(clinician: Inspector) -> None:
    path = "/clinic/calendars"
    assert feeds_on(clinician.get(path).text) == []
    assert clinician.submit(path, {}, to="/clinic/calendars/feed").location == f"{path}?done=opened"
    (first,) = feeds_on(clinician.get(path).text)
    assert clinician.get(f"/ics/{first}/feed.ics").status_code == 200
    clinician.submit(path, {}, to="/clinic/calendars/feed")
    (second,) = feeds_on(clinician.get(path).text)
    assert clinician.get(f"/ics/{first}/feed.ics").status_code == 404
    clinician.submit(path, {}, to="/clinic/calendars/feed/close")
    assert clinician.get(f"/ics/{second}/feed.ics").status_code == 404
    assert feeds_on(clinician.get(path).text) == []


def test_a_manager_makes_and_closes_the_feeds_of_clinicians_and_rooms(app: Flask, manager: Inspector) -> None:
    house = house_of(app)
    with house.database.reading() as connection:
        clinic = house.clinic(connection)
    for kind, number in (("practitioner", clinic.practitioners[0].id), ("room", clinic.rooms[0].id)):
        manager.submit("/manage/calendars", {}, to=f"/manage/calendars/{kind}/{number}/open")
    page = manager.get("/manage/calendars").text
    secrets = feeds_on(page)
    assert len(secrets) == 2
    for secret in secrets:
        assert manager.get(f"/ics/{secret}/feed.ics").status_code == 200
    manager.submit("/manage/calendars", {}, to=f"/manage/calendars/room/{clinic.rooms[0].id}/close")
    assert len(feeds_on(manager.get("/manage/calendars").text)) == 1


def test_a_calendar_is_added_shown_without_its_secret_and_taken_away(
    app: Flask, clinician: Inspector
) -> None:
    path = "/clinic/calendars"
    assert clinician.submit(path, {"address": ADDRESS}, to=path).location == f"{path}?done=added"
    page = clinician.get(path).text
    assert "calendar.example.com" in page
    assert "private-abc" not in page
    assert "Not read yet." in page
    house = house_of(app)
    job = outside_calendars.take(house, NOW)
    assert job is not None
    outside_calendars.settle(house, job, Reading(((1789660800, 1789664400),)), NOW)
    assert "1 busy time blocks booking." in clinician.get(path).text
    outside_calendars.settle(house, job, Reading(trouble=Trouble.REFUSED), NOW)
    page = clinician.get(path).text
    assert "The other server does not let us in." in page
    assert "Until it works again we keep what it said on" in page
    (number,) = re.findall(r"/clinic/calendars/([0-9a-f]{32})/remove", page)
    assert clinician.submit(path, {}, to=f"{path}/{number}/look").location == f"{path}?done=looking"
    assert clinician.submit(path, {}, to=f"{path}/{number}/remove").location == f"{path}?done=removed"
    assert "calendar.example.com" not in clinician.get(path).text


@pytest.mark.parametrize("address", ["", "file:///etc/passwd", "https://127.0.0.1:22/x", "nonsense"])
def test_an_address_that_cannot_be_asked_is_shown_again_with_a_word(
    clinician: Inspector, address: str
) -> None:
    answer = clinician.submit("/clinic/calendars", {"address": address}, to="/clinic/calendars")
    assert answer.status_code == 422
    assert "Enter the whole address." in answer.text


def test_a_manager_adds_a_calendar_for_a_clinician(app: Flask, manager: Inspector) -> None:
    house = house_of(app)
    with house.database.reading() as connection:
        who = house.clinic(connection).practitioners[0].id
    typed = {"practitioner": str(who), "address": ADDRESS}
    assert manager.submit("/manage/calendars", typed, to="/manage/calendars").status_code == 303
    assert [one.practitioner_id for one in outside_calendars.everybodys(house)] == [who]
    assert manager.submit("/manage/calendars", typed, to="/manage/calendars").status_code == 422
    nobody = {"practitioner": "x", "address": f"{ADDRESS}?2"}
    assert manager.submit("/manage/calendars", nobody, to="/manage/calendars").status_code == 404


def test_the_desk_has_no_business_on_either_page(employ: Employ) -> None:
    clerk = employ("desk")
    for path in ("/clinic/calendars", "/manage/calendars"):
        assert clerk.get(path).status_code == 403


def test_an_account_of_nobody_who_sees_patients_has_no_calendars(employ: Employ) -> None:
    assert employ("clinician").get("/clinic/calendars").status_code == 404

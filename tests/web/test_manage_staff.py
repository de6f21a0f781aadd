"""A manager lets people in and out, sees what each may do, and finds who looked at what."""

from __future__ import annotations

import re
from typing import cast

import pytest
from flask import Flask

from scheduler.domain.actor import SYSTEM
from scheduler.services import staffing
from tests.engines import NOW
from tests.inspector import Inspector
from tests.patients import Clock
from tests.programs import house_of
from tests.staff import Employ

NEW = {"name": "Nora Nueva", "email": "nora@example.com", "roles": ["clinician"], "practitioner": "1"}
PASSWORD = "a brand new pass phrase"


@pytest.fixture
def manager(employ: Employ) -> Inspector:
    """A manager at work."""
    return employ("manager")


def link_in(page: str) -> str:
    """The path of the invitation on a page."""
    [found] = re.findall(r"http[^<\s]*(/invitation/[\w-]+)", page)
    return cast("str", found)


def test_an_invitation_leads_from_a_link_to_a_password_and_on_to_the_second_step(
    app: Flask, manager: Inspector
) -> None:
    shown = manager.submit("/manage/staff/new", {**NEW, "language": "es"})
    path = link_in(shown.text)
    guest = cast("Inspector", app.test_client())
    assert guest.get(path).status_code == 200
    assert guest.submit(path, {"password": "short"}).status_code == 422
    assert guest.submit(path, {"password": PASSWORD}).location == "/account/factors"
    assert guest.get("/account").location.startswith("/account/factors")
    assert guest.get("/account/factors").status_code == 200
    assert app.test_client().get(path).status_code == 404


def test_a_link_ends_after_three_days_and_with_the_next_one(
    app: Flask, manager: Inspector, clock: Clock
) -> None:
    first = link_in(manager.submit("/manage/staff/new", NEW).text)
    again = manager.submit("/manage/staff/2", {}, to="/manage/staff/2/link")
    second = link_in(again.text)
    guest = app.test_client()
    assert [guest.get(path).status_code for path in (first, second)] == [404, 200]
    clock.move_to(NOW + staffing.LINK_HOLDS)
    assert guest.get(second).status_code == 404


def test_the_page_shows_people_and_the_table_of_rights(manager: Inspector) -> None:
    page = manager.get("/manage/staff").text
    assert "manager@example.com" in page
    assert "Book outside the hours" in page


def test_managing_people_takes_a_fresh_proof(manager: Inspector, clock: Clock) -> None:
    clock.move_to(NOW.replace(minute=11))
    answer = manager.get("/manage/staff")
    assert answer.location == "/unlock?next=/manage/staff"
    manager.submit(answer.location, {"password": "correct horse battery"}, to=answer.location)
    assert manager.get("/manage/staff").status_code == 200


def test_a_retired_account_and_its_links_end(app: Flask, manager: Inspector) -> None:
    path = link_in(manager.submit("/manage/staff/new", NEW).text)
    manager.submit("/manage/staff/2", {"name": "Nora", "roles": ["desk"], "practitioner": ""})
    assert app.test_client().get(path).status_code == 404
    [nora] = [
        one for one in staffing.roster(house_of(app).database, SYSTEM, NOW) if one.member.name == "Nora"
    ]
    assert not nora.member.active


@pytest.mark.parametrize("field", ["name", "email", "roles"])
def test_what_is_missing_is_said_at_its_field(manager: Inspector, field: str) -> None:
    answer = manager.submit("/manage/staff/new", {**NEW, field: ""})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text


def test_the_trail_is_searched_by_form_and_shows_who_did_what(manager: Inspector) -> None:
    assert "sign-in" in manager.get("/manage/audit").text
    found = manager.submit(
        "/manage/audit", {"action": "sign-in", "first": "2026-09-14", "last": "2026-09-14"}
    )
    assert "<bdi>manager</bdi>" in found.text
    nobody = manager.submit("/manage/audit", {"phone": "(915) 555-0199", "first": "2026-09-01"})
    assert "Nothing was found." in nobody.text
    code = manager.submit("/manage/audit", {"code": "no such"})
    assert "Nothing was found." in code.text

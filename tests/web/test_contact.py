"""The pages that put an e-mail address right: at the desk at any time, by the patient while mail comes back."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from scheduler.domain.link import LinkPurpose
from scheduler.domain.visit import Visit
from scheduler.persistence import bounces
from scheduler.services import changing, private_links
from tests.engines import NOW
from tests.inspector import Inspector
from tests.letters import a_helper
from tests.patients import Visitor, words
from tests.post import book
from tests.programs import house_of
from tests.staff import Employ


@pytest.fixture
def visit(app: Flask) -> Visit:
    """A visit with an e-mail."""
    return book(house_of(app), days=10)


@pytest.fixture
def returned(app: Flask, visit: Visit) -> Visit:
    """The same, and mail to its address came back."""
    house = house_of(app)
    with house.database.transaction() as connection:
        bounces.mark(connection, house.vault.index("email", visit.patient.email or ""), "5.1.1", NOW)
    return visit


def own(app: Flask, visit: Visit, rest: str = "") -> str:
    return f"/my/{private_links.of_visit(house_of(app), visit.appointment.id)[LinkPurpose.MANAGE]}{rest}"


def at_desk(visit: Visit, rest: str = "/email") -> str:
    return f"/desk/visits/{visit.appointment.public_id}{rest}"


def kept(app: Flask, visit: Visit) -> str | None:
    return changing.show(house_of(app), visit.appointment.id).patient.email


def test_the_patient_is_told_and_puts_it_right(app: Flask, visitor: Visitor, returned: Visit) -> None:
    assert "Our mail to you came back" in words(visitor.get(own(app, returned)))
    answer = visitor.send(own(app, returned, "/email"), {"email": "right@example.com"})
    assert answer.status_code == 303
    assert kept(app, returned) == "right@example.com"
    page = words(visitor.get(answer.location))
    assert "Thank you. We write to you there." in page
    assert "came back" not in page


def test_the_page_never_shows_the_address_that_we_have(app: Flask, visitor: Visitor, returned: Visit) -> None:
    assert (returned.patient.email or "") not in visitor.get(own(app, returned, "/email")).text


def test_while_nothing_came_back_there_is_nothing_to_put_right(
    app: Flask, visitor: Visitor, visit: Visit
) -> None:
    assert "came back" not in words(visitor.get(own(app, visit)))
    assert visitor.get(own(app, visit, "/email")).status_code == 303
    token = re.search(r'name="csrf_token" value="([^"]+)"', visitor.get(own(app, visit, "/cancel")).text)
    assert token
    typed = {"csrf_token": token[1], "email": "thief@example.com"}
    assert visitor.client.post(own(app, visit, "/email"), data=typed).status_code == 303
    assert kept(app, visit) == visit.patient.email


@pytest.mark.parametrize("typed", ["", "nobody", "a@b, victim@example.com", "a@example.com\r\nBcc: b@c"])
def test_what_is_no_address_is_asked_for_again(
    app: Flask, visitor: Visitor, returned: Visit, typed: str
) -> None:
    answer = visitor.send(own(app, returned, "/email"), {"email": typed})
    assert answer.status_code == 422
    assert kept(app, returned) == returned.patient.email


def test_the_desk_sees_the_mark_and_puts_it_right(app: Flask, clerk: Inspector, returned: Visit) -> None:
    assert "mail comes back" in words(clerk.get(at_desk(returned, "")))
    assert "Mail to this address comes back" in words(clerk.get(at_desk(returned, "/messages")))
    answer = clerk.submit(at_desk(returned), {"email": "right@example.com"})
    assert answer.status_code == 303
    assert "Saved. The visit goes to this address now." in words(clerk.get(answer.location))
    assert "mail comes back" not in words(clerk.get(at_desk(returned, "")))
    assert "E-mail corrected" in words(clerk.get(at_desk(returned, "")))


def test_what_is_no_address_of_the_helper_leads_to_the_helpers_field(app: Flask, clerk: Inspector) -> None:
    visit = book(house_of(app), helper=a_helper())
    page = clerk.submit(at_desk(visit), {"whose": "helper", "helper_email": "nobody"}).text
    assert 'href="#helper_email"' in page
    assert re.search(r'id="helper_email"[^>]*value="nobody"', page)
    assert re.search(rf'id="email"[^>]*value="{visit.patient.email}"', page)
    answer = clerk.submit(at_desk(visit), {"whose": "helper", "helper_email": "right@example.com"})
    assert answer.status_code == 303
    helper = changing.show(house_of(app), visit.appointment.id).helper
    assert helper
    assert helper.email == "right@example.com"


def test_a_clinician_changes_no_address(employ: Employ, visit: Visit) -> None:
    assert employ("clinician").get(at_desk(visit)).status_code == 403


def test_an_unknown_visit_is_not_found(clerk: Inspector) -> None:
    assert clerk.get("/desk/visits/nobody/email").status_code == 404


def test_a_visit_booked_with_such_an_address_says_so_at_once(app: Flask, visitor: Visitor) -> None:
    visitor.book()
    assert "came back" not in words(visitor.get("/book/booked"))
    email = changing.show(house_of(app), 1).patient.email
    house = house_of(app)
    with house.database.transaction() as connection:
        bounces.mark(connection, house.vault.index("email", email or ""), "5.1.1", NOW)
    assert "Our mail to you came back" in words(visitor.get("/book/booked"))

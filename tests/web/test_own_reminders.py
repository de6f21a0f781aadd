"""The patient's page that changes how they are reminded, and the page that says what will happen now."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from scheduler.domain.directory import Mode
from scheduler.domain.link import LinkPurpose
from scheduler.domain.notification import Channel
from scheduler.domain.person import RemindBy
from scheduler.domain.visit import Visit
from scheduler.persistence import bounces, opt_outs
from scheduler.services import changing, companions, private_links
from scheduler.services.house import House
from tests.engines import NOW, OWNER, a_patient
from tests.letters import a_helper
from tests.patients import Clock, Visitor, words
from tests.post import book
from tests.programs import house_of

FORM = {"remind_by": ["sms"], "language": "en"}


@pytest.fixture
def house(app: Flask) -> House:
    return house_of(app)


@pytest.fixture
def visit(house: House) -> Visit:
    """A visit in ten days, reminded by mail."""
    return book(house, days=10, reminded=True)


def own(house: House, visit: Visit, rest: str = "/reminders") -> str:
    return f"/my/{private_links.of_visit(house, visit.appointment.id)[LinkPurpose.MANAGE]}{rest}"


def shown(house: House, visit: Visit) -> Visit:
    return changing.show(house, visit.appointment.id)


def test_from_the_visits_page_to_texts_and_what_will_come(
    visitor: Visitor, house: House, visit: Visit
) -> None:
    assert own(house, visit) in visitor.get(own(house, visit, "")).text
    answer = visitor.send(own(house, visit), FORM)
    assert answer.status_code == 303
    page = words(visitor.get(answer.location))
    assert "This is how we remind you now" in page
    assert "We text you" in page
    assert "2 days before, on" in page
    assert "The day before, on" in page
    assert "We e-mail you" not in page
    assert "If the visit changes, we write to your e-mail at once." in page
    assert shown(house, visit).patient.remind_by == (RemindBy.SMS,)


def test_looking_changes_nothing_and_shows_no_address(visitor: Visitor, house: House, visit: Visit) -> None:
    before = shown(house, visit)
    for rest in ("/reminders", "/reminders/now", "/reminders?remind_by=phone&language=es"):
        page = visitor.get(own(house, visit, rest)).text
        assert (visit.patient.email or "") not in page
        assert visit.patient.phone[-4:] not in page
    assert shown(house, visit) == before


def test_a_double_press_is_one_change(visitor: Visitor, house: House, visit: Visit) -> None:
    for _ in range(2):
        assert visitor.send(own(house, visit), FORM).status_code == 303
    assert shown(house, visit).appointment.revision == visit.appointment.revision + 1


def test_the_pages_speak_the_language_that_was_chosen(visitor: Visitor, house: House, visit: Visit) -> None:
    answer = visitor.send(own(house, visit), {"remind_by": ["phone", "email"], "language": "es"})
    page = words(visitor.get(answer.location))
    assert "Así le recordamos su cita ahora" in page
    assert "Nosotros le llamamos" in page
    assert "2 días antes, el" in page
    assert "Nuestros mensajes van en español." in page


@pytest.mark.parametrize("typed", [{"remind_by": []}, {"remind_by": ["pigeon"]}])
def test_at_least_one_way_is_needed(
    visitor: Visitor, house: House, visit: Visit, typed: dict[str, object]
) -> None:
    answer = visitor.send(own(house, visit), {**FORM, **typed})
    assert answer.status_code == 422
    assert "Choose at least one way to remind you." in words(answer)
    assert shown(house, visit) == visit


def test_mail_is_not_offered_where_we_have_no_address(visitor: Visitor, house: House) -> None:
    visit = book(house, days=10, patient=a_patient(email=None, remind_by=(RemindBy.PHONE,)))
    page = visitor.get(own(house, visit)).text
    assert 'value="email"' not in page
    assert "We have no e-mail of yours." in page
    answer = visitor.send(own(house, visit), {**FORM, "remind_by": ["email"]})
    assert answer.status_code == 422
    assert shown(house, visit).patient.remind_by == (RemindBy.PHONE,)


def test_a_phone_that_said_stop_is_promised_no_text(visitor: Visitor, house: House, visit: Visit) -> None:
    index = house.vault.index("phone", visit.patient.phone)
    with house.database.transaction() as connection:
        opt_outs.record(connection, Channel.SMS, index, out=True, source="text", language="en", now=NOW)
    assert "You sent us STOP" in words(visitor.get(own(house, visit)))
    page = words(visitor.get(visitor.send(own(house, visit), FORM).location))
    assert "text START to us. Until then we write to your e-mail." in page


def test_an_address_that_returns_mail_is_promised_none(visitor: Visitor, house: House, visit: Visit) -> None:
    with house.database.transaction() as connection:
        bounces.mark(connection, house.vault.index("email", visit.patient.email or ""), "5.1.1", NOW)
    page = visitor.get(own(house, visit, "/reminders/now"))
    assert "Our mail to you came back." in words(page)
    assert own(house, visit, "/email") in page.text
    assert "2 days before" not in words(page)
    assert "we write to your e-mail at once" not in words(page)


def test_who_refused_mails_is_shown_where_to_take_it_back(
    visitor: Visitor, house: House, visit: Visit
) -> None:
    index = house.vault.index("email", visit.patient.email or "")
    with house.database.transaction() as connection:
        opt_outs.record(connection, Channel.EMAIL, index, out=True, source="link", language="en", now=NOW)
    page = visitor.get(own(house, visit, "/reminders/now"))
    assert "You told us to stop reminders by e-mail." in words(page)
    assert 'href="/reminders/' in page.text
    assert "2 days before" not in words(page)


def test_a_helpers_copies_are_ended_and_the_page_says_what_they_still_hold(
    visitor: Visitor, house: House
) -> None:
    visit = book(house, days=10, helper=a_helper())
    assert "May Rosa Example get copies of our e-mails?" in words(visitor.get(own(house, visit)))
    answer = visitor.send(own(house, visit), {**FORM, "tell_helper": "no"})
    page = words(visitor.get(answer.location))
    assert "Rosa Example gets no copies." in page
    assert "Close this link and send me a new one" in page
    helper = shown(house, visit).helper
    assert helper
    assert not helper.may_be_told


def test_where_nobody_gets_copies_nobody_is_named(visitor: Visitor, house: House) -> None:
    visit = book(house, days=10, helper=a_helper(email=None))
    assert "Rosa" not in visitor.get(own(house, visit)).text


def test_a_visit_that_is_soon_says_that_nothing_more_comes(
    visitor: Visitor, house: House, visit: Visit, clock: Clock
) -> None:
    clock.move_to(visit.appointment.start - timedelta(hours=1))
    assert "There is nothing more to send in this way." in words(
        visitor.get(own(house, visit, "/reminders/now"))
    )
    clock.move_to(visit.appointment.start + timedelta(minutes=1))
    for rest in ("/reminders", "/reminders/now"):
        assert visitor.get(own(house, visit, rest)).status_code == 303


def test_other_links_of_the_visit_change_nothing(visitor: Visitor, house: House) -> None:
    visit = book(house, Mode.VIRTUAL, days=10)
    companions.invite(house, visit.appointment.id, OWNER, NOW)
    secrets = [
        companions.link_of(house, visit.appointment.id),
        private_links.of_visit(house, visit.appointment.id)[LinkPurpose.VISIT],
        private_links.of_visit(house, visit.appointment.id)[LinkPurpose.CALENDAR],
    ]
    for secret in secrets:
        for rest in ("/reminders", "/reminders/now"):
            assert visitor.get(f"/my/{secret}{rest}").status_code == 404

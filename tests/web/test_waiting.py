"""The waitlist on the screen: joined from one's own page, offered by link, run at the desk; looking never acts."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask

from scheduler.domain.appointment import CancelledBy
from scheduler.domain.link import LinkPurpose
from scheduler.domain.waitlist import OfferSettings
from scheduler.persistence import links
from scheduler.services import changing, private_links, waiting
from scheduler.services.house import House
from tests.engines import MANAGER, NOW
from tests.inspector import Inspector
from tests.patients import Visitor, heading, words
from tests.post import PATIENT, book
from tests.programs import house_of
from tests.services.test_offering import SOON, employ_once, offers, run_chores
from tests.staff import Employ

WISH = {"part": "any", "who": "any", "notice": "2"}


@pytest.fixture
def house(app: Flask) -> House:
    return house_of(app)


def offered(house: House) -> tuple[str, str]:
    """A time that frees and is offered: the secrets of the offer and of the visit it would replace."""
    waiting.choose_settings(house, OfferSettings(True, 1, 60), MANAGER, NOW)
    freed, later = book(house, days=2), book(house, days=12)
    waiting.join(house, later.appointment.id, SOON, PATIENT, NOW)
    changing.cancel(house, freed.appointment.id, CancelledBy.DESK, employ_once(house), NOW)
    run_chores(house)
    ((proposed, _),) = offers(house)
    with house.database.reading() as connection:
        secret = links.secret_for(connection, house.vault, proposed, LinkPurpose.OFFER)
    manage = private_links.of_visit(house, later.appointment.id)[LinkPurpose.MANAGE]
    assert secret
    return secret, manage


def test_a_patient_joins_and_leaves_on_their_own_page(visitor: Visitor, house: House) -> None:
    secret = visitor.book_ahead()
    path = f"/my/{secret}/earlier"
    assert "Tell me if a sooner time is free" in visitor.get(f"/my/{secret}").text
    assert visitor.send(path, WISH, to=path).status_code == 303
    assert "You are on our list" in visitor.get(f"{path}?done=joined").text
    assert len(waiting.board(house, employ_once(house), NOW).waiters) == 1
    visitor.send(path, {}, to=f"{path}/leave")
    assert waiting.board(house, employ_once(house), NOW).waiters == ()


def test_looking_at_an_offer_changes_nothing_and_a_press_takes_it(visitor: Visitor, house: House) -> None:
    secret, manage = offered(house)
    path = f"/offer/{secret}"
    for _ in range(3):
        page = visitor.get(path)
    assert heading(page) == "A time is free for you"
    assert "We keep it until" in words(page)
    assert [state for _, state in offers(house)] == ["open"]
    assert visitor.send(path, {}, to=path).status_code == 303
    assert heading(visitor.get(path)) == "This time is yours"
    assert "Wednesday, September 16" in words(visitor.get(f"/my/{manage}"))


def test_who_is_late_is_told_kindly_and_keeps_their_visit(
    visitor: Visitor, house: House, clock: object
) -> None:
    secret, _manage = offered(house)
    path = f"/offer/{secret}"
    token = re.search(r'name="csrf_token" value="([^"]+)"', visitor.get(path).text)
    assert token
    clock.move_to(NOW + timedelta(hours=2))  # type: ignore[attr-defined]
    answer = visitor.client.post(path, data={"csrf_token": token[1]})
    assert answer.status_code == 409
    assert heading(answer) == "This time is no longer free"
    assert "Your visit stays as it is." in words(answer)


def test_a_no_is_taken_as_kindly(visitor: Visitor, house: House) -> None:
    secret, _ = offered(house)
    visitor.send(f"/offer/{secret}", {}, to=f"/offer/{secret}/no")
    assert heading(visitor.get(f"/offer/{secret}")) == "You let this time go"


def test_a_link_of_something_else_opens_no_offer(visitor: Visitor, house: House) -> None:
    _, manage = offered(house)
    assert visitor.get(f"/offer/{manage}").status_code == 404


def test_no_time_suits_leaves_word(visitor: Visitor, house: House) -> None:
    visitor.pass_gate()
    visitor.choose_visit()
    assert "/book/wait" in visitor.get("/book/times").text
    answer = visitor.send("/book/wait", {**visitor.person, **WISH})
    assert answer.location == "/book/wait/thanks"
    assert heading(visitor.get("/book/wait/thanks")) == "You are on our list"
    (waiter,) = waiting.board(house, employ_once(house), NOW).waiters
    assert waiter.patient.family_name == visitor.person["family_name"]


def test_what_is_missing_is_said_and_nothing_is_kept(visitor: Visitor, house: House) -> None:
    visitor.pass_gate()
    visitor.choose_visit()
    answer = visitor.send("/book/wait", {**visitor.person, "phone": "12", "part": "any", "notice": "1"})
    assert answer.status_code == 422
    assert visitor.person["family_name"] in answer.text
    assert waiting.board(house, employ_once(house), NOW).waiters == ()


def test_nobody_waits_without_the_safety_questions(visitor: Visitor) -> None:
    assert visitor.get("/book/wait").location == "/book"


def test_the_desk_puts_somebody_on_the_list_and_offers_a_time_by_hand(clerk: Inspector, house: House) -> None:
    freed, later = book(house, days=2), book(house, days=12)
    path = f"/desk/waitlist/visit/{later.appointment.public_id}"
    assert clerk.submit(path, WISH).status_code == 303
    assert later.patient.name in clerk.get("/desk/waitlist").text
    changing.cancel(house, freed.appointment.id, CancelledBy.DESK, employ_once(house), NOW)
    run_chores(house)
    page = clerk.get("/desk/todo?kind=time-freed")
    fits = re.search(r'href="(/desk/waitlist/fits\?freed=[^"]+)"', page.text)
    assert fits
    entry = re.search(r'name="entry" type="checkbox" value="([^"]+)"', clerk.get(fits[1]).text)
    assert entry
    answer = clerk.submit(fits[1], {"entry": entry[1]}, to="/desk/waitlist/fits")
    assert answer.location == "/desk/waitlist?done=offered"
    assert "thinks it over" in words(clerk.get(answer.location))


@pytest.mark.parametrize("freed", ["", "x", "1:2", "1:5:4", "1:0:99999999", "9:9:9:9", "1:%00:2"])
def test_a_free_time_that_is_none_is_not_found(clerk: Inspector, freed: str) -> None:
    assert clerk.get(f"/desk/waitlist/fits?freed={freed}").status_code == 404


def test_how_times_are_offered_is_the_managers(clerk: Inspector, employ: Employ, house: House) -> None:
    assert "How times are offered" not in clerk.get("/desk/waitlist").text
    manager = employ("manager")
    to = "/desk/waitlist/settings"
    wrong = manager.submit("/desk/waitlist", {"people": "9", "minutes": "60"}, to=to)
    assert wrong.status_code == 422
    manager.submit("/desk/waitlist", {"automatic": "yes", "people": "3", "minutes": "45"}, to=to)
    assert "A time that frees is offered by itself." in words(manager.get("/desk/waitlist"))

"""The desk reads mails as text alone and answers with one press; the patient's page says what a calendar's no means."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask

from scheduler.domain.visit import Visit
from scheduler.persistence import bounces
from scheduler.services import changing, replies
from tests.answer_corpus import Shape, gmail, letter, outlook
from tests.engines import NOW, OWNER
from tests.inspector import Inspector
from tests.patients import Visitor, take_away, visit_of, words
from tests.post import move
from tests.programs import house_of
from tests.services.test_answering import free_day_later
from tests.services.test_replies import NOBODY, TRUST, said
from tests.staff import Employ


@pytest.fixture
def secret(visitor: Visitor) -> str:
    """The secret of a visit some days ahead."""
    return visitor.book_ahead()


@pytest.fixture
def visit(app: Flask, secret: str) -> Visit:
    return visit_of(app, secret)


def answer(app: Flask, visit: Visit, word: str, shape: Shape = gmail, **changes: object) -> None:
    replies.receive(house_of(app), TRUST, shape(said(visit, word, **changes)), NOW)


def test_an_empty_tray_says_so(clerk: Inspector) -> None:
    assert "No mail waits for you." in words(clerk.get("/desk/inbox"))


def test_a_mail_is_shown_as_text_alone_and_its_words_can_be_deleted(app: Flask, clerk: Inspector) -> None:
    hostile = "<script>alert(1)</script>\n<img src=https://evil.example/x>\nhttps://evil.example"
    replies.receive(house_of(app), TRUST, letter(hostile, subject="<b>Hi</b>"), NOW)
    page = clerk.get("/desk/inbox")
    assert "One mail waits for you." in words(page)
    one = clerk.get("/desk/inbox/1")
    assert "&lt;script&gt;alert(1)" in one.text
    assert "<img" not in one.text
    assert "evil.example" in one.text
    assert 'href="https://evil' not in one.text
    assert clerk.submit("/desk/inbox/1", {}, to="/desk/inbox/1/handled").status_code == 303
    assert "Done. The words of the mail are deleted." in words(clerk.get("/desk/inbox?done=handled"))
    assert "Somebody else has dealt with this mail already." in words(clerk.get("/desk/inbox/1"))


def test_looking_never_acts(app: Flask, clerk: Inspector, visit: Visit) -> None:
    answer(app, visit, "DECLINED")
    for path in ("/desk/inbox", "/desk/inbox/1", "/desk/inbox?done=agreed"):
        clerk.get(path)
    assert changing.show(house_of(app), visit.appointment.id) == visit


def test_another_time_is_refused_with_one_press(app: Flask, clerk: Inspector, visit: Visit) -> None:
    answer(app, visit, "TENTATIVE", outlook, method="COUNTER", start=visit.appointment.start.replace(hour=9))
    page = clerk.get("/desk/inbox/1")
    assert "not free" in words(page)
    assert "Move the visit to the asked time" not in words(page)
    assert clerk.submit("/desk/inbox/1", {}, to="/desk/inbox/1/refuse").location == "/desk/inbox?done=refused"


def test_a_time_that_went_meanwhile_is_said_on_the_page(app: Flask, clerk: Inspector, visit: Visit) -> None:
    asked = free_day_later(house_of(app), visit)
    answer(app, visit, "TENTATIVE", outlook, method="COUNTER", start=asked)
    page = clerk.get("/desk/inbox/1")
    assert "Move the visit to the asked time" in words(page)
    take_away(app, asked.isoformat())
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token
    pressed = clerk.post("/desk/inbox/1/agree", data={"csrf_token": token[1]})
    assert pressed.status_code == 409
    assert "not free" in words(pressed)
    assert "choose another time" in words(pressed)


def test_an_answer_nobody_vouches_for_warns_and_may_be_believed(
    app: Flask, clerk: Inspector, visit: Visit
) -> None:
    replies.receive(house_of(app), NOBODY, gmail(said(visit)), NOW)
    page = clerk.get("/desk/inbox/1")
    assert "Make sure by phone before you do anything." in words(page)
    clerk.submit("/desk/inbox/1", {}, to="/desk/inbox/1/believe")
    assert changing.show(house_of(app), visit.appointment.id).appointment.is_confirmed


def test_the_things_to_do_lead_to_the_mail(app: Flask, clerk: Inspector, visit: Visit) -> None:
    answer(app, visit, "TENTATIVE")
    page = clerk.get("/desk/todo")
    assert "Answer of a calendar" in words(page)
    assert 'href="/desk/inbox/1"' in page.text


@pytest.mark.parametrize(("press", "open_still"), [("keep", True), ("give-up", False)])
def test_the_desk_keeps_or_gives_up_a_declined_visit(
    app: Flask, clerk: Inspector, visit: Visit, press: str, open_still: bool
) -> None:
    answer(app, visit, "DECLINED")
    assert "Declined in a calendar" in words(clerk.get("/desk/inbox"))
    clerk.submit("/desk/inbox", {}, to=f"/desk/inbox/visits/{visit.appointment.id}/{press}")
    assert changing.show(house_of(app), visit.appointment.id).appointment.is_open is open_still
    assert "Declined in a calendar" not in words(clerk.get("/desk/inbox"))


def test_the_patients_page_says_until_when_and_one_press_keeps_the_visit(
    app: Flask, visitor: Visitor, secret: str, visit: Visit
) -> None:
    answer(app, visit, "DECLINED")
    page = words(visitor.get(f"/my/{secret}"))
    assert "Do you want to keep your visit?" in page
    assert "11:00 AM El Paso time" in page
    visitor.send(f"/my/{secret}", {}, to=f"/my/{secret}/coming")
    assert "Do you want to keep your visit?" not in words(visitor.get(f"/my/{secret}"))
    assert changing.show(house_of(app), visit.appointment.id).appointment.is_confirmed


def test_the_page_says_nothing_of_it_once_the_visit_has_moved(
    app: Flask, visitor: Visitor, secret: str, visit: Visit
) -> None:
    answer(app, visit, "DECLINED", stamp=NOW - timedelta(minutes=2))
    move(house_of(app), visit, OWNER)
    assert "Do you want to keep your visit?" not in words(visitor.get(f"/my/{secret}"))


def test_the_messages_of_a_visit_say_that_mail_to_its_address_came_back(
    app: Flask, clerk: Inspector, visit: Visit
) -> None:
    path = f"/desk/visits/{visit.appointment.public_id}/messages"
    house = house_of(app)
    assert "came back" not in words(clerk.get(path))
    with house.database.transaction() as connection:
        bounces.mark(connection, house.vault.index("email", visit.patient.email or ""), "5.1.1", NOW)
    assert "The last one came back today at 9:00 AM." in words(clerk.get(path))
    answer(app, visit, "ACCEPTED")
    assert "came back" not in words(clerk.get(path))


def test_clinicians_do_not_read_the_mails(employ: Employ) -> None:
    assert employ("clinician").get("/desk/inbox").status_code in {403, 404}

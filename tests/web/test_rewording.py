"""A manager words a message anew: reads it first, is told what is wrong, puts it in force, and takes it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from flask import Flask
from flask.testing import FlaskClient

from scheduler.domain.hand_over import Circuit
from scheduler.domain.notification import Channel, Kind
from scheduler.domain.own_words import CHANNELS, KINDS
from scheduler.persistence.database import database_now
from scheduler.services import delivery
from scheduler.services.directory import clinic
from scheduler.services.house import House
from tests.engines import NOW
from tests.inspector import Inspector, Page
from tests.patients import words
from tests.post import Tray, book, room_of
from tests.programs import house_of
from tests.staff import Employ

TEXTS = "/manage/texts"
PAGE = f"{TEXTS}/messages/confirmation/email"
TEXT = f"{TEXTS}/messages/reminder-day/sms"
MAIL = {
    "subject_en": "See you {day}",
    "heading_en": "All set, {name}",
    "body_en": "We are glad.\n\nBring your smile to {clinic}.",
    "subject_es": "Hasta el {day}",
    "heading_es": "Todo listo, {name}",
    "body_es": "Nos alegra.\n\nTraiga su sonrisa a {clinic}.",
}
SHORT = {
    "body_en": "{clinic}: see you {day}, {time}, {place}. {phone} {stop} {emergency}",
    "body_es": "{clinic}: le esperamos {day}, {time}, {place}. {phone} {stop} {emergency}",
}


@pytest.fixture
def manager(employ: Employ) -> Inspector:
    """Somebody who manages the clinic."""
    return employ("manager")


def in_force(app: Flask, kind: Kind = Kind.CONFIRMATION, channel: Channel = Channel.EMAIL) -> int:
    """The version of the clinic's own words, 0 for the standard ones."""
    own = clinic(house_of(app).database).own_message(kind, channel)
    return own.version if own else 0


def send_all(house: House, tray: Tray) -> None:
    """Send what is owed at the tests' moment, though the database has a clock of its own."""
    with house.database.reading() as connection:
        offset = NOW - database_now(connection) + timedelta(seconds=1)
    delivery.drain(replace(room_of(house, tray), offset=offset), Circuit())


def test_a_mail_is_read_put_in_force_sent_and_taken_back(app: Flask, manager: Inspector) -> None:
    read = words(manager.submit(PAGE, {**MAIL, "look": "yes"}, to=PAGE))
    assert "Nobody has it yet" in read
    for sentence in (
        "All set, Ana",
        "Bring your smile to West Texas Institute.",
        "Todo listo, Ana",
        "Nos alegra.",
    ):
        assert sentence in read
    assert in_force(app) == 0

    assert manager.submit(PAGE, MAIL, to=PAGE).location == f"{PAGE}?done=saved"
    page = words(manager.get(f"{PAGE}?done=saved"))
    assert "Your words are in force." in page and "Your own words, version 1" in page
    assert "E-mail in your own words" in words(manager.get(TEXTS))

    house, tray = house_of(app), Tray()
    book(house)
    send_all(house, tray)
    assert str(tray.mails[0]["Subject"]).startswith("See you ")
    assert b"Bring your smile to West Texas Institute." in tray.posted[0][1]

    answer = manager.submit(PAGE, {}, to=f"{PAGE}/standard")
    assert answer.location == f"{PAGE}?done=standard"
    page = words(manager.get(f"{PAGE}?done=standard"))
    assert "The standard words are in force again." in page
    assert "Version 2" in page and "Version 1" in page and "manager" in page
    assert in_force(app) == 0
    assert "E-mail in your own words" not in words(manager.get(TEXTS))


def test_a_text_is_shown_at_each_way_to_meet_with_its_parts(manager: Inspector) -> None:
    page = words(manager.submit(TEXT, {**SHORT, "look": "yes"}, to=TEXT))
    assert (
        "by video. (915) 555-0100" in page and "1 Example Street" not in page.partition("by video.")[2][:60]
    )
    assert page.count("characters as the network counts them") == 4
    assert "le esperamos lun 21 sep" in page


def test_the_page_begins_with_the_words_in_force(app: Flask, manager: Inspector) -> None:
    assert "We look forward to seeing you." in manager.get(PAGE).text
    manager.submit(PAGE, MAIL, to=PAGE)
    assert "Bring your smile to {clinic}." in manager.get(PAGE).text


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("body_es", "", "Please fill this in."),
        ("body_en", "See evil.example/now", "evil.example/now"),
        ("heading_en", "Your kyphoplasty", "kyphoplasty"),
        ("subject_es", "Su {columna}", "{columna}"),
        ("body_en", "Hello {", "A brace stands alone."),
        ("subject_en", "x" * 151, "This is too long."),
    ],
)
@pytest.mark.parametrize("look", ["", "yes"])
def test_what_may_not_go_out_is_refused_and_stays_typed(
    app: Flask, manager: Inspector, field: str, typed: str, sentence: str, look: str
) -> None:
    answer = manager.submit(PAGE, {**MAIL, field: typed, "look": look}, to=PAGE)
    assert answer.status_code == 422
    page = words(answer)
    assert sentence in page
    assert f'href="#{field}"' in answer.text
    for name, kept in {**MAIL, field: typed}.items():
        assert kept.partition("\n")[0] in answer.text, name
    assert in_force(app) == 0


def test_words_that_somebody_else_put_in_force_meanwhile_are_not_written_over(
    app: Flask, manager: Inspector
) -> None:
    opened = _hidden(manager)
    manager.submit(PAGE, MAIL, to=PAGE)
    mine = {**MAIL, "heading_en": "My own heading"}
    answer = manager.post(PAGE, data={**opened, **mine})
    assert answer.status_code == 409
    assert "Somebody else has changed these words" in words(answer) and "My own heading" in answer.text
    assert in_force(app) == 1
    looked = manager.post(PAGE, data={**opened, **mine, "look": "yes"})
    assert "Somebody else has changed these words" in words(looked)
    again = next(form for form in Page.read(answer.text).forms if form.action == PAGE)
    assert manager.post(PAGE, data={**again.hidden, **mine}).status_code == 303
    assert in_force(app) == 2


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 30, "²"])
def test_a_number_that_makes_no_sense_is_an_old_one(app: Flask, manager: Inspector, seen: str) -> None:
    manager.submit(PAGE, MAIL, to=PAGE)
    assert manager.post(PAGE, data={**_hidden(manager), **MAIL, "seen": seen}).status_code == 409
    assert in_force(app) == 1


def test_a_text_must_say_what_patients_need(app: Flask, manager: Inspector) -> None:
    answer = manager.submit(TEXT, {**SHORT, "body_en": "{clinic}: see you {day}, {time}!"}, to=TEXT)
    assert answer.status_code == 422
    assert "This must be in it: {place}, {phone}, {stop}, {emergency}" in words(answer)
    assert in_force(app, Kind.REMINDER_DAY, Channel.SMS) == 0


def test_complaints_come_in_the_language_of_the_page(manager: Inspector) -> None:
    manager.set_cookie("lang", "es")
    page = words(manager.submit(TEXT, {**SHORT, "body_en": "{clinic}"}, to=TEXT))
    assert "Esto no puede faltar: {day}, {time}" in page


def test_a_mail_is_shown_as_its_page_that_runs_nothing(app: Flask, manager: Inspector) -> None:
    hidden = _hidden(manager)
    plain = cast("FlaskClient", manager)
    for tongue, sentence in (("en", "All set, Ana"), ("es", "Todo listo, Ana")):
        answer = FlaskClient.open(plain, f"{PAGE}/page/{tongue}", method="POST", data={**hidden, **MAIL})
        assert answer.status_code == 200
        assert sentence in answer.text and f'lang="{tongue}"' in answer.text
        assert answer.headers["Content-Security-Policy"].startswith("sandbox;")
        assert "private-link" in answer.text
    assert in_force(app) == 0


def test_a_mail_that_may_not_go_out_is_not_shown_as_a_page(manager: Inspector) -> None:
    answer = manager.post(f"{PAGE}/page/en", data={**_hidden(manager), **MAIL, "body_en": ""})
    assert answer.status_code == 422


def test_a_text_has_no_page_of_its_own(manager: Inspector) -> None:
    answer = manager.post(f"{TEXT}/page/en", data={**_hidden(manager), **SHORT})
    assert answer.status_code == 404


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_message_can_be_read_and_put_in_force_as_the_page_offers_it(
    app: Flask, manager: Inspector, kind: Kind, channel: Channel
) -> None:
    page = f"{TEXTS}/messages/{kind}/{channel}"
    standard = app.extensions["standard_words"]
    typed = {
        f"{part}_{tongue}": getattr(standard(kind, channel, tongue), part)
        for tongue in ("en", "es")
        for part in ("subject", "heading", "body")
    }
    read = words(manager.submit(page, {**typed, "look": "yes"}, to=page))
    assert "Nobody has it yet" in read
    assert "Missing:" not in read
    assert manager.submit(page, typed, to=page).status_code == 303
    assert in_force(app, kind, channel) == 1


@pytest.mark.parametrize("path", ["no-show/internal", "no-show/email", "confirmation/phone", "nothing/email"])
def test_what_nobody_writes_has_no_page(manager: Inspector, path: str) -> None:
    assert manager.get(f"{TEXTS}/messages/{path}").status_code == 404


@pytest.mark.parametrize("role", ["desk", "clinician"])
def test_others_have_no_way_in(app: Flask, employ: Employ, role: str) -> None:
    somebody = employ(role)
    assert somebody.get(PAGE).status_code in {403, 404}
    assert in_force(app) == 0


def test_the_audit_says_it_in_words(app: Flask, manager: Inspector) -> None:
    manager.submit(PAGE, MAIL, to=PAGE)
    page = words(manager.get("/manage/audit"))
    assert "Words of a message: Visit booked, E-mail, 1" in page


def test_the_desk_sees_a_message_as_it_would_go_out(app: Flask, manager: Inspector) -> None:
    manager.submit(PAGE, MAIL, to=PAGE)
    book(house_of(app))
    page = words(manager.get("/desk/messages/1"))
    assert "Bring your smile to West Texas Institute." in page


def _hidden(manager: Inspector) -> dict[str, str]:
    """What the form of the mail carries unseen."""
    return next(form for form in Page.read(manager.get(PAGE).text).forms if form.action == PAGE).hidden

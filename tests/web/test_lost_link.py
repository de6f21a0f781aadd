"""Claims about lost links: sent to those who are known, and nobody can find out who that is."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest
from flask import Flask
from sqlalchemy import select

from scheduler.domain.allowance import LINKS_OF_CONTACT
from scheduler.domain.news import LINKS_PAUSE
from scheduler.persistence.outbox import OutboxRow
from tests.house import MakeApp
from tests.inspector import Inspector
from tests.patients import Clock, Visitor, words
from tests.programs import house_of


def links_owed(app: Flask) -> int:
    with house_of(app).database.reading() as connection:
        return len(connection.execute(select(OutboxRow.id).where(OutboxRow.kind == "links")).all())


@pytest.mark.parametrize("by", ["phone", "email"])
def test_the_links_are_owed_to_whoever_gave_this_phone_or_e_mail(
    app: Flask, visitor: Visitor, someone: Callable[..., Visitor], by: str
) -> None:
    visitor.book()
    answer = someone().send("/lost-link", {"contact": str(visitor.person[by])})
    assert answer.location == "/lost-link/sent"
    assert links_owed(app) == 1


def test_the_answer_does_not_tell_who_is_known(visitor: Visitor, someone: Callable[..., Visitor]) -> None:
    visitor.book()
    asker = someone()
    known = asker.send("/lost-link", {"contact": str(visitor.person["email"])})
    unknown = asker.send("/lost-link", {"contact": "nobody@example.com"})
    assert (known.status_code, known.location, known.data) == (
        unknown.status_code,
        unknown.location,
        unknown.data,
    )


def test_asking_twice_in_ten_minutes_sends_one_mail(app: Flask, visitor: Visitor) -> None:
    visitor.book()
    for _ in range(2):
        visitor.send("/lost-link", {"contact": str(visitor.person["email"])})
    assert links_owed(app) == 1


@pytest.mark.parametrize("contact", ["", "rosa", "12", "a@b", "@"])
def test_what_is_neither_phone_nor_e_mail_is_asked_again(visitor: Visitor, contact: str) -> None:
    answer = visitor.send("/lost-link", {"contact": contact})
    assert answer.status_code == 422
    assert "Enter the phone number or the e-mail that you gave us." in words(answer)


def test_nobody_fills_somebody_elses_mailbox_and_the_answer_stays_the_same(
    make_app: MakeApp, clock: Clock
) -> None:
    app = make_app(RATE_LIMITS="on")
    visitor = Visitor(app)
    visitor.book()
    contact = {"contact": str(visitor.person["email"])}
    answers = []
    for number in range(LINKS_OF_CONTACT.most + 3):
        clock.shift(LINKS_PAUSE)
        asker = app.test_client()
        asker.environ_base["REMOTE_ADDR"] = f"198.51.100.{number}"
        answers.append(cast("Inspector", asker).submit("/lost-link", contact))
    assert {(answer.status_code, answer.location, answer.data) for answer in answers} == {
        (303, "/lost-link/sent", answers[0].data)
    }
    assert links_owed(app) == LINKS_OF_CONTACT.most


def test_it_cannot_be_asked_without_end(make_app: MakeApp, clock: Clock) -> None:
    visitor = Visitor(make_app(RATE_LIMITS="on"))
    answers = [visitor.send("/lost-link", {"contact": "nobody@example.com"}) for _ in range(6)]
    assert {answer.status_code for answer in answers[:5]} == {303}
    assert answers[5].status_code == 429

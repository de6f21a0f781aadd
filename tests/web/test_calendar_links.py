"""Every way into a patient's calendar says when and where, never why, and never gives a private link away."""

from __future__ import annotations

import re
from datetime import UTC
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from scheduler.domain.link import LinkPurpose
from scheduler.persistence.outbox import OutboxRow
from scheduler.services import booking, private_links
from tests.engines import NOW, SOMEBODY, a_patient, a_request
from tests.patients import Clock, Visitor, visit_of
from tests.programs import house_of


@pytest.fixture(params=["en", "es"])
def visitor(app: Flask, clock: Clock, request: pytest.FixtureRequest) -> Visitor:
    """Somebody who has booked a visit, in each language."""
    person = Visitor(app, language=request.param)
    person.book_ahead()
    return person


def links_in(answer: TestResponse) -> list[str]:
    return [unescape(href) for href in re.findall(r'href="([^"]+)"', answer.text)]


def pages_of(visitor: Visitor) -> list[TestResponse]:
    return [visitor.get("/book/booked"), visitor.get(f"/my/{visitor.secret()}")]


def test_both_pages_offer_the_file_the_copies_and_the_calendar_that_follows(visitor: Visitor) -> None:
    secret = private_links.of_visit(house_of(visitor.app), 1)[LinkPurpose.CALENDAR]
    for answer in pages_of(visitor):
        found = links_in(answer)
        assert f"/ics/{secret}/appointment.ics" in found
        assert any(
            link.startswith("webcal://") and link.endswith(f"/ics/{secret}/feed.ics") for link in found
        )
        for start in (
            "https://calendar.google.com/calendar/render?",
            "https://outlook.live.com/calendar/0/deeplink/compose?",
            "https://outlook.office.com/calendar/0/deeplink/compose?",
        ):
            assert any(link.startswith(start) for link in found)
        assert ("never changes by itself" in answer.text) or ("nunca cambia por sí sola" in answer.text)
        assert ("Google may take a day or more" in answer.text) or (
            "Google puede tardar un día" in answer.text
        )


def test_no_copy_carries_a_private_link_or_a_word_of_why(visitor: Visitor) -> None:
    secrets = private_links.of_visit(house_of(visitor.app), 1).values()
    for answer in pages_of(visitor):
        abroad = [link for link in links_in(answer) if "google.com" in link or "outlook." in link]
        assert len(abroad) == 3
        for link in abroad:
            assert not any(secret in link for secret in secrets)
            for word in ("imaging", "review", "fracture", "imágenes", "Dr.", visitor.person["family_name"]):
                assert word not in link
            assert "+" not in link


def test_the_copies_say_the_same_time_in_words_that_cannot_be_misread(visitor: Visitor) -> None:
    found = links_in(visitor.get("/book/booked"))
    google = parse_qs(urlsplit(next(link for link in found if "google.com" in link)).query)
    outlook = parse_qs(urlsplit(next(link for link in found if "outlook.live.com" in link)).query)
    start, _, end = google["dates"][0].partition("/")
    booked = visit_of(visitor.app, visitor.secret()).appointment
    assert (start, end) == tuple(
        each.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ") for each in (booked.start, booked.end)
    )
    plain = [outlook[name][0].replace("-", "").replace(":", "") for name in ("startdt", "enddt")]
    assert plain == [start, end]
    assert outlook["location"] == google["location"]


def test_a_picture_leads_a_phone_to_the_private_page_and_asks_nobody(visitor: Visitor) -> None:
    for answer in pages_of(visitor):
        (picture,) = re.findall(r"<svg[^>]*clinic-qr.*?</svg>", answer.text, re.DOTALL)
        assert "style=" not in picture
        assert "href" not in picture


def test_one_calendar_for_all_visits_goes_to_the_mailbox_and_not_to_the_page(visitor: Visitor) -> None:
    path = f"/my/{visitor.secret()}"
    answer = visitor.send(path, to=f"{path}/feed")
    assert answer.location == f"{path}?done=feed"
    house = house_of(visitor.app)
    with house.database.reading() as connection:
        kinds = connection.scalars(select(OutboxRow.kind)).all()
    assert "links" in kinds
    page = visitor.get(answer.location)
    assert page.status_code == 200
    from_mail = private_links.of_visit(house, 1)
    assert LinkPurpose.FEED not in from_mail
    assert len(set(re.findall(r"/ics/([A-Za-z0-9_-]{43})/", page.text))) == 1


def test_whoever_gave_no_e_mail_is_not_offered_what_needs_one(app: Flask, clock: Clock) -> None:
    house = house_of(app)
    request = a_request(house, patient=a_patient(email="", remind_by=()))
    assert booking.book(house, request, SOMEBODY, NOW).visit is not None
    path = f"/my/{private_links.of_visit(house, 1)[LinkPurpose.MANAGE]}"
    visitor = Visitor(app)
    page = visitor.get(path)
    assert page.status_code == 200
    assert f"{path}/feed" not in page.text
    (token,) = set(re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page.text))
    assert visitor.client.post(f"{path}/feed", data={"csrf_token": token}).status_code == 404

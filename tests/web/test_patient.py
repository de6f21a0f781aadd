"""Claims about a visit's private page: its holder sees and changes it, nobody else does, and looking never acts."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from scheduler.domain.appointment import Status
from scheduler.domain.link import LinkPurpose
from scheduler.persistence.outbox import OutboxRow
from scheduler.persistence.worklist import WorklistRow
from scheduler.services import private_links
from tests.patients import Clock, Visitor, heading, visit_of, words
from tests.post import NEWS
from tests.programs import house_of

PAGES = ("", "/card", "/cancel", "/ask", "/link", "/move", "/mode")


@pytest.fixture
def secret(visitor: Visitor) -> str:
    """The secret of a visit two days ahead."""
    visitor.pass_gate()
    visitor.choose_visit()
    visitor.send("/book/times/2026-09-17", {"start": visitor.offered("/book/times/2026-09-17")[0]})
    visitor.say_who()
    visitor.send("/book/check")
    return visitor.secret()


def late_wishes(app: Flask) -> list[dict[str, Any]]:
    house = house_of(app)
    with house.database.reading() as connection:
        rows = connection.execute(
            select(WorklistRow.__table__).where(WorklistRow.kind == "late-change")
        ).all()
    return [house.vault.open("worklist", row.id, row.sealed) for row in rows]


def owed(app: Flask) -> int:
    with house_of(app).database.reading() as connection:
        mails = select(func.count()).where(OutboxRow.kind.in_(NEWS), OutboxRow.channel == "email")
        return connection.execute(mails).scalar_one()


def test_the_page_tells_until_when_the_visit_can_be_changed(visitor: Visitor, secret: str) -> None:
    page = words(visitor.get(f"/my/{secret}"))
    assert "You can change this online until Wednesday, September 16" in page
    assert "El Paso time (MDT)" in page


@pytest.mark.parametrize("page", PAGES)
def test_a_wrong_secret_finds_nothing(visitor: Visitor, secret: str, page: str) -> None:
    wrong = secret[:-2] + ("AA" if not secret.endswith("AA") else "BB")
    assert visitor.get(f"/my/{wrong}{page}").status_code == 404


@pytest.mark.parametrize("purpose", [LinkPurpose.VISIT, LinkPurpose.CALENDAR])
def test_a_link_for_something_else_does_not_open_the_page(
    app: Flask, visitor: Visitor, secret: str, purpose: LinkPurpose
) -> None:
    number = visit_of(app, secret).appointment.id
    other = private_links.of_visit(house_of(app), number)[purpose]
    assert visitor.get(f"/my/{other}").status_code == 404
    assert visitor.get(f"/my/{other}/cancel").status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_a_mail_scanner_that_opens_everything_changes_nothing(
    app: Flask, visitor: Visitor, secret: str, page: str
) -> None:
    before, letters = visit_of(app, secret), owed(app)
    scanner = app.test_client()
    for _ in range(2):
        scanner.get(f"/my/{secret}{page}")
        scanner.head(f"/my/{secret}{page}")
    assert visit_of(app, secret) == before
    assert owed(app) == letters


@pytest.mark.parametrize("page", ["/cancel", "/move", "/confirm", "/ask", "/link"])
def test_acting_needs_the_forms_own_mark(app: Flask, visitor: Visitor, secret: str, page: str) -> None:
    before = visit_of(app, secret)
    assert visitor.client.post(f"/my/{secret}{page}", data={"wish": "cancel"}).status_code == 400
    assert visit_of(app, secret) == before


def test_the_page_speaks_the_language_of_the_visit(app: Flask, someone: Callable[..., Visitor]) -> None:
    secret = someone("es").book()
    stranger = app.test_client()
    assert 'lang="es"' in stranger.get(f"/my/{secret}", headers={"Accept-Language": "en"}).text


def test_no_cache_keeps_the_page_and_no_referrer_tells_its_address(visitor: Visitor, secret: str) -> None:
    headers = visitor.get(f"/my/{secret}").headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] in {"strict-origin", "no-referrer"}


def test_cancelling_asks_first_whether_something_else_would_do(visitor: Visitor, secret: str) -> None:
    page = visitor.get(f"/my/{secret}/cancel")
    assert f"/my/{secret}/move" in page.text
    assert f"/my/{secret}/mode" in page.text
    assert "tel:" in page.text


def test_a_cancelled_visit_says_so_and_its_time_is_offered_again(
    app: Flask, visitor: Visitor, secret: str, someone: Callable[..., Visitor]
) -> None:
    start = visit_of(app, secret).appointment.start.isoformat()
    answer = visitor.send(f"/my/{secret}/cancel", {"reason": "time"})
    assert heading(visitor.get(answer.location)) == "This visit is cancelled"
    kept = visit_of(app, secret).appointment
    assert (kept.status, kept.cancel_reason) == (Status.CANCELLED, "time")
    other = someone()
    other.pass_gate()
    other.choose_visit()
    assert start in other.offered("/book/times/2026-09-17")


def test_a_reason_is_not_needed_and_an_odd_one_is_not_kept(app: Flask, visitor: Visitor, secret: str) -> None:
    visitor.send(f"/my/{secret}/cancel", {"reason": "my spine hurts"})
    assert visit_of(app, secret).appointment.cancel_reason is None


def test_cancelling_twice_owes_one_message(app: Flask, visitor: Visitor, secret: str) -> None:
    page = visitor.get(f"/my/{secret}/cancel").text
    hidden = dict(re.findall(r'type="hidden" name="(csrf_token|seen)" value="([^"]+)"', page))
    for _ in range(2):
        assert visitor.client.post(f"/my/{secret}/cancel", data=hidden).status_code == 303
    assert owed(app) == 2


def test_a_cancelled_visit_cannot_be_moved(visitor: Visitor, secret: str) -> None:
    visitor.send(f"/my/{secret}/cancel")
    for page in ("/move", "/mode", "/cancel", "/ask"):
        assert visitor.get(f"/my/{secret}{page}").location == f"/my/{secret}"


def test_a_cancelled_visit_offers_no_sooner_time_and_promises_no_call(
    app: Flask, visitor: Visitor, secret: str
) -> None:
    late = visitor.get(f"/my/{secret}/ask")
    visitor.send(f"/my/{secret}/cancel")
    assert visitor.get(f"/my/{secret}/earlier").location == f"/my/{secret}"
    form = {"csrf_token": late.text.split('name="csrf_token" value="')[1].split('"')[0], "wish": "move"}
    assert visitor.client.post(f"/my/{secret}/ask", data=form).location == f"/my/{secret}"
    assert late_wishes(app) == []


def test_closing_the_link_of_a_cancelled_visit_promises_neither_visit_nor_mail(
    visitor: Visitor, secret: str
) -> None:
    visitor.send(f"/my/{secret}/cancel")
    page = words(visitor.get(f"/my/{secret}/link"))
    assert "The visit stays." not in page
    assert "We send a new link" not in page
    assert "send me a new one" not in words(visitor.get(f"/my/{secret}"))


def test_a_wish_before_the_cut_off_is_not_called_late(visitor: Visitor, secret: str) -> None:
    assert "Your visit is soon" not in words(visitor.get(f"/my/{secret}/ask"))


def test_a_page_that_is_out_of_date_cancels_nothing(app: Flask, visitor: Visitor, secret: str) -> None:
    page = visitor.get(f"/my/{secret}/cancel").text
    hidden = dict(re.findall(r'type="hidden" name="(csrf_token|seen)" value="([^"]+)"', page))
    answer = visitor.client.post(f"/my/{secret}/cancel", data={**hidden, "seen": "7"})
    assert answer.status_code == 409
    assert heading(answer) == "Please look again"
    assert visit_of(app, secret).appointment.status is Status.BOOKED


def test_after_the_cut_off_the_buttons_become_a_request(visitor: Visitor, secret: str, clock: Clock) -> None:
    clock.shift(timedelta(days=2, hours=12))
    page = visitor.get(f"/my/{secret}")
    assert "The time to change this online ended" in words(page)
    assert f"/my/{secret}/ask" in page.text
    assert f"/my/{secret}/cancel" not in page.text


def test_a_form_sent_after_the_cut_off_changes_nothing(
    app: Flask, visitor: Visitor, secret: str, clock: Clock
) -> None:
    page = visitor.get(f"/my/{secret}/cancel").text
    hidden = dict(re.findall(r'type="hidden" name="(csrf_token|seen)" value="([^"]+)"', page))
    clock.shift(timedelta(days=2, hours=12))
    answer = visitor.client.post(f"/my/{secret}/cancel", data=hidden)
    assert answer.status_code == 409
    assert "It is too late to change this visit online." in words(answer)
    assert visit_of(app, secret).appointment.status is Status.BOOKED


def test_a_late_wish_reaches_the_desk_once(app: Flask, visitor: Visitor, secret: str, clock: Clock) -> None:
    clock.shift(timedelta(days=2, hours=12))
    for _ in range(2):
        answer = visitor.send(f"/my/{secret}/ask", {"wish": "cancel", "note": "after 3 PM"})
        assert "We got your request" in words(visitor.get(answer.location))
    [note] = late_wishes(app)
    assert (note["wish"], note["note"]) == ("cancel", "after 3 PM")
    assert visit_of(app, secret).appointment.status is Status.BOOKED


def test_a_wish_must_be_named(visitor: Visitor, secret: str) -> None:
    answer = visitor.send(f"/my/{secret}/ask", {"note": "call me <b>soon</b>"})
    assert answer.status_code == 422
    assert "Choose what you need." in words(answer)
    assert "call me &lt;b&gt;soon&lt;/b&gt;" in answer.text


def test_a_past_visit_offers_a_new_one(visitor: Visitor, secret: str, clock: Clock) -> None:
    clock.shift(timedelta(days=5))
    page = visitor.get(f"/my/{secret}")
    assert heading(page) == "This visit is over"
    assert 'href="/book"' in page.text


def test_closing_the_link_ends_it_and_owes_a_new_one(app: Flask, visitor: Visitor, secret: str) -> None:
    number, letters = visit_of(app, secret).appointment.id, owed(app)
    answer = visitor.send(f"/my/{secret}/link")
    assert secret not in answer.location
    assert "A new link is on its way" in words(visitor.get(answer.location))
    assert visitor.get(f"/my/{secret}").status_code == 404
    new = private_links.of_visit(house_of(app), number)[LinkPurpose.MANAGE]
    assert visitor.get(f"/my/{new}").status_code == 200
    assert owed(app) == letters + 1


def test_a_second_press_shows_that_the_link_is_closed_and_closes_nothing_more(
    app: Flask, visitor: Visitor, secret: str
) -> None:
    page = visitor.get(f"/my/{secret}/link").text
    token = {"csrf_token": page.split('name="csrf_token" value="')[1].split('"')[0]}
    number, letters = visit_of(app, secret).appointment.id, owed(app)
    first = visitor.client.post(f"/my/{secret}/link", data=token)
    new = private_links.of_visit(house_of(app), number)
    second = visitor.client.post(f"/my/{secret}/link", data=token)
    assert (second.status_code, second.location) == (first.status_code, first.location)
    assert private_links.of_visit(house_of(app), number) == new
    assert owed(app) == letters + 1


def test_a_closed_link_is_unknown_everywhere_else(
    app: Flask, visitor: Visitor, secret: str, clock: Clock
) -> None:
    page = visitor.get(f"/my/{secret}/link").text
    token = {"csrf_token": page.split('name="csrf_token" value="')[1].split('"')[0]}
    calendar = private_links.of_visit(house_of(app), visit_of(app, secret).appointment.id)[
        LinkPurpose.CALENDAR
    ]
    visitor.client.post(f"/my/{secret}/link", data=token)
    for path in PAGES:
        assert visitor.get(f"/my/{secret}{path}").status_code == 404, path
    for path in ("cancel", "ask", "keep", "leave", "move", "confirm"):
        assert visitor.client.post(f"/my/{secret}/{path}", data=token).status_code == 404, path
    for other in (calendar, "x" * 43, secret[:-1], secret.lower()):
        assert visitor.client.post(f"/my/{other}/link", data=token).status_code == 404
    clock.shift(timedelta(minutes=61))
    assert visitor.client.post(f"/my/{secret}/link", data=token).status_code == 404


def test_whoever_gave_no_e_mail_is_told_to_call_before_the_link_is_closed(
    someone: Callable[..., Visitor],
) -> None:
    visitor = someone(email="", remind_by=["phone"])
    secret = visitor.book()
    assert "We have no e-mail from you" in words(visitor.get(f"/my/{secret}/link"))
    answer = visitor.send(f"/my/{secret}/link")
    assert "please call us" in words(visitor.get(answer.location))


def test_whoever_chose_texts_and_gave_no_e_mail_gets_the_new_link_as_a_text(
    app: Flask, someone: Callable[..., Visitor]
) -> None:
    visitor = someone(email="", remind_by=["sms"])
    secret = visitor.book()
    assert "We text you a new link." in words(visitor.get(f"/my/{secret}/link"))
    answer = visitor.send(f"/my/{secret}/link")
    assert "as a text" in words(visitor.get(answer.location))
    with house_of(app).database.reading() as connection:
        owed_texts = select(func.count()).where(OutboxRow.kind == "links", OutboxRow.channel == "sms")
        assert connection.execute(owed_texts).scalar_one() == 1


def test_a_press_says_that_they_will_come_and_the_page_keeps_saying_so(
    app: Flask, visitor: Visitor, secret: str
) -> None:
    page = visitor.get(f"/my/{secret}")
    assert "Yes, I will come" in words(page)
    assert visit_of(app, secret).appointment.confirmed_at is None, "looking never acts"
    seen = re.search(r'name="seen" value="(\d+)"', page.text)
    assert seen is not None
    answer = visitor.send(f"/my/{secret}", {"seen": seen[1]}, to=f"/my/{secret}/coming")
    assert "Thank you. We expect you." in words(visitor.get(answer.location))
    after = visit_of(app, secret).appointment
    assert (after.confirmed_by, after.sequence) == ("link", 0)
    page = visitor.get(f"/my/{secret}")
    assert "You told us that you will come." in words(page)
    assert "Yes, I will come" not in words(page)


def test_an_old_page_does_not_confirm_another_time_than_it_shows(
    app: Flask, visitor: Visitor, secret: str
) -> None:
    answer = visitor.send(f"/my/{secret}", {"seen": "4"}, to=f"/my/{secret}/coming")
    assert answer.status_code == 409
    assert visit_of(app, secret).appointment.confirmed_at is None


def test_a_cancelled_visit_cannot_be_confirmed(app: Flask, visitor: Visitor, secret: str) -> None:
    visitor.send(f"/my/{secret}/cancel", {"seen": "0"})
    assert "Yes, I will come" not in words(visitor.get(f"/my/{secret}"))
    token = visitor.get(f"/my/{secret}/link").text.split('name="csrf_token" value="')[1].split('"')[0]
    answer = visitor.client.post(f"/my/{secret}/coming", data={"csrf_token": token, "seen": "1"})
    assert answer.status_code == 409
    assert visit_of(app, secret).appointment.confirmed_at is None


def test_the_card_has_all_that_goes_on_the_fridge(app: Flask, visitor: Visitor, secret: str) -> None:
    page = visitor.get(f"/my/{secret}/card")
    code = visit_of(app, secret).appointment.spoken_code
    assert "clinic--large-print" in page.text
    assert "Thursday, September 17, 2026" in words(page)
    assert f"{code[:3]} {code[3:]}" in words(page)
    assert "(915) 555-0100" in words(page)

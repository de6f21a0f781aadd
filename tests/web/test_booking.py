"""Claims about booking with a browser: one way through, no answer lost, no time given twice, nothing shown too soon."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from scheduler.domain.person import Relation, RemindBy
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.consents import ConsentRow
from scheduler.persistence.database import Model
from scheduler.persistence.holds import HoldRow
from scheduler.persistence.outbox import OutboxRow
from scheduler.services import booking, directory, slot_search
from scheduler.translations import phones
from tests.engines import NOW, SOMEBODY, a_patient, a_request, query
from tests.house import MakeApp
from tests.pages.reading import ease, grade, sentences_of
from tests.patients import HELPER, Clock, Visitor, heading, take_away, visit_of, words
from tests.programs import house_of


def count(app: Flask, table: type[Model]) -> int:
    with house_of(app).database.reading() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    "visit", ["imaging-review/in-person", "imaging-review/virtual", "new-fracture-evaluation/in-person"]
)
def test_a_visit_is_booked_from_the_first_question_to_its_own_page(
    app: Flask, someone: Callable[..., Visitor], language: str, visit: str
) -> None:
    visitor = someone(language)
    secret = visitor.book(visit)
    kept = visit_of(app, secret)
    assert f"{kept.visit_type.code}/{kept.appointment.mode}" == visit
    assert kept.patient.birth_date == date(1951, 3, 9)
    assert kept.patient.remind_by == (RemindBy.EMAIL, RemindBy.PHONE)
    assert kept.appointment.language == language
    assert count(app, OutboxRow) >= 1
    assert count(app, ConsentRow) == (1 if visit.endswith("virtual") else 0)
    assert visitor.get(f"/my/{secret}").status_code == 200


def test_a_visit_is_booked_and_moved_on_each_engine(
    make_app: MakeApp, founded_url: str, clock: Clock
) -> None:
    app = make_app(DATABASE_URL=founded_url)
    visitor = Visitor(app)
    secret = visitor.book_ahead("imaging-review/virtual")
    times = visitor.offered(f"/my/{secret}/move?clinician=")
    chosen = visitor.send(f"/my/{secret}/move", {"start": times[0], "clinician": ""}, to=f"/my/{secret}/move")
    assert visitor.send(chosen.location, to=chosen.location).location == f"/my/{secret}?done=moved"
    assert visit_of(app, secret).appointment.start.isoformat() == times[0]


def test_every_page_on_the_way_speaks_one_language(someone: Callable[..., Visitor]) -> None:
    visitor = someone("es")
    visitor.go_to_check("imaging-review/virtual")
    for path in (
        "/book",
        "/book/visit",
        "/book/times",
        "/book/who",
        "/book/about",
        "/book/video",
        "/book/check",
    ):
        page = visitor.get(path)
        assert 'lang="es"' in page.text
        assert "Continue" not in words(page).replace("Continuar", "")
        assert "Book this" not in words(page)


def test_the_time_is_named_with_its_zone(visitor: Visitor) -> None:
    visitor.go_to_check()
    assert re.search(r"\d:\d\d [AP]M El Paso time \(MDT\)", words(visitor.get("/book/check")))


def test_pressing_twice_books_once(app: Flask, visitor: Visitor) -> None:
    visitor.go_to_check()
    page = visitor.get("/book/check").text
    hidden = dict(re.findall(r'type="hidden" name="(csrf_token|seen)" value="([^"]+)"', page))
    assert visitor.client.post("/book/check", data=hidden).location == "/book/booked"
    assert visitor.client.post("/book/check", data=hidden).location == "/book/booked"
    assert count(app, AppointmentRow) == 1


@pytest.mark.parametrize("path", ["/book/check", "/book/about", "/book/times", "/book/visit", "/book/who"])
def test_the_back_button_after_booking_leads_to_the_booked_page(visitor: Visitor, path: str) -> None:
    visitor.book()
    assert visitor.get(path).location == "/book/booked"


def test_the_booked_page_may_be_opened_again(app: Flask, visitor: Visitor) -> None:
    visitor.book()
    assert visitor.get("/book/booked").text.count("clinic-visit__day") == 1
    assert visitor.get("/book/booked").status_code == 200
    assert count(app, AppointmentRow) == 1


def test_the_booked_page_never_says_that_a_cancelled_visit_is_booked(visitor: Visitor) -> None:
    secret = visitor.book_ahead()
    visitor.send(f"/my/{secret}/cancel")
    for path in ("/book/check", "/book/booked"):
        page = visitor.client.get(path, follow_redirects=True)
        assert heading(page) == "This visit is cancelled", path


def test_a_second_visit_begins_with_the_safety_questions_again(app: Flask, visitor: Visitor) -> None:
    visitor.book()
    visitor.person |= {"phone": "915 555 0142", "family_name": "Another"}
    visitor.pass_gate()
    assert visitor.get("/book/times").location == "/book/visit"
    visitor.book()
    assert count(app, AppointmentRow) == 2


def test_the_booked_page_is_for_the_browser_that_booked(
    visitor: Visitor, someone: Callable[..., Visitor]
) -> None:
    visitor.book()
    assert someone().get("/book/booked").location == "/book"


def test_a_helper_books_for_somebody_else(app: Flask, visitor: Visitor) -> None:
    visitor.pass_gate()
    visitor.choose_visit()
    visitor.take()
    assert visitor.say_who(HELPER).location == "/book/check"
    assert "Luz Helper" in visitor.get("/book/check").text
    visitor.send("/book/check")
    helper = visit_of(app, visitor.secret()).helper
    assert helper is not None
    assert (helper.name, helper.phone, helper.relation) == ("Luz Helper", "+19155550198", Relation.CHILD)
    assert helper.may_be_told


def test_whoever_books_for_themselves_after_all_leaves_no_helper(app: Flask, visitor: Visitor) -> None:
    visitor.pass_gate()
    visitor.choose_visit()
    visitor.take()
    visitor.say_who(HELPER)
    visitor.send("/book/who", {"for_whom": "myself"})
    visitor.send("/book/check")
    assert visit_of(app, visitor.secret()).helper is None


def test_e_mail_is_not_needed(app: Flask, someone: Callable[..., Visitor]) -> None:
    visitor = someone(email="", remind_by=["phone"])
    secret = visitor.book()
    assert visit_of(app, secret).patient.email is None
    assert "You gave no e-mail. That is fine." in words(visitor.get("/book/booked"))


def test_whoever_asked_for_texts_and_gave_no_e_mail_hears_that_a_text_comes(
    someone: Callable[..., Visitor],
) -> None:
    visitor = someone(email="", remind_by=["sms"])
    visitor.book()
    assert "We send you a text" in words(visitor.get("/book/booked"))


def test_a_patient_without_e_mail_hears_that_the_helper_gets_it(someone: Callable[..., Visitor]) -> None:
    visitor = someone(email="", remind_by=["phone"])
    visitor.pass_gate()
    visitor.choose_visit()
    visitor.take()
    visitor.say_who(HELPER)
    page = words(visitor.get("/book/check"))
    assert HELPER["email"] in page
    visitor.send("/book/check")
    assert f"We send {HELPER['name']} an e-mail" in words(visitor.get("/book/booked"))


@pytest.mark.parametrize(
    ("visit", "said"), [("imaging-review/virtual", True), ("imaging-review/in-person", False)]
)
def test_only_a_video_visit_asks_for_good_light(visitor: Visitor, visit: str, said: bool) -> None:
    secret = visitor.book(visit)
    for path in ("/book/booked", f"/my/{secret}/card"):
        assert ("good light" in words(visitor.get(path))) is said


def test_no_question_can_be_skipped_by_its_address(visitor: Visitor) -> None:
    visitor.pass_gate()
    assert visitor.get("/book/check").location == "/book/visit"
    visitor.choose_visit("imaging-review/virtual")
    assert visitor.get("/book/about").location == "/book/times"
    visitor.take()
    assert visitor.get("/book/check").location == "/book/who"
    visitor.say_who()
    assert visitor.get("/book/check").location == "/book/video"


def test_only_visits_that_patients_book_are_listed(visitor: Visitor) -> None:
    visitor.pass_gate()
    page = visitor.get("/book/visit").text
    values = set(re.findall(r'name="visit" type="radio" value="([^"]+)"', page))
    assert {value.split("/")[0] for value in values} == {
        "new-fracture-evaluation",
        "imaging-review",
        "follow-up",
    }


@pytest.mark.parametrize("visit", ["", "procedure/in-person", "new-fracture-evaluation/virtual", "nowhere"])
def test_no_other_visit_can_be_chosen(visitor: Visitor, visit: str) -> None:
    visitor.pass_gate()
    answer = visitor.choose_visit(visit)
    assert answer.status_code == 422
    assert "Choose a visit." in answer.text


def test_another_visit_gives_the_kept_time_back(app: Flask, visitor: Visitor) -> None:
    visitor.go_to_check()
    assert count(app, HoldRow) == 1
    visitor.choose_visit("imaging-review/virtual")
    assert count(app, HoldRow) == 0
    assert visitor.get("/book/check").location == "/book/times"


def test_the_same_visit_chosen_again_keeps_the_time(app: Flask, visitor: Visitor) -> None:
    visitor.go_to_check()
    assert visitor.choose_visit().location == "/book/check"
    assert count(app, HoldRow) == 1


def test_a_follow_up_is_kindly_refused_to_those_not_known(app: Flask, visitor: Visitor) -> None:
    visitor.go_to_check("follow-up/in-person")
    answer = visitor.send("/book/check")
    assert answer.status_code == 403
    assert "people who have been here before" in words(answer)
    assert count(app, AppointmentRow) == 0
    assert visitor.get("/book/check").status_code == 200


def test_a_follow_up_is_open_to_those_who_have_been_here(app: Flask, visitor: Visitor) -> None:
    visitor.book()
    visitor.client.delete_cookie("session")
    visitor.pass_gate()
    visitor.choose_visit("follow-up/in-person")
    visitor.take(visitor.offered()[0])
    visitor.say_who()
    assert visitor.send("/book/check").location == "/book/booked"
    assert count(app, AppointmentRow) == 2


def test_nobody_is_in_two_visits_at_once(app: Flask, visitor: Visitor) -> None:
    house = house_of(app)
    free = [
        {slot.start for slot in slot_search.find(house, query(practitioner_id=one.id), NOW)}
        for one in directory.clinic(house.database).practitioners
    ]
    start = min(free[0] & (free[1] | free[2]))
    visitor.pass_gate()
    visitor.choose_visit()
    visitor.take(start.isoformat())
    visitor.say_who()
    same = a_patient(
        given_name="Rosa", family_name=visitor.person["family_name"], birth_date=date(1951, 3, 9)
    )
    same = replace(same, phone=phones.read(visitor.person["phone"]) or "")
    booking.book(house, a_request(house, start=start, patient=same), SOMEBODY, NOW)
    answer = visitor.send("/book/check")
    assert answer.status_code == 409
    assert heading(answer) == "There is already a visit at this time"
    assert visitor.get("/book/check").status_code == 200


def test_a_time_taken_before_it_was_kept_is_answered_with_three_others(app: Flask, visitor: Visitor) -> None:
    visitor.pass_gate()
    visitor.choose_visit()
    start = visitor.offered()[0]
    take_away(app, start)
    answer = visitor.take(start)
    assert answer.status_code == 409
    assert heading(answer) == "This time was just taken"
    offered = re.findall(r'name="start" value="([^"]+)"', answer.text)
    assert len(offered) == 3
    assert start not in offered
    assert visitor.take(offered[0]).location == "/book/who"


def test_a_kept_time_cannot_be_taken_by_anybody_else(
    app: Flask, visitor: Visitor, someone: Callable[..., Visitor]
) -> None:
    visitor.pass_gate()
    visitor.choose_visit()
    start = visitor.offered()[0]
    visitor.take(start)
    take_away(app, start)
    visitor.say_who()
    assert visitor.send("/book/check").location == "/book/booked"


def test_the_check_page_says_how_long_the_time_is_kept(visitor: Visitor) -> None:
    visitor.go_to_check()
    page = words(visitor.get("/book/check"))
    assert "We keep this time for you until 9:15 AM El Paso time" in page
    assert "You have 15 more minutes." in page


@pytest.mark.parametrize(("hour", "said"), [(15, "las 9:15 a.m."), (19, "la 1:15 p.m.")])
def test_spanish_says_the_hour_with_its_article(
    someone: Callable[..., Visitor], clock: Clock, hour: int, said: str
) -> None:
    clock.move_to(NOW.replace(hour=hour, minute=0))
    visitor = someone("es")
    visitor.go_to_check()
    assert f"Le guardamos esta cita hasta {said} hora de El Paso" in words(visitor.get("/book/check"))


def test_one_press_keeps_the_time_longer(visitor: Visitor, clock: Clock) -> None:
    visitor.go_to_check()
    clock.shift(timedelta(minutes=10))
    assert visitor.send("/book/check", to="/book/keep").location == "/book/check"
    assert "until 9:25 AM" in words(visitor.get("/book/check"))


def test_a_lapsed_time_keeps_every_answer_and_names_three_others(
    app: Flask, visitor: Visitor, clock: Clock
) -> None:
    visitor.go_to_check()
    clock.shift(timedelta(minutes=16))
    page = visitor.get("/book/check")
    assert heading(page) == "Please choose a time again"
    assert "Your answers are safe." in words(page)
    offered = re.findall(r'name="start" value="([^"]+)"', page.text)
    assert len(offered) == 3
    assert visitor.send("/book/check", {"start": offered[0]}, to="/book/times").location == "/book/check"
    assert visitor.person["family_name"] in visitor.get("/book/check").text
    assert visitor.send("/book/check").location == "/book/booked"


def test_a_lapsed_time_that_went_to_somebody_else_is_not_booked(
    app: Flask, visitor: Visitor, clock: Clock
) -> None:
    visitor.pass_gate()
    visitor.choose_visit()
    start = visitor.offered()[-1]
    visitor.take(start)
    visitor.say_who()
    hidden = dict(
        re.findall(r'type="hidden" name="(csrf_token|seen)" value="([^"]+)"', visitor.get("/book/check").text)
    )
    clock.shift(timedelta(minutes=16))
    take_away(app, start, NOW + timedelta(minutes=16))
    before = count(app, AppointmentRow)
    answer = visitor.client.post("/book/check", data=hidden)
    assert answer.status_code == 409
    assert len(re.findall(r'name="start" value="([^"]+)"', answer.text)) == 3
    assert count(app, AppointmentRow) == before


def test_a_lapsed_time_that_is_still_free_is_booked_all_the_same(
    app: Flask, visitor: Visitor, clock: Clock
) -> None:
    visitor.go_to_check()
    hidden = dict(
        re.findall(r'type="hidden" name="(csrf_token|seen)" value="([^"]+)"', visitor.get("/book/check").text)
    )
    clock.shift(timedelta(minutes=16))
    assert visitor.client.post("/book/check", data=hidden).location == "/book/booked"


def test_keeping_a_lapsed_time_longer_leads_to_the_page_that_says_so(visitor: Visitor, clock: Clock) -> None:
    visitor.go_to_check()
    page = visitor.get("/book/check").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    clock.shift(timedelta(minutes=20))
    visitor.client.post("/book/keep", data={"csrf_token": token})
    assert heading(visitor.get("/book/check")) == "Please choose a time again"


def test_stopping_gives_the_time_back_and_forgets_what_was_typed(app: Flask, visitor: Visitor) -> None:
    visitor.go_to_check()
    assert visitor.send("/book/check", to="/book/leave").location == "/"
    assert count(app, HoldRow) == 0
    assert visitor.get("/book/check").location == "/book"
    assert visitor.person["family_name"] not in visitor.get("/book").text


def test_another_window_cannot_slip_another_time_under_the_button(app: Flask, visitor: Visitor) -> None:
    visitor.go_to_check()
    hidden = dict(
        re.findall(r'type="hidden" name="(csrf_token|seen)" value="([^"]+)"', visitor.get("/book/check").text)
    )
    visitor.take(visitor.offered()[2])
    answer = visitor.client.post("/book/check", data=hidden)
    assert answer.location == "/book/check?changed=1"
    assert "Your answers changed in another window." in words(visitor.get(answer.location))
    assert count(app, AppointmentRow) == 0
    assert count(app, HoldRow) == 1


def test_a_pause_of_two_hours_forgets_the_draft(visitor: Visitor, clock: Clock) -> None:
    visitor.go_to_check()
    clock.shift(timedelta(hours=2, minutes=1))
    answer = visitor.get("/book/check")
    assert answer.location.partition("?")[0] == "/book"
    assert "we deleted them after two hours" in words(visitor.get(answer.location))
    assert "we deleted them" not in words(visitor.get("/book"))


def test_looking_at_the_check_page_changes_nothing(app: Flask, visitor: Visitor) -> None:
    visitor.go_to_check()
    for path in ("/book/check", "/book/booked", "/book/times", "/book/visit"):
        visitor.client.head(path)
        visitor.get(path)
    assert count(app, AppointmentRow) == 0
    assert count(app, HoldRow) == 1


def test_acting_without_the_forms_own_mark_is_refused(visitor: Visitor) -> None:
    visitor.go_to_check()
    for path in ("/book/check", "/book/keep", "/book/leave"):
        assert visitor.client.post(path, data={"seen": "1"}).status_code == 400


def test_nothing_personal_stands_in_an_address_or_a_cookie(visitor: Visitor) -> None:
    seen: list[str] = []

    def follow(answer: TestResponse) -> None:
        seen.append(answer.location or "")

    follow(visitor.pass_gate())
    follow(visitor.choose_visit())
    follow(visitor.take())
    follow(visitor.say_who())
    follow(visitor.send("/book/check"))
    cookie: Any = visitor.client.get_cookie("session")
    for place in (*seen, cookie.decoded_value):
        assert "Rosa" not in place
        assert "0100" not in place


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_booked_page_says_all_that_is_needed(
    app: Flask, someone: Callable[..., Visitor], language: str
) -> None:
    visitor = someone(language)
    secret = visitor.book()
    page = visitor.get("/book/booked")
    code = visit_of(app, secret).appointment.spoken_code
    assert f"{code[:3]} {code[3:]}" in words(page)
    assert f"/my/{secret}" in page.text
    assert f"/my/{secret}/card" in page.text
    assert re.search(r"/ics/[\w-]{43}/appointment\.ics", page.text)
    assert 'href="tel:911"' in page.text
    assert "Cache-Control" in page.headers
    assert page.headers["Cache-Control"] == "no-store"


def test_every_page_on_the_way_is_easy_to_read(someone: Callable[..., Visitor]) -> None:
    for language in ("en", "es"):
        visitor = someone(language)
        visitor.go_to_check("imaging-review/virtual")
        pages = {path: prose(visitor, path) for path in (*ON_THE_WAY, "/book/check")}
        visitor.send("/book/check")
        secret = visitor.secret()
        pages |= {path: prose(visitor, path) for path in ("/book/booked", f"/my/{secret}")}
        if language == "en":
            assert {path: grade(said) for path, said in pages.items() if grade(said) > 6} == {}
        else:
            assert {path: ease(said) for path, said in pages.items() if ease(said) < 70} == {}


def prose(visitor: Visitor, path: str) -> list[str]:
    """The sentences of a page without dates, clock times and the names in its lists: those are not ours to shorten."""
    lists = re.sub(r"<select.*?</select>", "", visitor.get(path).text, flags=re.DOTALL)
    return [said for said in sentences_of(lists) if not re.search(r"\d|Raul|Sample|Example|20\d\d", said)]


ON_THE_WAY = (
    "/book",
    "/book/safety/2",
    "/book/safety/3",
    "/book/emergency",
    "/book/same-day",
    "/book/call-back",
    "/book/visit",
    "/book/times",
    "/book/who",
    "/book/about",
    "/book/video",
)

"""Claims about the questions on who comes: read kindly, complained about clearly, and never asked twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from scheduler.domain.draft import Step
from scheduler.persistence.drafts import DraftRow
from scheduler.persistence.worklist import WorklistRow
from scheduler.services import changing
from scheduler.web.forms import people as forms
from tests.patients import HELPER, VIDEO, Visitor, words
from tests.programs import house_of


@pytest.fixture
def at_who(visitor: Visitor) -> Visitor:
    """Somebody who has chosen a time."""
    visitor.pass_gate()
    visitor.choose_visit()
    visitor.take()
    return visitor


@pytest.fixture
def at_about(at_who: Visitor) -> Visitor:
    """Somebody who is asked about themselves."""
    at_who.send("/book/who", {"for_whom": "myself"})
    return at_who


@pytest.fixture
def at_video(visitor: Visitor) -> Visitor:
    """Somebody who is asked what a video visit needs."""
    visitor.pass_gate()
    visitor.choose_visit("imaging-review/virtual")
    visitor.take()
    visitor.say_who()
    return visitor


def test_who_the_visit_is_for_must_be_said(at_who: Visitor) -> None:
    answer = at_who.send("/book/who", {})
    assert answer.status_code == 422
    assert "Choose who the visit is for." in answer.text


def test_a_helper_is_asked_who_they_are(at_who: Visitor) -> None:
    assert at_who.send("/book/who", {"for_whom": "someone"}).location == "/book/helper"
    assert at_who.send("/book/helper", HELPER).location == "/book/about"
    assert "About the patient" in at_who.get("/book/about").text


@pytest.mark.parametrize(
    ("field", "typed", "complaint"),
    [
        ("name", "", "Enter your name."),
        ("phone", "555", "Check the phone number."),
        ("email", "luz at example", "Check the e-mail address."),
        ("relation", "boss", "Choose how you know the patient."),
        ("may_be_told", "", "Choose yes or no."),
    ],
)
def test_what_a_helper_got_wrong_is_said_beside_the_field(
    at_who: Visitor, field: str, typed: str, complaint: str
) -> None:
    at_who.send("/book/who", {"for_whom": "someone"})
    answer = at_who.send("/book/helper", {**HELPER, field: typed})
    assert answer.status_code == 422
    assert complaint in words(answer)
    assert f'href="#{field}"' in answer.text


@pytest.mark.parametrize(
    ("field", "typed", "complaint"),
    [
        ("given_name", "", "Enter a first name."),
        ("family_name", "  ", "Enter a last name."),
        ("given_name", "R" * 101, "This is too long."),
        ("phone", "", "Enter a phone number."),
        ("phone", "call me", "Check the phone number."),
        ("email", "rosa@", "Check the e-mail address."),
        ("email", "rosa@example.com, eve@example.com", "Check the e-mail address."),
        ("language", "fr", "Choose a language."),
        ("birth_date-year", "", "Enter the date of birth"),
        ("birth_date-year", "05", "Write the year with four numbers"),
        ("birth_date-year", "1051", "Check the year of birth."),
        ("birth_date-year", "2027", "The date of birth is in the future."),
        ("birth_date-month", "Octember", "Check the date of birth."),
        ("birth_date-day", "31x", "Check the date of birth."),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_everything_typed_stays(
    at_about: Visitor, field: str, typed: str, complaint: str
) -> None:
    answer = at_about.send("/book/about", {**at_about.person, field: typed})
    assert answer.status_code == 422
    assert complaint in words(answer)
    assert f'href="#{field.partition("-")[0]}"' in answer.text
    assert "<title>Error:" in answer.text
    kept = {
        name: value for name, value in at_about.person.items() if isinstance(value, str) and name != field
    }
    for name, value in kept.items():
        assert f'value="{value}"' in answer.text, name
    assert answer.text.count(" checked") == (3 if field != "language" else 2)


def test_the_complaints_speak_spanish(someone: Callable[..., Visitor]) -> None:
    visitor = someone("es")
    visitor.pass_gate()
    visitor.choose_visit()
    visitor.take()
    visitor.send("/book/who", {"for_whom": "myself"})
    page = words(visitor.send("/book/about", {}))
    assert "Escriba el nombre." in page
    assert "Escriba la fecha de nacimiento: día, mes y año." in page
    assert "Enter" not in page


def test_reminders_by_e_mail_need_an_address(at_about: Visitor) -> None:
    answer = at_about.send("/book/about", {**at_about.person, "email": ""})
    assert answer.status_code == 422
    assert "To get reminders by e-mail, enter an e-mail address." in words(answer)


def test_one_way_to_be_reminded_must_be_chosen(at_about: Visitor) -> None:
    answer = at_about.send("/book/about", {**at_about.person, "remind_by": []})
    assert "Choose at least one way to remind you." in words(answer)


def test_what_was_typed_survives_a_switch_of_the_language(app: Flask, at_about: Visitor) -> None:
    typed = {**at_about.person, "email": "rosa@", "birth_date-month": "Octember"}
    assert at_about.send("/book/about", typed).status_code == 422
    page = at_about.get("/book/about?lang=es")
    assert "<title>Error:" in page.text
    assert "Revise la fecha de nacimiento" in words(page)
    for name in ("given_name", "family_name", "phone", "email", "birth_date-month"):
        assert f'value="{typed[name]}"' in page.text, name
    assert page.text.count(" checked") == 3
    with house_of(app).database.reading() as connection:
        assert b"Octember" not in connection.execute(select(DraftRow.sealed)).scalar_one()
    at_about.send("/book/about?lang=en", at_about.person)
    again = at_about.get("/book/about")
    assert "<title>Error:" not in again.text
    assert at_about.person["email"] in again.text


def test_a_helpers_words_survive_it_too(at_who: Visitor) -> None:
    at_who.send("/book/who", {"for_whom": "someone"})
    at_who.send("/book/helper", {**HELPER, "phone": "555"})
    page = at_who.get("/book/helper?lang=es")
    assert 'value="Luz Helper"' in page.text
    assert 'value="555"' in page.text
    assert at_who.send("/book/helper", HELPER).location == "/book/about"


def test_nothing_is_kept_that_the_form_did_not_ask_for(at_about: Visitor) -> None:
    at_about.send(
        "/book/about", {"given_name": "Rosa", "diagnosis": "broken", **dict.fromkeys("abcdef", "x" * 999)}
    )
    kept = forms.typed_at(Step.PATIENT, MultiDict([("given_name", "x" * 999), ("diagnosis", "broken")]))
    assert kept.fields == (("given_name", "x" * forms.LONGEST_TYPED),)
    assert at_about.get("/book/about?lang=es").status_code == 200


@pytest.mark.parametrize("month", ["3", "03", "March", "mar", "marzo", "MARZO", " Mar. "])
def test_a_month_may_be_a_number_or_a_word_in_either_language(at_about: Visitor, month: str) -> None:
    assert (
        at_about.send("/book/about", {**at_about.person, "birth_date-month": month}).location == "/book/check"
    )
    assert "March 9, 1951" in words(at_about.get("/book/check"))


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("9155550123", "(915) 555-0123"),
        ("+1 915-555-0123", "(915) 555-0123"),
        ("(915)555.0123", "(915) 555-0123"),
        ("+52 656 555 0123", "+52 656 555 0123"),
        ("52 656 555 0123", "+52 656 555 0123"),
        ("011 52 656 555 0123", "+52 656 555 0123"),
    ],
)
def test_a_phone_number_may_be_typed_in_any_way(at_about: Visitor, typed: str, shown: str) -> None:
    at_about.send("/book/about", {**at_about.person, "phone": typed})
    assert shown in words(at_about.get("/book/check"))


def test_a_child_is_the_clinicians_call_first(app: Flask, at_about: Visitor) -> None:
    child = {**at_about.person, "birth_date-year": "2010"}
    assert at_about.send("/book/about", child).location == "/book/call-back"
    assert "The patient is under 18." in words(at_about.get("/book/call-back"))
    call = {"name": "Rosa", "phone": "915 555 0123", "language": "en", "best_time": "any"}
    at_about.send("/book/call-back", call)
    house = house_of(app)
    with house.database.reading() as connection:
        row = connection.execute(select(WorklistRow.__table__)).one()
    assert house.vault.open("worklist", row.id, row.sealed)["minor"] == "yes"
    assert at_about.get("/book/check").location == "/book/about"


def test_the_boxes_of_a_birth_date_stand_in_the_order_that_the_language_says_them(
    someone: Callable[..., Visitor],
) -> None:
    orders = {"en": ["month", "day", "year"], "es": ["day", "month", "year"]}
    for language, order in orders.items():
        visitor = someone(language)
        visitor.pass_gate()
        visitor.choose_visit()
        visitor.take()
        visitor.send("/book/who", {"for_whom": "myself"})
        page = visitor.get("/book/about").text
        assert re.findall(r'name="birth_date-(\w+)"', page) == order


def test_a_birth_date_in_one_box_is_shown_in_words_to_be_checked(at_about: Visitor) -> None:
    boxes = {"birth_date-month": "", "birth_date-day": "9 de marzo de 1948", "birth_date-year": ""}
    assert at_about.send("/book/about", {**at_about.person, **boxes}).location == "/book/check"
    assert "March 9, 1948" in words(at_about.get("/book/check"))


def test_a_mistyped_birth_date_can_be_put_right(at_about: Visitor) -> None:
    at_about.send("/book/about", {**at_about.person, "birth_date-year": "2010"})
    assert "Is the date of birth wrong?" in words(at_about.get("/book/call-back"))
    assert at_about.send("/book/about", at_about.person).location == "/book/check"


def test_what_hides_or_deceives_is_taken_out_of_a_name(at_about: Visitor) -> None:
    at_about.send("/book/about", {**at_about.person, "given_name": "Ro\u202esa\x00\r\nBcc: x"})
    page = at_about.get("/book/check").text
    assert "\u202e" not in page
    assert "Rosa Bcc: x" in page


def test_a_name_is_shown_and_never_run(at_about: Visitor) -> None:
    at_about.send("/book/about", {**at_about.person, "given_name": "<script>alert(1)</script>"})
    page = at_about.get("/book/check").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"state": ""}, "Choose where the patient will be."),
        ({"callback_phone": ""}, "Enter a phone number."),
        ({"consent": ""}, "To meet by video, please agree to video care."),
    ],
)
def test_a_video_visit_needs_a_place_a_number_and_a_yes(
    at_video: Visitor, changes: dict[str, Any], complaint: str
) -> None:
    answer = at_video.say_where(**changes)
    assert answer.status_code == 422
    assert complaint in words(answer)


@pytest.mark.parametrize(
    ("said", "name", "shown_again"),
    [
        ({"state": "US", "us_state": "US-AZ"}, "Arizona", 'value="US-AZ" selected'),
        ({"state": "other", "country": "CA"}, "Canada", 'value="CA" selected'),
        ({"state": "MX"}, "Mexico", 'value="MX" checked'),
        ({"state": "", "us_state": "US-CA"}, "California", 'value="US-CA" selected'),
        ({"state": "US-TX", "us_state": "US-AZ"}, "Texas", 'value="US-TX" checked'),
    ],
)
def test_every_state_and_country_can_be_said(
    at_video: Visitor, said: dict[str, str], name: str, shown_again: str
) -> None:
    assert at_video.say_where(**said).location == "/book/check"
    assert f"Where the patient will be {name}" in words(at_video.get("/book/check"))
    assert shown_again in at_video.get("/book/video").text


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"state": "US"}, "us_state"),
        ({"state": "US", "us_state": "US-ZZ"}, "us_state"),
        ({"state": "other"}, "country"),
        ({"state": "other", "country": "US"}, "country"),
        ({"state": "", "us_state": "US-AZ", "country": "CA"}, "state"),
    ],
)
def test_another_state_or_country_must_be_named(at_video: Visitor, said: dict[str, str], field: str) -> None:
    answer = at_video.say_where(**said)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text


def test_what_a_video_visit_needs_survives_a_switch_of_the_language(at_video: Visitor) -> None:
    at_video.say_where(state="US", us_state="US-AZ", callback_phone="915", consent="yes")
    page = at_video.get("/book/video?lang=es")
    assert 'value="US-AZ" selected' in page.text
    assert 'value="915"' in page.text
    assert page.text.count(" checked") == 2
    assert at_video.say_where().location == "/book/check"


def test_places_are_named_in_spanish(someone: Callable[..., Visitor], at_video: Visitor) -> None:
    assert "New Mexico" in at_video.get("/book/video").text
    visitor = someone("es")
    visitor.pass_gate()
    visitor.choose_visit("imaging-review/virtual")
    visitor.take()
    visitor.say_who()
    page = visitor.get("/book/video").text
    assert page.count("Nuevo México") == 2
    assert "Mexico" not in page
    visitor.say_where(state="other", country="CA")
    assert "Canadá" in words(visitor.get("/book/check"))


def test_the_consent_is_shown_in_full_before_it_is_agreed_to(at_video: Visitor) -> None:
    page = words(at_video.get("/book/video"))
    assert "We do not record the visit." in page
    assert at_video.person["phone"] in page or at_video.person["phone"] in at_video.get("/book/video").text


def test_agreeing_to_another_wording_is_asked_again(at_video: Visitor) -> None:
    assert at_video.say_where(consent_version="0").location == "/book/video"
    assert at_video.get("/book/check").location == "/book/video"


def test_answers_are_shown_again_on_the_way_back(at_video: Visitor) -> None:
    at_video.say_where(**VIDEO)
    assert at_video.person["family_name"] in at_video.get("/book/about").text
    assert 'value="US-TX" checked' in at_video.get("/book/video").text
    assert 'value="myself" checked' in at_video.get("/book/who").text


@pytest.mark.parametrize("helper", [None, HELPER], ids=["myself", "somebody else"])
def test_the_zone_of_the_screen_counts_only_where_it_is_the_patients_own(
    someone: Callable[..., Visitor], app: Flask, helper: dict[str, Any] | None
) -> None:
    visitor = someone(phone="(214) 555-0123")
    visitor.client.set_cookie("zone", "America/Chicago")
    visitor.pass_gate()
    visitor.choose_visit("imaging-review/virtual")
    visitor.take()
    visitor.say_who(helper)
    visitor.say_where(callback_phone="(214) 555-0123")
    assert visitor.send("/book/check").location == "/book/booked"
    visit = changing.show(house_of(app), 1)
    assert visit.patient_clock == (None if helper else "America/Chicago")
    assert [clock.towns[0] for clock in visit.patient_clocks] == (["El Paso", "Dallas"] if helper else [])
    visitor.client.delete_cookie("zone")
    page = words(visitor.get(f"/my/{visitor.secret()}"))
    assert ("in El Paso" in page and "in Dallas and Houston" in page) is bool(helper)

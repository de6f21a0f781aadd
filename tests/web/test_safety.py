"""Claims about the safety questions: who sees a time, who is sent to care first, and what the desk gets to know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from scheduler.domain.safety_gate import Gate, Question, Tier
from scheduler.domain.wording import Text
from scheduler.persistence import directory, wordings
from scheduler.persistence.answers import GateAnswerRow
from scheduler.persistence.worklist import WorklistRow
from tests.engines import NOW
from tests.patients import Visitor, heading, words
from tests.programs import house_of

CALL = {"name": "Rosa Sample", "phone": "915.555.0123", "language": "es", "best_time": "morning"}
BEHIND_THE_GATE = (
    "/book/visit",
    "/book/times",
    "/book/times/2026-09-16",
    "/book/who",
    "/book/helper",
    "/book/about",
    "/book/video",
    "/book/check",
)


def calls(app: Flask) -> list[tuple[str, str, dict[str, Any]]]:
    """The calls on the desk's list: how urgent, in which language, and the unsealed note."""
    house = house_of(app)
    with house.database.reading() as connection:
        rows = connection.execute(select(WorklistRow.__table__).where(WorklistRow.kind == "call-back")).all()
    return [(row.urgency, row.language, house.vault.open("worklist", row.id, row.sealed)) for row in rows]


@pytest.mark.parametrize("path", BEHIND_THE_GATE)
def test_no_page_behind_the_questions_opens_without_them(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).location == "/book"


@pytest.mark.parametrize("path", ["/book/times", "/book/times/2026-09-16", "/book/check", "/book/about"])
def test_nothing_behind_the_questions_can_be_sent_without_them(visitor: Visitor, path: str) -> None:
    token = visitor.client.submit  # the CSRF field of another page serves any form of the same browser
    page = visitor.get("/book").text
    field = page.split('name="csrf_token" value="')[1].split('"')[0]
    assert token is not None
    assert visitor.client.post(path, data={"csrf_token": field, "start": NOW.isoformat()}).location == "/book"


def test_no_to_everything_leads_to_the_choice_of_a_visit(visitor: Visitor) -> None:
    assert visitor.pass_gate().location == "/book/visit"


def test_two_of_three_pages_are_not_enough(visitor: Visitor) -> None:
    visitor.send("/book", {"signs": ["none"]})
    visitor.send("/book/safety/2", {"signs": ["none"]})
    assert visitor.get("/book/times").location == "/book"


def test_whoever_skips_a_page_is_led_back_to_it(visitor: Visitor) -> None:
    visitor.send("/book/safety/3", {"signs": ["none"]})
    assert visitor.send("/book/safety/2", {"signs": ["none"]}).location == "/book"


def test_one_sign_of_an_emergency_ends_the_questions_at_once(visitor: Visitor) -> None:
    answer = visitor.send("/book", {"signs": ["leg-weakness"]})
    assert answer.location == "/book/emergency"
    page = visitor.get("/book/emergency")
    assert 'href="tel:911"' in page.text
    assert "2026" not in page.text


def test_after_a_red_flag_no_address_leads_to_a_time(visitor: Visitor) -> None:
    visitor.pass_gate()
    visitor.choose_visit()
    visitor.send("/book", {"signs": ["chest-breath"]})
    for path in BEHIND_THE_GATE:
        assert visitor.get(path).location == "/book/emergency", path


def test_a_fever_leads_to_a_doctor_today(visitor: Visitor) -> None:
    visitor.send("/book", {"signs": ["none"]})
    assert visitor.send("/book/safety/2", {"signs": ["fever-infection"]}).location == "/book/same-day"
    assert "urgent care" in visitor.get("/book/same-day").text
    assert visitor.get("/book/times").location == "/book/same-day"


def test_a_sign_for_the_clinician_leads_to_a_call(visitor: Visitor) -> None:
    visitor.send("/book", {"signs": ["none"]})
    visitor.send("/book/safety/2", {"signs": ["none"]})
    assert visitor.send("/book/safety/3", {"signs": ["cancer"]}).location == "/book/call-back"
    assert visitor.get("/book/times").location == "/book/call-back"


@pytest.mark.parametrize("unsure", [0, 1, 2])
def test_not_being_sure_of_any_page_leads_to_a_call(visitor: Visitor, unsure: int) -> None:
    for number, path in enumerate(("/book", "/book/safety/2", "/book/safety/3")):
        answer = visitor.send(path, {"signs": ["unsure" if number == unsure else "none"]})
    assert answer.location == "/book/call-back"
    assert (
        'href="tel:911"' in visitor.get("/book/call-back").text.partition("<main")[2].partition("</main>")[0]
    )


def test_a_sign_beside_not_sure_still_counts(visitor: Visitor) -> None:
    assert visitor.send("/book", {"signs": ["saddle-numbness", "unsure"]}).location == "/book/emergency"


@pytest.mark.parametrize(
    ("ticked", "complaint"),
    [
        ([], "Tick each one that is true."),
        (["none", "fall-crash"], "You ticked"),
        (["none", "unsure"], "You ticked"),
    ],
)
def test_what_makes_no_sense_is_asked_again_with_the_ticks_kept(
    visitor: Visitor, ticked: list[str], complaint: str
) -> None:
    answer = visitor.send("/book", {"signs": ticked})
    assert answer.status_code == 422
    assert complaint in answer.text
    assert "<title>Error:" in answer.text
    assert answer.text.count(" checked") == len(ticked)


def test_the_questions_and_their_errors_speak_spanish(someone: Callable[..., Visitor]) -> None:
    answer = someone("es").send("/book", {})
    assert "Marque todo lo que sea cierto." in answer.text
    assert "¿Le duele el pecho?" in answer.text
    assert "Tick each" not in answer.text


def test_a_mistaken_tick_can_be_taken_back(visitor: Visitor) -> None:
    visitor.send("/book", {"signs": ["fall-crash"]})
    assert visitor.send("/book", {"signs": ["none"]}).location == "/book/safety/2"


def test_answers_are_shown_again_on_the_way_back(visitor: Visitor) -> None:
    visitor.send("/book", {"signs": ["none"]})
    assert 'value="none" checked' in visitor.get("/book").text


def test_answers_to_an_older_wording_do_not_open_the_times(app: Flask, visitor: Visitor) -> None:
    visitor.pass_gate()
    visitor.choose_visit()
    assert visitor.get("/book/times").status_code == 200
    put_in_force(app, Gate("next", (Question("new-sign", Tier.EMERGENCY, Text("Is it bad?", "¿Es grave?")),)))
    assert visitor.get("/book/times").location == "/book"


def test_a_form_of_an_older_wording_is_asked_again(app: Flask, visitor: Visitor) -> None:
    page = visitor.get("/book").text
    field = page.split('name="csrf_token" value="')[1].split('"')[0]
    put_in_force(app, Gate("next", (Question("new-sign", Tier.EMERGENCY, Text("Is it bad?", "¿Es grave?")),)))
    sent = {"csrf_token": field, "version": "1", "signs": ["none"]}
    assert visitor.client.post("/book", data=sent).location == "/book"
    assert visitor.get("/book/visit").location == "/book"


def put_in_force(app: Flask, gate: Gate) -> None:
    with house_of(app).database.transaction() as connection:
        wordings.add_gate(connection, gate, NOW)
        directory.bump(connection)


@pytest.mark.parametrize(
    ("path", "sign", "urgency"),
    [("/book", "fall-crash", "urgent"), ("/book/safety/2", "iv-immune", "urgent"), ("", "", "normal")],
)
def test_a_call_is_as_urgent_as_the_sign_behind_it(
    app: Flask, visitor: Visitor, path: str, sign: str, urgency: str
) -> None:
    if path:
        visitor.send("/book", {"signs": ["none"]})
        visitor.send(path, {"signs": [sign]})
    assert visitor.send("/book/call-back", CALL).location == "/book/call-back/thanks"
    [(how, language, note)] = calls(app)
    assert (how, language) == (urgency, "es")
    assert note["phone"] == "+19155550123"
    assert note["name"] == "Rosa Sample"
    assert note["best_time"] == "morning"


def test_pressing_twice_asks_for_one_call(app: Flask, visitor: Visitor) -> None:
    visitor.send("/book", {"signs": ["fall-crash"]})
    visitor.send("/book/call-back", CALL)
    visitor.send("/book/call-back", CALL)
    assert len(calls(app)) == 1


def test_a_corrected_number_reaches_the_desk(app: Flask, visitor: Visitor) -> None:
    visitor.send("/book/call-back", CALL)
    visitor.send("/book/call-back", {**CALL, "phone": "915 555 0177"})
    assert {note["phone"] for _, _, note in calls(app)} == {"+19155550123", "+19155550177"}


def test_the_safety_answers_lie_sealed_beside_the_call(app: Flask, visitor: Visitor) -> None:
    visitor.send("/book", {"signs": ["fall-crash"]})
    visitor.send("/book/call-back", CALL)
    house = house_of(app)
    with house.database.reading() as connection:
        row = connection.execute(select(GateAnswerRow.__table__)).one()
    said = house.vault.open("gate_answer", row.id, row.sealed)
    assert said["tier"] == "emergency"
    assert said["answers"]["fall-crash"] == "yes"
    assert row.worklist_id is not None
    assert b"fall-crash" not in row.sealed


def test_a_call_needs_a_name_and_a_number_and_keeps_what_was_typed(visitor: Visitor) -> None:
    answer = visitor.send("/book/call-back", {**CALL, "phone": "12", "name": "Rosa <b>"})
    assert answer.status_code == 422
    assert "Check the phone number." in answer.text
    assert 'value="12"' in answer.text
    assert "Rosa &lt;b&gt;" in answer.text


def test_the_thank_you_page_is_not_shown_to_those_who_asked_for_nothing(visitor: Visitor) -> None:
    assert visitor.get("/book/call-back/thanks").location == "/book/call-back"


def test_whoever_gets_worse_while_waiting_is_told_what_to_do(visitor: Visitor) -> None:
    visitor.send("/book", {"signs": ["fall-crash"]})
    visitor.send("/book/call-back", CALL)
    assert "Do not wait for our call." in words(visitor.get("/book/call-back/thanks"))


def test_nothing_about_health_stands_in_an_address_or_in_the_cookie(visitor: Visitor) -> None:
    answer = visitor.send("/book", {"signs": ["chest-breath"]})
    cookie = visitor.client.get_cookie("session")
    assert cookie is not None
    assert "chest" not in cookie.decoded_value
    assert "chest" not in (answer.location or "")


def test_looking_at_the_pages_keeps_nothing(app: Flask, visitor: Visitor) -> None:
    for path in ("/book", "/book/safety/2", "/book/emergency", "/book/same-day", "/book/call-back"):
        assert visitor.get(path).status_code == 200
        assert visitor.client.head(path).status_code == 200
    assert calls(app) == []
    assert heading(visitor.get("/book")) != ""

"""What programs may look at: kinds of visit, safety questions and free times, cheap to ask and strict in asking."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from scheduler.domain.actor import SYSTEM
from scheduler.services import directory, listing, loading
from tests.engines import NOW
from tests.programs import API, SOON, Program, house_of, statements


def test_the_visits_that_patients_book_are_listed_and_no_others(program: Program) -> None:
    listed = {one["code"]: one for one in program.get("/visit-types").get_json()["visit_types"]}
    assert set(listed) == {"new-fracture-evaluation", "imaging-review", "follow-up"}
    assert set(listed["imaging-review"]["modes"]) == {"virtual", "in-person"}
    assert listed["imaging-review"]["minutes"] == 30
    assert set(listed["imaging-review"]["title"]) == {"en", "es"}
    assert [code for code, one in listed.items() if one["known_patients_only"]] == ["follow-up"]


@pytest.mark.parametrize(
    ("query", "wish", "beginning"),
    [("", "en", "Did you"), ("", "es-MX", "¿"), ("?lang=es", "en", "¿"), ("?lang=en", "es", "Did you")],
)
def test_the_safety_questions_are_asked_in_the_askers_language(
    program: Program, query: str, wish: str, beginning: str
) -> None:
    gate = program.get(f"/gate{query}", **{"Accept-Language": wish}).get_json()
    assert gate["questions"][0]["text"].startswith(beginning)
    assert {question["tier"] for question in gate["questions"]} == {"emergency", "same-day", "call-back"}


def test_the_consent_for_video_is_told_with_its_version(program: Program) -> None:
    told = program.get("/consent?lang=es").get_json()
    assert told["version"]
    assert "video" in told["text"]


def test_free_times_carry_the_offset_of_their_own_date(program: Program) -> None:
    found = program.slots(mode="virtual", **{"from": "2026-10-28"}, days=10)
    offsets = {slot["start"][:10]: slot["start"][-6:] for slot in found}
    assert offsets["2026-10-30"] == "-06:00"
    assert offsets["2026-11-02"] == "-07:00"


def test_the_dates_asked_for_are_the_clinics_own(program: Program) -> None:
    found = program.slots(**{"from": "2026-09-15"}, days=2)
    assert {slot["start"][:10] for slot in found} == {"2026-09-15", "2026-09-16"}


def test_a_free_time_lasts_as_long_as_its_visit(program: Program) -> None:
    for slot in program.slots("new-fracture-evaluation", days=30):
        start, end = datetime.fromisoformat(slot["start"]), datetime.fromisoformat(slot["end"])
        assert end - start == timedelta(minutes=60)
        assert slot["location"] == {"id": 1, "name": "El Paso", "zone": "America/Denver"}


def test_without_dates_the_next_two_weeks_are_listed(program: Program) -> None:
    found = program.get("/slots?visit_type=imaging-review&mode=in-person").get_json()["slots"]
    days = {date.fromisoformat(slot["start"][:10]) for slot in found}
    assert min(days) == NOW.date()
    assert max(days) <= NOW.date() + timedelta(days=13)


def test_one_clinicians_times_can_be_asked_for(program: Program) -> None:
    anyone = program.slots()
    chosen = anyone[0]["practitioner"]
    assert {slot["practitioner"]["id"] for slot in anyone} > {chosen["id"]}
    assert {slot["practitioner"]["name"] for slot in program.slots(practitioner=chosen["id"])} == {
        chosen["name"]
    }


def test_a_time_that_was_booked_is_no_longer_listed(program: Program) -> None:
    first = program.slots(practitioner=1)[0]
    program.book(start=first["start"], practitioner=1)
    assert first["start"] not in [slot["start"] for slot in program.slots(practitioner=1)]


@pytest.mark.parametrize("practitioners", [1, 10])
@pytest.mark.parametrize("days", [1, 60])
def test_free_times_cost_one_statement_however_many_there_are(
    program: Program, practitioners: int, days: int
) -> None:
    loading.load(house_of(program.app), practitioners - 1, 0, SYSTEM, NOW, lambda _done: None)
    program.slots()
    with statements(program.app) as sent:
        program.slots(days=days)
    assert len(sent) == 1


@pytest.mark.parametrize("path", ["/visit-types", "/gate", "/consent"])
def test_what_seldom_changes_costs_one_small_statement(program: Program, path: str) -> None:
    program.get(path)
    with statements(program.app) as sent:
        program.get(path)
    assert len(sent) == 1


def test_a_change_of_the_directory_is_seen_at_once(program: Program) -> None:
    house = house_of(program.app)
    program.slots()
    loading.load(house, 1, 0, SYSTEM, NOW, lambda _done: None)
    program.slots()
    hired = max(practitioner.id for practitioner in directory.clinic(house.database).practitioners)
    assert {slot["practitioner"]["id"] for slot in program.slots(practitioner=hired)} == {hired}


GOOD = {"visit_type": "imaging-review", "mode": "in-person", "from": str(SOON), "days": "7"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"visit_type": "spa-day"}, "visit_type"),
        ({"visit_type": "x" * 65}, "visit_type"),
        ({"visit_type": None}, "visit_type"),
        ({"mode": "telepathy"}, "mode"),
        ({"mode": "phone"}, "mode"),
        ({"days": "0"}, "days"),
        ({"days": "61"}, "days"),
        ({"days": "many"}, "days"),
        ({"from": "tomorrow"}, "from"),
        ({"from": "2026-02-30"}, "from"),
        ({"from": "1700000000"}, "from"),
        ({"from": "9999-12-31"}, "from"),
        ({"practitioner": "99999"}, "practitioner"),
        ({"practitioner": "9" * 30}, "practitioner"),
        ({"practitoner": "1"}, "practitoner"),
        ({"lang": "fr"}, "lang"),
    ],
)
def test_a_question_that_cannot_be_understood_is_refused_by_field(
    program: Program, changes: dict[str, Any], field: str
) -> None:
    asked = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    answer = program.app.test_client().get(f"{API}/slots", query_string=asked)
    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (422, "invalid")
    assert list(problem["errors"]) == [field]
    assert problem["errors"][field]


def test_a_question_may_not_say_two_things(program: Program) -> None:
    answer = program.get("/slots?visit_type=imaging-review&mode=virtual&days=3&days=5")
    assert answer.get_json()["errors"] == {"days": "This cannot be used as it is."}


def test_visits_of_the_desk_are_not_listed(program: Program) -> None:
    answer = program.get("/slots?visit_type=procedure&mode=in-person")
    assert (answer.status_code, answer.get_json()["code"]) == (403, "not-permitted")


def test_sentences_come_in_the_askers_language(program: Program) -> None:
    said = {
        tongue: program.get(f"/slots?mode=virtual&lang={tongue}").get_json()["errors"]["visit_type"]
        for tongue in ("en", "es")
    }
    assert said == {"en": "This is missing.", "es": "Falta este dato."}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("GET", "/appointments/", 404, "not-found"),
        ("DELETE", "/slots", 405, "method"),
        ("POST", "/gate", 405, "method"),
        ("GET", "/appointments", 405, "method"),
        ("PUT", "/appointments/x", 405, "method"),
    ],
)
def test_every_wrong_turn_is_a_problem_document(
    program: Program, method: str, path: str, status: int, code: str
) -> None:
    answer = program.app.test_client().open(API + path, method=method)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.get_json()["code"] == code
    assert status != 405 or answer.headers["Allow"]


def test_a_foreign_host_name_is_a_problem_document_too(program: Program) -> None:
    answer = program.get("/gate", Host="evil.example.org")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert "evil" not in answer.text


def test_an_accident_is_a_problem_document_that_tells_nothing(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fall(*_: object) -> None:
        raise RuntimeError("Rosa Example, born 1951")

    program.app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr(listing, "list_days", fall)
    answer = program.get("/slots?visit_type=imaging-review&mode=virtual")
    assert (answer.status_code, answer.get_json()["code"]) == (500, "internal")
    assert "Rosa" not in answer.text


def test_programs_get_no_cookie_and_nothing_is_cached(program: Program) -> None:
    for path in ("/gate?lang=es", "/slots?visit_type=imaging-review&mode=virtual", "/nowhere"):
        headers = program.get(path).headers
        assert "Set-Cookie" not in headers
        assert headers["Cache-Control"] == "no-store" or path == "/nowhere"


def test_whoever_asks_without_end_is_told_to_wait(make_app: Any, standing_clock: None) -> None:
    program = Program(make_app(RATE_LIMITS="on"))
    answers = [program.get("/visit-types") for _ in range(241)]
    assert {answer.status_code for answer in answers[:240]} == {200}
    assert (answers[240].status_code, answers[240].get_json()["code"]) == (429, "too-many-attempts")


def test_looking_never_changes_anything(app: Flask, standing_clock: None) -> None:
    program = Program(app)
    program.slots()
    with statements(app) as sent:
        for path in ("/gate", "/visit-types", "/consent", "/slots?visit_type=imaging-review&mode=virtual"):
            assert program.app.test_client().head(API + path).status_code == 200
    assert [statement for statement in sent if not statement.lstrip().startswith("SELECT")] == []


def test_answers_are_plain_json(program: Program) -> None:
    answer = program.get("/gate?lang=es")
    assert answer.content_type == "application/json"
    assert json.loads(answer.data)["version"]

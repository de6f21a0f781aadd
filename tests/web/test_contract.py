"""The published contract of the API, line by line: each claim quotes the sentence that it holds the clinic to."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.engines import NOW
from tests.programs import SOON, Program, a_person

RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def problem_of(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """RFC 9457 problem+json with `code` on every error."""
    told: dict[str, Any] = answer.get_json()
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), answer.text
    assert (told["status"], told["code"]) == (status, code)
    assert all(isinstance(told[name], str) and told[name] for name in ("type", "title", "detail"))
    return told


def test_visit_types(program: Program) -> None:
    """{"visit_types": [{"code", "modes": ["in-person"|"virtual"|"phone"], "minutes", "title": {"en","es"}}]}."""
    answer = program.get("/visit-types")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert set(answer.get_json()) == {"visit_types"}
    for one in answer.get_json()["visit_types"]:
        assert {"code", "modes", "minutes", "title"} <= set(one)
        assert one["modes"]
        assert set(one["modes"]) <= {"in-person", "virtual", "phone"}
        assert isinstance(one["minutes"], int)
        assert set(one["title"]) == {"en", "es"}


@pytest.mark.parametrize("language", ["en", "es"])
def test_gate(program: Program, language: str) -> None:
    """GET /api/v1/gate?lang=en -> {"version", "questions": [{"id", "tier", "text"}]}."""
    told = program.get(f"/gate?lang={language}").get_json()
    assert set(told) == {"version", "questions"}
    assert isinstance(told["version"], str)
    assert all(set(one) == {"id", "tier", "text"} for one in told["questions"])


def test_slots(program: Program) -> None:
    """{"zone": "America/Denver", "slots": [{"start", "end", "mode", "practitioner": {"id","name"}, ...}]}."""
    told = program.get(f"/slots?visit_type=imaging-review&mode=in-person&from={SOON}&days=3").get_json()
    assert set(told) == {"zone", "slots"}
    assert told["zone"] == "America/Denver"
    for slot in told["slots"]:
        assert {"start", "end", "mode", "practitioner", "location"} <= set(slot)
        assert set(slot["practitioner"]) == {"id", "name"}
        assert {"id", "name"} <= set(slot["location"])
        assert slot["mode"] == "in-person"
        assert RFC3339.fullmatch(slot["start"])
        assert RFC3339.fullmatch(slot["end"])


@pytest.mark.parametrize(
    ("days", "status"), [(0, 422), (1, 200), (60, 200), (61, 422), (-1, 422), ("x", 422)]
)
def test_days_are_from_one_to_sixty(program: Program, days: object, status: int) -> None:
    """days=1..60, both ends included."""
    answer = program.get(f"/slots?visit_type=imaging-review&mode=in-person&from={SOON}&days={days}")
    assert answer.status_code == status
    if status == 422:
        assert list(problem_of(answer, 422, "invalid")["errors"]) == ["days"]
        return
    last = (SOON + timedelta(days=int(str(days)) - 1)).isoformat()
    assert {slot["start"][:10] for slot in answer.get_json()["slots"]} <= {
        (SOON + timedelta(days=day)).isoformat() for day in range(int(str(days)))
    }
    assert answer.get_json()["slots"][-1]["start"][:10] <= last


def test_from_is_today_unless_it_is_said(program: Program) -> None:
    """from=YYYY-MM-DD; the first date is today on the clinic's wall."""
    ask = "/slots?visit_type=imaging-review&mode=in-person&days=10"
    assert program.get(ask).get_json() == program.get(f"{ask}&from={NOW.date()}").get_json()


def test_a_clinician_can_be_asked_for(program: Program) -> None:
    """[&practitioner=], with the id that the slots name."""
    who = program.slots()[0]["practitioner"]
    assert {slot["practitioner"]["id"] for slot in program.slots(practitioner=who["id"])} == {who["id"]}


@pytest.mark.parametrize("mode", ["in-person", "virtual"])
def test_booked(program: Program, mode: str) -> None:
    """201 {"id","uid","sequence","status","start","end","mode","token","links": {"manage","ics","join"?}}."""
    body = program.body(mode=mode, remind_by=["email", "sms"])
    answer = program.send(body)
    told = answer.get_json()
    assert (answer.status_code, answer.mimetype) == (201, "application/json")
    assert {"id", "uid", "sequence", "status", "start", "end", "mode", "token", "links"} <= set(told)
    assert set(told["links"]) == {"manage", "ics"} | ({"join"} if mode == "virtual" else set())
    assert (told["sequence"], told["status"], told["mode"]) == (0, "booked", mode)
    assert datetime.fromisoformat(told["start"]) == datetime.fromisoformat(body["start"])
    assert told["links"]["manage"].endswith(f"/my/{told['token']}")
    assert re.search(r"/ics/[\w-]+/appointment\.ics$", told["links"]["ics"])


def test_the_smallest_booking_is_what_the_contract_asks_for(program: Program) -> None:
    """Without "practitioner", "email", "helper", "remind_by" and "virtual", all marked with a question mark."""
    person = {name: value for name, value in a_person().items() if name != "email"}
    body = program.body(patient=person)
    assert set(body) == {"visit_type", "mode", "start", "gate", "patient"}
    assert program.send(body).status_code == 201


def test_the_largest_booking_is_taken_whole(program: Program) -> None:
    """Every field that the contract names, at once."""
    slot = program.slots(mode="virtual")[0]
    consent = program.get("/consent").get_json()["version"]
    body = program.body(
        mode="virtual",
        start=slot["start"],
        practitioner=slot["practitioner"]["id"],
        helper={"name": "Luz Example", "phone": "(915) 555-0123"},
        remind_by=["email", "sms"],
        virtual={"state": "TX", "callback_phone": "+19155550199", "consent_version": consent},
    )
    told = program.send(body).get_json()
    assert {name: told[name] for name in slot} == slot


def test_taken(program: Program) -> None:
    """409 slot-taken with `alternatives` (three nearest)."""
    first = program.slots(practitioner=1)[4]
    program.book(start=first["start"], practitioner=1)
    problem = problem_of(program.send(program.body(start=first["start"], practitioner=1)), 409, "slot-taken")
    assert len(problem["alternatives"]) == 3
    assert all(set(one) == set(first) for one in problem["alternatives"])


def test_errors_are_told_by_field(program: Program) -> None:
    """422 invalid with `errors` per field: field -> one sentence."""
    problem = problem_of(program.send({"patient": {"given_name": 7}}), 422, "invalid")
    assert {"visit_type", "mode", "start", "gate", "patient.given_name", "patient.phone"} <= set(
        problem["errors"]
    )
    assert all(isinstance(sentence, str) and sentence for sentence in problem["errors"].values())


@pytest.mark.parametrize(
    ("tier", "code"),
    [("emergency", "gate-emergency"), ("same-day", "gate-same-day"), ("call-back", "gate-call-back")],
)
def test_each_tier_closes_the_gate(program: Program, tier: str, code: str) -> None:
    """403 gate-emergency, gate-same-day, gate-call-back."""
    signs = [one["id"] for one in program.get("/gate").get_json()["questions"] if one["tier"] == tier]
    for sign in signs:
        body = program.body()
        body["gate"]["answers"][sign] = "yes"
        problem_of(program.send(body), 403, code)


def test_not_sure_means_a_call(program: Program) -> None:
    """answers: {id: "no"|"yes"|"unsure"}."""
    for sign in program.no_to_all()["answers"]:
        body = program.body()
        body["gate"]["answers"][sign] = "unsure"
        problem_of(program.send(body), 403, "gate-call-back")


def test_the_key(program: Program) -> None:
    """The same key and body again gives the same answer, with another body 422 idempotency-mismatch."""
    body = program.body()
    first, again = program.send(body, "k"), program.send(body, "k")
    assert (first.status_code, first.data) == (again.status_code, again.data)
    problem_of(program.send({**body, "patient": a_person()}, "k"), 422, "idempotency-mismatch")


def test_looking_moving_cancelling(program: Program) -> None:
    """GET <id>, POST .../reschedule {"start"}, POST .../cancel {"reason"?}; Authorization: Bearer <token>."""
    told = program.book()
    path, token = f"/appointments/{told['id']}", told["token"]
    assert program.get(path, token).get_json()["uid"] == told["uid"]
    moved = program.post(f"{path}/reschedule", {"start": program.slots()[9]["start"]}, token)
    assert (moved.status_code, moved.get_json()["sequence"]) == (200, 1)
    gone = program.post(f"{path}/cancel", {"reason": "We go to see family in August"}, token)
    assert (gone.status_code, gone.get_json()["status"]) == (200, "cancelled")


@pytest.mark.parametrize("body", [None, {}, {"reason": None}])
def test_a_reason_need_not_be_given(program: Program, body: dict[str, None] | None) -> None:
    """{"reason"?}."""
    told = program.book()
    answer = program.post(f"/appointments/{told['id']}/cancel", body, told["token"])
    assert answer.get_json()["status"] == "cancelled"


def test_the_token_is_the_secret_of_the_page(program: Program) -> None:
    """The bearer token is the same secret as in /my/<token>."""
    told = program.book()
    page = program.app.test_client().get(f"/my/{told['token']}")
    assert (page.status_code, page.mimetype) == (200, "text/html")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("DELETE", "/gate", 405, "method"),
        ("GET", "/slots", 422, "invalid"),
        ("GET", "/slots?visit_type=spa-day&mode=in-person", 422, "invalid"),
        ("GET", "/appointments/x", 401, "sign-in-required"),
        ("POST", "/appointments", 415, "media-type"),
    ],
)
def test_every_refusal_is_a_problem_document(
    program: Program, method: str, path: str, status: int, code: str
) -> None:
    """RFC 9457 problem+json with `code` on every error."""
    answer = program.app.test_client().open(f"/api/v1{path}", method=method)
    problem_of(answer, status, code)


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Please fill this in."), ("es", "Llene este campo, por favor.")]
)
def test_refusals_speak_the_language_that_was_asked_for(program: Program, language: str, words: str) -> None:
    """?lang=en / ?lang=es on any address switches."""
    body = program.body(patient=a_person(given_name="\u202e"))
    answer = program.post(f"/appointments?lang={language}", body, **{"Idempotency-Key": "k"})
    assert answer.get_json()["errors"] == {"patient.given_name": words}

"""Booking by a program: once, with all that pages ask for, and with a way on when it cannot be."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.consents import ConsentRow
from scheduler.persistence.database import Model
from scheduler.persistence.outbox import OutboxRow
from scheduler.persistence.worklist import WorklistRow
from scheduler.services import changing
from scheduler.web import api
from tests.programs import Program, a_person, house_of, statements

STATEMENTS_OF_A_BOOKING = 13
"""What one booking in person by a new patient says to SQLite between BEGIN and COMMIT; raise it knowingly. One looks
for somebody on record whom this may be, for the desk to compare."""


def count(program: Program, table: type[Model]) -> int:
    with program.app.extensions["database"].reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def confirmations(program: Program) -> int:
    with program.app.extensions["database"].reading() as connection:
        mails = select(func.count()).where(OutboxRow.kind == "confirmation", OutboxRow.channel == "email")
        return int(connection.execute(mails).scalar_one())


def kept(program: Program, number: int = 1) -> Any:
    return changing.show(house_of(program.app), number)


def test_what_is_listed_can_be_booked_as_listed(everywhere: Program) -> None:
    slot = everywhere.slots()[3]
    told = everywhere.book(start=slot["start"], practitioner=slot["practitioner"]["id"])
    assert {name: told[name] for name in slot} == slot
    assert (told["status"], told["sequence"], told["visit_type"]) == ("booked", 0, "imaging-review")
    assert told["uid"].startswith(told["id"] + "@")
    assert confirmations(everywhere) == 1


def test_a_booking_says_where_it_is(program: Program) -> None:
    answer = program.send(program.body())
    told = answer.get_json()
    assert answer.headers["Location"] == f"http://127.0.0.1:8000/api/v1/appointments/{told['id']}"
    assert told["links"]["manage"] == f"http://127.0.0.1:8000/my/{told['token']}"
    assert told["links"]["ics"].endswith("/appointment.ics")
    assert "join" not in told["links"]


def test_a_video_visit_has_a_place_to_join_and_its_consent_is_kept(everywhere: Program) -> None:
    told = everywhere.book(mode="virtual")
    assert "/visit/" in told["links"]["join"]
    assert count(everywhere, ConsentRow) == 1


def test_a_helper_and_the_ways_to_remind_are_kept(program: Program) -> None:
    helper = {"name": "Luz Example", "phone": "+52 656 555 0123", "relation": "child", "may_be_told": False}
    program.book(helper=helper, remind_by=["email", "sms", "email"])
    visit = kept(program)
    assert visit.helper.phone == "+526565550123"
    assert (visit.helper.email, visit.helper.may_be_told) == (None, False)
    assert visit.patient.remind_by == ("email", "sms")
    assert visit.appointment.source == "api"


@pytest.mark.parametrize(
    ("helper", "name", "relation"),
    [
        ({"name": "Luz Example", "phone": "9155550123"}, "Luz Example", "other"),
        ({"given_name": "Luz", "family_name": "Example", "phone": "9155550123"}, "Luz Example", "other"),
        ({"name": "Luz", "phone": "9155550123", "relationship": "Spouse"}, "Luz", "spouse"),
        ({"name": "Luz", "phone": "9155550123", "relation": "daughter", "language": "es"}, "Luz", "other"),
    ],
)
def test_a_helper_may_be_told_in_few_words_or_in_many(
    program: Program, helper: dict[str, str], name: str, relation: str
) -> None:
    program.book(helper=helper)
    visit = kept(program)
    assert (visit.helper.name, visit.helper.phone, visit.helper.relation) == (name, "+19155550123", relation)


@pytest.mark.parametrize("given", [1, "1"])
def test_a_clinician_is_named_by_a_number_or_its_text(program: Program, given: int | str) -> None:
    start = program.slots(practitioner=1)[0]["start"]
    assert program.book(start=start, practitioner=given)["practitioner"]["id"] == 1


@pytest.mark.parametrize(
    ("sent", "place"), [("TX", "US-TX"), ("us-az", "US-AZ"), ("CA", "CA"), ("other", "other")]
)
def test_where_a_patient_will_be_is_kept_as_the_page_keeps_it(
    program: Program, sent: str, place: str
) -> None:
    body = program.body(mode="virtual")
    body["virtual"]["state"] = sent
    assert program.send(body).status_code == 201
    assert kept(program).virtual.state == place


def test_a_place_that_is_none_is_named(program: Program) -> None:
    body = program.body(mode="virtual")
    body["virtual"]["state"] = "ZZ"
    assert list(program.send(body).get_json()["errors"]) == ["virtual.state"]


def test_signs_that_hide_or_deceive_are_not_kept(everywhere: Program) -> None:
    name = "  A\u0000n\u202ea\r\nBcc: x  "
    everywhere.book(patient=a_person(given_name=name))
    assert kept(everywhere).patient.given_name == "Ana Bcc: x"


def test_a_patient_elsewhere_becomes_a_question_for_the_desk(program: Program) -> None:
    body = program.body(mode="virtual")
    body["virtual"]["state"] = "MX"
    assert program.send(body).status_code == 201
    assert count(program, WorklistRow) == 1


def test_the_same_key_and_body_give_the_same_answer_and_one_visit(everywhere: Program) -> None:
    body = everywhere.body()
    first, again = everywhere.send(body, "once"), everywhere.send(body, "once")
    assert (again.status_code, again.data, again.headers["Location"]) == (
        first.status_code,
        first.data,
        first.headers["Location"],
    )
    assert count(everywhere, AppointmentRow) == confirmations(everywhere) == 1


def test_the_same_key_with_another_body_is_a_mismatch(everywhere: Program) -> None:
    body = everywhere.body()
    everywhere.send(body, "once")
    answer = everywhere.send({**body, "patient": a_person()}, "once")
    assert (answer.status_code, answer.get_json()["code"]) == (422, "idempotency-mismatch")


def test_a_refused_booking_does_not_use_up_its_key(program: Program) -> None:
    taken = program.book(practitioner=1, start=program.slots(practitioner=1)[0]["start"])
    body = program.body(start=taken["start"], practitioner=1)
    assert program.send(body, "once").status_code == 409
    free = program.send({**body, "start": program.slots(practitioner=1)[0]["start"]}, "once")
    assert free.status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 129, "é", "\t"])
def test_a_booking_needs_a_usable_key(program: Program, key: str) -> None:
    answer = program.post("/appointments", program.body(), **{"Idempotency-Key": key})
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["Idempotency-Key"])


def test_a_booking_costs_a_known_number_of_statements(program: Program) -> None:
    body = program.body()
    program.slots()
    with statements(program.app) as sent:
        assert program.send(body).status_code == 201
    assert len(sent) == STATEMENTS_OF_A_BOOKING, "\n".join(sent)


@pytest.mark.parametrize("choice", [0, 1, 2])
def test_a_time_that_is_gone_comes_with_three_others_that_can_be_booked(
    everywhere: Program, choice: int
) -> None:
    taken = everywhere.book(practitioner=1, start=everywhere.slots(practitioner=1)[4]["start"])
    answer = everywhere.send(everywhere.body(start=taken["start"], practitioner=1))
    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (409, "slot-taken")
    assert len(problem["alternatives"]) == 3
    other = problem["alternatives"][choice]
    everywhere.book(start=other["start"], practitioner=other["practitioner"]["id"])


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        ("2026-09-15T03:00:00-06:00", "outside-hours"),
        ("2026-09-15T10:02:00-06:00", "off-grid"),
        ("2026-09-13T10:00:00-06:00", "too-soon"),
        ("2027-09-14T10:00:00-06:00", "too-far"),
        ("2099-12-31T23:59:59+23:59", None),
        ("2000-01-01T00:00:00-23:59", None),
    ],
)
def test_a_time_that_the_clinic_does_not_offer_says_why(
    program: Program, start: str, reason: str | None
) -> None:
    answer = program.send(program.body(start=start))
    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (409, "not-offered")
    assert reason in (None, problem["reason"])
    assert "alternatives" in problem


def test_nobody_is_booked_into_two_places_at_once(program: Program) -> None:
    person, start = a_person(), "2026-09-17T13:30:00-06:00"
    program.book(start=start, patient=person, practitioner=1)
    other = next(
        who for who in (2, 3) if start in [slot["start"] for slot in program.slots(practitioner=who)]
    )
    answer = program.send(program.body(start=start, patient=person, practitioner=other))
    assert (answer.status_code, answer.get_json()["code"]) == (409, "patient-busy")


@pytest.mark.parametrize(
    ("sign", "said", "code"),
    [
        ("leg-weakness", "yes", "gate-emergency"),
        ("fever-infection", "yes", "gate-same-day"),
        ("cancer", "yes", "gate-call-back"),
        ("bladder-bowel", "unsure", "gate-call-back"),
    ],
)
def test_a_warning_sign_leads_to_care_and_to_no_visit(
    program: Program, sign: str, said: str, code: str
) -> None:
    body = program.body()
    body["gate"]["answers"][sign] = said
    answer = program.send(body)
    assert (answer.status_code, answer.get_json()["code"]) == (403, code)
    assert answer.get_json()["phone"] == "+19155550100"
    assert sign not in answer.text
    assert count(program, AppointmentRow) == 0


def test_an_emergency_need_not_answer_the_rest(program: Program) -> None:
    body = program.body()
    body["gate"]["answers"] = {"leg-weakness": "yes"}
    assert program.send(body).get_json()["code"] == "gate-emergency"


def test_every_question_must_be_answered_and_no_other(program: Program) -> None:
    body = program.body()
    del body["gate"]["answers"]["cancer"]
    body["gate"]["answers"]["shoe-size"] = "no"
    answer = program.send(body)
    assert answer.status_code == 422
    assert set(answer.get_json()["errors"]) == {"gate.answers.cancer", "gate.answers.shoe-size"}


def test_answers_to_an_old_wording_are_asked_again(program: Program) -> None:
    body = program.body()
    body["gate"]["version"] = "0"
    answer = program.send(body)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "gate-needed")


def test_a_child_is_called_back(program: Program) -> None:
    young, grown = a_person(birth_date="2008-09-15"), a_person(birth_date="2008-09-14")
    assert program.send(program.body(patient=young)).get_json()["code"] == "gate-call-back"
    assert program.send(program.body(patient=grown)).status_code == 201


def test_visits_of_the_desk_cannot_be_booked(program: Program) -> None:
    answer = program.send(program.body(visit_type="procedure"))
    assert (answer.status_code, answer.get_json()["code"]) == (403, "not-permitted")


def test_a_follow_up_is_for_those_who_were_here(program: Program) -> None:
    start, person = program.slots("follow-up")[5]["start"], a_person()
    stranger = program.send(program.body(start=start, visit_type="follow-up", patient=person))
    assert stranger.status_code == 403
    program.book(patient=person)
    known = program.send(program.body(start=start, visit_type="follow-up", patient=person))
    assert known.status_code == 201


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"visit_type": "spa-day"}, "visit_type"),
    ({"mode": "phone"}, "mode"),
    ({"mode": 3}, "mode"),
    ({"mode": "virtual"}, "virtual"),
    ({"start": "2026-09-15T10:00:00"}, "start"),
    ({"start": 1789000000}, "start"),
    ({"start": "1999-12-31T23:59:59Z"}, "start"),
    ({"start": "0001-01-01T00:00:00+23:59"}, "start"),
    ({"practitioner": "Dr. Lopez"}, "practitioner"),
    ({"practitioner": "0"}, "practitioner"),
    ({"practitioner": 0}, "practitioner"),
    ({"surprise": True}, "surprise"),
    ({"patient": None}, "patient"),
    ({"patient": a_person(given_name="")}, "patient.given_name"),
    ({"patient": a_person(given_name="\u0000\u202e")}, "patient.given_name"),
    ({"patient": a_person(family_name="x" * 81)}, "patient.family_name"),
    ({"patient": a_person(birth_date="1850-01-01")}, "patient.birth_date"),
    ({"patient": a_person(birth_date="2026-09-20")}, "patient.birth_date"),
    ({"patient": a_person(birth_date="09/03/1948")}, "patient.birth_date"),
    ({"patient": a_person(phone="call me maybe")}, "patient.phone"),
    ({"patient": a_person(phone="1")}, "patient.phone"),
    ({"patient": a_person(email="a@example.com, b@example.com")}, "patient.email"),
    ({"patient": a_person(email="a@example.com\r\nBcc: b@example.com")}, "patient.email"),
    ({"patient": a_person(language="fr")}, "patient.language"),
    ({"patient": a_person(diagnosis="none")}, "patient.diagnosis"),
    ({"patient": a_person(email=None), "remind_by": ["email"]}, "remind_by"),
    ({"remind_by": ["pigeon"]}, "remind_by.0"),
    ({"remind_by": ["sms"] * 4}, "remind_by"),
    ({"helper": {"name": "Luz"}}, "helper.phone"),
    ({"helper": {"phone": "+19155550101"}}, "helper.name"),
    ({"helper": {"name": "Luz", "phone": "+19155550101", "relation": "x" * 41}}, "helper.relation"),
    ({"helper": "Luz"}, "helper"),
    (
        {"virtual": {"state": "US-TX", "callback_phone": "+19155550101", "consent_version": "1"}},
        "virtual",
    ),
    ({"gate": {"version": "1", "answers": {"cancer": "perhaps"}}}, "gate.answers.cancer"),
    ({"gate": {"version": "1", "answers": {"no such sign": "no"}}}, "gate.answers.no such sign"),
    ({"gate": []}, "gate"),
]


@pytest.mark.parametrize(("changes", "field"), WRONG)
def test_what_cannot_be_used_is_named_by_field_and_never_repeated(
    program: Program, changes: dict[str, Any], field: str
) -> None:
    body = program.body()
    answer = program.send({**body, **changes}, **{"Accept-Language": "es"})
    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (422, "invalid"), problem
    assert list(problem["errors"]) == [field]
    assert "Example" not in answer.text
    assert count(program, AppointmentRow) == 0


def test_consent_to_an_old_text_is_asked_again(program: Program) -> None:
    body = program.body(mode="virtual")
    body["virtual"]["consent_version"] = "0"
    assert list(program.send(body).get_json()["errors"]) == ["virtual.consent_version"]


@pytest.mark.parametrize("sent", [b"", b"{", b"\xff\xfe", b'{"a": "\\ud800"}', b"{'a': 1}", b"[" * 9000])
def test_what_is_not_json_is_said_so(program: Program, sent: bytes) -> None:
    answer = program.app.test_client().post(
        "/api/v1/appointments",
        data=sent,
        content_type="application/json",
        headers={"Idempotency-Key": "x"},
    )
    assert (answer.status_code, answer.get_json()["code"]) == (400, "bad-request")


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_other_media_are_refused(program: Program, media: str) -> None:
    answer = program.app.test_client().post("/api/v1/appointments", data=b"{}", content_type=media)
    assert (answer.status_code, answer.get_json()["code"]) == (415, "media-type")


def test_a_body_that_no_booking_fills_is_not_read(program: Program) -> None:
    answer = program.app.test_client().post(
        "/api/v1/appointments", data=b" " * (api.MAX_BODY + 1), content_type="application/json"
    )
    assert (answer.status_code, answer.get_json()["code"]) == (413, "too-large")

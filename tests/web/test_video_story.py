"""The whole way of a video visit: booked in Spanish, entered, held, finished, and what clinician and desk see of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from scheduler.domain.appointment import Status
from scheduler.domain.desk_state import DeskState
from scheduler.domain.link import LinkPurpose
from scheduler.domain.visit import Visit
from scheduler.persistence.audit import AuditRow
from scheduler.services import desk_status, private_links
from tests.engines import CLERK
from tests.inspector import Inspector
from tests.patients import Clock, Visitor, heading, visit_of, words
from tests.programs import house_of

P, C = "a" * 32, "c" * 32


@pytest.fixture
def rosa(someone: Callable[..., Visitor]) -> Visitor:
    """Somebody who reads Spanish."""
    return someone("es")


@pytest.fixture
def booked(rosa: Visitor) -> str:
    """The secret of her visit by video."""
    return rosa.book("imaging-review/virtual")


@pytest.fixture
def visit(app: Flask, booked: str) -> Visit:
    return visit_of(app, booked)


@pytest.fixture
def door(app: Flask, visit: Visit, clock: Clock) -> str:
    """The address of the visit, ten minutes before it begins."""
    clock.move_to(visit.appointment.start - timedelta(minutes=10))
    return f"/visit/{private_links.of_visit(house_of(app), visit.appointment.id)[LinkPurpose.VISIT]}"


def breathe(client: Inspector, room: str, path: str, instance: str, **more: Any) -> dict[str, Any]:
    """One breath of the page at `room`, as its script sends it."""
    answer = sent(client, room, path, {"instance": instance, "device": instance, **more})
    assert answer.status_code == 200, answer.text
    return cast("dict[str, Any]", answer.get_json())


def sent(client: Inspector, room: str, path: str, body: object) -> TestResponse:
    csrf = re.findall(r'data-csrf="([^"]+)"', client.get(room).text)
    headers = {"X-CSRFToken": csrf[0] if csrf else "", "Accept": "application/json"}
    return client.post(path, json=body, headers=headers)


def come_in(rosa: Visitor, door: str) -> TestResponse:
    """Answer what is asked at the door."""
    rosa.send(door, to=f"{door}/wait")
    rosa.send(
        f"{door}/where", {"state": "US-TX", "callback_phone": "(915) 555-0177", "street": "Calle Ejemplo 1"}
    )
    return rosa.send(f"{door}/signs", {"signs": ["none"]})


def test_from_a_booking_in_spanish_to_the_finished_visit(
    app: Flask, rosa: Visitor, door: str, doctor: Inspector, visit: Visit, booked: str, clerk: Inspector
) -> None:
    assert heading(rosa.get(door)) == "Su cita por video"
    assert come_in(rosa, door).location == f"{door}/room"
    room = rosa.get(f"{door}/room")
    assert "Usted sigue. No tiene que hacer nada." in words(room)
    assert "(915) 555-0100" in words(room)
    assert visit.patient.name in words(clerk.get("/desk/video"))

    clinic = f"/clinic/visits/{visit.appointment.public_id}"
    listed = words(doctor.get("/clinic/visits"))
    assert visit.patient.name in listed
    assert "waiting" in listed
    page = words(doctor.get(clinic))
    assert "Calle Ejemplo 1" in page
    assert "(915) 555-0177" in page

    breathe(rosa.client, f"{door}/room", f"{door}/breath", P, fresh=True)
    breathe(doctor, clinic, f"{clinic}/breath", C, fresh=True)
    doctor.submit(clinic, {}, to=f"{clinic}/admit")
    told = breathe(rosa.client, f"{door}/room", f"{door}/breath", P, relay=True)
    assert (told["stage"], told["relay"]) == ("admitted", {"iceServers": []})
    assert told["words"].endswith("ya le espera.")
    (peer,) = told["peers"]
    note = {"to": peer["instance"], "body": {"description": {"type": "offer", "sdp": "v=0"}}}
    breathe(rosa.client, f"{door}/room", f"{door}/breath", P, notes=[note], connected=True)
    ((_, sender, body),) = breathe(doctor, clinic, f"{clinic}/breath", C)["notes"]
    assert (sender, body) == (P, note["body"])

    doctor.submit(
        clinic, {"outcome": "by-video", "weeks": "2", "note": "Bring images"}, to=f"{clinic}/finish"
    )
    assert "Seen by video" in words(doctor.get("/clinic/visits"))
    assert visit_of(app, booked).appointment.status is Status.FULFILLED
    todo = words(clerk.get("/desk/todo"))
    assert "Follow-up to book" in todo
    assert heading(rosa.get(door)) == "La cita terminó"
    rosa.send(door, {"heard": "yes", "easy": "partly"}, to=f"{door}/rate")
    assert "Gracias por contárnoslo." in words(rosa.get(door))
    record = words(doctor.get(clinic))
    assert "Record of the call" in record
    assert "Seen by video" in record
    assert "Could they see and hear well? Yes" in record


def test_two_nodes_on_one_database_carry_one_call(
    app: Flask, make_app: Callable[..., Flask], rosa: Visitor, door: str, doctor: Inspector, visit: Visit
) -> None:
    """No sticky sessions: each breath may go to another process or machine."""
    other = make_app(INSTANCE_PATH=app.instance_path)
    come_in(rosa, door)
    clinic = f"/clinic/visits/{visit.appointment.public_id}"
    breathe(rosa.client, f"{door}/room", f"{door}/breath", P, fresh=True)
    breathe(doctor, clinic, f"{clinic}/breath", C, fresh=True)
    doctor.submit(clinic, {}, to=f"{clinic}/admit")
    there = cast("Inspector", other.test_client())
    note = {"to": C, "body": {"description": {"type": "offer", "sdp": "v=0"}}}
    breathe(there, f"{door}/room", f"{door}/breath", P, notes=[note], connected=True)
    ((number, sender, body),) = breathe(doctor, clinic, f"{clinic}/breath", C)["notes"]
    assert (sender, body) == (P, note["body"])
    told = breathe(there, f"{door}/room", f"{door}/breath", P)
    assert (told["stage"], told["active"], number > 0) == ("in-call", True, True)


def test_a_visit_that_was_held_in_another_way_is_not_waited_for(
    app: Flask, visit: Visit, door: str, clerk: Inspector
) -> None:
    assert "not here yet" in words(clerk.get("/desk/video"))
    house, at = house_of(app), visit.appointment.start
    for step in (DeskState.ARRIVED, DeskState.SEEN):
        desk_status.set_state(house, visit.appointment.public_id, step, CLERK, at)
    page = words(clerk.get("/desk/video"))
    assert "not here yet" not in page
    assert "Seen" in page


def test_too_early_the_door_says_when_and_nothing_is_asked(
    app: Flask, rosa: Visitor, visit: Visit, clock: Clock
) -> None:
    clock.move_to(visit.appointment.start - timedelta(minutes=31))
    path = f"/visit/{private_links.of_visit(house_of(app), visit.appointment.id)[LinkPurpose.VISIT]}"
    page = rosa.get(path)
    assert "La sala abre 30 minutos antes" in words(page)
    assert rosa.get(f"{path}/where").status_code == 303
    assert rosa.get(f"{path}/room").status_code == 303


def test_looking_never_brings_anybody_into_the_room(rosa: Visitor, door: str, doctor: Inspector) -> None:
    for rest in ("", "/where", "/signs", "/room", "/check", "/company"):
        rosa.get(f"{door}{rest}")
    assert "not here yet" in words(doctor.get("/clinic/visits"))


def test_a_sign_that_cannot_wait_says_911_and_leaves_the_way_in(rosa: Visitor, door: str) -> None:
    rosa.send(f"{door}/where", {"state": "US-TX", "callback_phone": "(915) 555-0177"})
    answer = rosa.send(f"{door}/signs", {"signs": ["leg-weakness"]})
    assert answer.location == f"{door}/help-now"
    page = rosa.get(f"{door}/help-now")
    assert 'href="tel:911"' in page.text
    assert rosa.send(f"{door}/help-now", to=f"{door}/wait").location == f"{door}/room"


def audited(app: Flask, *actions: str) -> list[tuple[str, str]]:
    """What the audit says of these acts, with how they ended."""
    with house_of(app).database.reading() as connection:
        rows = connection.execute(select(AuditRow.action, AuditRow.outcome).order_by(AuditRow.id))
        return [(row.action, row.outcome) for row in rows if row.action in actions]


def test_another_links_secret_opens_no_line_of_this_visit(
    app: Flask, rosa: Visitor, door: str, someone: Callable[..., Visitor]
) -> None:
    come_in(rosa, door)
    rosa.send(f"{door}/company", to=f"{door}/company")
    (companion,) = set(re.findall(r"/with/([\w-]{43})", rosa.get(f"{door}/company").text))
    stranger = someone()
    own = stranger.book("imaging-review/virtual")
    other = private_links.of_visit(house_of(app), visit_of(app, own).appointment.id)[LinkPurpose.MANAGE]
    for wrong in (other, own, companion, "x" * 43):
        answer = sent(rosa.client, f"{door}/room", f"/visit/{wrong}/breath", {"instance": P, "device": P})
        assert answer.status_code == 404
    assert ("open-link", "refused") in audited(app, "open-link")


def test_nobody_joins_as_the_clinician(
    app: Flask,
    rosa: Visitor,
    door: str,
    visit: Visit,
    doctor: Inspector,
    employ: Callable[[str], Inspector],
    clerk: Inspector,
) -> None:
    come_in(rosa, door)
    breath = f"/clinic/visits/{visit.appointment.public_id}/breath"
    body = {"instance": C, "device": C, "fresh": True}
    assert sent(rosa.client, f"{door}/room", breath, body).status_code == 401
    assert ("open-link", "refused") in audited(app, "open-link")
    csrf = {"X-CSRFToken": token_of(clerk.get("/desk/video").text), "Accept": "application/json"}
    assert clerk.post(breath, json=body, headers=csrf).status_code == 403
    assert ("enter", "refused") in audited(app, "enter")
    other = employ("clinician")
    csrf = {"X-CSRFToken": token_of(other.get("/clinic/visits/place").text), "Accept": "application/json"}
    assert other.post(breath, json=body, headers=csrf).status_code == 403
    assert ("video-signal", "refused") in audited(app, "video-signal")


def test_what_a_page_said_before_cannot_be_said_again_by_another(
    app: Flask, rosa: Visitor, door: str, visit: Visit, doctor: Inspector
) -> None:
    come_in(rosa, door)
    clinic = f"/clinic/visits/{visit.appointment.public_id}"
    breathe(rosa.client, f"{door}/room", f"{door}/breath", P, fresh=True)
    breathe(doctor, clinic, f"{clinic}/breath", C, fresh=True)
    doctor.submit(clinic, {}, to=f"{clinic}/admit")
    note = {"to": C, "body": {"description": {"type": "offer", "sdp": "v=0"}}}
    heard = {"instance": P, "device": P, "notes": [note]}
    assert sent(rosa.client, f"{door}/room", f"{door}/breath", heard).status_code == 200
    breathe(rosa.client, f"{door}/room", f"{door}/breath", "b" * 32, take=True)
    assert sent(rosa.client, f"{door}/room", f"{door}/breath", heard).status_code == 409
    assert ("video-signal", "refused") in audited(app, "video-signal")


def token_of(html: str) -> str:
    """The token of a page against foreign forms."""
    return str(re.findall(r'name="csrf_token" value="([^"]+)"', html)[0])


def test_a_line_needs_the_pages_own_token(rosa: Visitor, door: str) -> None:
    come_in(rosa, door)
    answer = rosa.client.post(f"{door}/breath", json={"instance": P, "device": P})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"instance": "short", "device": P},
        {"instance": P, "device": P, "since": "1"},
        {"instance": P, "device": P, "since": -1},
        {"instance": P, "device": P, "notes": [{"to": "../x", "body": {}}]},
        {"instance": P, "device": P, "notes": [{"to": C, "body": {"sdp": "x" * 30_000}}]},
        {"instance": P, "device": P, "notes": [{"to": C, "body": {}}] * 41},
    ],
    ids=str,
)
def test_rubbish_on_the_line_is_refused_in_words(rosa: Visitor, door: str, body: object) -> None:
    come_in(rosa, door)
    answer = sent(rosa.client, f"{door}/room", f"{door}/breath", body)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid")


def test_a_colleague_does_not_enter_the_room(
    app: Flask, rosa: Visitor, door: str, employ: Callable[[str], Inspector], visit: Visit
) -> None:
    come_in(rosa, door)
    other = employ("clinician")
    clinic = f"/clinic/visits/{visit.appointment.public_id}"
    assert other.get(clinic).status_code == 403
    assert visit.patient.name not in words(other.get("/clinic/visits"))
    assert employ("manager").get(clinic).status_code == 403


def test_a_companion_is_seen_by_name_and_gone_when_the_link_is_taken_back(
    app: Flask, rosa: Visitor, door: str, someone: Callable[..., Visitor]
) -> None:
    come_in(rosa, door)
    rosa.send(f"{door}/company", to=f"{door}/company")
    (link,) = set(re.findall(r"/with/[\w-]{43}", rosa.get(f"{door}/company").text))
    luz = someone()
    luz.send(link, {"name": "Luz"}, to=f"{link}/name")
    assert "holds two people" in words(luz.get(link))
    assert "Luz" in words(rosa.get(f"{door}/room"))
    assert luz.get(link.replace("/with/", "/visit/")).status_code == 404
    rosa.send(f"{door}/company", to=f"{door}/company/end")
    assert luz.get(link).status_code == 404


def test_a_check_says_in_one_word_whether_the_device_will_do_and_help_is_the_desks(
    rosa: Visitor, door: str, clerk: Inspector, clock: Clock
) -> None:
    good = dict.fromkeys(("camera", "microphone", "speaker", "network", "relay"), "good")
    rosa.send(f"{door}/check", good)
    assert heading(rosa.get(f"{door}/check/result")) == "Todo está listo"
    clock.shift(timedelta(minutes=1))
    rosa.send(f"{door}/check", {**good, "camera": "bad"})
    assert heading(rosa.get(f"{door}/check/result")) == "Le oímos, pero no vemos imagen"
    clock.shift(timedelta(minutes=1))
    rosa.send(f"{door}/check", {**good, "microphone": "bad"})
    result = f"{door}/check/result"
    assert heading(rosa.get(result)) == "Algo no funciona todavía"
    rosa.send(result, {"wish": "practice"}, to=f"{door}/check/help")
    assert "Help with the video before a visit" in words(clerk.get("/desk/todo"))
    assert "Le llamamos en cuanto podamos" in words(rosa.get(f"{door}/practice?asked=now"))
    rosa.send(result, {"wish": "phone"}, to=f"{door}/check/help")
    assert "Le llamamos por teléfono" in words(rosa.get(door))


def test_a_practice_time_that_is_gone_is_said_where_others_are_left_and_needs_no_field_where_none_is(
    rosa: Visitor, door: str, visit: Visit, clock: Clock
) -> None:
    page = f"{door}/practice"
    clock.move_to(visit.appointment.start - timedelta(days=2))
    gone = {"start": (visit.appointment.start - timedelta(minutes=5)).isoformat()}
    assert 'href="#start"' in rosa.send(page, gone).text
    assert "Le llamamos en cuanto podamos" in words(rosa.get(f"{page}?asked=now"))
    for rubbish in ("", "nonsense", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:00-14:00"):
        assert rosa.send(page, {"start": rubbish}).status_code == 422
    shown = rosa.get(page).text
    clock.move_to(visit.appointment.start - timedelta(minutes=10))
    token = re.findall(r'name="csrf_token" value="([^"]+)"', shown)[0]
    late = rosa.client.post(page, data={"csrf_token": token, **gone})
    assert late.status_code == 409
    assert "#start" not in late.text
    assert "Llámenme cuando puedan" in words(late)


def test_a_relay_that_is_missing_is_loudly_said_to_the_manager_and_to_machines(
    make_app: Callable[..., Flask], employ: Callable[[str], Inspector]
) -> None:
    bare, relayed = make_app(), make_app(TURN_URL="turn:relay.example.com:3478", TURN_SECRET="s3cret")
    assert "not configured" in bare.test_client().get("/readyz").get_json()["relay"]
    assert relayed.test_client().get("/readyz").get_json()["relay"] == "configured"
    assert "No relay is configured for video" in words(employ("manager").get("/manage/"))


def test_a_way_through_the_relay_is_bound_to_the_visit_and_given_only_to_who_was_let_in(
    app: Flask, rosa: Visitor, door: str, visit: Visit, doctor: Inspector, someone: Callable[..., Visitor]
) -> None:
    told_of = {"turn_url": "turn:relay.example.com:3478", "turn_secret": "s3cret"}
    app.extensions["settings"] = replace(app.extensions["settings"], **told_of)
    come_in(rosa, door)
    clinic, room = f"/clinic/visits/{visit.appointment.public_id}", f"{door}/room"
    assert "relay" not in breathe(rosa.client, room, f"{door}/breath", P, fresh=True, relay=True)
    doctor.submit(clinic, {}, to=f"{clinic}/admit")
    (server,) = breathe(rosa.client, room, f"{door}/breath", P, relay=True)["relay"]["iceServers"]
    expiry, _, named = server["username"].partition(":")
    assert (named, expiry.isdigit()) == (visit.appointment.public_id, True)
    assert "s3cret" not in repr(server)
    assert "relay" not in breathe(rosa.client, room, f"{door}/breath", "b" * 32, relay=True)
    rosa.send(f"{door}/company", to=f"{door}/company")
    (link,) = set(re.findall(r"/with/[\w-]{43}", rosa.get(f"{door}/company").text))
    luz = someone()
    luz.send(link, {"name": "Luz"}, to=f"{link}/name")
    assert "relay" not in breathe(luz.client, link, f"{link}/breath", C, fresh=True, relay=True)


@pytest.mark.parametrize(
    ("address", "most", "refusal"), [("/visit", 900, 404), ("/with", 300, 404), ("/clinic/visits", 900, 401)]
)
def test_guesses_and_floods_on_the_line_are_refused_and_written_down(
    make_app: Callable[..., Flask], clock: Clock, address: str, most: int, refusal: int
) -> None:
    app = make_app(RATE_LIMITS="on")
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    assert client.post(f"/visit/{'x' * 43}/breath", json={}).status_code == 404
    answers = {client.post(f"{address}/{'y' * 43}/breath", json={}).status_code for _ in range(most + 1)}
    assert answers == {refusal, 429}
    written = audited(app, "open-link", "flood")
    assert ("open-link", "refused") in written
    assert ("flood", "blocked") in written
    assert len(written) < 10

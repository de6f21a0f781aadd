"""One visit by its secret: its owner sees, moves and cancels it; nobody else learns that it exists."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from werkzeug.test import TestResponse

from scheduler.domain.link import LinkPurpose
from scheduler.persistence import links
from scheduler.persistence.appointments import AppointmentRow
from tests.engines import NOW
from tests.programs import Program, house_of, statements

ACTIONS = [("GET", ""), ("POST", "/reschedule"), ("POST", "/cancel")]


def ask(program: Program, method: str, visit: dict[str, Any], action: str, token: str | None) -> TestResponse:
    path = f"/appointments/{visit['id']}{action}"
    if method == "GET":
        return program.get(path, token)
    body = {"start": program.slots()[9]["start"]} if action == "/reschedule" else {}
    return program.post(path, body, token)


def a_link(program: Program, purpose: LinkPurpose) -> str:
    """Another link to the first visit."""
    house = house_of(program.app)
    with house.database.transaction() as connection:
        return links.issue(connection, house.vault, purpose, now=NOW, appointment_id=1)


def test_the_owner_sees_what_was_booked(everywhere: Program) -> None:
    told = everywhere.book(mode="virtual")
    seen = everywhere.get(f"/appointments/{told['id']}", told["token"])
    assert seen.status_code == 200
    assert seen.get_json() == {name: value for name, value in told.items() if name != "token"}


@pytest.mark.parametrize(("method", "action"), ACTIONS)
def test_without_a_secret_one_is_asked_for(program: Program, method: str, action: str) -> None:
    answer = ask(program, method, program.book(), action, None)
    assert (answer.status_code, answer.get_json()["code"]) == (401, "sign-in-required")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("method", "action"), ACTIONS)
def test_foreign_and_missing_visits_answer_alike(program: Program, method: str, action: str) -> None:
    own, foreign = program.book(), program.book()
    answers = [
        ask(program, method, foreign, action, own["token"]),
        ask(program, method, {"id": "0" * 32}, action, own["token"]),
        ask(program, method, own, action, "x" * 43),
        ask(program, method, own, action, own["links"]["ics"].split("/")[-2]),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.data for answer in answers}) == 1


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Bearer ", "é", ""])
def test_a_secret_comes_as_bearer(program: Program, header: str) -> None:
    visit = program.book()
    answer = program.get(f"/appointments/{visit['id']}", Authorization=header)
    assert answer.status_code == 401


def test_a_helper_is_told_the_helpers_own_link(program: Program) -> None:
    visit = program.book()
    secret = a_link(program, LinkPurpose.HELPER)
    seen = program.get(f"/appointments/{visit['id']}", secret)
    assert seen.get_json()["links"]["manage"].endswith(secret)
    assert visit["token"] not in seen.text


def test_a_moved_visit_keeps_its_name_and_its_links(everywhere: Program) -> None:
    visit = everywhere.book()
    slot = everywhere.slots()[12]
    answer = everywhere.post(
        f"/appointments/{visit['id']}/reschedule",
        {"start": slot["start"], "practitioner": slot["practitioner"]["id"], "sequence": 0},
        visit["token"],
    )
    moved = answer.get_json()
    assert answer.status_code == 200
    assert (moved["start"], moved["practitioner"], moved["sequence"]) == (
        slot["start"],
        slot["practitioner"],
        1,
    )
    assert {name: moved[name] for name in ("id", "uid", "links", "status")} == {
        name: visit[name] for name in ("id", "uid", "links", "status")
    }


def test_moving_twice_to_one_time_moves_once(program: Program) -> None:
    visit, start = program.book(), program.slots()[12]["start"]
    for _ in range(2):
        answer = program.post(f"/appointments/{visit['id']}/reschedule", {"start": start}, visit["token"])
        assert answer.get_json()["sequence"] == 1


def test_a_time_given_up_is_offered_again(program: Program) -> None:
    visit = program.book(practitioner=1, start=program.slots(practitioner=1)[0]["start"])
    program.post(f"/appointments/{visit['id']}/cancel", None, visit["token"])
    assert program.slots(practitioner=1)[0]["start"] == visit["start"]


def test_moving_to_a_taken_time_names_others(program: Program) -> None:
    times = program.slots(practitioner=1)
    taken, own = [program.book(practitioner=1, start=times[n]["start"]) for n in (0, 5)]
    wish = {"start": taken["start"], "practitioner": 1}
    answer = program.post(f"/appointments/{own['id']}/reschedule", wish, own["token"])
    assert (answer.status_code, answer.get_json()["code"]) == (409, "slot-taken")
    assert len(answer.get_json()["alternatives"]) == 3


@pytest.mark.parametrize("action", ["reschedule", "cancel"])
def test_a_visit_that_changed_since_is_looked_at_again(program: Program, action: str) -> None:
    visit, times = program.book(), program.slots()
    program.post(f"/appointments/{visit['id']}/reschedule", {"start": times[12]["start"]}, visit["token"])
    wish = {"start": times[20]["start"]} if action == "reschedule" else {}
    answer = program.post(f"/appointments/{visit['id']}/{action}", {**wish, "sequence": 0}, visit["token"])
    assert (answer.status_code, answer.get_json()["code"]) == (409, "stale-version")


def test_a_cancelled_visit_stays_and_stays_cancelled(everywhere: Program) -> None:
    visit = everywhere.book()
    path = f"/appointments/{visit['id']}"
    for _ in range(2):
        answer = everywhere.post(f"{path}/cancel", {"reason": "not-needed"}, visit["token"])
        assert (answer.status_code, answer.get_json()["status"]) == (200, "cancelled")
        assert answer.get_json()["sequence"] == 1
    assert everywhere.get(path, visit["token"]).get_json()["status"] == "cancelled"
    again = everywhere.post(f"{path}/reschedule", {"start": everywhere.slots()[0]["start"]}, visit["token"])
    assert (again.status_code, again.get_json()["code"]) == (409, "status-refused")


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        ("not-needed", "not-needed"),
        ("time", "time"),
        ("My back is worse since the fall", "other"),
        ("x" * 200, "other"),
        ("  ", None),
        ("", None),
        (None, None),
    ],
)
def test_any_reason_is_taken_and_no_story_is_kept(
    everywhere: Program, reason: str | None, kept: str | None
) -> None:
    visit = everywhere.book()
    answer = everywhere.post(f"/appointments/{visit['id']}/cancel", {"reason": reason}, visit["token"])
    assert (answer.status_code, answer.get_json()["status"]) == (200, "cancelled")
    with house_of(everywhere.app).database.reading() as connection:
        assert connection.execute(select(AppointmentRow.cancel_reason)).scalar_one() == kept


@pytest.mark.parametrize("body", [{"reason": "x" * 201}, {"reason": 7}, {"why": "no"}])
def test_a_reason_is_a_short_text(program: Program, body: dict[str, Any]) -> None:
    visit = program.book()
    answer = program.post(f"/appointments/{visit['id']}/cancel", body, visit["token"])
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, list(body))


def test_too_late_is_for_the_desk(program: Program) -> None:
    visit = program.book()
    with time_machine.travel(visit["change_until"], tick=False):
        for action, body in (("cancel", {}), ("reschedule", {"start": "2026-09-21T10:00:00-06:00"})):
            answer = program.post(f"/appointments/{visit['id']}/{action}", body, visit["token"])
            assert (answer.status_code, answer.get_json()["code"]) == (409, "cut-off-passed")


def test_a_secret_of_long_ago_opens_nothing(program: Program) -> None:
    visit = program.book()
    with time_machine.travel("2027-12-01T00:00:00Z", tick=False):
        assert program.get(f"/appointments/{visit['id']}", visit["token"]).status_code == 404


def test_looking_at_a_visit_changes_nothing(program: Program) -> None:
    visit = program.book()
    with statements(program.app) as sent:
        program.get(f"/appointments/{visit['id']}", visit["token"])
    assert [statement for statement in sent if not statement.lstrip().startswith("SELECT")] == []

"""The desk's page of a visit: what it shows, one press for each state, giving up, notes, and taking changes back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask

from scheduler.domain.desk_state import DeskState, state
from scheduler.domain.visit import Visit
from scheduler.services import changing
from tests.inspector import Inspector
from tests.patients import Clock, words
from tests.post import NEWS, book, outbox_of
from tests.programs import house_of
from tests.staff import Employ, at_work


@pytest.fixture
def visit(app: Flask, clerk: Inspector) -> Visit:
    """A visit in a week."""
    return book(house_of(app))


def path_of(visit: Visit, more: str = "") -> str:
    return f"/desk/visits/{visit.appointment.public_id}{more}"


def standing(app: Flask, visit: Visit) -> DeskState:
    return state(changing.show(house_of(app), visit.appointment.id).appointment)


def press(clerk: Inspector, visit: Visit, to: str, **more: str) -> int:
    sent = {"state": to, **more}
    return clerk.submit(path_of(visit), sent, to=path_of(visit, "/state")).status_code


def test_everything_the_desk_needs_stands_on_one_page(clerk: Inspector, visit: Visit) -> None:
    page = words(clerk.get(path_of(visit)))
    code = visit.appointment.spoken_code
    for said in (
        visit.patient.name,
        visit.practitioner.name,
        visit.patient.email or "",
        f"{code[:3]} {code[3:]}",
        "No warning signs",
        "Visit booked, E-mail",
        "Booked",
    ):
        assert said in page, said
    assert 'href="tel:' in clerk.get(path_of(visit)).text.split("data-panel")[1]


def test_a_manager_sees_no_health_answers(employ: Employ, app: Flask) -> None:
    manager = employ("manager")
    assert "Safety questions" not in words(manager.get(path_of(book(house_of(app)))))


def test_each_look_at_a_visit_is_written_down(app: Flask, clerk: Inspector, visit: Visit) -> None:
    clerk.get(path_of(visit))
    with house_of(app).database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT patient_id FROM audit WHERE action = 'see-visit'").all()
    assert rows == [(visit.appointment.patient_id,)]


def test_an_unknown_visit_is_not_found(clerk: Inspector) -> None:
    assert clerk.get("/desk/visits/0123456789abcdef").status_code == 404


def test_one_press_confirms_and_says_by_whom(app: Flask, clerk: Inspector, visit: Visit) -> None:
    assert press(clerk, visit, "confirmed") == 303
    assert standing(app, visit) is DeskState.CONFIRMED
    assert "Changed the state of a visit, Confirmed · desk" in words(clerk.get(path_of(visit)))


def test_the_way_through_the_house_is_pressed_step_by_step(
    app: Flask, clerk: Inspector, visit: Visit, clock: Clock
) -> None:
    clock.move_to(visit.appointment.start - timedelta(minutes=5))
    fresh = at_work(app, "desk@example.com")
    for to in ("arrived", "in-room", "seen"):
        assert press(fresh, visit, to) == 303
        assert standing(app, visit) is DeskState(to)


def test_a_press_on_an_old_page_is_refused_and_says_so(app: Flask, clerk: Inspector, visit: Visit) -> None:
    press(clerk, visit, "confirmed")
    answer = clerk.submit(path_of(visit), {"state": "booked", "revision": "1"}, to=path_of(visit, "/state"))
    assert answer.status_code == 409
    assert "changed in the meantime" in words(answer)
    assert standing(app, visit) is DeskState.CONFIRMED


def test_a_script_is_told_why_as_a_problem(clerk: Inspector, visit: Visit) -> None:
    answer = clerk.submit(
        path_of(visit), {"state": "seen"}, to=path_of(visit, "/state"), headers={"Accept": "application/json"}
    )
    assert (answer.status_code, answer.get_json()["code"]) == (409, "status-refused")


def test_nobody_arrives_a_week_early(clerk: Inspector, visit: Visit) -> None:
    assert press(clerk, visit, "confirmed") == 303
    answer = clerk.post(path_of(visit, "/state"), data={**hidden(clerk, visit), "state": "arrived"})
    assert answer.status_code == 409
    assert "too soon" in words(answer)


def test_giving_up_keeps_who_and_why_and_tells_the_patient_a_minute_later(
    app: Flask, clerk: Inspector, visit: Visit
) -> None:
    answer = clerk.submit(path_of(visit, "/cancel"), {"by": "helper", "reason": "ill", "tell": "yes"})
    assert answer.status_code == 303
    kept = changing.show(house_of(app), visit.appointment.id).appointment
    assert (kept.cancelled_by, kept.cancel_reason, kept.cancelled_late) == ("helper", "ill", False)
    assert "Cancelled by A helper, The patient is ill" in words(clerk.get(path_of(visit)))
    with house_of(app).database.reading() as connection:
        (due,) = connection.exec_driver_sql("SELECT due_at FROM outbox WHERE kind = 'cancelled'").one()
    assert due == "2026-09-14T15:01:00.000000Z"


def test_giving_up_in_silence_tells_nobody(app: Flask, clerk: Inspector, visit: Visit) -> None:
    clerk.submit(path_of(visit, "/cancel"), {"by": "desk", "reason": "mistake", "tell": "no"})
    assert "cancelled" not in [row.kind for row in outbox_of(house_of(app))]


def test_giving_up_wants_a_reason_and_somebody_who_asked(clerk: Inspector, visit: Visit) -> None:
    answer = clerk.submit(path_of(visit, "/cancel"), {"by": "nobody", "reason": "because"})
    assert answer.status_code == 422
    assert "Choose why." in words(answer)
    assert "Choose who asked for it." in words(answer)


def test_the_last_change_is_taken_back_with_its_unsent_news(
    app: Flask, clerk: Inspector, visit: Visit
) -> None:
    clerk.submit(path_of(visit, "/cancel"), {"by": "desk", "reason": "other", "tell": "yes"})
    assert clerk.submit(path_of(visit), {}, to="/desk/undo").status_code == 303
    assert standing(app, visit) is DeskState.BOOKED
    owed = [(row.kind, row.state) for row in outbox_of(house_of(app)) if row.kind in NEWS]
    assert ("cancelled", "cancelled") in owed
    assert not [kind for kind, state in owed if state == "pending" and kind != "confirmation"]


def test_undo_without_a_name_takes_ones_own_change_of_the_last_minute(
    app: Flask, clerk: Inspector, visit: Visit, clock: Clock
) -> None:
    press(clerk, visit, "confirmed")
    token = hidden(clerk, visit)
    assert clerk.post("/desk/undo", data=token).status_code == 303
    assert standing(app, visit) is DeskState.BOOKED
    press(clerk, visit, "confirmed")
    clock.shift(timedelta(seconds=61))
    assert clerk.post("/desk/undo", data=token).status_code == 404
    assert standing(app, visit) is DeskState.CONFIRMED


def test_a_note_is_for_the_desk_alone_and_lies_sealed(app: Flask, clerk: Inspector, visit: Visit) -> None:
    clerk.submit(path_of(visit), {"note": "Needs the tall chair"}, to=path_of(visit, "/note"))
    assert "Needs the tall chair" in clerk.get(path_of(visit)).text
    with house_of(app).database.reading() as connection:
        (kept,) = connection.exec_driver_sql("SELECT note FROM appointment").one()
    assert b"chair" not in kept


def test_two_desks_that_write_at_once_keep_both_notes(app: Flask, clerk: Inspector, visit: Visit) -> None:
    token = hidden(clerk, visit)
    for words_of_one in ("Needs the tall chair", "Son drives"):
        clerk.post(path_of(visit, "/note"), data={**token, "was": "", "note": words_of_one})
    page = clerk.get(path_of(visit)).text
    assert "Needs the tall chair\nSon drives" in page
    both = {"was": "Needs the tall chair\r\nSon drives", "note": "Son drives"}
    clerk.post(path_of(visit, "/note"), data={**token, **both})
    assert "tall chair" not in clerk.get(path_of(visit)).text


def test_why_a_time_is_not_offered_is_said_in_words(clerk: Inspector, visit: Visit) -> None:
    assert "away" not in words(clerk.get(path_of(visit, "?why=2026-09-21T03:00")))
    assert "does not work then" in words(clerk.get(path_of(visit, "?why=2026-09-21T03:00")))
    assert "full five minutes" in words(clerk.get(path_of(visit, "?why=2026-09-21T10:03")))
    assert clerk.get(path_of(visit, "?why=nonsense")).status_code == 200
    assert clerk.get(path_of(visit, "?why=0001-01-01T00:00")).status_code == 200


def hidden(clerk: Inspector, visit: Visit) -> dict[str, str]:
    """The token of a form on the visit's page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', clerk.get(path_of(visit)).text)
    assert found
    return {"csrf_token": found.group(1)}

"""Booking at the desk: somebody known in a few keys, somebody new with duplicates shown, walk-ins and series."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from scheduler.domain.desk_state import DeskState, state
from scheduler.domain.directory import Mode
from scheduler.domain.visit import Visit
from scheduler.persistence.appointments import AppointmentRow
from scheduler.services import changing, slot_search
from tests.engines import NOW, query
from tests.inspector import Inspector
from tests.patients import words
from tests.post import NEWS, book, outbox_of
from tests.programs import house_of
from tests.staff import Employ

EL_PASO = ZoneInfo("America/Denver")

NOBODY = {
    "given_name": "Luz",
    "family_name": "Sample",
    "born": "1951-04-05",
    "phone": "(915) 555-0177",
    "language": "es",
}


@pytest.fixture
def visit(app: Flask, clerk: Inspector) -> Visit:
    """A visit of somebody whom the clinic knows."""
    return book(house_of(app))


def free(app: Flask, days: int = 2) -> str:
    house = house_of(app)
    start = slot_search.find(house, query(start=NOW + timedelta(days=days)), NOW, limit=1)[0].start
    return wall(start)


def wall(start: datetime) -> str:
    return start.astimezone(EL_PASO).strftime("%Y-%m-%dT%H:%M")


def a_form(app: Flask, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "imaging-review",
        "mode": "in-person",
        "start": free(app),
        "signs": ["none"],
        "tell": "yes",
        **changes,
    }


def send(clerk: Inspector, path: str = "/desk/book", **form: Any) -> Any:
    return clerk.submit(path, form, to=path)


def visits_of(app: Flask) -> list[Visit]:
    house = house_of(app)
    with house.database.reading() as connection:
        numbers = connection.scalars(select(AppointmentRow.id).order_by(AppointmentRow.id)).all()
    return [changing.show(house, number) for number in numbers]


def test_somebody_known_is_booked_by_number_alone(app: Flask, clerk: Inspector, visit: Visit) -> None:
    answer = send(clerk, **a_form(app, patient=str(visit.appointment.patient_id)))
    assert answer.status_code == 303, words(answer)
    latest = visits_of(app)[-1]
    assert latest.appointment.patient_id == visit.appointment.patient_id
    assert latest.appointment.source == "desk"
    assert latest.patient.name == visit.patient.name


def test_somebody_new_is_kept_and_told_a_minute_later(app: Flask, clerk: Inspector) -> None:
    answer = send(clerk, **a_form(app, **NOBODY, email="luz@example.com", note="Comes with a walker"))
    assert answer.status_code == 303, words(answer)
    latest = visits_of(app)[-1]
    assert (latest.patient.name, latest.appointment.language) == ("Luz Sample", "es")
    with house_of(app).database.reading() as connection:
        (due,) = connection.exec_driver_sql("SELECT due_at FROM outbox WHERE kind = 'confirmation'").one()
    assert due == "2026-09-14T15:01:00.000000Z"
    assert "Comes with a walker" in clerk.get(f"/desk/visits/{latest.appointment.public_id}").text


def test_a_booking_in_silence_owes_no_news(app: Flask, clerk: Inspector) -> None:
    send(clerk, **a_form(app, **NOBODY, email="luz@example.com", tell="no"))
    assert [row.kind for row in outbox_of(house_of(app)) if row.kind in NEWS] == []


def test_a_booking_taken_back_in_time_never_was(app: Flask, clerk: Inspector) -> None:
    send(clerk, **a_form(app, **NOBODY, email="luz@example.com"))
    latest = visits_of(app)[-1]
    page = f"/desk/visits/{latest.appointment.public_id}"
    assert clerk.submit(page, {}, to="/desk/undo").status_code == 303
    assert visits_of(app)[-1].appointment.status == "entered-in-error"
    assert [row.state for row in outbox_of(house_of(app)) if row.kind in NEWS] == ["cancelled"]
    assert (
        send(clerk, **a_form(app, **NOBODY, new="yes", start=wall(latest.appointment.start))).status_code
        == 303
    )


def test_somebody_who_may_be_known_is_shown_before_a_second_entry_is_made(
    app: Flask, clerk: Inspector, visit: Visit
) -> None:
    same_phone = {**NOBODY, "phone": visit.patient.phone}
    answer = send(clerk, **a_form(app, **same_phone))
    assert answer.status_code == 409
    assert visit.patient.name in words(answer)
    assert len(visits_of(app)) == 1
    assert send(clerk, **a_form(app, **same_phone, new="yes")).status_code == 303
    assert visits_of(app)[-1].appointment.patient_id != visit.appointment.patient_id


def test_the_safety_questions_must_be_asked(app: Flask, clerk: Inspector) -> None:
    answer = send(clerk, **a_form(app, **NOBODY, signs=[]))
    assert answer.status_code == 422


def test_a_sign_says_what_to_tell_the_caller_and_stops_until_it_was_said(
    app: Flask, clerk: Inspector
) -> None:
    with house_of(app).database.reading() as connection:
        gate = house_of(app).clinic(connection).gate
    sign = next(question.id for question in gate.questions if question.tier == "emergency")
    answer = send(clerk, **a_form(app, **NOBODY, signs=[sign]))
    assert answer.status_code == 409
    assert "call 911 now" in words(answer)
    assert visits_of(app) == []
    assert send(clerk, **a_form(app, **NOBODY, signs=[sign], anyway="yes")).status_code == 303
    page = words(clerk.get(f"/desk/visits/{visits_of(app)[-1].appointment.public_id}"))
    assert "Emergency signs" in page


def test_a_video_visit_wants_the_consent_read_out(app: Flask, clerk: Inspector) -> None:
    start = slot_search.find(house_of(app), query(Mode.VIRTUAL, start=NOW + timedelta(days=2)), NOW, limit=1)[
        0
    ].start
    form = a_form(app, **NOBODY, mode="virtual", start=wall(start))
    assert send(clerk, **form).status_code == 422
    assert send(clerk, **form, consent="yes", state="US-TX").status_code == 303
    latest = visits_of(app)[-1]
    assert latest.virtual is not None
    assert latest.virtual.state == "US-TX"


def test_a_taken_time_is_answered_with_the_nearest(app: Flask, clerk: Inspector, visit: Visit) -> None:
    form = a_form(app, **NOBODY, start=wall(visit.appointment.start), practitioner=str(visit.practitioner.id))
    answer = send(clerk, **form)
    assert answer.status_code == 409
    nearest = re.findall(r'name="start" value="([^"]+)"', answer.text)
    assert len(nearest) >= 3
    assert send(clerk, **{**form, "start": nearest[0]}).status_code == 303


def test_a_walk_in_is_here_at_once(app: Flask, clerk: Inspector) -> None:
    start = slot_search.find(house_of(app), query(start=NOW), NOW, limit=1)[0].start
    answer = send(clerk, "/desk/walk-in", **a_form(app, **NOBODY, start=wall(start)))
    assert answer.status_code == 303, words(answer)
    latest = visits_of(app)[-1].appointment
    assert (state(latest), latest.source) == (DeskState.ARRIVED, "walk-in")


def test_the_walk_in_form_opens_at_the_next_five_minutes(clerk: Inspector) -> None:
    assert 'value="2026-09-14T09:00"' in clerk.get("/desk/walk-in").text


def test_a_series_is_visits_of_their_own_and_names_what_was_not_free(app: Flask, clerk: Inspector) -> None:
    answer = send(clerk, **a_form(app, **NOBODY, count="3", weeks="2"))
    assert answer.status_code == 200
    booked = visits_of(app)
    said = words(answer)
    assert f"{len(booked)} visits are booked" in said or "One visit is booked" in said
    starts = [one.appointment.start.astimezone(EL_PASO) for one in booked]
    assert len({one.appointment.patient_id for one in booked}) == 1
    assert len({start.time() for start in starts}) == 1
    assert all((later - first).days % 14 == 0 for first, later in pairwise(starts))
    assert len(booked) + said.count("Nearest:") >= 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "nonsense"},
        {"mode": "by pigeon"},
        {"start": "soon"},
        {"born": "1800-01-01"},
        {"born": "2999-01-01"},
        {"phone": "12"},
        {"given_name": ""},
        {"count": "99"},
        {"weeks": "x"},
    ],
)
def test_what_cannot_be_read_is_asked_for_again_with_what_was_typed(
    app: Flask, clerk: Inspector, wrong: dict[str, str]
) -> None:
    answer = send(clerk, **{**a_form(app, **NOBODY), **wrong})
    assert answer.status_code == 422
    assert "Sample" in answer.text


def test_clinicians_do_not_book(employ: Employ) -> None:
    assert employ("clinician").get("/desk/book").status_code == 403


@pytest.fixture
def beside(app: Flask, visit: Visit) -> dict[str, Any]:
    """A form for the five minutes after a visit, which are its buffer: no time that the clinic offers."""
    return a_form(
        app,
        **NOBODY,
        start=wall(visit.appointment.end),
        practitioner=str(visit.practitioner.id),
        overbook="yes",
        why="Drove two hours",
    )


def test_a_manager_books_beside_another_visit_with_a_reason(
    app: Flask, employ: Employ, visit: Visit, beside: dict[str, Any]
) -> None:
    manager = employ("manager")
    assert 'name="overbook"' in manager.get("/desk/book").text
    assert send(manager, **{**beside, "overbook": ""}).status_code == 409
    assert send(manager, **{**beside, "why": ""}).status_code == 422
    assert send(manager, **{**beside, "practitioner": ""}).status_code == 422
    assert send(manager, **beside).status_code == 303
    assert visits_of(app)[-1].appointment.start == visit.appointment.end
    with house_of(app).database.reading() as connection:
        detail, sealed = connection.exec_driver_sql(
            "SELECT a.detail, c.sealed FROM audit a JOIN desk_change c ON c.appointment_id = a.object_id"
            " WHERE a.action = 'book' AND a.actor_kind = 'manager'"
        ).one()
    assert "overbook" in detail
    assert b"Drove" not in sealed


def test_a_manager_never_puts_two_visits_in_one_place(
    app: Flask, employ: Employ, visit: Visit, beside: dict[str, Any]
) -> None:
    answer = send(employ("manager"), **{**beside, "start": wall(visit.appointment.start)})
    assert answer.status_code == 409
    assert len(visits_of(app)) == 1


def test_only_a_manager_books_where_no_time_is_free(
    app: Flask, clerk: Inspector, beside: dict[str, Any]
) -> None:
    assert 'name="overbook"' not in clerk.get("/desk/book").text
    assert send(clerk, **beside).status_code == 403
    assert len(visits_of(app)) == 1

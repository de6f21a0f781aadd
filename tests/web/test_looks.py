"""Every look at a person leaves a row: who, when, whose record, what, from where."""

from __future__ import annotations

import pytest
from flask import Flask

from scheduler.domain.directory import Mode
from scheduler.domain.visit import Visit
from scheduler.domain.waitlist import Wish
from scheduler.services import late_change, waiting
from tests.engines import CLERK, NOW
from tests.inspector import Inspector
from tests.post import book
from tests.programs import house_of
from tests.staff import Employ, at_work, hire

PAGES = {
    "a visit": ("/desk/visits/{visit}", "see-visit"),
    "moving it": ("/desk/visits/{visit}/move", "see-visit"),
    "cancelling it": ("/desk/visits/{visit}/cancel", "see-visit"),
    "its messages": ("/desk/visits/{visit}/messages", "see-messages"),
    "a person": ("/desk/people/{patient}", "see-person"),
    "booking for a person": ("/desk/book?patient={patient}", "see-person"),
    "what there is to do": ("/desk/todo", "see-todo"),
    "the waitlist": ("/desk/waitlist", "see-waitlist"),
    "waiting for a sooner time": ("/desk/waitlist/visit/{visit}", "see-messages"),
    "the day of video visits": ("/desk/video", "see-video-day"),
    "the calls to make": ("/desk/calls", "see-messages"),
}


@pytest.fixture
def visit(app: Flask, clerk: Inspector) -> Visit:
    """A video visit of today with a message by telephone, a thing to do and a place on the waitlist."""
    house = house_of(app)
    found = book(house, Mode.VIRTUAL, days=0)
    number = found.appointment.id
    late_change.ask(house, number, "move", "", CLERK, NOW)
    waiting.join(house, number, Wish("imaging-review", frozenset({Mode.VIRTUAL})), CLERK, NOW)
    with house.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE outbox SET channel = 'phone' WHERE appointment_id = ?", (number,))
    return found


def rows(app: Flask, visit: Visit, action: str) -> list[tuple[str, ...]]:
    with house_of(app).database.reading() as connection:
        return [
            tuple(row)
            for row in connection.exec_driver_sql(
                "SELECT actor_kind, actor_id, address, request_id FROM audit WHERE action = ? AND patient_id = ?",
                (action, visit.appointment.patient_id),
            )
        ]


@pytest.mark.parametrize("page", PAGES)
def test_a_look_is_written_down(app: Flask, clerk: Inspector, visit: Visit, page: str) -> None:
    path, action = PAGES[page]
    before = len(rows(app, visit, action))
    address = path.format(visit=visit.appointment.public_id, patient=visit.appointment.patient_id)
    assert clerk.get(address).status_code == 200
    found = rows(app, visit, action)
    assert len(found) > before
    kind, who, where, request = found[-1]
    assert (kind, where) == ("desk", "127.0.0.1")
    assert who.isdigit()
    assert request


def test_a_clinicians_own_day_is_written_down(app: Flask, visit: Visit) -> None:
    hire(app, "own@example.com", "clinician", practitioner_id=visit.practitioner.id)
    day = visit.appointment.start.astimezone(visit.location.tz).date().isoformat()
    assert at_work(app, "own@example.com").get(f"/clinic?day={day}").status_code == 200
    assert rows(app, visit, "see-own-day")


def test_a_clinician_looks_at_somebody_elses_patient_for_a_reason_only(
    app: Flask, visit: Visit, employ: Employ
) -> None:
    page = f"/desk/visits/{visit.appointment.public_id}"
    refused = employ("clinician").get(page)
    assert refused.status_code == 303
    assert "/records/" in refused.location
    assert [row for row in rows(app, visit, "see-visit") if row[0] == "clinician"] == []

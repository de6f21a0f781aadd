"""Moving a visit at the desk: what is in the way is named, two desks cannot both win, only a manager squeezes in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, update

from scheduler.domain.appointment import Appointment
from scheduler.domain.booking import MoveRequest
from scheduler.domain.desk_change import GRACE
from scheduler.domain.visit import Visit
from scheduler.persistence import directory, occupancy
from scheduler.persistence.directory import PractitionerRow
from scheduler.persistence.schedules import WeeklyHoursRow
from scheduler.services import changing, desk_moving
from tests.engines import CLERK, NOW
from tests.inspector import Inspector
from tests.patients import words
from tests.post import NEWS, book, outbox_of
from tests.programs import house_of
from tests.staff import Employ

JSON = {"Accept": "application/json"}


@pytest.fixture
def visit(app: Flask, clerk: Inspector) -> Visit:
    """A visit in a week."""
    return book(house_of(app))


def path_of(visit: Visit) -> str:
    return f"/desk/visits/{visit.appointment.public_id}/move"


def wall(visit: Visit, when: datetime) -> str:
    return when.astimezone(visit.location.tz).strftime("%Y-%m-%dT%H:%M")


def now_of(app: Flask, visit: Visit) -> Appointment:
    return changing.show(house_of(app), visit.appointment.id).appointment


def send(clerk: Inspector, visit: Visit, start: datetime, **more: Any) -> Any:
    return clerk.submit(path_of(visit), {"start": wall(visit, start), **more})


def later(visit: Visit, **more: float) -> datetime:
    return visit.appointment.start + timedelta(**more)


def test_a_visit_goes_where_the_form_says_and_its_news_waits_a_minute(
    app: Flask, clerk: Inspector, visit: Visit
) -> None:
    to = later(visit, hours=1)
    assert send(clerk, visit, to).status_code == 303
    assert now_of(app, visit).start == to
    with house_of(app).database.reading() as connection:
        (due,) = connection.exec_driver_sql("SELECT due_at FROM outbox WHERE kind = 'moved-by-clinic'").one()
    assert due == (NOW + GRACE).strftime("%Y-%m-%dT%H:%M:%S.000000Z")


def test_what_is_in_the_way_is_named_with_the_nearest_free_times(
    app: Flask, clerk: Inspector, visit: Visit
) -> None:
    other = book(house_of(app), days=8)
    wish = {"practitioner": str(other.practitioner.id)}
    answer = send(clerk, visit, other.appointment.start, **wish)
    assert answer.status_code == 409
    page = words(answer)
    assert f"There is {other.patient.name} from" in page
    assert "Nearest free times:" in page
    assert "data-free" in answer.text
    assert now_of(app, visit).start == visit.appointment.start


def test_a_drag_is_told_the_same_as_a_problem(app: Flask, clerk: Inspector, visit: Visit) -> None:
    other = book(house_of(app), days=8)
    sent = {"practitioner": str(other.practitioner.id)}
    answer = clerk.submit(
        path_of(visit), {"start": wall(visit, other.appointment.start), **sent}, headers=JSON
    )
    assert (answer.status_code, answer.get_json()["code"]) == (409, "slot-taken")
    assert other.patient.name in answer.get_json()["detail"]
    (first, *_more) = answer.get_json()["free"]
    assert clerk.submit(path_of(visit), {**sent, "free": first["value"]}, headers=JSON).status_code == 303
    moved = now_of(app, visit)
    assert wall(visit, moved.start) == first["value"].split()[0]
    assert moved.practitioner_id == other.practitioner.id


def test_where_only_somebody_else_is_free_the_button_says_who_and_goes_there(
    app: Flask, clerk: Inspector, visit: Visit
) -> None:
    with house_of(app).database.transaction() as connection:
        doctor = visit.practitioner
        connection.execute(delete(WeeklyHoursRow).where(WeeklyHoursRow.practitioner_id == doctor.id))
        directory.bump(connection)
    answer = clerk.submit(path_of(visit), {"start": wall(visit, later(visit, hours=1))}, headers=JSON)
    assert answer.status_code == 409
    (first, *_more) = answer.get_json()["free"]
    assert not first["words"].endswith("M")
    assert clerk.submit(path_of(visit), {"free": first["value"]}, headers=JSON).status_code == 303
    assert now_of(app, visit).practitioner_id != doctor.id


def test_a_visit_of_somebody_who_has_left_still_names_them(
    app: Flask, clerk: Inspector, visit: Visit
) -> None:
    with house_of(app).database.transaction() as connection:
        left = update(PractitionerRow).where(PractitionerRow.id == visit.practitioner.id)
        connection.execute(left.values(active=False))
        directory.bump(connection)
    page = clerk.get(path_of(visit)).text
    chosen = f'<option value="{visit.practitioner.id}" selected>{visit.practitioner.name}'
    assert chosen in page


def test_of_two_desks_one_wins_and_the_other_is_told(app: Flask, clerk: Inspector, visit: Visit) -> None:
    old = {"revision": str(visit.appointment.revision)}
    assert send(clerk, visit, later(visit, hours=1), **old).status_code == 303
    answer = send(clerk, visit, later(visit, hours=2), **old)
    assert answer.status_code == 409
    assert "changed in the meantime" in words(answer)
    assert now_of(app, visit).start == later(visit, hours=1)


def test_a_longer_visit_keeps_its_start_and_nobody_is_told(
    app: Flask, clerk: Inspector, visit: Visit
) -> None:
    assert send(clerk, visit, visit.appointment.start, minutes="45").status_code == 303
    kept = now_of(app, visit)
    assert kept.end - kept.start == timedelta(minutes=45)
    assert "moved-by-clinic" not in [row.kind for row in outbox_of(house_of(app))]
    assert send(clerk, visit, later(visit, hours=1)).status_code == 303
    moved = now_of(app, visit)
    assert moved.end - moved.start == timedelta(minutes=45)


def test_another_room_is_taken_when_it_is_free(app: Flask, clerk: Inspector, visit: Visit) -> None:
    with house_of(app).database.reading() as connection:
        clinic = house_of(app).clinic(connection)
    other = next(
        room for room in clinic.rooms_of(visit.location.id, "exam") if room.id != visit.appointment.room_id
    )
    assert send(clerk, visit, visit.appointment.start, room=str(other.id)).status_code == 303
    assert now_of(app, visit).room_id == other.id


def test_a_move_is_taken_back_whole(app: Flask, clerk: Inspector, visit: Visit) -> None:
    send(clerk, visit, later(visit, hours=1))
    page = f"/desk/visits/{visit.appointment.public_id}"
    assert clerk.submit(page, {}, to="/desk/undo").status_code == 303
    back = now_of(app, visit)
    assert (back.start, back.room_id) == (visit.appointment.start, visit.appointment.room_id)
    owed = [(row.kind, row.state) for row in outbox_of(house_of(app)) if row.kind in NEWS]
    assert ("moved-by-clinic", "cancelled") in owed
    assert send(clerk, visit, later(visit, hours=1)).status_code == 303, "its time was given back"


def test_a_move_whose_old_time_is_gone_cannot_be_taken_back(
    app: Flask, clerk: Inspector, visit: Visit
) -> None:
    send(clerk, visit, later(visit, hours=2))
    house, first = house_of(app), visit.appointment
    other = book(house, days=9)
    wish = MoveRequest(first.start, first.mode, first.practitioner_id)
    desk_moving.move(house, other.appointment.public_id, wish, CLERK, NOW)
    answer = clerk.submit(f"/desk/visits/{first.public_id}", {}, to="/desk/undo")
    assert answer.status_code == 409
    assert now_of(app, visit).start == later(visit, hours=2)


def test_only_a_manager_passes_over_the_hours_and_says_why(
    app: Flask, clerk: Inspector, employ: Employ, visit: Visit
) -> None:
    night = visit.appointment.start.astimezone(visit.location.tz).replace(hour=20, minute=0)
    squeeze = {"overbook": "yes", "why": "Drives three hours"}
    assert send(clerk, visit, night).status_code == 409
    assert send(clerk, visit, night, **squeeze).status_code == 403
    manager = employ("manager")
    assert send(manager, visit, night, overbook="yes").status_code == 422
    assert send(manager, visit, night, **squeeze).status_code == 303
    assert now_of(app, visit).start == night
    with house_of(app).database.reading() as connection:
        kept = connection.exec_driver_sql("SELECT sealed FROM desk_change WHERE sealed IS NOT NULL").all()
    assert len(kept) == 1


def test_a_manager_may_use_up_a_buffer_and_never_another_visit(
    app: Flask, employ: Employ, visit: Visit
) -> None:
    house, manager = house_of(app), employ("manager")
    other = book(house, days=9)
    first = visit.appointment
    squeeze = {"overbook": "yes", "why": "Asked to", "practitioner": str(first.practitioner_id)}
    assert send(manager, other, first.start, **squeeze).status_code == 409
    assert send(manager, other, first.end, **squeeze).status_code == 303
    assert now_of(app, other).start == first.end
    with house.database.reading() as connection:
        assert occupancy.count_overlaps(connection) == 0


@pytest.mark.parametrize(
    "sent",
    [
        {"start": ""},
        {"start": "nonsense"},
        {"start": "0001-01-01T00:00"},
        {"start": "2026-09-21T10:00", "minutes": "0"},
        {"start": "2026-09-21T10:00", "minutes": "99999"},
        {"start": "2026-09-21T10:00", "mode": "by pigeon"},
    ],
)
def test_what_cannot_be_read_is_asked_for_again(clerk: Inspector, visit: Visit, sent: dict[str, str]) -> None:
    assert clerk.submit(path_of(visit), sent).status_code == 422


def test_clinicians_look_and_do_not_move(employ: Employ, visit: Visit) -> None:
    assert employ("clinician").get(path_of(visit)).status_code == 403

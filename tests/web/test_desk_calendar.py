"""The desk's calendar: who may see it, what a day shows, and what an open page costs while nothing happens."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask

from scheduler.domain.appointment import CancelledBy
from scheduler.domain.directory import Mode
from scheduler.domain.visit import Visit
from scheduler.services import changing, holding, slot_search
from tests.engines import CLERK, NOW, SOMEBODY, query
from tests.inspector import Inspector
from tests.patients import words
from tests.post import book, move
from tests.programs import house_of, statements
from tests.staff import Employ

MONDAY = "2026-09-14"


@pytest.fixture
def visit(app: Flask, clerk: Inspector) -> Visit:
    """A visit some days ahead."""
    return book(house_of(app), days=2)


def day_of(visit: Visit) -> str:
    """The date of a visit at its office."""
    return visit.appointment.start.astimezone(visit.location.tz).date().isoformat()


@pytest.mark.parametrize("path", ["/desk", "/desk/live"])
def test_strangers_sign_in_first(app: Flask, path: str) -> None:
    assert "/sign-in" in app.test_client().get(path).location


@pytest.mark.parametrize("role", ["desk", "clinician", "manager"])
@pytest.mark.parametrize("view", ["", "?view=rooms", "?view=week", "?view=month"])
def test_everybody_who_works_here_sees_every_view(employ: Employ, role: str, view: str) -> None:
    answer = employ(role).get(f"/desk{view}")
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_day_shows_each_visit_in_its_clinicians_column(clerk: Inspector, visit: Visit) -> None:
    page = clerk.get(f"/desk?day={day_of(visit)}").text
    column = page.split(f'data-practitioner="{visit.practitioner.id}"')[1].split("data-column")[0]
    assert visit.patient.name in column
    assert f"/desk/visits/{visit.appointment.public_id}" in column
    assert "Booked" in column


def test_a_day_by_room_says_with_whom(clerk: Inspector, visit: Visit) -> None:
    assert visit.room is not None
    page = clerk.get(f"/desk?view=rooms&day={day_of(visit)}").text
    column = page.split(f'data-room="{visit.room.id}"')[1].split("data-column")[0]
    assert visit.patient.name in column
    assert visit.practitioner.name in column


def test_a_video_visit_stands_in_the_column_without_a_room(app: Flask, clerk: Inspector) -> None:
    video = book(house_of(app), Mode.VIRTUAL, days=2)
    page = words(clerk.get(f"/desk?view=rooms&day={day_of(video)}"))
    assert "Without a room" in page
    assert video.patient.name in page


def test_a_week_is_of_one_clinician_or_one_room(clerk: Inspector, visit: Visit) -> None:
    assert visit.room is not None
    for who in (visit.practitioner.id, visit.room.id):
        assert visit.patient.name in clerk.get(f"/desk?view=week&day={day_of(visit)}&who={who}").text


def test_a_month_counts_the_visits_of_each_day(clerk: Inspector, visit: Visit) -> None:
    page = clerk.get(f"/desk?view=month&day={day_of(visit)}").text
    row = page.split(visit.practitioner.name)[1].split("</tr>")[0]
    numbers = re.findall(r"<td[^>]*>(\d*)</td>", row)
    assert numbers[int(day_of(visit)[-2:]) - 1] == "1"
    assert len(numbers) == 30


def test_a_cancelled_visit_leaves_the_grid_and_stays_on_the_page(
    app: Flask, clerk: Inspector, visit: Visit
) -> None:
    changing.cancel(house_of(app), visit.appointment.id, CancelledBy.DESK, CLERK, NOW)
    page = clerk.get(f"/desk?day={day_of(visit)}")
    assert f'data-visit="{visit.appointment.public_id}"' not in page.text
    assert "One cancelled visit" in words(page)
    assert visit.patient.name in page.text


@pytest.mark.parametrize(
    "query",
    [
        "day=2026-13-40",
        "day=0001-01-01",
        "day=9999-12-31",
        "view=nonsense&place=x&who=y",
        "view=week&who=99999999999999999999",
        "place=%C2%B2",
        "density=<b>",
    ],
)
def test_what_makes_no_sense_is_today(clerk: Inspector, query: str) -> None:
    assert "September" in words(clerk.get(f"/desk?{query}"))


def test_a_page_that_is_open_hears_nothing_while_nothing_changes(
    app: Flask, clerk: Inspector, visit: Visit
) -> None:
    path = f"/desk/live?day={day_of(visit)}"
    first = clerk.get(path)
    assert first.status_code == 200
    tag = {"If-None-Match": first.headers["ETag"]}
    clerk.get(path, headers=tag)
    with statements(app) as asked:
        again = clerk.get(path, headers=tag)
    assert (again.status_code, again.data) == (304, b"")
    assert len(asked) <= 3, "who asks, the version of the clinic, the mark of the day"


def test_the_page_itself_names_the_state_that_it_shows(clerk: Inspector, visit: Visit) -> None:
    page = clerk.get(f"/desk?day={day_of(visit)}").text
    tag = re.search(r'data-tag="([^"]+)"', page)
    assert tag is not None
    answer = clerk.get(f"/desk/live?day={day_of(visit)}", headers={"If-None-Match": f'"{tag.group(1)}"'})
    assert answer.status_code == 304


def test_every_change_is_heard_of(app: Flask, clerk: Inspector, visit: Visit) -> None:
    house, path = house_of(app), f"/desk/live?day={day_of(visit)}"
    seen = [clerk.get(path).headers["ETag"]]
    book(house, days=2)
    seen.append(clerk.get(path).headers["ETag"])
    moved = move(house, visit, CLERK, days=1)
    seen.append(clerk.get(path).headers["ETag"])
    move(house, moved, CLERK, days=-1)
    seen.append(clerk.get(path).headers["ETag"])
    changing.cancel(house, visit.appointment.id, CancelledBy.DESK, CLERK, NOW)
    seen.append(clerk.get(path).headers["ETag"])
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("view", ["clinicians", "rooms", "week", "month"])
def test_a_page_costs_the_same_number_of_statements_for_any_number_of_visits(
    app: Flask, clerk: Inspector, view: str
) -> None:
    house = house_of(app)
    path = f"/desk?view={view}&day=2026-09-16"
    costs = []
    for _ in range(2):
        clerk.get(path)
        with statements(app) as asked:
            clerk.get(path)
        costs.append(len(asked))
        for _ in range(6):
            book(house, days=2)
    assert costs[0] == costs[1]
    assert costs[0] <= 10


def test_opening_a_day_is_written_down(app: Flask, clerk: Inspector) -> None:
    clerk.get(f"/desk?day={MONDAY}")
    with house_of(app).database.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT actor_kind, object_id FROM audit WHERE action = 'see-calendar'"
        ).all()
    assert rows == [("desk", MONDAY)]


def test_a_time_that_somebody_keeps_online_is_shown(app: Flask, clerk: Inspector) -> None:
    house, wish = house_of(app), query(start=NOW + timedelta(days=2))
    start = slot_search.find(house, wish, NOW, limit=1)[0].start
    holding.hold(house, wish, start, SOMEBODY, NOW)
    assert "Somebody is booking this online" in words(clerk.get(f"/desk?day={start.date()}"))


def test_a_clinicians_day_is_a_list_to_print_in_large_letters_too(clerk: Inspector, visit: Visit) -> None:
    path = f"/desk/sheet?day={day_of(visit)}&who={visit.practitioner.id}"
    page = clerk.get(path)
    assert visit.patient.name in words(page)
    assert "clinic--large-print" not in page.text
    assert "clinic--large-print" in clerk.get(f"{path}&large=yes").text


def test_the_keys_are_listed(clerk: Inspector) -> None:
    page = words(clerk.get("/desk/keys"))
    assert all(said in page for said in ("N Book a visit", "C Has confirmed", "M Move the visit"))

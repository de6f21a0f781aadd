"""Blocks on the screen: prefilled from the calendar, shown before they strand anybody, and given back."""

from __future__ import annotations

from flask import Flask

from tests.inspector import Inspector
from tests.patients import words
from tests.post import book
from tests.programs import house_of

DATA = {
    "who": "1",
    "kind": "lunch",
    "first": "2026-09-15",
    "opens": "12:00",
    "closes": "13:00",
    "rhythm": "workdays",
    "count": "10",
    "note": "",
}


def sent(clerk: Inspector, **changes: str) -> object:
    return clerk.submit("/desk/blocks", DATA | changes, to="/desk/blocks")


def first_clinician(app: Flask) -> str:
    house = house_of(app)
    with house.database.reading() as connection:
        return str(house.clinic(connection).practitioners[0].id)


def test_a_lunch_for_two_weeks_is_one_line(app: Flask, clerk: Inspector) -> None:
    sent(clerk, who=first_clinician(app), opens="18:00", closes="18:30")
    page = words(clerk.get("/desk/blocks"))
    assert "Tuesday, September 15, 6:00 PM – 6:30 PM" in page
    assert "10 times, until Monday, September 28" in page


def test_the_calendar_hands_over_who_and_when(app: Flask, clerk: Inspector) -> None:
    page = clerk.get(
        "/desk/blocks?practitioner=1&start=2026-09-15T16:00:00%2B00:00&end=2026-09-15T11:00"
    ).text
    assert 'value="2026-09-15"' in page
    assert 'value="10:00"' in page
    assert 'value="11:00"' in page


def test_nonsense_in_the_address_is_left_out(clerk: Inspector) -> None:
    assert clerk.get("/desk/blocks?practitioner=%27;&start=never&end=9999-99").status_code == 200


def test_whose_visits_lie_in_it_is_shown_and_chosen(app: Flask, clerk: Inspector) -> None:
    visit = book(house_of(app))
    day = visit.appointment.start.astimezone(visit.location.tz).date().isoformat()
    data = {"who": str(visit.practitioner.id), "first": day, "opens": "", "closes": "", "rhythm": "once"}
    answer = clerk.submit("/desk/blocks", {**DATA, **data, "count": ""}, to="/desk/blocks")
    assert answer.status_code == 409
    assert visit.patient.name in answer.text
    mark = answer.text.split('name="confirmed" value="')[1].split('"')[0]
    again = {**DATA, **data, "count": "", "confirmed": mark, "then": "ask"}
    answer = clerk.submit("/desk/blocks", again, to="/desk/blocks")
    assert answer.location == "/desk/todo?kind=stranded&show=later"
    assert visit.patient.name in clerk.get(answer.location).text


def test_a_block_is_given_back(app: Flask, clerk: Inspector) -> None:
    sent(clerk, who=first_clinician(app), rhythm="once", count="", opens="18:00", closes="18:30")
    path = clerk.get("/desk/blocks").text.split('action="/desk/blocks/')[1].split('"')[0]
    clerk.submit("/desk/blocks", {}, to=f"/desk/blocks/{path}")
    assert "No time is blocked." in words(clerk.get("/desk/blocks"))


def test_everything_that_is_wrong_is_named_at_once(clerk: Inspector) -> None:
    answer = clerk.submit("/desk/blocks", {"who": "", "first": "x", "rhythm": "weekly"}, to="/desk/blocks")
    assert answer.status_code == 422
    for complaint in ("Clinician:", "First day:"):
        assert complaint in words(answer)

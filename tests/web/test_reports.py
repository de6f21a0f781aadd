"""The report on the screen: every figure stands in a table, and a file of it is safe to open."""

from __future__ import annotations

import csv
from datetime import timedelta

import pytest
from flask import Flask

from tests.engines import NOW
from tests.patients import Clock, words
from tests.post import book
from tests.programs import house_of
from tests.staff import Employ


def test_every_chart_has_its_table_beneath(app: Flask, employ: Employ) -> None:
    book(house_of(app), days=1)
    page = employ("manager").get("/manage/reports").text
    charts = [part.split('"')[0] for part in page.split('data-table="')[1:]]
    assert set(charts) >= {
        "t-weeks",
        "t-rates",
        "t-clinicians",
        "t-rooms",
        "t-next-free",
        "t-channels",
        "t-languages",
    }
    for table in charts:
        assert f'id="{table}"' in page


@pytest.mark.parametrize("query", ["?weeks=nine&last=never", "?weeks=4&last=0001-01-01", "?last=9999-12-31"])
def test_a_stretch_that_makes_no_sense_is_the_last_weeks(employ: Employ, query: str) -> None:
    answer = employ("manager").get(f"/manage/reports{query}")
    assert answer.status_code == 200
    assert "Visits by week" in words(answer)


def test_a_table_that_is_none_is_not_found(employ: Employ) -> None:
    assert employ("manager").get("/manage/reports/people.csv").status_code == 404


FILES = {
    "weeks": ["Week of", "Booked"],
    "rates": ["Week of", "No-show rate", "Late rate"],
    "clinicians": ["Week of", "Clinician", "How full"],
    "rooms": ["Week of", "Room", "How full"],
    "channels": ["Week of", "Booked", "Visits"],
    "languages": ["Week of", "Language", "Visits"],
    "next-free": ["Visit", "Way to meet", "Days to wait"],
}


@pytest.mark.parametrize("table", sorted(FILES))
def test_each_table_leaves_as_a_file_that_no_spreadsheet_calculates(
    app: Flask, employ: Employ, table: str
) -> None:
    visit = book(house_of(app), days=1)
    manager = employ("manager")
    week = visit.appointment.start.astimezone(visit.location.tz).date()
    answer = manager.get(f"/manage/reports/{table}.csv?weeks=4&last={week}")
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    rows = list(csv.reader(answer.text.lstrip("\ufeff").splitlines()))
    assert rows[0][: len(FILES[table])] == FILES[table]
    monday = week - timedelta(days=week.weekday())
    assert table == "next-free" or monday.isoformat() in {row[0] for row in rows}
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)


def test_a_file_wants_a_fresh_proof(employ: Employ, clock: Clock) -> None:
    manager = employ("manager")
    clock.move_to(NOW + timedelta(minutes=11))
    answer = manager.get("/manage/reports/weeks.csv")
    assert answer.status_code == 303
    assert "/unlock" in answer.location


def test_the_report_is_not_for_the_desk(employ: Employ) -> None:
    assert employ("desk").get("/manage/reports").status_code == 403

"""The day as a file: complete, safe in a spreadsheet, for those with the right and a fresh proof, and written down."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from flask import Flask

from scheduler.domain.visit import Visit
from tests.engines import a_patient
from tests.inspector import Inspector
from tests.post import book
from tests.programs import house_of
from tests.staff import Employ

WICKED = "=HYPERLINK(1)"


@pytest.fixture
def visit(app: Flask, clerk: Inspector) -> Visit:
    """A visit of somebody whose name is a formula."""
    return book(house_of(app), days=1, patient=a_patient(given_name=WICKED, family_name="+cmd"))


def address(visit: Visit) -> str:
    day = visit.appointment.start.astimezone(visit.location.tz).date().isoformat()
    return f"/desk/day.csv?day={day}"


def test_a_day_is_a_file_whose_cells_are_never_calculated(app: Flask, employ: Employ, visit: Visit) -> None:
    answer = employ("manager").get(address(visit))
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    assert 'filename="visits-' in answer.headers["Content-Disposition"]
    head, row = csv.reader(StringIO(answer.text.removeprefix("\ufeff")))
    told = dict(zip(head, row, strict=True))
    assert told["Patient"] == f"'{WICKED} +cmd"
    assert told["Clinician"] == visit.practitioner.name
    assert told["State"] == "Booked"
    assert told["Code"] == visit.appointment.spoken_code
    assert told["Day"] == visit.appointment.start.astimezone(visit.location.tz).date().isoformat()


def test_each_person_in_the_file_is_written_down(app: Flask, employ: Employ, visit: Visit) -> None:
    employ("manager").get(address(visit))
    with house_of(app).database.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT action, patient_id FROM audit WHERE action IN ('export', 'export-visit') ORDER BY id"
        ).all()
    assert [tuple(row) for row in rows] == [("export", None), ("export-visit", visit.appointment.patient_id)]


def test_a_day_leaves_the_house_with_the_right_alone(clerk: Inspector, employ: Employ, visit: Visit) -> None:
    manager = employ("manager")
    day = address(visit).partition("?")[2]
    assert address(visit).partition("?")[0] in manager.get(f"/desk?{day}").text
    assert "day.csv" not in clerk.get(f"/desk?{day}").text
    for client in (clerk, employ("clinician")):
        assert client.get(address(visit)).status_code == 403


def test_a_day_without_visits_is_a_file_with_a_head_alone(employ: Employ) -> None:
    answer = employ("manager").get("/desk/day.csv?day=2031-01-05")
    assert len(list(csv.reader(StringIO(answer.text)))) == 1


def test_a_table_of_the_report_is_a_file_with_its_figures(app: Flask, employ: Employ, visit: Visit) -> None:
    start = visit.appointment.start.astimezone(visit.location.tz).date()
    answer = employ("manager").get(f"/manage/reports/weeks.csv?weeks=4&last={start.isoformat()}")
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    head, *weeks = csv.reader(StringIO(answer.text.removeprefix("\ufeff")))
    told = dict(zip(head, weeks[-1], strict=True))
    assert told["Booked"] == "1"
    assert len(weeks) == 4

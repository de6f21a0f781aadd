"""The report on the screen: every figure stands in a table, and a file of it is safe to open."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.patients import words
from tests.post import book
from tests.programs import house_of
from tests.staff import Employ


def test_every_chart_has_its_table_beneath(app: Flask, employ: Employ) -> None:
    book(house_of(app), days=1)
    page = employ("manager").get("/manage/reports").text
    charts = [part.split('"')[0] for part in page.split('data-table="')[1:]]
    assert set(charts) >= {"t-weeks", "t-clinicians", "t-rooms", "t-next-free", "t-channels", "t-languages"}
    for table in charts:
        assert f'id="{table}"' in page


@pytest.mark.parametrize(
    "query", ["?weeks=nine&first=never", "?weeks=4&first=0001-01-01", "?first=9999-12-31"]
)
def test_a_stretch_that_makes_no_sense_is_the_last_weeks(employ: Employ, query: str) -> None:
    answer = employ("manager").get(f"/manage/reports{query}")
    assert answer.status_code == 200
    assert "Visits by week" in words(answer)


def test_a_table_that_is_none_is_not_found(employ: Employ) -> None:
    assert employ("manager").get("/manage/reports/people.csv").status_code == 404


def test_a_file_wants_a_fresh_proof_or_is_a_table(app: Flask, employ: Employ) -> None:
    book(house_of(app), days=1)
    answer = employ("manager").get("/manage/reports/weeks.csv")
    assert answer.status_code in {200, 303, 403}
    if answer.status_code == 200:
        assert answer.mimetype == "text/csv"
        assert not any(cell.startswith(("=", "+", "@")) for cell in answer.text.split(","))


def test_the_report_is_not_for_the_desk(employ: Employ) -> None:
    assert employ("desk").get("/manage/reports").status_code == 403

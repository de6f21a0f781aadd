"""The pages for everybody say what the clinic is, how to reach it and what it treats, in easy words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import text

from scheduler.persistence import directory
from tests.databases import statements_to
from tests.inspector import Inspector
from tests.pages.reading import ease, grade, sentences_of

PAGES = ["/", "/learn", "/privacy", "/accessibility"]


@pytest.mark.parametrize("path", PAGES)
def test_english_is_read_in_grade_six_or_earlier(client: Inspector, path: str) -> None:
    assert grade(sentences_of(client.get(path).text)) <= 6


@pytest.mark.parametrize("path", PAGES)
def test_spanish_is_easy(client: Inspector, path: str) -> None:
    assert ease(sentences_of(client.get(f"{path}?lang=es").text)) >= 75


@pytest.mark.parametrize("path", PAGES)
def test_no_sentence_is_longer_than_twenty_five_words(client: Inspector, path: str) -> None:
    assert [one for one in sentences_of(client.get(path).text) if len(one.split()) > 25] == []


def test_the_reading_grade_tells_hard_words_from_easy_ones() -> None:
    easy = ["We can help you", "Call us", "You see only times that are free"]
    hard = [
        "Utilization of the aforementioned intervention necessitates individualized multidisciplinary evaluation"
    ]
    assert grade(easy) < 3
    assert grade(hard) > 12
    assert ease(["Llame a la casa", "Puede ir hoy"]) > 90
    assert ease(["La individualización multidisciplinaria imprescindible"]) < 0


@pytest.mark.parametrize("path", [*PAGES, "/nowhere"])
def test_every_page_carries_the_telephone_and_the_line_about_emergencies(
    client: Inspector, path: str
) -> None:
    text = client.get(path).text
    assert 'href="tel:+1-915-555-0100"' in text
    assert "Not for emergencies" in text
    assert 'href="tel:911"' in text


def test_the_home_page_leads_to_a_booking_and_says_where_the_office_is(client: Inspector) -> None:
    text = client.get("/").text
    assert 'href="/book"' in text
    assert "El Paso, TX 79901" in text


def test_the_footer_says_when_the_office_is_open(client: Inspector) -> None:
    assert "Friday, 8:00" in client.get("/").text
    assert "Viernes, 8:00" in client.get("/?lang=es").text


def test_the_education_page_compares_the_two_treatments_in_a_table(client: Inspector) -> None:
    text = client.get("/learn").text
    assert text.count('<th scope="row">') == 7
    assert text.count('role="img"') == 4


def test_a_page_asks_the_database_one_question_whatever_it_says_of_the_clinic(app: Flask) -> None:
    client = app.test_client()
    client.get("/")
    with statements_to(app.extensions["database"]) as asked:
        client.get("/")
    assert len(asked) == 1, asked


def test_a_kept_page_follows_the_clinic_and_the_language(app: Flask) -> None:
    client, database = app.test_client(), app.extensions["database"]
    assert "West Texas Pain Institute" in client.get("/").text
    with database.transaction() as connection:
        connection.execute(text("UPDATE organization SET name = 'Another Clinic', logo_text = ''"))
        directory.bump(connection)
    assert "Another Clinic" in client.get("/").text
    assert "Hacer una cita" in client.get("/?lang=es").text
    assert "?x=1&amp;lang=en" in client.get("/?x=1").text


def test_a_kept_page_follows_the_offices_own_midnight(app: Flask) -> None:
    client, database = app.test_client(), app.extensions["database"]
    with database.transaction() as connection:
        connection.execute(text("UPDATE weekly_hours SET valid_until = '2026-09-14' WHERE weekday = 4"))
        directory.bump(connection)
    midnight = datetime(2026, 9, 15, 6, tzinfo=UTC)
    with time_machine.travel(midnight - timedelta(minutes=1), tick=False):
        assert "Friday, 8:00" in client.get("/").text
    with time_machine.travel(midnight, tick=False):
        assert "Friday, 8:00" not in client.get("/").text

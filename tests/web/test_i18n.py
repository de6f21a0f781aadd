"""A page speaks the language its reader asked for, keeps it, and never half of each."""

from __future__ import annotations

import pytest
from flask import Flask

from scheduler.web import i18n
from tests.inspector import Inspector


@pytest.mark.parametrize(
    ("wish", "spoken"),
    [
        ("es-MX,es;q=0.9,en;q=0.5", "es"),
        ("en-US", "en"),
        ("fr-FR", "en"),
        ("", "en"),
        ("de, es;q=0.4, en;q=0.3", "es"),
    ],
)
def test_the_first_visit_follows_the_browser(client: Inspector, wish: str, spoken: str) -> None:
    answer = client.get("/", headers={"Accept-Language": wish})
    assert f'<html lang="{spoken}">' in answer.text
    assert answer.headers["Content-Language"] == spoken


def test_a_switch_is_kept(client: Inspector) -> None:
    client.get("/?lang=es")
    assert '<html lang="es">' in client.get("/learn", headers={"Accept-Language": "en"}).text


def test_an_unknown_language_changes_nothing(client: Inspector) -> None:
    answer = client.get("/?lang=<script>")
    assert '<html lang="en">' in answer.text
    assert "Set-Cookie" not in answer.headers


def test_the_switch_keeps_the_page_and_its_question(client: Inspector) -> None:
    text = client.get("/learn?part=2&part=3&x=%26").text
    assert 'href="/learn?part=2&amp;part=3&amp;x=%26&amp;lang=es"' in text


def test_the_switch_on_an_answer_to_a_form_leads_to_a_page_that_can_be_read(app: Flask) -> None:
    app.add_url_rule("/send", "public.send", lambda: "", methods=["POST"])
    for path, leads_to in (("/send", "/?lang=es"), ("/learn", "/learn?lang=es")):
        with app.test_request_context(path, method="POST"):
            assert i18n.switch_links()[1][2] == leads_to


def test_a_patients_own_page_speaks_the_patients_language(app: Flask) -> None:
    with app.test_request_context("/", headers={"Accept-Language": "en"}):
        i18n.use_language("es")
        assert i18n.language() == "es"


def test_what_the_reader_asked_for_goes_before_what_the_patient_speaks(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        i18n.use_language("es")
        assert i18n.language() == "en"


def test_a_sentence_from_a_variable_is_escaped_after_it_is_translated(app: Flask) -> None:
    with app.test_request_context("/"):
        page = app.jinja_env.from_string("{{ say(word) }}").render(word="<b>No</b>")
    assert page == "&lt;b&gt;No&lt;/b&gt;"


def test_an_empty_sentence_stays_empty_in_spanish(app: Flask) -> None:
    with app.test_request_context("/?lang=es"):
        assert i18n.gettext("") == ""


def test_an_unchanged_page_is_not_sent_twice(client: Inspector) -> None:
    first = client.get("/")
    again = client.get("/", headers={"If-None-Match": first.headers["ETag"]})
    other = client.get("/?lang=es", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert other.status_code == 200


def test_public_pages_set_no_cookie(client: Inspector) -> None:
    assert "Set-Cookie" not in client.get("/").headers

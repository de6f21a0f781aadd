"""Every refusal has a status, a page in words and a problem document; no accident shows its insides."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus

import pytest
from flask import Flask, abort, request
from sqlalchemy.exc import OperationalError

from scheduler import journal
from scheduler.config import MAX_BODY
from scheduler.domain import errors as refusals
from scheduler.domain.errors import GateClosed, InvalidInput, NotFound, Refusal, SlotTaken, TooManyHolds
from scheduler.web import errors
from tests.inspector import Inspector


def every_refusal(base: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    yield base
    for below in base.__subclasses__():
        yield from every_refusal(below)


def raising(app: Flask, problem: Exception) -> Inspector:
    """A client of an app whose home page runs into `problem`."""

    def fall() -> str:
        raise problem

    app.view_functions["public.home"] = fall
    app.config["PROPAGATE_EXCEPTIONS"] = False
    client = app.test_client()
    assert isinstance(client, Inspector)
    return client


def test_every_refusal_of_the_clinic_has_a_status_and_a_page() -> None:
    codes = {kind.code for kind in every_refusal()} | {
        f"gate-{tier}" for tier in ("emergency", "same-day", "call-back")
    }
    assert codes == set(errors.STATUS)
    assert {errors.STATUS[code] for code in codes} <= set(errors.WORDINGS)
    assert refusals.__name__ in {kind.__module__ for kind in every_refusal()}


def test_a_refusal_becomes_a_page_that_says_why(app: Flask) -> None:
    answer = raising(app, SlotTaken()).get("/")
    assert answer.status_code == 409
    assert "This time was just taken" in answer.text


def test_a_refusal_becomes_a_problem_document_for_programs(app: Flask) -> None:
    answer = raising(app, InvalidInput({"phone": "Please answer this question."})).get(
        "/", headers={"Accept": "application/json"}
    )
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert answer.json == {
        "type": "about:blank",
        "title": HTTPStatus(422).phrase,
        "status": 422,
        "code": "invalid",
        "detail": "Some answers need another look.",
        "errors": {"phone": "Please answer this question."},
    }


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_whoever_tries_too_often_is_told_when_to_come_again(app: Flask, accept: str) -> None:
    wait = TooManyHolds(timedelta(minutes=20, milliseconds=1))
    answer = raising(app, wait).get("/", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1201")


def test_a_closed_gate_says_how_soon_care_is_needed(app: Flask) -> None:
    answer = raising(app, GateClosed("same-day")).get("/", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.get_json()["code"]) == (403, "gate-same-day")


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 410, 413, 422, 429])
@pytest.mark.parametrize("language", ["en", "es"])
def test_http_errors_have_a_page_in_both_languages(app: Flask, status: int, language: str) -> None:
    app.view_functions["public.home"] = lambda: abort(status)
    answer = app.test_client().get(f"/?lang={language}")
    assert answer.status_code == status
    assert f'<html lang="{language}">' in answer.text


def test_missing_and_foreign_things_answer_alike(app: Flask) -> None:
    foreign = raising(app, NotFound()).get("/", headers={"X-Request-ID": "same-for-both"}).text
    missing = app.test_client().get("/nowhere", headers={"X-Request-ID": "same-for-both"}).text
    assert foreign.replace('href="/?lang', 'href="X?lang') == missing.replace(
        'href="/nowhere?lang', 'href="X?lang'
    )


def test_an_accident_shows_and_logs_nothing_of_what_it_stumbled_over(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    client = raising(app, ValueError("Rosa Example, born 1951"))
    logging.getLogger("scheduler").propagate = True
    with caplog.at_level(logging.ERROR, "scheduler"):
        answer = client.get("/")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert "Rosa" not in answer.text
    from_log = journal.JsonLines().format(caplog.records[-1])
    assert json.loads(from_log)["exception"] == "ValueError"
    assert "Rosa" not in from_log


def test_a_database_that_is_away_or_full_is_told_as_a_pause_and_noted_as_an_accident(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    client = raising(app, OperationalError("INSERT Rosa", {}, sqlite3.OperationalError("disk is full")))
    logging.getLogger("scheduler").propagate = True
    with caplog.at_level(logging.ERROR, "scheduler"):
        page = client.get("/")
        told = client.get("/", headers={"Accept": "application/json"})
    assert (page.status_code, told.status_code) == (503, 503)
    assert "We cannot do this right now" in page.text
    assert told.json is not None
    assert told.json["code"] == "unavailable"
    assert page.headers["Retry-After"] == told.headers["Retry-After"] == str(errors.PAUSE)
    assert caplog.records[-1].message == "accident"
    assert "Rosa" not in page.text + told.text


def test_a_page_about_trouble_does_not_need_the_database(app: Flask) -> None:
    client = raising(app, RuntimeError())
    app.extensions["database"].dispose()
    app.extensions["database"] = None
    assert client.get("/").status_code == 500


@pytest.fixture
def posting(app: Flask) -> Inspector:
    """A client of an app that takes a form at /send."""
    app.add_url_rule("/send", "public.send", lambda: request.form.get("note", ""), methods=["POST"])
    client = app.test_client()
    assert isinstance(client, Inspector)
    return client


def test_a_form_that_is_too_big_is_refused_in_words(posting: Inspector) -> None:
    answer = posting.post("/send", data={"note": "x" * (MAX_BODY + 1)})
    assert answer.status_code == 413
    assert "too big to send" in answer.text


def test_a_form_without_its_token_says_how_to_send_it_again(posting: Inspector) -> None:
    answer = posting.post("/send", data={"note": "x"})
    assert answer.status_code == 400
    assert "load the page again" in answer.text


def test_a_program_that_calls_the_api_gets_a_problem_even_for_an_unknown_address(client: Inspector) -> None:
    answer = client.get("/api/v1/nowhere")
    assert (answer.status_code, answer.get_json()["code"]) == (404, "not-found")

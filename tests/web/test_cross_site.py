"""A form from another site does nothing; a careful browser that tells little may still book."""

from __future__ import annotations

import re
from typing import cast

import pytest
from werkzeug.test import TestResponse

from tests.house import MakeApp
from tests.inspector import Inspector
from tests.patients import words

OURS = "https://clinic.example.com"


@pytest.fixture
def browser(make_app: MakeApp) -> Inspector:
    """A browser in front of a clinic behind https."""
    return cast("Inspector", make_app(BASE_URL=OURS).test_client())


def press(browser: Inspector, token: str | None = None, **headers: str) -> TestResponse:
    """Answer the first page of the safety questions."""
    page = browser.get("/book", base_url=OURS).text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', page))
    sent = {**hidden, "signs": "none", **({} if token is None else {"csrf_token": token})}
    return browser.post("/book", base_url=OURS, data=sent, headers=headers)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": OURS},
        {"Origin": "HTTPS://CLINIC.EXAMPLE.COM"},
        {"Origin": OURS, "Referer": f"{OURS}/book"},
        {"Origin": "null"},
        {"Referer": "https://elsewhere.example.org/"},
    ],
)
def test_our_own_form_is_taken_however_little_the_browser_tells(
    browser: Inspector, headers: dict[str, str]
) -> None:
    assert press(browser, **headers).status_code == 303


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example.org",
        "https://clinic.example.com.evil.example.org",
        "http://clinic.example.com",
        "https://clinic.example.com:8443",
        "file://",
    ],
)
def test_a_form_from_another_site_is_refused_in_the_right_words(browser: Inspector, origin: str) -> None:
    answer = press(browser, Origin=origin)
    assert answer.status_code == 400
    assert "This came from another website" in words(answer)


@pytest.mark.parametrize("headers", [{}, {"Origin": OURS}, {"Origin": "null"}])
def test_without_its_token_no_form_is_taken(browser: Inspector, headers: dict[str, str]) -> None:
    answer = press(browser, token="x", **headers)
    assert answer.status_code == 400
    assert "We could not be sure it was you." in words(answer)


def test_a_program_may_say_where_it_runs(browser: Inspector) -> None:
    answer = browser.post(
        "/api/v1/appointments", base_url=OURS, json={}, headers={"Origin": "https://partner.example.org"}
    )
    assert answer.status_code == 422

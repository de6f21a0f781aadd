"""The staff's door: what it says, what it keeps, and where it leads."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from scheduler.domain.actor import SYSTEM
from scheduler.services import staffing
from scheduler.web.own_paths import safe_next
from tests.inspector import Inspector

EMAIL, PASSWORD = "desk@example.com", "correct horse battery"


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """A demo: the second step has tests of its own."""
    return make_app(DEMO="1")


@pytest.fixture(autouse=True)
def clerk(app: Flask) -> int:
    return staffing.create_user(
        app.extensions["database"],
        email=EMAIL,
        name="Dee Desk",
        roles=["desk"],
        password=PASSWORD,
        now=datetime.now(UTC),
        actor=SYSTEM,
    )


def enter(
    client: Inspector, password: str = PASSWORD, *, email: str = EMAIL, path: str = "/sign-in"
) -> TestResponse:
    return client.submit(path, {"email": email, "password": password})


def browser(app: Flask) -> Inspector:
    return cast("Inspector", app.test_client())


def cookie(client: Inspector) -> str:
    kept = client.get_cookie("session")
    assert kept is not None
    return kept.value


def test_the_right_password_leads_to_the_work(client: Inspector) -> None:
    answer = enter(client)
    assert answer.status_code == 303
    assert client.get(answer.location).status_code == 200
    assert "Dee Desk" in client.get("/account").text


def test_a_wrong_password_and_an_unknown_e_mail_get_the_same_page(client: Inspector) -> None:
    wrong, unknown = enter(client, "wrong"), enter(client, email="nobody@example.com")
    assert wrong.status_code == unknown.status_code == 401
    # A form's token tells the second in which it was made.
    pages = [re.sub(r'name="csrf_token" value="[^"]+"', "", each.text) for each in (wrong, unknown)]
    assert pages[0].replace(EMAIL, "") == pages[1].replace("nobody@example.com", "")
    assert "The e-mail or the password is not right." in wrong.text


def test_the_page_keeps_the_e_mail_and_never_the_password(client: Inspector) -> None:
    page = enter(client, "wrong pass phrase").text
    assert EMAIL in page
    assert "wrong pass phrase" not in page


def test_empty_fields_are_named_each(client: Inspector) -> None:
    answer = enter(client, "", email="")
    assert answer.status_code == 422
    assert "Enter your e-mail address." in answer.text
    assert "Enter your password." in answer.text


def test_too_many_tries_are_told_to_wait(client: Inspector) -> None:
    answers = [enter(client, "wrong") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert 0 < int(answers[5].headers["Retry-After"]) <= 60


def test_whoever_is_signed_in_needs_no_second_time(client: Inspector) -> None:
    enter(client)
    assert client.get("/sign-in").location == "/desk"


def test_the_person_goes_on_to_where_they_were_heading(client: Inspector) -> None:
    asked = client.get("/account?done=password")
    assert asked.status_code == 303
    assert enter(client, path=asked.location).location == "/account?done=password"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example.org",
        "//evil.example.org",
        "/\\evil.example.org",
        "\\\\evil.example.org",
        "javascript:alert(1)",
        "/\t/evil.example.org",
        "/\r\nLocation: //evil.example.org",
        "account",
        "",
    ],
)
def test_a_foreign_address_to_go_on_to_is_ignored(client: Inspector, target: str) -> None:
    client.get("/sign-in", query_string={"next": target})
    assert safe_next(target) is None


@given(st.text(alphabet="/\\:@.?#a%\t\r\n \0", max_size=12))
def test_whatever_is_followed_stays_on_this_site(target: str) -> None:
    followed = safe_next(target)
    if followed is not None:
        parts = urlsplit(f"http://clinic.example.com{followed}")
        assert parts.hostname == "clinic.example.com"
        assert followed.startswith("/")
        assert not followed.startswith("//")


def test_without_its_csrf_token_no_form_acts(client: Inspector) -> None:
    for path in ("/sign-in", "/sign-out", "/account/password"):
        assert client.post(path, data={"email": EMAIL, "password": PASSWORD}).status_code == 400
    assert client.get("/account").status_code == 303


def test_a_csrf_token_of_another_browser_does_not_act(app: Flask) -> None:
    mine, other = browser(app), browser(app)
    page = other.get("/sign-in").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    mine.get("/sign-in")
    answer = mine.post("/sign-in", data={"email": EMAIL, "password": PASSWORD, "csrf_token": token})
    assert answer.status_code == 400


def test_signing_in_throws_away_what_the_browser_held_before(client: Inspector) -> None:
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    enter(client)
    with client.session_transaction() as session:
        assert "planted" not in session


def test_the_cookie_holds_a_random_handle_and_no_account(client: Inspector, clerk: int) -> None:
    enter(client)
    with client.session_transaction() as session:
        handle = session["_user_id"]
        assert set(session) <= {"_user_id", "_fresh", "_id", "csrf_token"}
    assert len(handle) == 43
    assert str(clerk) != handle


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(client: Inspector) -> None:
    header = enter(client).headers["Set-Cookie"]
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header
    assert "Expires" not in header
    assert "remember" not in header


def test_a_copied_cookie_is_dead_after_signing_out(app: Flask) -> None:
    mine, thief = browser(app), browser(app)
    enter(mine)
    thief.set_cookie("session", cookie(mine))
    assert thief.get("/account").status_code == 200
    assert mine.submit("/sign-out", {}).status_code == 303
    assert thief.get("/account").status_code == 303


def test_looking_at_the_sign_out_page_signs_nobody_out(client: Inspector) -> None:
    enter(client)
    for ask in (client.get, client.head):
        ask("/sign-out")
    assert client.get("/account").status_code == 200


def test_another_browser_is_signed_out_from_here(app: Flask) -> None:
    mine, other = browser(app), browser(app)
    enter(other)
    enter(mine)
    page = mine.get("/account").text
    target = page.split('action="/account/sessions/')[1].split('"')[0]
    assert mine.submit("/account", {}, to=f"/account/sessions/{target}").status_code == 303
    assert other.get("/account").status_code == 303
    assert mine.get("/account").status_code == 200


def test_a_password_is_changed_with_the_old_one(client: Inspector) -> None:
    enter(client)
    new = "another horse battery"
    weak = client.submit("/account", {"old_password": PASSWORD, "password": "short"}, to="/account/password")
    assert weak.status_code == 422
    assert "Use at least 12" in weak.text
    wrong = client.submit("/account", {"old_password": "wrong", "password": new}, to="/account/password")
    assert wrong.status_code == 401
    assert "This is not your password." in wrong.text
    done = client.submit("/account", {"old_password": PASSWORD, "password": new}, to="/account/password")
    assert done.status_code == 303
    assert "Your password is changed" in client.get(done.location).text


def test_pages_of_the_staff_are_kept_by_no_cache(client: Inspector) -> None:
    enter(client)
    for path in ("/account", "/sign-out"):
        assert client.get(path).headers["Cache-Control"] == "no-store"


def test_behind_tls_the_cookie_travels_by_tls_alone(make_app: Callable[..., Flask]) -> None:
    app = make_app(BASE_URL="https://clinic.example.com")
    answer = app.test_client().get("/sign-in", base_url="https://clinic.example.com")
    [header] = [value for value in answer.headers.getlist("Set-Cookie") if "session" in value]
    assert header.startswith("__Host-session=")
    assert "Secure" in header
    assert "Domain" not in header


@pytest.mark.parametrize(
    "sent", [{"email": "\0" * 5, "password": "\ud800"}, {"email": "x" * 9999, "password": "y" * 99999}]
)
def test_rubbish_is_refused_and_never_an_accident(app: Flask, sent: dict[str, Any]) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    body = {name: value.encode("utf-8", "surrogatepass") for name, value in sent.items()}
    assert browser(app).post("/sign-in", data=body).status_code in {401, 422}

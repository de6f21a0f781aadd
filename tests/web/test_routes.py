"""Every address has a door, every door says whom it is for and who guards it, and reading never acts."""

from __future__ import annotations

import pytest
from flask import Blueprint, Flask

from scheduler.web.routes import SITE, door_of
from tests.inspector import Inspector


def test_every_address_leads_through_a_declared_door(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        blueprint = rule.endpoint.rpartition(".")[0]
        assert rule.endpoint == "static" or door_of(blueprint) is not None, rule


def test_every_door_says_whom_it_is_for_and_who_guards_it() -> None:
    for door in SITE:
        assert door.audience, door.prefix
        assert door.guards, door.prefix


def test_every_guard_stands_before_its_door(app: Flask) -> None:
    for door in SITE:
        standing = app.before_request_funcs.get(door.blueprint.name, [])
        assert [guard for guard in door.guards if guard not in standing] == [], door.prefix


def test_no_view_both_reads_and_writes(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        assert len(methods) == 1, rule


def test_a_door_that_nobody_declared_stays_shut(app: Flask) -> None:
    back = Blueprint("back_door", __name__)
    back.add_url_rule("/back", view_func=lambda: "in", endpoint="enter")
    app.register_blueprint(back)
    assert app.test_client().get("/back").status_code == 404


@pytest.mark.parametrize("path", ["/", "/learn", "/privacy", "/accessibility", "/nowhere"])
def test_every_page_carries_the_headers_that_tie_it_down(client: Inspector, path: str) -> None:
    headers = client.get(path).headers
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers


def test_behind_tls_browsers_are_told_to_stay_there(make_app: object) -> None:
    app = make_app(BASE_URL="https://clinic.example.com")  # type: ignore[operator]
    answer = app.test_client().get("/", base_url="https://clinic.example.com")
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    assert app.config["SESSION_COOKIE_NAME"] == "__Host-session"
    assert app.config["SESSION_COOKIE_SECURE"]


def test_a_foreign_host_name_is_refused_and_not_repeated(client: Inspector) -> None:
    answer = client.get("/", headers={"Host": "evil.example.org"})
    assert answer.status_code == 400
    assert b"evil" not in answer.data

"""Programs that knock too often are told to wait; people are not, and one address does not stop another."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest
from flask import Flask

from scheduler.web.guards import StaffGuard
from scheduler.web.limits import budget_of
from scheduler.web.routes import SITE
from tests.inspector import Inspector

MakeApp = Callable[..., Flask]


def knock(app: Flask, times: int, address: str = "192.0.2.1") -> list[int]:
    client = cast("Inspector", app.test_client())
    return [client.post("/sign-in", environ_base={"REMOTE_ADDR": address}).status_code for _ in range(times)]


@pytest.fixture
def limited(make_app: MakeApp) -> Flask:
    app = make_app(RATE_LIMITS="on")
    app.config["WTF_CSRF_ENABLED"] = False
    return app


def test_a_program_is_told_to_wait(limited: Flask) -> None:
    assert knock(limited, 21) == [422] * 20 + [429]


def test_another_address_is_not_made_to_wait(limited: Flask) -> None:
    knock(limited, 21)
    assert knock(limited, 1, "192.0.2.2") == [422]


def test_reading_the_sign_in_page_costs_nothing(limited: Flask) -> None:
    client = limited.test_client()
    assert {client.get("/sign-in").status_code for _ in range(30)} == {200}


def test_people_get_a_page_and_programs_a_problem(limited: Flask) -> None:
    knock(limited, 20)
    client, address = limited.test_client(), {"REMOTE_ADDR": "192.0.2.1"}
    page = client.post("/sign-in", environ_base=address)
    assert page.status_code == 429
    assert "Too many tries" in page.text
    assert page.headers["Retry-After"] == "60"
    problem = client.post("/sign-in", environ_base=address, headers={"Accept": "application/json"})
    assert problem.mimetype == "application/problem+json"
    assert problem.get_json()["code"] == "too-many-attempts"
    assert problem.headers["Retry-After"] == "60"


def test_the_limits_can_be_switched_off_for_measuring(make_app: MakeApp) -> None:
    app = make_app(RATE_LIMITS="off")
    app.config["WTF_CSRF_ENABLED"] = False
    assert set(knock(app, 30)) == {422}


def test_every_door_where_strangers_write_or_bring_secrets_has_a_limit(app: Flask) -> None:
    written = {
        rule.endpoint.rpartition(".")[0]
        for rule in app.url_map.iter_rules()
        if (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}
    }
    for door in SITE:
        is_for_staff = any(isinstance(guard, StaffGuard) for guard in door.guards)
        if not is_for_staff and (door.token or door.blueprint.name in written):
            assert budget_of(door) is not None, door.blueprint.name

"""Another program that talks to the clinic's API, as tests need one; and a count of what it costs the database."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from scheduler.services.house import House
from scheduler.web.context import house
from tests.databases import statements_to
from tests.engines import NOW
from tests.inspector import Inspector

API = "/api/v1"
SOON = (NOW + timedelta(days=2)).date()
"""Wednesday: late enough for changes to be possible, and every mode has hours in the week from it."""

_keys = itertools.count(1)


@dataclass(slots=True)
class Program:
    """Speaks JSON, keeps no cookie, and sends a fresh key with each booking unless it names one."""

    app: Flask

    def get(self, path: str, token: str | None = None, **headers: str) -> TestResponse:
        """Ask."""
        return self._client.get(API + path, headers={**_bearer(token), **headers})

    def post(self, path: str, body: Any = None, token: str | None = None, **headers: str) -> TestResponse:
        """Say something in JSON; without a body nothing is sent."""
        sent = {} if body is None else {"json": body}
        return self._client.post(API + path, headers={**_bearer(token), **headers}, **sent)

    def slots(self, visit_type: str = "imaging-review", mode: str = "in-person", **more: object) -> list[Any]:
        """The free times of a week from Wednesday."""
        asked = {"visit_type": visit_type, "mode": mode, "from": str(SOON), "days": 7, **more}
        answer = self._client.get(f"{API}/slots", query_string=asked)
        assert answer.status_code == 200, answer.text
        return cast("list[Any]", answer.get_json()["slots"])

    def no_to_all(self) -> dict[str, Any]:
        """The safety questions in force, each answered with no."""
        gate = self.get("/gate").get_json()
        return {
            "version": gate["version"],
            "answers": {question["id"]: "no" for question in gate["questions"]},
        }

    def body(self, start: str | None = None, mode: str = "in-person", **changes: Any) -> dict[str, Any]:
        """A booking by somebody new, at the soonest time unless it is said; fields may be changed or added."""
        fields: dict[str, Any] = {
            "visit_type": "imaging-review",
            "mode": mode,
            "start": start or self.slots(mode=mode)[0]["start"],
            "gate": self.no_to_all(),
            "patient": a_person(),
        }
        if mode == "virtual":
            consent = self.get("/consent").get_json()["version"]
            fields["virtual"] = {
                "state": "US-TX",
                "callback_phone": "(915) 555-0199",
                "consent_version": consent,
            }
        return fields | changes

    def send(self, body: dict[str, Any], key: str | None = None, **headers: str) -> TestResponse:
        """Send a booking."""
        return self.post("/appointments", body, **{"Idempotency-Key": key or f"key-{next(_keys)}", **headers})

    def book(self, mode: str = "in-person", **changes: Any) -> dict[str, Any]:
        """Book, and return what was told."""
        answer = self.send(self.body(mode=mode, **changes))
        assert answer.status_code == 201, answer.text
        return cast("dict[str, Any]", answer.get_json())

    @property
    def _client(self) -> Inspector:
        return cast("Inspector", self.app.test_client(use_cookies=False))


def house_of(app: Flask) -> House:
    """What the app's views hand to services."""
    with app.app_context():
        return house()


def a_person(**changes: Any) -> dict[str, Any]:
    """A patient whom nobody else in the test is."""
    number = next(_keys)
    person = {
        "given_name": "Ana",
        "family_name": f"Example {number}",
        "birth_date": "1948-03-09",
        "phone": f"(915) 555-{100 + number % 100:04d}",
        "email": f"ana{number}@example.com",
        "language": "en",
    }
    return person | changes


def _bearer(token: str | None) -> dict[str, str]:
    return {} if token is None else {"Authorization": f"Bearer {token}"}


@pytest.fixture
def standing_clock() -> Iterator[None]:
    """It is Monday, September 14, 2026, 9:00 in El Paso, and stays so."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def program(app: Flask, standing_clock: None) -> Program:
    """A program in front of a founded clinic, on SQLite."""
    return Program(app)


@pytest.fixture
def everywhere(make_app: Any, founded_url: str, standing_clock: None) -> Program:
    """The same, once on each engine."""
    return Program(make_app(DATABASE_URL=founded_url))


def statements(app: Flask) -> AbstractContextManager[list[str]]:
    """The statements that an app sends to its database meanwhile."""
    return statements_to(app.extensions["database"])

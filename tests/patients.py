"""Somebody who books with a browser, as tests need one: walks the pages, reads what they offer, presses buttons."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from scheduler.domain.directory import Mode
from scheduler.domain.errors import NotOffered, SlotTaken
from scheduler.domain.link import LinkPurpose
from scheduler.domain.visit import Visit
from scheduler.services import booking, changing, private_links
from tests.engines import NOW, SOMEBODY, a_request
from tests.inspector import Inspector
from tests.programs import house_of

_count = itertools.count(1)

Clock = time_machine.Traveller


@dataclass(slots=True)
class Visitor:
    """One browser. `person` is what they type about the patient."""

    app: Flask
    language: str = "en"
    person: dict[str, Any] = field(default_factory=dict)
    client: Inspector = field(init=False)

    def __post_init__(self) -> None:
        self.client = cast("Inspector", self.app.test_client())
        self.client.set_cookie("lang", self.language)
        self.person = a_person(language=self.language) | self.person

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        return self.client.get(path)

    def send(self, path: str, data: dict[str, Any] | None = None, to: str = "") -> TestResponse:
        """Open a page, fill in its form and send it."""
        return self.client.submit(path, data or {}, to=to)

    def pass_gate(self) -> TestResponse:
        """Answer "none of these" three times."""
        for path in ("/book", "/book/safety/2", "/book/safety/3"):
            answer = self.send(path, {"signs": ["none"]})
        return answer

    def choose_visit(self, visit: str = "imaging-review/in-person") -> TestResponse:
        """Choose a visit and a way to meet."""
        return self.send("/book/visit", {"visit": visit})

    def offered(self, path: str = "/book/times") -> list[str]:
        """The times that a page offers."""
        return re.findall(r'name="start"\s+value="([^"]+)"', self.get(path).text)

    def take(self, start: str | None = None) -> TestResponse:
        """Take a time, the last of the soonest unless it is said."""
        return self.send("/book/times", {"start": start or self.offered()[-1]}, to="/book/times")

    def say_who(self, helper: dict[str, Any] | None = None) -> TestResponse:
        """Say for whom the visit is, and who the patient is."""
        self.send("/book/who", {"for_whom": "someone" if helper else "myself"})
        if helper:
            self.send("/book/helper", helper)
        return self.send("/book/about", self.person)

    def say_where(self, **changes: Any) -> TestResponse:
        """Say where one will be for a video visit, and agree to it."""
        return self.send("/book/video", {**VIDEO, **changes})

    def go_to_check(self, visit: str = "imaging-review/in-person") -> TestResponse:
        """Answer everything up to the check page."""
        self.pass_gate()
        self.choose_visit(visit)
        self.take()
        answer = self.say_who()
        return self.say_where() if visit.endswith("virtual") else answer

    def book(self, visit: str = "imaging-review/in-person") -> str:
        """Book a visit, and return the secret of its page."""
        self.go_to_check(visit)
        answer = self.send("/book/check")
        assert answer.location == "/book/booked", answer.text
        return self.secret()

    def book_ahead(self, visit: str = "imaging-review/in-person", days: int = 4) -> str:
        """The same on a later free day, so that the visit can still be changed online."""
        self.pass_gate()
        self.choose_visit(visit)
        free = re.findall(r"/book/times/(\d{4}-\d\d-\d\d)", self.get("/book/times").text)
        path = f"/book/times/{free[days]}"
        self.send(path, {"start": self.offered(path)[0]})
        self.say_who()
        if visit.endswith("virtual"):
            self.say_where()
        self.send("/book/check")
        return self.secret()

    def secret(self) -> str:
        """The secret that the booked page shows."""
        found = re.search(r"/my/([\w-]{43})", self.get("/book/booked").text)
        assert found
        return found.group(1)


VIDEO = {"state": "US-TX", "callback_phone": "(915) 555-0199", "consent": "yes"}
HELPER = {
    "name": "Luz Helper",
    "phone": "(915) 555-0198",
    "email": "luz@example.com",
    "relation": "child",
    "may_be_told": "yes",
}


def a_person(**changes: Any) -> dict[str, Any]:
    """What somebody types about a patient whom nobody else in the test is."""
    number = next(_count)
    return {
        "given_name": "Rosa",
        "family_name": f"Sample {number}",
        "birth_date-month": "3",
        "birth_date-day": "9",
        "birth_date-year": "1951",
        "phone": f"(915) 555-{100 + number % 90:04d}",
        "email": f"rosa{number}@example.com",
        "language": "en",
        "remind_by": ["email", "phone"],
        **changes,
    }


def take_away(app: Flask, start: str, now: datetime = NOW, mode: Mode = Mode.IN_PERSON) -> None:
    """Let other people book a time until nobody is free at it."""
    house = house_of(app)
    with pytest.raises((SlotTaken, NotOffered)):
        for _ in range(9):
            request = replace(a_request(house, mode), start=datetime.fromisoformat(start))
            booking.book(house, request, SOMEBODY, now)


def visit_of(app: Flask, secret: str) -> Visit:
    """The visit that a private page is about."""
    house = house_of(app)
    link = private_links.find(house, secret, [LinkPurpose.MANAGE], NOW)
    assert link.appointment_id is not None
    return changing.show(house, link.appointment_id)


def heading(answer: TestResponse) -> str:
    """The main heading of a page, in one line."""
    found = re.search(r"<h1[^>]*>(.*?)</h1>", answer.text, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found.group(1)).split()) if found else ""


def words(answer: TestResponse) -> str:
    """What a page says, in one line with plain spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).replace("\u00a0", " ").split())


@pytest.fixture
def clock() -> Iterator[Clock]:
    """It is Monday, September 14, 2026, 9:00 in El Paso, until the test moves it."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def visitor(app: Flask, clock: Clock) -> Visitor:
    """Somebody who reads English."""
    return Visitor(app)


@pytest.fixture
def someone(app: Flask, clock: Clock) -> Callable[..., Visitor]:
    """Makes further people, each with a browser of their own."""

    def make(language: str = "en", **person: Any) -> Visitor:
        return Visitor(app, language, person)

    return make

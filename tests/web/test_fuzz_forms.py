"""Rubbish in every form and every address of the site: it may be refused in any way but by an accident.

Doors are found from the route map, so a new form is tried without being named here. Each is tried by a stranger and by
a manager, with and without its token, on both engines (PostgreSQL refuses signs that SQLite keeps). A wanderer fills
page after page, mostly sensibly, and so reaches what lies behind the first step.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.routing import Rule
from werkzeug.routing.converters import AnyConverter, IntegerConverter
from werkzeug.test import TestResponse

from scheduler.persistence.appointments import AppointmentRow
from scheduler.web.guards import StaffGuard
from scheduler.web.routes import door_of
from tests.inspector import Inspector
from tests.programs import Program
from tests.rubbish import RUBBISH, FoundForm, forms_in
from tests.staff import at_work, hire

EMAIL = "manager@example.com"
ADDRESSES = 3
"""Tried of each rule that has something to fill in; a rule without is tried once."""

ONE_WRONG = 4
"""Times that each form is filled sensibly but for one value."""

WALKS, STEPS = 6, 28


@dataclass(slots=True)
class Site:
    """The site under test, the secrets of one visit, and the accidents found so far."""

    app: Flask
    secrets: list[str]
    accidents: list[str] = field(default_factory=list)

    def browser(self, *, manager: bool = False) -> Inspector:
        """A fresh browser, signed in or not."""
        return at_work(self.app, EMAIL) if manager else cast("Inspector", self.app.test_client())

    def ask(self, client: Inspector, method: str, path: str, **sent: Any) -> TestResponse | None:
        """Ask, and note an accident; None when there was one."""
        try:
            return client.open(path, method=method, **sent)
        except Exception as accident:  # noqa: BLE001 - every kind of accident is what is looked for
            self.accidents.append(f"{method} {path[:80]}: {_told(accident)}")
            return None

    def rules(self, method: str) -> list[Rule]:
        """The site's own rules of a method, the API's apart: its door has a test of its own."""
        return [
            rule
            for rule in self.app.url_map.iter_rules()
            if method in (rule.methods or ())
            and (door := door_of(rule.endpoint.rpartition(".")[0]))
            and not door.api
        ]

    def addresses(self, rule: Rule, chance: Random) -> Iterator[str]:
        """Addresses of a rule without end: good secrets and dates, small numbers, rubbish."""
        bound = self.app.url_map.bind("localhost")
        while True:
            values = {name: self._value(rule, name, chance) for name in rule.arguments}
            yield bound.build(
                rule.endpoint, values, next(iter((rule.methods or set()) - {"HEAD", "OPTIONS"}))
            )

    def _value(self, rule: Rule, name: str, chance: Random) -> object:
        converter = rule._converters[name]
        if isinstance(converter, AnyConverter):
            return chance.choice(sorted(converter.items))
        if isinstance(converter, IntegerConverter):
            low = converter.min or 0
            return chance.choice([low, low + 1, converter.max or 2**63, converter.max or 10**30])
        if name == "token" and chance.random() < 0.8:
            return chance.choice(self.secrets)
        if name == "day" and chance.random() < 0.6:
            return "2026-09-16"
        text = chance.choice(
            [text for text in RUBBISH if text.strip(". ") and "/" not in text and len(text) < 2000]
        )
        exact = _EXACT.fullmatch(converter.regex)
        return (text * int(exact[1]))[: int(exact[1])] if exact else text


_EXACT = re.compile(r"\[\^/\]\{(\d+)\}")
"""How a converter writes that it wants text of one length."""


def _told(accident: Exception) -> str:
    """What an accident was and where; an inspector's complaint in full."""
    places = [
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"
        for frame in traceback.extract_tb(accident.__traceback__)
        if "/scheduler/" in frame.filename
    ]
    said = str(accident)[:300] if isinstance(accident, AssertionError) else ""
    return f"{type(accident).__name__} {said} at {places[-2:]}"


@pytest.fixture
def site(everywhere: Program) -> Site:
    everywhere.app.config["PROPAGATE_EXCEPTIONS"] = True
    hire(everywhere.app, EMAIL, "manager")
    visit = everywhere.book(mode="virtual")
    secrets = {urlsplit(address).path.split("/")[2] for address in visit["links"].values()}
    return Site(everywhere.app, sorted(secrets))


def test_no_address_and_no_form_of_the_site_answers_rubbish_with_an_accident(site: Site) -> None:
    for rule in site.rules("GET"):
        _open(site, rule)
    for rule in site.rules("POST"):
        _send(site, rule)
    assert not site.accidents, "\n".join(sorted(set(site.accidents)))


def _open(site: Site, rule: Rule) -> None:
    """Open addresses of a rule, with rubbish after the question mark."""
    chance, client = Random(rule.rule), site.browser(manager=_is_for_staff(rule))
    for path in islice(site.addresses(rule, chance), ADDRESSES if rule.arguments else 1):
        asked = {chance.choice(("lang", "practitioner", "part", "start", "next")): chance.choice(RUBBISH)}
        site.ask(client, "GET", path, query_string=asked)


def _send(site: Site, rule: Rule) -> None:
    chance, client = Random(rule.rule), site.browser(manager=_is_for_staff(rule))
    for path in islice(site.addresses(rule, chance), ADDRESSES if rule.arguments else 1):
        form = _form_at(site, client, path, rule)
        for sent in _contents(form, chance):
            site.ask(client, "POST", path, **sent)
        site.ask(site.browser(), "POST", path, data={"name": chance.choice(RUBBISH)})


def _is_for_staff(rule: Rule) -> bool:
    door = door_of(rule.endpoint.rpartition(".")[0])
    return door is not None and any(isinstance(guard, StaffGuard) for guard in door.guards)


def _form_at(site: Site, client: Inspector, path: str, rule: Rule) -> FoundForm:
    """The form that posts to this address, if its page shows one now; else one with the token alone."""
    page = site.ask(client, "GET", path) if "GET" in _methods_at(site, rule) else None
    found = forms_in(page.text) if page is not None and page.mimetype == "text/html" else []
    return next(
        (form for form in found if form.method == "post" and form.action in {"", path}), _bare(site, client)
    )


def _methods_at(site: Site, rule: Rule) -> set[str]:
    return {
        method
        for other in site.app.url_map.iter_rules()
        if other.rule == rule.rule
        for method in other.methods or ()
    }


def _bare(site: Site, client: Inspector) -> FoundForm:
    page = site.ask(client, "GET", "/sign-out")
    assert page is not None
    token = next(form.hidden["csrf_token"] for form in forms_in(page.text) if "csrf_token" in form.hidden)
    return FoundForm("", "post", {"csrf_token": token})


def _contents(form: FoundForm, chance: Random) -> Iterator[dict[str, Any]]:
    """What is sent: nothing, one rubbish value among good ones, rubbish alone, twice the same, and no form at all."""
    names = sorted(form.fields) or ["start", "name", "phone", "reason", "handle"]
    yield {"data": form.hidden}
    for _ in range(ONE_WRONG):
        yield {"data": {**form.sensibly(chance), chance.choice(names): chance.choice(RUBBISH)}}
    yield {"data": {**{name: chance.choice(RUBBISH) for name in names}, **form.hidden}}
    yield {"data": {**{name: [chance.choice(RUBBISH), "x"] for name in names}, **form.hidden}}
    yield {"data": b"csrf_token=%ED%A0%80&" + bytes(chance.randrange(256) for _ in range(200))}
    yield {"data": b"{", "content_type": "multipart/form-data; boundary=x"}


def test_no_form_of_the_site_works_without_its_token(site: Site) -> None:
    client, manager = site.browser(), site.browser(manager=True)
    for rule in site.rules("POST"):
        door = door_of(rule.endpoint.rpartition(".")[0])
        if (
            door is None or door.called
        ):  # machines post there without a form; their doors have tests of their own
            continue
        path = next(site.addresses(rule, Random(0)))
        for token in ({}, {"csrf_token": "x"}, {"csrf_token": "\x00" * 9}):
            for browser in (client, manager):
                answer = site.ask(browser, "POST", path, data={"name": "Ana", **token})
                assert answer is not None
                assert answer.status_code == 400, rule


def test_no_form_of_the_site_takes_more_than_it_should(site: Site) -> None:
    client = site.browser()
    for rule in site.rules("POST"):
        path = next(site.addresses(rule, Random(0)))
        answer = site.ask(client, "POST", path, data={"name": "x" * 1_000_001})
        assert answer is not None
        assert answer.status_code == 413, rule


def test_a_wanderer_gets_far_and_meets_no_accident(site: Site) -> None:
    starts = [rule.rule for rule in site.rules("GET") if not rule.arguments and "vendor" not in rule.rule]
    starts += [f"/my/{secret}" for secret in site.secrets]
    for walk in range(WALKS):
        _wander(site, Random(walk), starts)
    with site.app.extensions["database"].reading() as connection:
        booked = connection.execute(select(func.count()).select_from(AppointmentRow)).scalar_one()
    assert not site.accidents, "\n".join(sorted(set(site.accidents)))
    assert booked > 1, "no walk came to a booked visit"


def _wander(site: Site, chance: Random, starts: list[str]) -> None:
    client, path = site.browser(), "/book"
    for _ in range(STEPS):
        page = site.ask(client, "GET", path, follow_redirects=True)
        forms = forms_in(page.text) if page is not None and page.mimetype == "text/html" else []
        if not forms or chance.random() < 0.05:
            path = chance.choice(starts)
            continue
        form = chance.choice(forms) if chance.random() < 0.2 else max(forms, key=_weight)
        filled = form.sensibly(chance)
        if chance.random() < 0.15 and form.fields:
            filled[chance.choice(sorted(form.fields))] = chance.choice(RUBBISH)
        path = _sent_on(site, client, form, filled, urlsplit(page.request.path).path if page else path)


def _weight(form: FoundForm) -> tuple[bool, int]:
    """The form that a page is about: it posts, and it asks most."""
    return form.method == "post", len(form.fields)


def _sent_on(site: Site, client: Inspector, form: FoundForm, filled: dict[str, str], here: str) -> str:
    """Send a form and say where it leads."""
    target = form.action or here
    if form.method == "get":
        site.ask(client, "GET", target, query_string=filled)
        return here
    answer = site.ask(client, "POST", target, data=filled)
    return urlsplit(answer.location).path if answer is not None and answer.location else here

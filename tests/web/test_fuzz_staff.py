"""Rubbish in every form that a working day shows to the staff: real visits, calls, blocks and people behind each.

A crawler walks over the pages of a demo that is at work, so a new form is tried without being named here. The other
fuzz (`test_fuzz_forms`) tries addresses that lead nowhere; here every address is good and what is typed is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException

from scheduler.domain.actor import SYSTEM
from scheduler.services import seeding
from scheduler.services.directory import clinic
from tests.engines import NOW
from tests.inspector import Inspector
from tests.programs import Program, house_of
from tests.rubbish import RUBBISH, FoundForm, forms_in
from tests.staff import at_work, hire
from tests.web.test_fuzz_forms import Site

EMAIL = "everything@example.com"
STARTS = ("/desk", "/desk?view=week", "/desk/book", "/desk/walk-in", "/desk/todo", "/clinic", "/manage/")
SKIPPED = frozenset({"sign_in.leave", "screen.lock", "account.end_session", "account.end_all"})
"""What would end the crawler's own session."""

PAGES_OF_A_KIND = 3
TRIES = 3
DESK = {
    "desk_booking.book",
    "desk_booking.walk_in",
    "desk_move.move",
    "desk_visit.press",
    "desk_visit.cancel",
    "desk_visit.note",
    "blocks.add",
    "todo.act",
    "waiting.join",
    "waiting.close",
    "waiting.keep_settings",
    "desk_people.found",
}
"""Forms of the desk that the crawl must come by."""


@pytest.fixture
def site(everywhere: Program, tmp_path: Path) -> Site:
    """A demo at work, and somebody who may do everything."""
    app = everywhere.app
    app.config["PROPAGATE_EXCEPTIONS"] = True
    house = house_of(app)
    assert seeding.seed_demo(house, tmp_path, "http://localhost", SYSTEM, NOW)
    doctor = clinic(house.database).practitioners[0].id
    hire(app, EMAIL, "desk", "manager", "clinician", practitioner_id=doctor)
    return Site(app, [])


def test_no_form_that_the_staff_are_shown_answers_rubbish_with_an_accident(site: Site) -> None:
    client, tried = at_work(site.app, EMAIL), set()
    for here, form in _forms(site, client):
        endpoint = _endpoint(site.app, form.action or here, "POST")
        if endpoint in SKIPPED:
            continue
        chance = Random(f"{here} {endpoint}")
        for sent in _contents(form, chance):
            site.ask(client, "POST", form.action or here, data=sent)
        tried.add(endpoint)
        if client.get("/account").status_code != 200:
            client = at_work(site.app, EMAIL)
    assert not site.accidents, "\n".join(sorted(set(site.accidents)))
    assert tried >= DESK, DESK - tried


def _forms(site: Site, client: Inspector) -> Iterator[tuple[str, FoundForm]]:
    """Every form of every kind of page that links lead to, each kind of form once."""
    waiting, seen, pages, given = list(STARTS), set(STARTS), dict[str, int](), dict[Any, int]()
    while waiting:
        path = waiting.pop(0)
        kind = _endpoint(site.app, path, "GET")
        if not kind or pages.get(kind, 0) >= PAGES_OF_A_KIND:
            continue
        pages[kind] = pages.get(kind, 0) + 1
        page = site.ask(client, "GET", path)
        if page is None or page.mimetype != "text/html" or page.status_code != 200:
            continue
        for link in _links(page.text):
            if link not in seen:
                seen.add(link)
                waiting.append(link)
        for form in forms_in(page.text):
            mark = (_endpoint(site.app, form.action or path, "POST"), tuple(sorted(form.fields)))
            given[mark] = given.get(mark, 0) + 1
            if form.method == "post" and given[mark] == 1:
                yield urlsplit(path).path, form


def _links(html: str) -> list[str]:
    """The site's own addresses on a page, in their order; calls, mails and files elsewhere are left out."""
    found = (part.partition('"')[0].replace("&amp;", "&") for part in html.split('href="')[1:])
    return [link.partition("#")[0] for link in found if link.startswith("/") and not link.startswith("//")]


def _endpoint(app: Flask, address: str, method: str) -> str:
    """The view behind an address, or nothing."""
    try:
        return str(app.url_map.bind("localhost").match(urlsplit(address).path, method)[0])
    except HTTPException:
        return ""


def _contents(form: FoundForm, chance: Random) -> Iterator[dict[str, Any]]:
    """Nothing; one value wrong among good ones; rubbish in what is typed; rubbish in what is carried unseen."""
    token = {name: value for name, value in form.hidden.items() if name == "csrf_token"}
    names = sorted({*form.fields, *form.hidden} - {"csrf_token"}) or ["name"]
    yield token
    for _ in range(TRIES):
        yield {**form.sensibly(chance), chance.choice(names): chance.choice(RUBBISH)}
    yield {**{name: chance.choice(RUBBISH) for name in form.fields}, **form.hidden}
    yield {**{name: chance.choice(RUBBISH) for name in names}, **token}
    yield {**{name: [chance.choice(RUBBISH), chance.choice(RUBBISH)] for name in names}, **token}

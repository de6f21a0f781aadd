"""The call list on the screen and on paper: whom to call, what to say in their language, and three outcomes."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from scheduler.domain.message_story import Outcome
from scheduler.domain.visit import Visit
from scheduler.services import ledger
from scheduler.translations import phones
from tests.engines import CLERK, NOW, a_patient
from tests.inspector import Inspector
from tests.patients import words
from tests.post import book
from tests.programs import house_of
from tests.services.test_ledger import confirmation


def a_call(app: Flask, **changes: object) -> tuple[Visit, int]:
    """A visit to be called about, and the call's number."""
    house = house_of(app)
    visit = book(house, patient=a_patient(**changes))
    ledger.call_instead(house, confirmation(house, visit).entry.id, CLERK, NOW)
    found = ledger.of_visit(house, visit.appointment.public_id, CLERK, NOW)[1].lines
    return visit, max(line.entry.id for line in found)


def test_a_quiet_day_says_so(clerk: Inspector) -> None:
    assert "Nobody waits for a call." in words(clerk.get("/desk/calls"))


def test_a_call_says_whom_where_when_and_what_about(app: Flask, clerk: Inspector) -> None:
    visit, _ = a_call(app)
    page = clerk.get("/desk/calls")
    assert "Monday, September 14. One call waits." in words(page)
    assert visit.patient.name in page.text
    assert f'href="{phones.href(visit.patient.phone)}"' in page.text


def test_the_words_to_say_are_in_the_language_of_who_is_called(app: Flask, clerk: Inspector) -> None:
    a_call(app, language="es")
    said = re.search(r'lang="es">([^<]*)</p>', clerk.get("/desk/calls").text)
    assert said
    assert "Buenos días" in said[1]
    assert "Su cita está programada" in said[1]


@pytest.mark.parametrize("outcome", Outcome)
def test_an_outcome_is_one_press_and_can_be_taken_back(
    app: Flask, clerk: Inspector, outcome: Outcome
) -> None:
    visit, number = a_call(app)
    answer = clerk.submit("/desk/calls", {"outcome": outcome.value}, to=f"/desk/calls/{number}")
    assert answer.status_code == 303
    page = clerk.get("/desk/calls")
    assert "Called today" in page.text
    assert "0 calls wait." in words(page)
    clerk.submit("/desk/calls", {}, to=f"/desk/calls/{number}/again")
    assert "One call waits." in words(clerk.get("/desk/calls"))
    assert visit.patient.name in clerk.get("/desk/calls").text


def test_an_outcome_that_is_none_is_refused(app: Flask, clerk: Inspector) -> None:
    _, number = a_call(app)
    answer = clerk.submit("/desk/calls", {"outcome": "bribed"}, to=f"/desk/calls/{number}")
    assert answer.status_code == 422


def test_every_outcome_has_its_key_and_its_box_on_paper(app: Flask, clerk: Inspector) -> None:
    a_call(app)
    page = clerk.get("/desk/calls").text
    assert re.findall(r'data-key="(\w)"', page) == ["R", "V", "W"]
    paper = re.search(r'class="clinic-only-print">(.*?)</p>', page, re.DOTALL)
    assert paper
    assert paper[1].count("&#9744;") == 3

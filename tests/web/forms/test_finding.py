"""The one line of the desk's search: a day and a state are understood in it, and the rest is a name or a number."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from scheduler.domain.desk_state import DeskState
from scheduler.services.finding import Wish
from scheduler.web.forms.finding import wish_of

TODAY = date(2026, 9, 14)


@pytest.mark.parametrize(
    ("typed", "wish"),
    [
        ("garcia", Wish("garcia")),
        ("915 555-0147", Wish("915 555-0147")),
        ("3/9/1951", Wish("3/9/1951")),
        ("123 456", Wish("123 456")),
        ("today", Wish("today", "", TODAY)),
        ("TODAY", Wish("TODAY", "", TODAY)),
        ("garcia  tomorrow", Wish("garcia tomorrow", "garcia", date(2026, 9, 15))),
        ("yesterday no-show", Wish("yesterday no-show", "", date(2026, 9, 13), DeskState.NO_SHOW)),
        ("no show garcía", Wish("no show garcía", "garcía", TODAY, DeskState.NO_SHOW)),
        ("in room", Wish("in room", "", TODAY, DeskState.IN_ROOM)),
        ("9/20", Wish("9/20", "", date(2026, 9, 20))),
        ("1/5", Wish("1/5", "", date(2027, 1, 5))),
        ("luz 2026-10-02", Wish("luz 2026-10-02", "luz", date(2026, 10, 2))),
        ("10/2/2026 cancelled", Wish("10/2/2026 cancelled", "", date(2026, 10, 2), DeskState.CANCELLED)),
        ("13/45", Wish("13/45")),
        ("2/30/2026", Wish("2/30/2026")),
        ("todays", Wish("todays")),
        ("ß" * 200, Wish("ß" * 80)),
        ("", Wish("")),
    ],
)
def test_a_line_is_understood(app: Flask, typed: str, wish: Wish) -> None:
    with app.test_request_context("/?lang=en"):
        assert wish_of(typed, TODAY) == wish


@pytest.mark.parametrize(
    ("typed", "wish"),
    [
        ("hoy", Wish("hoy", "", TODAY)),
        ("garcía mañana", Wish("garcía mañana", "garcía", date(2026, 9, 15))),
        ("ayer", Wish("ayer", "", date(2026, 9, 13))),
        ("confirmada hoy", Wish("confirmada hoy", "", TODAY, DeskState.CONFIRMED)),
        ("manana", Wish("manana", "", date(2026, 9, 15))),
    ],
)
def test_a_line_is_understood_in_spanish(app: Flask, typed: str, wish: Wish) -> None:
    with app.test_request_context("/?lang=es"):
        assert wish_of(typed, TODAY) == wish

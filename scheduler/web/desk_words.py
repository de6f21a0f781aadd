"""The desk's own words in the page's language: what each state is called, its sign and key, how long people wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Flask

from scheduler.domain.calendar import View
from scheduler.domain.desk_state import DeskState
from scheduler.domain.directory import Mode
from scheduler.domain.wording import N_
from scheduler.translations import LOCALES, times
from scheduler.web.i18n import gettext as _
from scheduler.web.i18n import language


@dataclass(frozen=True, slots=True)
class StateWords:
    """How a state is shown: its word, what pressing it says, a sign beside the colour, the key."""

    word: str
    press: str
    sign: str
    key: str


STATES: Mapping[DeskState, StateWords] = {
    DeskState.BOOKED: StateWords(N_("Booked"), N_("Not here yet"), "○", "B"),
    DeskState.CONFIRMED: StateWords(N_("Confirmed"), N_("Has confirmed"), "✓", "C"),
    DeskState.ARRIVED: StateWords(N_("Is here"), N_("Is here now"), "●", "A"),
    DeskState.IN_ROOM: StateWords(N_("In room"), N_("Is in the room"), "◧", "R"),
    DeskState.SEEN: StateWords(N_("Seen"), N_("Was seen"), "✔", "S"),
    DeskState.NO_SHOW: StateWords(N_("No-show"), N_("Did not come"), "✕", "X"),
    DeskState.LEFT: StateWords(N_("Left unseen"), N_("Left without being seen"), "↩", "L"),
    DeskState.CANCELLED: StateWords(N_("Cancelled"), N_("Cancel the visit"), "–", "K"),
}

VIEWS: Mapping[View, str] = {
    View.CLINICIANS: N_("By clinician"),
    View.ROOMS: N_("By room"),
    View.WEEK: N_("Week"),
    View.MONTH: N_("Month"),
}

MODE_TAGS: Mapping[Mode, str] = {Mode.VIRTUAL: N_("Video"), Mode.PHONE: N_("Phone")}
"""What is said of a visit beside its kind; people who come to the office are the rule."""


def init_app(app: Flask) -> None:
    """Teach the templates the filters below."""
    app.jinja_env.filters.update(
        state_word=state_word, state_sign=state_sign, short_date=short_date, weekday_letter=weekday_letter
    )


def state_word(state: DeskState) -> str:
    """`{{ state|state_word }}`: "Is here"."""
    return _(STATES[state].word)


def state_sign(state: DeskState) -> str:
    """`{{ state|state_sign }}`: the sign beside the word."""
    return STATES[state].sign


def short_date(when: datetime) -> str:
    """`{{ day|short_date }}`: "Tue Dec 1"."""
    return times.short_day(when, language())


def weekday_letter(when: datetime) -> str:
    """`{{ day|weekday_letter }}`: "T", above a narrow column."""
    return str(LOCALES[language()].days["stand-alone"]["narrow"][when.weekday()])


def waited(since: datetime | None, until: datetime) -> int | None:
    """Whole minutes that somebody has waited; None when nobody does."""
    return None if since is None else max(0, int((until - since).total_seconds() // 60))

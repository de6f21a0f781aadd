"""The one line of the desk's search, read for the day and the state in it: "garcia tomorrow", "no-show 12/1"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from scheduler.domain.desk_state import DeskState
from scheduler.domain.sounding import folded
from scheduler.domain.wording import N_
from scheduler.services.finding import Wish
from scheduler.web.desk_words import STATES
from scheduler.web.forms.entry import YEARS
from scheduler.web.i18n import gettext as _

LONGEST = 80
DAYS = {-1: N_("yesterday"), 0: N_("today"), 1: N_("tomorrow")}
_ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_SLASHED = re.compile(r"\b(\d{1,2})/(\d{1,2})(?:/(\d{4}))?(?![\d/])")
HALF_A_YEAR = 183


def wish_of(typed: str, today: date) -> Wish:
    """What is looked for; what names neither a day nor a state is a name, a telephone number or a code."""
    words = " ".join(typed[:LONGEST].split())
    day, rest = _day(words, today)
    state, rest = _state(rest)
    if day is None and state is None:
        return Wish(words)
    return Wish(words, rest, day or today, state)


def _day(words: str, today: date) -> tuple[date | None, str]:
    """The day that is named, and the other words."""
    for pattern in (_ISO, _SLASHED):
        for match in pattern.finditer(words):
            found = _date(match, today)
            if found is not None:
                return found, _without(words, match)
    for step, word in DAYS.items():
        said = _whole(_(word), words)
        if said is not None:
            return today + timedelta(days=step), _without(words, said)
    return None, words


def _date(match: re.Match[str], today: date) -> date | None:
    """A date as typed; one without its year is the nearest one."""
    one, two, three = match.groups()
    try:
        if match.re is _ISO:
            found = date(int(one), int(two), int(three))
        else:
            found = date(int(three) if three else today.year, int(one), int(two))
    except ValueError:
        return None
    if match.re is _SLASHED and not three:
        found = _nearest(found, today)
    return found if found.year in YEARS else None


def _nearest(found: date, today: date) -> date:
    if abs((found - today).days) <= HALF_A_YEAR:
        return found
    try:
        return found.replace(year=found.year + (1 if found < today else -1))
    except ValueError:
        return found


def _state(words: str) -> tuple[DeskState | None, str]:
    """The state that is named, by its word on the page or its code, and the other words."""
    for state, phrase in sorted(_phrases(), key=lambda pair: -len(pair[1])):
        match = _whole(phrase, words)
        if match:
            return state, _without(words, match)
    return None, words


def _phrases() -> Iterator[tuple[DeskState, str]]:
    for state, each in STATES.items():
        yield state, _(each.word)
        yield state, state.value


def _whole(phrase: str, words: str) -> re.Match[str] | None:
    """Where a phrase stands in what was typed, whatever its letters' size and accents; signs count as spaces."""
    pattern = r"[\W_]+".join(map(re.escape, folded(phrase).split()))
    return re.search(rf"\b{pattern}\b", _level(words)) if pattern else None


def _level(words: str) -> str:
    """The words in small letters without accents, each at its place."""
    return "".join((folded(sign) or sign)[0] for sign in words)


def _without(words: str, match: re.Match[str]) -> str:
    return " ".join((words[: match.start()] + " " + words[match.end() :]).split())

"""Finding anything from one line: people by name, telephone or birthday, visits by spoken code, day, state or name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.calendar import Entry
from scheduler.domain.desk_state import DeskState
from scheduler.domain.interval import instant
from scheduler.domain.right import Right, demand
from scheduler.domain.sounding import folded
from scheduler.domain.spoken_code import numbers_of
from scheduler.domain.visit import Visit
from scheduler.domain.wall_clock import day_span
from scheduler.persistence import calendar, messages, visits
from scheduler.services import looking, people_search
from scheduler.services.house import House
from scheduler.services.looking import Seen
from scheduler.services.people_search import Found

MOST = 12


@dataclass(frozen=True, slots=True)
class Wish:
    """What was typed, as far as it was understood: `words` as they stand, `names` without the day and the state.

    `day` is on the clinic's wall; a state without a day means today.
    """

    words: str
    names: str = ""
    day: date | None = None
    state: DeskState | None = None


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found; without `is_whole` the book of names is still being read, and more people may be known."""

    people: tuple[Found, ...]
    visits: tuple[Visit, ...]
    is_whole: bool


def find(house: House, wish: Wish, actor: Actor, now: datetime) -> Hits:
    """Find people and visits, and write down who was shown.

    :raises NotPermitted: when the actor may not look for people or visits.
    """
    demand(actor, Right.SEE_PEOPLE)
    demand(actor, Right.SEE_VISITS)
    people, is_whole = people_search.look(house, wish.names or wish.words, actor, now)
    with house.database.transaction() as connection:
        numbers = _by_code(connection, wish) or _of_day(connection, house, wish)
        clinic = house.clinic(connection)
        found = visits.many(connection, house.vault, clinic, numbers) if numbers else []
        looking.at_list(connection, actor, "find-visit", map(Seen.visit, found), now)
    return Hits(tuple(people), tuple(found), is_whole)


def _by_code(connection: Connection, wish: Wish) -> list[int]:
    """The newest visits that a code of six digits may mean."""
    return numbers_of(wish.words, messages.highest_visit(connection))[:MOST]


def _of_day(connection: Connection, house: House, wish: Wish) -> list[int]:
    if wish.day is None:
        return []
    zone = house.clinic(connection).organization.zone
    first, after = (instant(edge) for edge in day_span(zone, wish.day.toordinal()))
    found = [each for each in calendar.entries(connection, house.vault, first, after) if _fits(each, wish)]
    return [each.id for each in _standing_first(found)[:MOST]]


def _fits(entry: Entry, wish: Wish) -> bool:
    """Say whether a visit is in the state that was asked for, and its patient has every name."""
    name = f" {folded(entry.patient)}"
    return wish.state in (None, entry.state) and all(
        f" {word}" in name for word in folded(wish.names).split()
    )


def _standing_first(entries: Sequence[Entry]) -> list[Entry]:
    """Those that were given up come last, so that they never push a standing one off the list."""
    return sorted(entries, key=lambda each: (each.state is DeskState.CANCELLED, each.start))

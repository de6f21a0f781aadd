"""The board of who is where as a page prints it: four lanes of people by their initials, with the minutes they wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import request

from scheduler.domain.calendar import minute_of
from scheduler.domain.desk_state import DeskState
from scheduler.domain.flow import LONG, Whereabouts
from scheduler.domain.interval import instant
from scheduler.domain.wording import N_
from scheduler.services.flow import Board
from scheduler.translations import times
from scheduler.web.context import clinic, now
from scheduler.web.desk_words import waited
from scheduler.web.i18n import gettext as _
from scheduler.web.i18n import language

LANES: tuple[tuple[str, str, frozenset[DeskState]], ...] = (
    ("expected", N_("Expected"), frozenset({DeskState.BOOKED, DeskState.CONFIRMED})),
    ("arrived", N_("Is here"), frozenset({DeskState.ARRIVED})),
    ("in-room", N_("In room"), frozenset({DeskState.IN_ROOM})),
    ("seen", N_("Seen"), frozenset({DeskState.SEEN})),
)
"""The way through the house, from left to right."""


@dataclass(frozen=True, slots=True)
class Card:
    """One person on the board; `late` are the minutes that somebody expected is late, from a quarter of an hour on."""

    number: int
    initials: str
    start: str
    who: str
    room: str
    minutes: int | None
    is_long: bool
    late: int | None


def place_asked() -> int | None:
    """The office whose board is asked for; None for all of them."""
    asked = request.args.get("place", "")
    return next((place.id for place in clinic().locations if str(place.id) == asked), None)


def board_words(board: Board) -> dict[str, Any]:
    """What the template of the board needs."""
    moment = now()
    lanes = [
        (code, _(words), [_card(each, board.zone, moment) for each in board.people if each.state in states])
        for code, words, states in LANES
    ]
    clock = times.clock(moment.astimezone(ZoneInfo(board.zone)), language())
    return {"lanes": lanes, "day": board.day, "clock": clock, "place": place_asked()}


def _card(one: Whereabouts, zone: str, moment: datetime) -> Card:
    known = clinic()
    minutes = waited(one.since, moment)
    late = waited(instant(one.start), moment) if one.state in LANES[0][2] else None
    return Card(
        one.number,
        one.initials,
        times.wall(minute_of(zone, one.start), language()),
        known.practitioner(one.practitioner_id).name,
        known.room(one.room_id).name if one.room_id else "",
        minutes,
        minutes is not None and minutes >= LONG,
        late if late is not None and late >= LONG else None,
    )

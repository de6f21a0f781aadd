"""The board for the wall: who is expected, here, in a room, seen today; initials alone, and the minutes waited."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from scheduler.domain.calendar import Entry, View, minute_of
from scheduler.domain.desk_state import DeskState
from scheduler.domain.interval import epoch
from scheduler.domain.wall_clock import local_day
from scheduler.domain.wording import N_
from scheduler.services import calendar
from scheduler.services.calendar import Wish
from scheduler.translations import times
from scheduler.web.context import actor, clinic, house, now
from scheduler.web.desk_words import waited
from scheduler.web.i18n import gettext as _
from scheduler.web.i18n import language

bp = Blueprint("desk_flow", __name__)

LANES: tuple[tuple[str, frozenset[DeskState]], ...] = (
    (N_("Expected"), frozenset({DeskState.BOOKED, DeskState.CONFIRMED})),
    (N_("Is here"), frozenset({DeskState.ARRIVED})),
    (N_("In room"), frozenset({DeskState.IN_ROOM})),
    (N_("Seen"), frozenset({DeskState.SEEN})),
)
"""The way through the house, from left to right."""

BOARD = ("desk_flow.board",)
"""What goes on while the rest of the screen is locked: nobody touches a board on the wall, and it names nobody."""

LONG = 15
"""Minutes after which a wait is marked."""


@dataclass(frozen=True, slots=True)
class Card:
    """One person on the board."""

    number: int
    initials: str
    start: str
    who: str
    room: str
    minutes: int | None
    is_long: bool


@bp.get("/flow")
def board() -> ResponseReturnValue:
    """Show where everybody of today is."""
    known = clinic()
    place = request.args.get("place", "")
    wish = Wish(
        View.CLINICIANS, date.min, None, next((p.id for p in known.locations if str(p.id) == place), None)
    )
    zone = calendar.zone_of(known, wish)
    wish = replace(wish, day=local_day(zone, epoch(now())))
    found = calendar.of_day(house(), wish, actor())
    lanes = [
        (_(words), [_card(each, zone) for each in found if each.state in states]) for words, states in LANES
    ]
    return render_template("desk_flow/board.html", lanes=lanes, day=wish.day, place=place)


def _card(entry: Entry, zone: str) -> Card:
    known = clinic()
    since = {DeskState.ARRIVED: entry.arrived_at, DeskState.IN_ROOM: entry.roomed_at}.get(entry.state)
    minutes = waited(since, now())
    return Card(
        entry.id,
        entry.initials,
        times.wall(minute_of(zone, entry.start), language()),
        known.practitioner(entry.practitioner_id).name,
        known.room(entry.room_id).name if entry.room_id else "",
        minutes,
        minutes is not None and minutes >= LONG,
    )

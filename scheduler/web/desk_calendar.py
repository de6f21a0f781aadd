"""The front desk's calendar: a day by clinician or room, a week of one of them, a month in numbers; live while open."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from scheduler.domain.calendar import Column, Entry, Grid, Placed, View, minute_of
from scheduler.domain.clinic import Clinic
from scheduler.domain.desk_state import DeskState
from scheduler.domain.interval import epoch
from scheduler.domain.wall_clock import local_day
from scheduler.services import calendar, undoing
from scheduler.services.calendar import Page, Wish
from scheduler.translations import times
from scheduler.web.context import actor, clinic, house, now, settings
from scheduler.web.desk_words import MODE_TAGS, STATES, VIEWS, waited
from scheduler.web.forms.entry import day_of
from scheduler.web.i18n import gettext as _
from scheduler.web.i18n import language

bp = Blueprint("desk_calendar", __name__)

DENSITY = "density"
COMPACT, COMFORTABLE = "compact", "comfortable"
_YEAR = 365 * 24 * 3600
ALL_PLACES = "all"


@dataclass(frozen=True, slots=True)
class Line:
    """One visit as the grid prints it: where it lies, and every word of it in the page's language."""

    placed: Placed
    entry: Entry
    start: str
    span: str
    kind: str
    mode: str
    state: str
    sign: str
    who: str
    minutes: int | None


@dataclass(frozen=True, slots=True)
class Strip:
    """One column as the grid prints it."""

    column: Column
    title: str
    lines: tuple[Line, ...]


@bp.get("")
def day() -> ResponseReturnValue:
    """Show a page of the calendar."""
    wish = asked(request.args, clinic())
    calendar.note_look(house(), wish, actor(), epoch(now()))
    answer = make_response(_month(wish) if wish.view is View.MONTH else _grid_page(wish))
    chosen = request.args.get(DENSITY)
    if chosen in {COMPACT, COMFORTABLE}:
        answer.set_cookie(DENSITY, chosen, max_age=_YEAR, secure=settings().is_https, samesite="Lax")
    return answer


@bp.get("/live")
def live() -> ResponseReturnValue:
    """The page once more for a browser that has it open; "not changed" costs one statement."""
    wish = asked(request.args, clinic())
    if wish.view is View.MONTH:
        return redirect(url_for(".day", **words_of(wish)))
    tag = _tag(wish)
    if tag in request.if_none_match:
        return Response(status=304, headers={"ETag": f'"{tag}"'})
    answer = make_response(_grid_page(wish))
    answer.set_etag(tag)
    return answer


@bp.get("/keys")
def keys() -> ResponseReturnValue:
    """List the keys that the calendar knows."""
    return render_template(
        "desk_calendar/keys.html", states=[(each.key, _(each.press)) for each in STATES.values()]
    )


@bp.get("/sheet")
def sheet() -> ResponseReturnValue:
    """One clinician's day as a list to print, in large letters when they are asked for."""
    known = clinic()
    wish = asked(MultiDict({**request.args, "view": View.WEEK.value}), known)
    found = calendar.of_day(house(), wish, actor())
    calendar.note_look(house(), wish, actor(), epoch(now()))
    zone = calendar.zone_of(known, wish)
    page = Page(wish, known, Grid(zone, 0, 0, ()))
    return render_template(
        "desk_calendar/sheet.html",
        wish=wish,
        lines=[_line(page, Placed(1, 1, each)) for each in found if each.practitioner_id == wish.subject],
        practitioners=[(one.id, one.name) for one in known.practitioners if one.active],
        large=request.args.get("large") == "yes",
    )


def asked(args: MultiDict[str, str], clinic: Clinic) -> Wish:
    """The page that an address asks for; what makes no sense is today by clinician."""
    view = args.get("view", "")
    chosen = View(view) if view in set(View) else View.CLINICIANS
    place = _number(args.get("place", ""), {one.id for one in clinic.locations})
    wish = Wish(chosen, date.min, None, place)
    wish = replace(wish, day=day_of(args.get("day", "")) or _today(clinic, wish))
    if chosen is not View.WEEK:
        return wish
    known = [*(one.id for one in clinic.practitioners if one.active), *(room.id for room in clinic.rooms)]
    who = _number(args.get("who", ""), {*known, *(one.id for one in clinic.practitioners)})
    return replace(wish, subject=who or next(iter(known), None))


def words_of(wish: Wish, **changes: object) -> dict[str, Any]:
    """The page as the words of an address, with some of them changed."""
    found = {"view": wish.view.value, "day": wish.day.isoformat()}
    found["place"] = str(wish.location_id) if wish.location_id else ""
    found["who"] = str(wish.subject) if wish.subject else ""
    found |= {name: str(value) for name, value in changes.items()}
    return {name: word for name, word in found.items() if word}


def _grid_page(wish: Wish) -> str:
    return render_template(
        "desk_calendar/day.html",
        live=url_for(".live", **words_of(wish)),
        tag=_tag(wish),
        undoable=undoing.last(house(), actor(), now()),
        presses=[
            (state.value, _(each.press), each.key)
            for state, each in STATES.items()
            if state is not DeskState.CANCELLED
        ],
        **{**_grid(wish), **_frame(wish)},
    )


def _grid(wish: Wish) -> dict[str, object]:
    """What the grid itself needs."""
    page = calendar.look(house(), wish, actor(), epoch(now()))
    return {
        "page": page,
        "wish": wish,
        "grid": page.grid,
        "strips": list(_strips(page)),
        "cancelled": [_line(page, Placed(1, 1, each)) for each in page.grid.cancelled],
        "hours": [
            (minute, (minute - page.grid.first) // 5 + 1, times.wall(minute, language()))
            for minute in page.grid.hours
        ],
        "density": _density(),
        "counts": _counts(page),
    }


def _month(wish: Wish) -> str:
    return render_template(
        "desk_calendar/month.html", month=calendar.month(house(), wish, actor()), **_frame(wish)
    )


def _frame(wish: Wish) -> dict[str, object]:
    """The links around the calendar: the other views, the days before and after, the offices."""
    known = clinic()
    zone = calendar.zone_of(known, wish)
    step = {View.WEEK: 7}.get(wish.view, 1)
    before, after = wish.day - timedelta(days=step), wish.day + timedelta(days=step)
    if wish.view is View.MONTH:
        before, after = (
            wish.day.replace(day=1) - timedelta(days=1),
            (wish.day.replace(day=28) + timedelta(days=4)),
        )
        before, after = before.replace(day=1), after.replace(day=1)
    return {
        "wish": wish,
        "today": local_day(zone, epoch(now())),
        "address": lambda **changes: url_for("desk_calendar.day", **words_of(wish, **changes)),
        "before": before.isoformat(),
        "after": after.isoformat(),
        "views": [(view.value, _(words)) for view, words in VIEWS.items()],
        "places": [place for place in known.locations if place.active],
        "subjects": [
            *((one.id, one.name) for one in known.practitioners if one.active),
            *((room.id, room.name) for room in known.rooms if room.active),
        ],
        "place": next((each for each in known.locations if each.id == wish.location_id), None),
        "other_density": COMFORTABLE if _density() == COMPACT else COMPACT,
    }


def _strips(page: Page) -> Iterator[Strip]:
    for column in page.grid.columns:
        lines = tuple(_line(page, placed) for placed in column.visits)
        yield Strip(column, _title(page.wish, column), lines)


def _title(wish: Wish, column: Column) -> str:
    if wish.view is View.WEEK:
        return times.short_day(column.day, language())
    return column.title or _("Without a room")


def _line(page: Page, placed: Placed) -> Line:
    entry, zone = placed.entry, page.grid.zone
    assert entry is not None
    tongue, words = language(), STATES[entry.state]
    start, end = minute_of(zone, entry.start), minute_of(zone, entry.end)
    word = words.word
    return Line(
        placed,
        entry,
        times.wall(start, tongue),
        f"{times.wall(start, tongue)}–{times.wall(end, tongue)}",
        page.clinic.visit_type(entry.visit_type_code).title.in_(tongue),
        _(MODE_TAGS[entry.mode]) if entry.mode in MODE_TAGS else "",
        _("Cancelled late") if entry.late and entry.state is DeskState.CANCELLED else _(word),
        words.sign,
        _who(page, entry),
        waited(entry.arrived_at, now()) if entry.state is DeskState.ARRIVED else None,
    )


def _who(page: Page, entry: Entry) -> str:
    """What the column does not say: the clinician in a room's column, the room in a clinician's."""
    is_of_room = entry.room_id is not None and page.wish.subject == entry.room_id
    if page.wish.view is View.ROOMS or is_of_room:
        return page.clinic.practitioner(entry.practitioner_id).name
    return page.clinic.room(entry.room_id).name if entry.room_id else ""


def _counts(page: Page) -> Mapping[DeskState, int]:
    found: dict[DeskState, int] = {}
    for column in page.grid.columns:
        for placed in column.visits:
            assert placed.entry is not None
            found[placed.entry.state] = found.get(placed.entry.state, 0) + 1
    return {state: found[state] for state in DeskState if state in found}


def _tag(wish: Wish) -> str:
    """Names everything the grid shows: its rows, its settings, and the minute, by which waiting is counted."""
    moment = epoch(now())
    parts = (
        *calendar.mark(house(), clinic(), wish, moment),
        *sorted(words_of(wish).items()),
        _density(),
        language().value,
        moment // 60,
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]


def _density() -> str:
    chosen = request.args.get(DENSITY) or request.cookies.get(DENSITY)
    return COMFORTABLE if chosen == COMFORTABLE else COMPACT


def _today(clinic: Clinic, wish: Wish) -> date:
    return local_day(calendar.zone_of(clinic, wish), epoch(now()))


def _number(typed: str, known: set[int]) -> int | None:
    found = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None
    return found if found in known else None

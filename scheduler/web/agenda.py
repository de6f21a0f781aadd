"""A clinician's own pages: my day, who comes next, my blocks of time, my hours, my calendar feed."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.errors import NotPermitted
from scheduler.domain.opening import OpenDays
from scheduler.services import agenda, calendar_feeds
from scheduler.services.calendar_feeds import Whose
from scheduler.web import blocks
from scheduler.web.context import actor, clock_place, house, now, settings, today
from scheduler.web.forms.blocks import KINDS
from scheduler.web.forms.entry import day_of
from scheduler.web.worklist_words import TIERS

bp = Blueprint("agenda", __name__)


@bp.get("")
def day() -> ResponseReturnValue:
    """Show the clinician's day."""
    asked = _asked()
    found = agenda.of_day(house(), asked, actor(), now())
    feed = calendar_feeds.of_staff(house()).get(Whose("practitioner", found.clinician.id))
    return render_template(
        "agenda/day.html",
        agenda=found,
        day=asked,
        today=today(),
        now=now(),
        place=clock_place(),
        tiers=TIERS,
        kinds={kind.value: words for kind, words in KINDS.items()},
        hours=[(OpenDays(one.weekday, one.weekday, one.opens, one.closes), one.mode) for one in found.hours],
        feed=f"{settings().base_url}/ics/{feed[0]}/feed.ics" if feed else "",
    )


@bp.post("/feed")
def open_feed() -> ResponseReturnValue:
    """Make a new address for the clinician's own calendar; the older one ends."""
    calendar_feeds.open_feed(house(), Whose("practitioner", _own()), actor(), now())
    return redirect(url_for(".day", _anchor="feed"), 303)


@bp.get("/blocks")
def all() -> ResponseReturnValue:
    """Show the clinician's own blocks, and the form for a new one."""
    return blocks.page(blocks.at_first(), own=True)


@bp.post("/blocks")
def add() -> ResponseReturnValue:
    """Block the clinician's own time."""
    return blocks.take(_own())


@bp.post("/blocks/<series>/remove")
def remove(series: str) -> ResponseReturnValue:
    """Give the clinician's own time back."""
    blocks.give_back(series)
    return redirect(url_for(".all", done="removed"), 303)


def _own() -> int:
    """Whose time it is.

    :raises NotPermitted: for whoever sees no patients here.
    """
    number = actor().practitioner_id
    if number is None:
        raise NotPermitted
    return number


def _asked() -> date:
    return day_of(request.args.get("day", "")) or today()

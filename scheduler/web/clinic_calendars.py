"""A clinician's own calendars: the address that brings their visits into one, and those that block their time here."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.errors import InvalidInput, NotFound
from scheduler.services import calendar_feeds, outside_calendars
from scheduler.services.calendar_feeds import Whose
from scheduler.web.calendar_words import TROUBLES
from scheduler.web.context import actor, clock_place, house, now, settings
from scheduler.web.errors import status_of

bp = Blueprint("clinic_calendars", __name__)

DONE = frozenset({"opened", "closed", "added", "removed", "looking"})


@bp.get("/calendars")
def mine() -> ResponseReturnValue:
    """Show one's own calendars, both ways."""
    return _page({}, "")


@bp.get("/feed")
def feed() -> ResponseReturnValue:
    """The same page, by its other name."""
    return redirect(url_for(".mine"), 303)


@bp.post("/calendars/feed")
def open_feed() -> ResponseReturnValue:
    """Make the address of one's feed anew; the old one ends."""
    calendar_feeds.open_feed(house(), _me(), actor(), now())
    return redirect(url_for(".mine", done="opened"), 303)


@bp.post("/calendars/feed/close")
def close_feed() -> ResponseReturnValue:
    """End the address of one's feed."""
    calendar_feeds.close_feed(house(), _me(), actor(), now())
    return redirect(url_for(".mine", done="closed"), 303)


@bp.post("/calendars")
def add() -> ResponseReturnValue:
    """Add a calendar whose busy times block one's time."""
    typed = request.form.get("address", "")
    try:
        outside_calendars.add(house(), _me().number, typed, actor(), now())
    except InvalidInput as refusal:
        return _page(refusal.errors, typed[:2000]), status_of(refusal)
    return redirect(url_for(".mine", done="added"), 303)


@bp.post("/calendars/<string(length=32):number>/remove")
def remove(number: str) -> ResponseReturnValue:
    """Take a calendar away."""
    outside_calendars.remove(house(), number, actor(), now())
    return redirect(url_for(".mine", done="removed"), 303)


@bp.post("/calendars/<string(length=32):number>/look")
def look(number: str) -> ResponseReturnValue:
    """Have a calendar read at once."""
    outside_calendars.look_again(house(), number, actor(), now())
    return redirect(url_for(".mine", done="looking"), 303)


def _me() -> Whose:
    """The clinician whose account this is.

    :raises NotFound: for accounts of nobody who sees patients.
    """
    number = actor().practitioner_id
    if number is None:
        raise NotFound
    return Whose("practitioner", number)


def _page(errors: dict[str, str], typed: str) -> str:
    me = _me()
    found = calendar_feeds.of_staff(house()).get(me)
    done = request.args.get("done", "")
    return render_template(
        "clinic_calendars/mine.html",
        feed=f"{settings().base_url}/ics/{found[0]}/feed.ics" if found else None,
        calendars=outside_calendars.of_practitioner(house(), me.number),
        troubles=TROUBLES,
        place=clock_place(),
        typed=typed,
        errors=errors,
        done=done if done in DONE else "",
    )

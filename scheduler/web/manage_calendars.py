"""The manager's page of calendars: the feeds of every clinician and room, and the calendars that block time here."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.errors import InvalidInput
from scheduler.services import calendar_feeds, outside_calendars
from scheduler.services.calendar_feeds import Whose
from scheduler.web.calendar_words import TROUBLES
from scheduler.web.context import actor, clinic, clock_place, house, now, settings
from scheduler.web.errors import status_of

bp = Blueprint("manage_calendars", __name__)

DONE = frozenset({"opened", "closed", "added", "removed", "looking"})
WHOSE = "<any(practitioner, room):kind>/<int:number>"


@bp.get("/calendars")
def all_of_them() -> ResponseReturnValue:
    """List every feed, and every calendar that is read."""
    return _page({}, {})


@bp.post("/calendars")
def add() -> ResponseReturnValue:
    """Add a calendar whose busy times block a clinician's time."""
    number, typed = request.form.get("practitioner", ""), request.form.get("address", "")
    try:
        chosen = int(number) if number.isdecimal() and len(number) < 16 else 0
        outside_calendars.add(house(), chosen, typed, actor(), now())
    except InvalidInput as refusal:
        return _page(refusal.errors, {"practitioner": number, "address": typed[:2000]}), status_of(refusal)
    return redirect(url_for(".all_of_them", done="added"), 303)


@bp.post(f"/calendars/{WHOSE}/open")
def open_feed(kind: str, number: int) -> ResponseReturnValue:
    """Make the address of a feed anew; the old one ends."""
    calendar_feeds.open_feed(house(), Whose(kind, number), actor(), now())
    return redirect(url_for(".all_of_them", done="opened"), 303)


@bp.post(f"/calendars/{WHOSE}/close")
def close_feed(kind: str, number: int) -> ResponseReturnValue:
    """End the address of a feed."""
    calendar_feeds.close_feed(house(), Whose(kind, number), actor(), now())
    return redirect(url_for(".all_of_them", done="closed"), 303)


@bp.post("/calendars/<string(length=32):number>/remove")
def remove(number: str) -> ResponseReturnValue:
    """Take a calendar away."""
    outside_calendars.remove(house(), number, actor(), now())
    return redirect(url_for(".all_of_them", done="removed"), 303)


@bp.post("/calendars/<string(length=32):number>/look")
def look(number: str) -> ResponseReturnValue:
    """Have a calendar read at once."""
    outside_calendars.look_again(house(), number, actor(), now())
    return redirect(url_for(".all_of_them", done="looking"), 303)


def _page(errors: dict[str, str], typed: dict[str, str]) -> str:
    done = request.args.get("done", "")
    base = settings().base_url
    feeds = {
        (whose.kind, whose.number): f"{base}/ics/{secret}/feed.ics"
        for whose, (secret, _) in calendar_feeds.of_staff(house()).items()
    }
    return render_template(
        "manage_calendars/all_of_them.html",
        clinic=clinic(),
        feeds=feeds,
        calendars=outside_calendars.everybodys(house()),
        troubles=TROUBLES,
        place=clock_place(),
        typed=typed,
        errors=errors,
        done=done if done in DONE else "",
    )

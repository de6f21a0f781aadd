"""A practice call before a video visit: the patient chooses a time, and the desk rings then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.errors import InvalidInput, SlotTaken
from scheduler.services import practising
from scheduler.web import own_visit
from scheduler.web.context import actor, house, now
from scheduler.web.errors import status_of
from scheduler.web.telehealth import current_room, frame
from scheduler.web.time_choice import chosen_start

bp = Blueprint("practice", __name__)


@bp.get("/<token>/practice")
def choose(token: str) -> ResponseReturnValue:
    """Show the times to choose from, or the one that was chosen."""
    room = current_room()
    if not room.visit.is_virtual or not room.visit.appointment.is_open:
        return redirect(url_for("telehealth.visit", token=token), 303)
    return _page(token)


@bp.post("/<token>/practice")
def book(token: str) -> ResponseReturnValue:
    """Book the chosen time."""
    try:
        practising.book(house(), own_visit.number(), chosen_start(request.form), actor(), now())
    except InvalidInput as refusal:
        return _page(token, refusal.errors), status_of(refusal)
    except SlotTaken as refusal:
        return _page(token, {"start": refusal.sentence}), status_of(refusal)
    return redirect(url_for(".choose", token=token), 303)


@bp.post("/<token>/practice/end")
def withdraw(token: str) -> ResponseReturnValue:
    """Give the time back."""
    practising.withdraw(house(), own_visit.number(), actor(), now())
    return redirect(url_for(".choose", token=token), 303)


def _page(token: str, errors: Mapping[str, str] | None = None) -> str:
    room, number = current_room(), own_visit.number()
    booked = practising.look(house(), number)
    days: dict[object, list[datetime]] = {}
    for start in [] if booked else practising.offered(house(), number, now()):
        days.setdefault(start.astimezone(room.visit.location.tz).date(), []).append(start)
    return render_template(
        "practice/choose.html",
        **frame(room, token),
        booked=booked,
        days=days,
        is_asked=request.args.get("asked") == "now",
        # Where no time is left there is no field for an error to lead to: the page says so by itself.
        errors=(errors or {}) if days else {},
    )

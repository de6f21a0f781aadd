"""The front desk's look at the day's video visits: who waits, whom to call, and what to decide out of area."""

from __future__ import annotations

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.services import consulting, practising
from scheduler.web.consulting import WAITS
from scheduler.web.context import actor, clock_place, house, now
from scheduler.web.forms import consulting as forms

bp = Blueprint("desk_video", __name__)


@bp.get("/video")
def today() -> ResponseReturnValue:
    """List the day's video visits of everybody."""
    rooms = consulting.open_today(house(), actor(), now())
    calls = practising.planned(house(), actor(), now())
    return render_template("desk_video/today.html", rooms=rooms, calls=calls, now=now(), place=clock_place())


@bp.get("/video/waiting")
def waiting() -> ResponseReturnValue:
    """The list alone, for the script that keeps it fresh."""
    rooms = consulting.today(house(), actor(), now())
    html = render_template("consulting/_list.html", rooms=rooms, now=now())
    return jsonify({"html": html, "waiting": sum(room.call.stage in WAITS for room in rooms)})


@bp.post("/video/practice/<call_id>")
def settle_practice(call_id: str) -> ResponseReturnValue:
    """Say what became of a practice call."""
    practising.settle(house(), call_id, forms.practice_end(request.form), actor(), now())
    return redirect(url_for(".today", done="saved"), 303)


@bp.post("/video/<public_id>/area")
def decide_area(public_id: str) -> ResponseReturnValue:
    """Decide about a patient out of area."""
    number = consulting.number_of(house(), public_id)
    consulting.decide_area(house(), number, forms.area(request.form), actor(), now())
    return redirect(url_for(".today", done="saved"), 303)

"""The manager's page of the screens on the wall: making an address for one, and taking one down."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.services import flow
from scheduler.web.context import actor, clock_place, house, now, settings

bp = Blueprint("manage_screens", __name__)


@bp.get("/screens")
def all_of_them() -> ResponseReturnValue:
    """List the screens that hang on a wall."""
    base = settings().base_url
    hanging = [(one, f"{base}/wall/{one.secret}") for one in flow.screens(house(), actor())]
    return render_template(
        "manage_screens/all_of_them.html", screens=hanging, place=clock_place(), done=request.args.get("done")
    )


@bp.post("/screens")
def hang() -> ResponseReturnValue:
    """Make the address of one more screen."""
    flow.hang(house(), actor(), now())
    return redirect(url_for(".all_of_them", done="saved"), 303)


@bp.post("/screens/<string(length=32):number>/remove")
def take_down(number: str) -> ResponseReturnValue:
    """End the address of a screen."""
    flow.take_down(house(), number, actor(), now())
    return redirect(url_for(".all_of_them", done="removed"), 303)

"""A screen on the wall: the board of who is where, by an address of its own, without signing in and without a name."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from scheduler.services import flow
from scheduler.web.context import house, now
from scheduler.web.flow_words import board_words, place_asked
from scheduler.web.guards import current_link

bp = Blueprint("wall", __name__)


@bp.get("/<token>")
def board(token: str) -> ResponseReturnValue:
    """Show where everybody of today is, to whoever stands before the screen."""
    found = flow.for_wall(house(), current_link(), place_asked(), now())
    return render_template("wall/board.html", token=token, **board_words(found))

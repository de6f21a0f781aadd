"""Who is expected, here, in a room and seen today, for those who have signed in: initials, and the minutes waited."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from scheduler.services import flow
from scheduler.web.context import actor, house, now
from scheduler.web.flow_words import board_words, place_asked

bp = Blueprint("desk_flow", __name__)

BOARD = ("desk_flow.board",)
"""What goes on while the rest of the screen is locked: it names nobody. A wall has a screen of its own (`web/wall`)."""


@bp.get("/flow")
def board() -> ResponseReturnValue:
    """Show where everybody of today is."""
    found = flow.for_staff(house(), place_asked(), actor(), now())
    return render_template("desk_flow/board.html", **board_words(found))

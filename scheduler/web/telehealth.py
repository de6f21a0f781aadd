"""The door to a video visit by its private link: when it is, how to get ready, what to do if it fails."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from scheduler.web import own_visit

bp = Blueprint("telehealth", __name__)


@bp.get("/<token>")
def visit(token: str) -> ResponseReturnValue:
    """Say when the room opens, and what to have ready."""
    return render_template("telehealth/visit.html", **own_visit.frame(own_visit.current(), token))

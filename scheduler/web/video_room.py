"""The waiting room and the call, as the patient has them on one page, with the telephone beside them all the time."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.telehealth import Stage
from scheduler.services import telehealth
from scheduler.web import own_visit, room_words
from scheduler.web.context import actor, house, now
from scheduler.web.telehealth import current_room, frame, is_open

bp = Blueprint("video_room", __name__)


@bp.get("/<token>/room")
def room(token: str) -> ResponseReturnValue:
    """Show the room to whoever has come in."""
    found = current_room()
    if not is_open(found) or found.call.stage is Stage.EXPECTED:
        return redirect(url_for("telehealth.visit", token=token), 303)
    return render_template(
        "telehealth/room.html",
        **frame(found, token),
        words=room_words.for_patient(found.standing),
    )


@bp.post("/<token>/phone")
def phone(token: str) -> ResponseReturnValue:
    """Go on by telephone."""
    telehealth.call_my_phone(house(), own_visit.number(), actor(), now())
    return redirect(url_for(".room", token=token), 303)


@bp.post("/<token>/leave")
def leave(token: str) -> ResponseReturnValue:
    """Let the patient out."""
    telehealth.leave(house(), own_visit.number(), actor(), now())
    return redirect(url_for("telehealth.visit", token=token, left="yes"), 303)

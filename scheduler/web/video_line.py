"""Where the patient's open page of a video visit says each second that it is there, and hears where things stand."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from scheduler.services import signalling
from scheduler.services.signalling import PATIENT
from scheduler.web import breaths, own_visit, room_words
from scheduler.web.context import actor, house, now, use_directory_version
from scheduler.web.i18n import use_language

bp = Blueprint("video_line", __name__)


@bp.post("/<token>/breath")
def breathe(token: str) -> ResponseReturnValue:
    """Hear that the page is there, pass its notes on, and tell it where the call stands."""
    heard = signalling.breathe(house(), own_visit.number(), PATIENT, breaths.told(), actor(), now())
    use_language(heard.standing.language)
    use_directory_version(heard.standing.version)
    words = room_words.for_patient(heard.standing)
    return jsonify(breaths.answer(heard, words))


@bp.post("/<token>/gone")
def gone(token: str) -> ResponseReturnValue:
    """Hear that the page was closed."""
    signalling.hang_up(house(), own_visit.number(), PATIENT, breaths.instance(), now())
    return Response(status=204)

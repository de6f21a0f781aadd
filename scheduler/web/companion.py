"""The page of somebody whom the patient asked to be there: when it is, where it stands, and how to help."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.errors import InvalidInput
from scheduler.domain.telehealth import Party
from scheduler.services import companions, signalling
from scheduler.services.call_rooms import Room
from scheduler.services.signalling import Speaker
from scheduler.web import breaths, own_visit, room_words
from scheduler.web.context import actor, house, now
from scheduler.web.errors import status_of
from scheduler.web.forms.arrival import name_of_companion
from scheduler.web.guards import current_link
from scheduler.web.i18n import use_language
from scheduler.web.telehealth import current_room, frame, is_open

bp = Blueprint("companion", __name__)


@bp.get("/<token>")
def see(token: str) -> ResponseReturnValue:
    """Show where the visit stands, once the companion has said who they are."""
    return _page(current_room(), token, {})


@bp.post("/<token>/name")
def introduce(token: str) -> ResponseReturnValue:
    """Keep how the companion wants to be called."""
    room = current_room()
    try:
        name = name_of_companion(request.form)
    except InvalidInput as refusal:
        return _page(room, token, refusal.errors), status_of(refusal)
    companions.introduce(house(), room.visit.appointment.id, current_link().id, name, actor(), now())
    return redirect(url_for(".see", token=token), 303)


@bp.post("/<token>/breath")
def breathe(token: str) -> ResponseReturnValue:
    """Hear that the page is there, and tell it where the visit stands."""
    heard = signalling.breathe(house(), own_visit.number(), _speaker(), breaths.told(), actor(), now())
    use_language(heard.standing.language)
    return jsonify(breaths.answer(heard, room_words.for_companion(heard.standing.stage)))


@bp.post("/<token>/gone")
def gone(token: str) -> ResponseReturnValue:
    """Hear that the page was closed."""
    signalling.hang_up(house(), own_visit.number(), _speaker(), breaths.instance(), now())
    return Response(status=204)


def _speaker() -> Speaker:
    return Speaker(Party.COMPANION, current_link().id)


def _page(room: Room, token: str, errors: Mapping[str, str]) -> str:
    mine = next((one for one in room.companions() if one.holder == current_link().id), None)
    return render_template(
        "companion/see.html",
        **frame(room, token),
        me=mine,
        words=room_words.for_companion(room.call.stage) if is_open(room) else "",
        errors=errors,
    )

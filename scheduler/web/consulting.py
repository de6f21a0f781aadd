"""The clinician's pages for visits by video: the day's list, who waits, one visit with its call, and the end of it."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.errors import InvalidInput
from scheduler.domain.telehealth import Stage
from scheduler.services import consulting, signalling
from scheduler.services.call_rooms import Room
from scheduler.services.signalling import CLINICIAN
from scheduler.web import breaths, room_words
from scheduler.web.context import actor, clock_place, house, now
from scheduler.web.errors import status_of
from scheduler.web.forms import consulting as forms

bp = Blueprint("consulting", __name__)

VISIT = "/visits/<public_id>"
WAITS = frozenset({Stage.WAITING, Stage.PHONE})


CALL = tuple(f"consulting.{view}" for view in ("room", "breathe", "gone", "call_by_phone", "finish"))
"""What goes on while the rest of the clinician's screen is locked: nobody types during a talk."""


@bp.get("/visits")
def today() -> ResponseReturnValue:
    """List the day's video visits."""
    rooms = consulting.open_today(house(), actor(), now())
    return render_template("consulting/today.html", rooms=rooms, now=now(), place=clock_place())


@bp.get("/visits/waiting")
def waiting() -> ResponseReturnValue:
    """The list alone, for the script that keeps it fresh."""
    rooms = consulting.today(house(), actor(), now())
    html = render_template("consulting/_list.html", rooms=rooms, now=now())
    return jsonify({"html": html, "waiting": sum(room.call.stage in WAITS for room in rooms)})


@bp.get("/visits/place")
def place() -> ResponseReturnValue:
    """Show how this clinician meets people."""
    provider, address = consulting.meeting_place(house(), actor())
    return _place_page({"provider": provider.value, "address": address})


@bp.post("/visits/place")
def keep_place() -> ResponseReturnValue:
    """Keep how this clinician meets people."""
    try:
        provider, address = forms.provider(request.form)
    except InvalidInput as refusal:
        return _place_page(request.form, refusal.errors), status_of(refusal)
    consulting.keep_meeting_place(house(), provider, address, actor(), now())
    return redirect(url_for(".today", done="saved"), 303)


@bp.get(VISIT)
def room(public_id: str) -> ResponseReturnValue:
    """Show one visit, and the call in it."""
    return _page(_enter(public_id))


@bp.post(f"{VISIT}/admit")
def admit(public_id: str) -> ResponseReturnValue:
    """Let the patient in."""
    consulting.admit(house(), _number(public_id), actor(), now())
    return _back(public_id)


@bp.post(f"{VISIT}/back")
def send_back(public_id: str) -> ResponseReturnValue:
    """Let the patient wait again."""
    consulting.send_back(house(), _number(public_id), actor(), now())
    return _back(public_id)


@bp.post(f"{VISIT}/more-time")
def ask_for_time(public_id: str) -> ResponseReturnValue:
    """Ask for five minutes more."""
    consulting.ask_for_time(house(), _number(public_id), actor(), now())
    return _back(public_id)


@bp.post(f"{VISIT}/phone")
def call_by_phone(public_id: str) -> ResponseReturnValue:
    """Go on by telephone."""
    consulting.call_by_phone(house(), _number(public_id), actor(), now())
    return _back(public_id)


@bp.post(f"{VISIT}/area")
def decide_area(public_id: str) -> ResponseReturnValue:
    """Decide about a patient out of area."""
    consulting.decide_area(house(), _number(public_id), forms.area(request.form), actor(), now())
    return _back(public_id)


@bp.post(f"{VISIT}/provider")
def use_provider(public_id: str) -> ResponseReturnValue:
    """Meet in another way."""
    number = _number(public_id)
    try:
        provider, address = forms.provider(request.form)
    except InvalidInput as refusal:
        return _page(_enter(public_id), request.form, refusal.errors), status_of(refusal)
    consulting.use_provider(house(), number, provider, address, actor(), now())
    return _back(public_id)


@bp.post(f"{VISIT}/finish")
def finish(public_id: str) -> ResponseReturnValue:
    """End the visit."""
    number = _number(public_id)
    try:
        ending = forms.ending(request.form)
    except InvalidInput as refusal:
        return _page(_enter(public_id), request.form, refusal.errors), status_of(refusal)
    consulting.finish(house(), number, ending, actor(), now())
    return redirect(url_for(".today", done="finished"), 303)


@bp.post(f"{VISIT}/breath")
def breathe(public_id: str) -> ResponseReturnValue:
    """Hear that the page is there, pass its notes on, and tell it where the call stands."""
    heard = signalling.breathe(house(), _uid(public_id), CLINICIAN, breaths.told(), actor(), now())
    return jsonify(breaths.answer(heard, room_words.for_clinician(heard)))


@bp.post(f"{VISIT}/gone")
def gone(public_id: str) -> ResponseReturnValue:
    """Hear that the page was closed."""
    signalling.hang_up(house(), _number(public_id), CLINICIAN, breaths.instance(), now())
    return Response(status=204)


def _uid(public_id: str) -> str:
    return f"{public_id}@{house().host}"


def _number(public_id: str) -> int:
    return consulting.find(house(), public_id, actor(), now())


def _enter(public_id: str) -> Room:
    return consulting.enter(house(), _number(public_id), actor(), now())


def _back(public_id: str) -> ResponseReturnValue:
    return redirect(url_for(".room", public_id=public_id), 303)


def _page(
    found: Room, values: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> str:
    rooms = consulting.today(house(), actor(), now())
    others = [one for one in rooms if one.call.stage in WAITS and one.visit != found.visit]
    shown = values or {"provider": found.call.provider.value, "address": found.call.address}
    return render_template(
        "consulting/room.html",
        room=found,
        visit=found.visit,
        call=found.call,
        public_id=found.visit.appointment.public_id,
        next_room=others[0] if others else None,
        now=now(),
        is_open=found.standing.is_open(now()),
        values=shown,
        errors=errors or {},
        endings=forms.ENDINGS,
        weeks=forms.WEEKS,
    )


def _place_page(values: Mapping[str, str], errors: Mapping[str, str] | None = None) -> str:
    return render_template("consulting/place.html", values=values, errors=errors or {})

"""The door to a video visit by its private link: how to get ready, what is asked on arrival, the page afterwards."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.booking import GateAnswers
from scheduler.domain.eligibility import CONSENT
from scheduler.domain.errors import InvalidInput, MoveRefused
from scheduler.domain.telehealth import RoomClosed, Stage
from scheduler.services import call_rooms, telehealth
from scheduler.services.call_rooms import Room
from scheduler.services.telehealth import ASKED_AT_DOOR
from scheduler.web import own_visit
from scheduler.web.context import actor, clinic, house, now
from scheduler.web.errors import status_of
from scheduler.web.forms import arrival as forms
from scheduler.web.forms.safety import FIELD, ticks
from scheduler.web.i18n import language

bp = Blueprint("telehealth", __name__)


@bp.get("/<token>")
def visit(token: str) -> ResponseReturnValue:
    """Say when the room opens and what to have ready; the way in; or how it ended."""
    room = current_room()
    return render_template("telehealth/visit.html", **frame(room, token), opens=room.window.opens)


@bp.get("/<token>/where")
def asking_where(token: str) -> ResponseReturnValue:
    """Ask where the patient is right now."""
    room = current_room()
    if not is_open(room):
        return redirect(url_for(".visit", token=token), 303)
    said = room.arrival.whereabouts
    shown = forms.typed_whereabouts(telehealth.virtual_of(room), room.phone, said.street if said else "")
    return _where_page(room, token, shown)


@bp.post("/<token>/where")
def say_where(token: str) -> ResponseReturnValue:
    """Keep where the patient is."""
    room = current_room()
    try:
        said = forms.whereabouts(request.form)
    except InvalidInput as refusal:
        return _where_page(room, token, request.form, refusal.errors), status_of(refusal)
    telehealth.say_where(house(), room.visit.appointment.id, said, language().value, actor(), now())
    return onward(token)


@bp.get("/<token>/consent")
def asking_consent(token: str) -> ResponseReturnValue:
    """Ask for the consent to care by video, when it was not given to this text."""
    room = current_room()
    if not is_open(room) or not room.arrival.needs_consent(room.consent_version):
        return redirect(url_for(".visit", token=token), 303)
    return _consent_page(room, token)


@bp.post("/<token>/consent")
def agree(token: str) -> ResponseReturnValue:
    """Keep the consent."""
    room = current_room()
    try:
        version = forms.consent_version(request.form)
        telehealth.agree(house(), room.visit.appointment.id, version, language().value, actor(), now())
    except InvalidInput as refusal:
        return _consent_page(room, token, refusal.errors), status_of(refusal)
    except MoveRefused:
        return redirect(url_for(".asking_consent", token=token), 303)
    return onward(token)


@bp.get("/<token>/signs")
def asking_signs(token: str) -> ResponseReturnValue:
    """Ask once more for signs that cannot wait."""
    room = current_room()
    if not is_open(room):
        return redirect(url_for(".visit", token=token), 303)
    asked = [sign for tier in ASKED_AT_DOOR for sign in clinic().gate.of_tier(tier)]
    said = {} if room.arrival.needs_signs(room.gate_version) else room.arrival.signs
    return _signs_page(room, token, ticks(said, asked))


@bp.post("/<token>/signs")
def answer_signs(token: str) -> ResponseReturnValue:
    """Keep the answers; a sign that cannot wait leads to plain words, and the way in stays open behind them."""
    room, gate = current_room(), clinic().gate
    asked = [sign for tier in ASKED_AT_DOOR for sign in gate.of_tier(tier)]
    if request.form.get("version") != gate.version:
        return redirect(url_for(".asking_signs", token=token), 303)
    try:
        said = forms.signs(request.form, asked)
    except InvalidInput as refusal:
        return _signs_page(room, token, request.form.getlist(FIELD), refusal.errors), status_of(refusal)
    answers = GateAnswers(gate.version, said, language().value)
    tier = telehealth.answer_signs(house(), room.visit.appointment.id, answers, actor(), now())
    if tier in ASKED_AT_DOOR:
        return redirect(url_for(".red_flag", token=token), 303)
    return onward(token)


@bp.get("/<token>/help-now")
def red_flag(token: str) -> ResponseReturnValue:
    """Say plainly what to do about a sign that cannot wait; the clinician has been told."""
    room = current_room()
    if not is_open(room) or not room.arrival.has_red_flag:
        return redirect(url_for(".visit", token=token), 303)
    return render_template("telehealth/red_flag.html", **frame(room, token), tier=room.arrival.tier)


@bp.post("/<token>/wait")
def wait(token: str) -> ResponseReturnValue:
    """Let the patient into the waiting room, by way of what is still to be answered."""
    return onward(token)


@bp.post("/<token>/rate")
def rate(token: str) -> ResponseReturnValue:
    """Keep what the patient says of the call."""
    heard, easy = forms.rating(request.form)
    telehealth.rate(house(), current_room().visit.appointment.id, heard, easy, actor(), now())
    return redirect(url_for(".visit", token=token), 303)


def current_room(*, fresh: bool = False) -> Room:
    """The room of this request's link, in its patient's language."""
    visit_now = own_visit.current(fresh=fresh)
    return call_rooms.look(house(), visit_now.appointment.id)


def is_open(room: Room) -> bool:
    """Say whether the questions at the door make sense now."""
    return room.visit.is_virtual and room.window.is_open(now()) and room.call.stage is not Stage.ENDED


def frame(room: Room, token: str) -> dict[str, object]:
    """What every page about the room shows."""
    return {
        **own_visit.frame(room.visit, token),
        "room": room,
        "call": room.call,
        "is_open": is_open(room),
        "now": now(),
    }


def onward(token: str) -> ResponseReturnValue:
    """To the next question at the door, or into the waiting room."""
    room = current_room()
    if not is_open(room):
        return redirect(url_for(".visit", token=token), 303)
    if room.arrival.whereabouts is None:
        return redirect(url_for("telehealth.asking_where", token=token), 303)
    if room.arrival.needs_consent(room.consent_version):
        return redirect(url_for("telehealth.asking_consent", token=token), 303)
    if room.arrival.needs_signs(room.gate_version):
        return redirect(url_for("telehealth.asking_signs", token=token), 303)
    try:
        telehealth.wait(house(), room.visit.appointment.id, actor(), now())
    except (RoomClosed, MoveRefused):
        return redirect(url_for("telehealth.visit", token=token), 303)
    return redirect(url_for("video_room.room", token=token), 303)


def _where_page(
    room: Room, token: str, values: Mapping[str, str], errors: Mapping[str, str] | None = None
) -> str:
    return render_template("telehealth/where.html", **frame(room, token), values=values, errors=errors or {})


def _consent_page(room: Room, token: str, errors: Mapping[str, str] | None = None) -> str:
    text = clinic().consent(CONSENT)
    return render_template("telehealth/consent.html", **frame(room, token), consent=text, errors=errors or {})


def _signs_page(room: Room, token: str, ticked: list[str], errors: Mapping[str, str] | None = None) -> str:
    gate = clinic().gate
    asked = [sign for tier in ASKED_AT_DOOR for sign in gate.of_tier(tier)]
    return render_template(
        "telehealth/signs.html",
        **frame(room, token),
        questions=asked,
        version=gate.version,
        ticked=ticked,
        errors=errors or {},
    )

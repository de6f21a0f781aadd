"""Trying a device for a video visit, days before or at its door: picture, sound both ways, network, and one verdict."""

from __future__ import annotations

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.device_check import HelpWish
from scheduler.domain.relay import CHECK_LIVES
from scheduler.services import device_checking
from scheduler.web import own_visit
from scheduler.web.context import actor, house, now, settings
from scheduler.web.forms import device_check as forms
from scheduler.web.telehealth import current_room, frame

bp = Blueprint("device_check", __name__)


@bp.get("/<token>/check")
def check(token: str) -> ResponseReturnValue:
    """Show the parts to try."""
    room = current_room()
    if not room.visit.is_virtual or (not room.visit.appointment.is_open and not room.window.is_open(now())):
        return redirect(url_for("telehealth.visit", token=token), 303)
    return render_template("device_check/check.html", **frame(room, token))


@bp.post("/<token>/check")
def note(token: str) -> ResponseReturnValue:
    """Keep what was found."""
    device_checking.note(house(), own_visit.number(), forms.found(request.form), actor(), now())
    return redirect(url_for(".result", token=token), 303)


@bp.get("/<token>/check/result")
def result(token: str) -> ResponseReturnValue:
    """Say in words how the device did, and what helps."""
    room = current_room()
    if room.check is None:
        return redirect(url_for(".check", token=token), 303)
    is_asked = request.args.get("asked") == HelpWish.PHONE
    return render_template(
        "device_check/result.html", **frame(room, token), check=room.check, is_asked=is_asked
    )


@bp.post("/<token>/check/help")
def ask_for_help(token: str) -> ResponseReturnValue:
    """Ask for a call at once to practice, or for a visit by phone."""
    wish = forms.wish(request.form)
    device_checking.ask_for_help(house(), own_visit.number(), wish, actor(), now())
    if wish is HelpWish.PRACTICE:
        return redirect(url_for("practice.choose", token=token, asked="now"), 303)
    return redirect(url_for(".result", token=token, asked=wish.value), 303)


@bp.post("/<token>/check/relay")
def relay(token: str) -> ResponseReturnValue:
    """Say how to reach the relay, for a try that lasts some seconds."""
    visit = own_visit.current()
    return jsonify(settings().relay.for_browser(visit.appointment.public_id, now(), CHECK_LIVES, only=True))

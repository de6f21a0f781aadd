"""Whom the patient takes along: the link for a daughter or an interpreter, handed out and taken back."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from scheduler.services import companions
from scheduler.web import own_visit
from scheduler.web.context import actor, house, now, settings
from scheduler.web.telehealth import current_room, frame

bp = Blueprint("company", __name__)


@bp.get("/<token>/company")
def see(token: str) -> ResponseReturnValue:
    """Show the link that is out, and who has come by it."""
    room = current_room()
    secret = companions.link_of(house(), room.visit.appointment.id)
    address = f"{settings().base_url}{url_for('companion.see', token=secret)}" if secret else ""
    return render_template("companion/company.html", **frame(room, token), address=address)


@bp.post("/<token>/company")
def invite(token: str) -> ResponseReturnValue:
    """Make a link to hand out."""
    companions.invite(house(), own_visit.number(), actor(), now())
    return redirect(url_for(".see", token=token), 303)


@bp.post("/<token>/company/end")
def take_back(token: str) -> ResponseReturnValue:
    """Take the link back."""
    companions.take_back(house(), own_visit.number(), actor(), now())
    return redirect(url_for(".see", token=token), 303)

"""The page behind an invitation's link: somebody new chooses a password, and goes on to set up the second step."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.account import LONGEST_PASSWORD
from scheduler.domain.errors import InvalidInput
from scheduler.domain.staff_session import Browser
from scheduler.services import staffing
from scheduler.web import devices, staff_session
from scheduler.web.context import actor, db, now
from scheduler.web.errors import status_of
from scheduler.web.i18n import use_language

bp = Blueprint("invitation", __name__)


@bp.get("/invitation/<invitation>")
def form(invitation: str) -> ResponseReturnValue:
    """Ask for a password; looking does not use the link up."""
    return _page(invitation, {})


@bp.post("/invitation/<invitation>")
def accept(invitation: str) -> ResponseReturnValue:
    """Keep the password and let its owner in."""
    password = request.form.get("password", "")[: LONGEST_PASSWORD + 1]
    browser = Browser(devices.of(request.user_agent.string), request.remote_addr or "")
    try:
        handle = staffing.accept(db(), invitation, password, browser, now=now(), actor=actor())
    except InvalidInput as refusal:
        return _page(invitation, refusal.errors), status_of(refusal)
    staff_session.begin(handle)
    return redirect(url_for("factors.mine"), 303)


def _page(invitation: str, errors: dict[str, str]) -> str:
    member = staffing.invited(db(), invitation, now())
    use_language(member.language)
    return render_template("invitation/form.html", member=member, invitation=invitation, errors=errors)

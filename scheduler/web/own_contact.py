"""A patient's own word on their e-mail address, while mail to it comes back."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.errors import InvalidInput, NotPermitted
from scheduler.services import contact
from scheduler.web import own_visit
from scheduler.web.context import actor, house, now
from scheduler.web.errors import status_of
from scheduler.web.forms import changes as forms

bp = Blueprint("own_contact", __name__)


@bp.get("/<token>/email")
def asking(token: str) -> ResponseReturnValue:
    """Ask for the right address; there is nothing to ask while nothing speaks against the one we have."""
    if contact.came_back(house(), own_visit.current()) is None:
        return redirect(url_for("patient.see", token=token), 303)
    return _asking(token, {})


@bp.post("/<token>/email")
def correct(token: str) -> ResponseReturnValue:
    """Keep the address, and send the visit there."""
    visit = own_visit.current()
    try:
        email = forms.new_email(request.form)
        contact.correct_by_patient(house(), visit.appointment.id, email, actor(), now())
    except InvalidInput as refusal:
        return _asking(token, refusal.errors), status_of(refusal)
    except NotPermitted:
        return redirect(url_for("patient.see", token=token), 303)
    return redirect(url_for("patient.see", token=token, done="email"), 303)


def _asking(token: str, errors: dict[str, str]) -> str:
    return render_template(
        "own_contact/asking.html",
        **own_visit.frame(own_visit.current(), token),
        typed=request.form.get("email", ""),
        errors=errors,
    )

"""Putting the e-mail addresses of a visit's people right at the desk."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.errors import InvalidInput
from scheduler.domain.notification import Addressee
from scheduler.services import contact, visit_panel
from scheduler.web.context import actor, house, now
from scheduler.web.errors import status_of
from scheduler.web.forms import changes as forms

bp = Blueprint("desk_contact", __name__)

FIELDS = {Addressee.PATIENT: "email", Addressee.HELPER: "helper_email"}
"""What the form calls the address of each: two fields on one page, so that an error leads to the right one."""


@bp.get("/visits/<public_id>/email")
def asking(public_id: str) -> ResponseReturnValue:
    """Show the address that we have, and ask for the right one."""
    return _asking(public_id, {})


@bp.post("/visits/<public_id>/email")
def correct(public_id: str) -> ResponseReturnValue:
    """Keep the address, and send the visit there."""
    whose = Addressee.HELPER if request.form.get("whose") == "helper" else Addressee.PATIENT
    try:
        email = forms.new_email(request.form, FIELDS[whose])
    except InvalidInput as refusal:
        return _asking(public_id, refusal.errors), status_of(refusal)
    contact.correct_at_desk(house(), public_id, email, actor(), now(), whose)
    return redirect(url_for("desk_messages.of_visit", public_id=public_id, done="email"), 303)


def _asking(public_id: str, errors: dict[str, str]) -> str:
    panel = visit_panel.show(house(), public_id, actor(), now())
    return render_template(
        "desk_contact/asking.html",
        visit=panel.visit,
        came_back=panel.came_back,
        helper_came_back=panel.helper_came_back,
        typed=request.form,
        errors=errors,
    )

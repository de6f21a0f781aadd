"""A patient who wants to come sooner: what would suit them, said on their own page; looking never acts."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.errors import InvalidInput
from scheduler.services import waiting
from scheduler.web import own_visit
from scheduler.web.context import actor, house, now
from scheduler.web.errors import status_of
from scheduler.web.forms import waiting as forms
from scheduler.web.forms.options import weekday_options

bp = Blueprint("earlier", __name__)


@bp.get("/<token>/earlier")
def asking(token: str) -> ResponseReturnValue:
    """Ask what would suit; a visit that is cancelled or over has no sooner time."""
    visit = own_visit.current()
    if not visit.appointment.is_open or visit.appointment.end <= now():
        return redirect(url_for("patient.see", token=token), 303)
    return _page(token, {})


@bp.post("/<token>/earlier")
def join(token: str) -> ResponseReturnValue:
    """Keep what would suit."""
    visit = own_visit.current()
    try:
        wish = forms.wish(
            request.form, visit.appointment.visit_type_code, forms.modes_of(visit), visit.practitioner.id
        )
        waiting.join(house(), visit.appointment.id, wish, actor(), now())
    except InvalidInput as refusal:
        return _page(token, refusal.errors), status_of(refusal)
    return redirect(url_for(".asking", token=token, done="joined"), 303)


@bp.post("/<token>/earlier/leave")
def leave(token: str) -> ResponseReturnValue:
    """Wait no longer."""
    waiting.leave(house(), own_visit.current().appointment.id, actor(), now())
    return redirect(url_for(".asking", token=token, done="left"), 303)


def _page(token: str, errors: dict[str, str]) -> str:
    visit = own_visit.current()
    return render_template(
        "earlier/asking.html",
        **own_visit.frame(visit, token),
        errors=errors,
        typed=request.form,
        modes=forms.modes_of(visit),
        wish=waiting.wish_of(house(), visit.appointment.id),
        parts=forms.PARTS,
        notices=forms.NOTICES,
        weekdays=weekday_options(),
        done=request.args.get("done", ""),
    )

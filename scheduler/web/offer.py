"""An offered time, by its private link: see it, take it, or let it go. Looking never acts."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.errors import OfferGone, PatientBusy
from scheduler.services import taking_up
from scheduler.web.context import actor, house, now
from scheduler.web.errors import status_of
from scheduler.web.guards import current_link
from scheduler.web.i18n import use_language
from scheduler.web.viewer import viewer_zone

bp = Blueprint("offer", __name__)


@bp.get("/<token>")
def see(token: str) -> ResponseReturnValue:
    """Show the time, and how the offer stands."""
    return _page(token, "")


@bp.post("/<token>")
def accept(token: str) -> ResponseReturnValue:
    """Take it; whoever is first has it."""
    try:
        taking_up.accept(house(), current_link(), actor(), now())
    except (OfferGone, PatientBusy) as refusal:
        return _page(token, refusal.sentence), status_of(refusal)
    return redirect(url_for(".see", token=token), 303)


@bp.post("/<token>/no")
def decline(token: str) -> ResponseReturnValue:
    """Let it go; others are asked."""
    taking_up.decline(house(), current_link(), actor(), now())
    return redirect(url_for(".see", token=token), 303)


def _page(token: str, trouble: str) -> str:
    shown = taking_up.show(house(), current_link(), now())
    use_language(shown.visit.appointment.language)
    return render_template(
        "offer/see.html", shown=shown, token=token, trouble=trouble, viewer_zone=viewer_zone()
    )

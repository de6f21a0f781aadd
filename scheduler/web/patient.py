"""A patient's own page about one visit, by its private link: see, print, confirm or cancel it, ask the desk.

Looking never acts: mail programs open links before people do. What acts is a button, and each is confirmed once.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.appointment import CancelledBy
from scheduler.domain.errors import CutOffPassed, InvalidInput, MoveRefused, NotFound, StaleVersion
from scheduler.domain.link import LinkPurpose
from scheduler.domain.visit import Visit
from scheduler.services import (
    calendar_feeds,
    changing,
    confirming,
    contact,
    declining,
    late_change,
    private_links,
)
from scheduler.web import calendar_links, own_visit
from scheduler.web.context import actor, house, now
from scheduler.web.errors import status_of
from scheduler.web.forms import changes as forms

bp = Blueprint("patient", __name__)

DONE = frozenset({"moved", "switched", "cancelled", "asked", "confirmed", "feed", "email"})


@bp.get("/<token>")
def see(token: str) -> ResponseReturnValue:
    """Show the visit and what can be done about it."""
    visit = own_visit.current()
    links = private_links.of_visit(house(), visit.appointment.id)
    done = request.args.get("done", "")
    return render_template(
        "patient/see.html",
        **own_visit.frame(visit, token),
        ways=calendar_links.ways(visit, links.get(LinkPurpose.CALENDAR)),
        join=links.get(LinkPurpose.VISIT),
        held_until=declining.until_when(house(), visit),
        came_back=contact.came_back(house(), visit),
        done=done if done in DONE else "",
    )


@bp.post("/<token>/coming")
def confirm(token: str) -> ResponseReturnValue:
    """Keep that the patient will come."""
    visit = own_visit.current()
    try:
        confirming.confirm(house(), visit.appointment.id, confirming.BY_LINK, actor(), now(), seen=_seen())
    except (StaleVersion, MoveRefused) as refusal:
        return changed_meanwhile(token, refusal.sentence), status_of(refusal)
    return redirect(url_for(".see", token=token, done="confirmed"), 303)


@bp.post("/<token>/feed")
def send_feed(token: str) -> ResponseReturnValue:
    """Send the address of one calendar for all visits to the e-mail that this visit was booked with."""
    visit = own_visit.current()
    if not visit.patient.email:
        raise NotFound
    calendar_feeds.send_feed(house(), visit.appointment.id, actor(), now())
    return redirect(url_for(".see", token=token, done="feed"), 303)


@bp.get("/<token>/card")
def card(token: str) -> ResponseReturnValue:
    """Show the visit in large letters, for printing."""
    return render_template("patient/card.html", **own_visit.frame(own_visit.current(), token))


@bp.get("/<token>/cancel")
def cancelling(token: str) -> ResponseReturnValue:
    """Ask whether something else would do better, and confirm."""
    visit = own_visit.current()
    if not visit.may_change(now()):
        return redirect(url_for(".see", token=token), 303)
    return render_template("patient/cancelling.html", **own_visit.frame(visit, token))


@bp.post("/<token>/cancel")
def cancel(token: str) -> ResponseReturnValue:
    """Cancel the visit."""
    visit = own_visit.current()
    reason = forms.why_cancel(request.form)
    try:
        changing.cancel(
            house(), visit.appointment.id, CancelledBy.PATIENT, actor(), now(), reason=reason, seen=_seen()
        )
    except (StaleVersion, CutOffPassed, MoveRefused) as refusal:
        return changed_meanwhile(token, refusal.sentence), status_of(refusal)
    return redirect(url_for(".see", token=token, done="cancelled"), 303)


@bp.get("/<token>/ask")
def asking(token: str) -> ResponseReturnValue:
    """Ask the desk for a change that is too late to make alone."""
    visit = own_visit.current()
    if not visit.appointment.is_open:
        return redirect(url_for(".see", token=token), 303)
    return _asking_page(visit, token, request.args)


@bp.post("/<token>/ask")
def ask(token: str) -> ResponseReturnValue:
    """Put the wish on the desk's list."""
    visit = own_visit.current()
    try:
        wish, note = forms.late_wish(request.form)
    except InvalidInput as refusal:
        return _asking_page(visit, token, request.form, refusal.errors), status_of(refusal)
    if not visit.appointment.is_open:
        return redirect(url_for(".see", token=token), 303)
    late_change.ask(house(), visit.appointment.id, wish.value, note, actor(), now())
    return redirect(url_for(".see", token=token, done="asked"), 303)


def changed_meanwhile(token: str, sentence: str) -> str:
    """Say that the visit is not as it was, and show how it stands now."""
    visit = own_visit.current(fresh=True)
    return render_template("patient/changed.html", **own_visit.frame(visit, token), sentence=sentence)


def _asking_page(
    visit: Visit, token: str, values: Mapping[str, str], errors: Mapping[str, str] | None = None
) -> str:
    return render_template(
        "patient/asking.html", **own_visit.frame(visit, token), values=values, errors=errors or {}
    )


def _seen() -> int | None:
    seen = request.form.get("seen", "")
    return int(seen) if seen.isdecimal() and len(seen) < 10 else -1

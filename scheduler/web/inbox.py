"""The front desk's page of mails that wait for a person: what was written, what is asked, and what may be done."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.errors import (
    MoveRefused,
    NotFound,
    NotOffered,
    PatientBusy,
    Refusal,
    SlotTaken,
    StaleVersion,
)
from scheduler.domain.wording import N_
from scheduler.services import answering, confirming, declining
from scheduler.web.context import actor, clock_place, house, now
from scheduler.web.desk_messages import NUMBER
from scheduler.web.errors import status_of
from scheduler.web.inbox_words import DONE

bp = Blueprint("inbox", __name__)

GONE = N_("Somebody else has dealt with this mail already.")


@bp.get("/inbox")
def all() -> ResponseReturnValue:
    """List the mails that wait, and the visits that were declined in a calendar."""
    tray = answering.look(house(), actor(), now())
    done = DONE.get(request.args.get("done", ""), "")
    return render_template("inbox/all.html", tray=tray, done=done, place=clock_place())


@bp.get(f"/inbox/{NUMBER}")
def one(number: int) -> ResponseReturnValue:
    """Show one mail with what may be done."""
    return _one(number)


@bp.post(f"/inbox/{NUMBER}/handled")
def handled(number: int) -> ResponseReturnValue:
    """Forget the words of a mail that was dealt with."""
    answering.handled(house(), number, actor(), now())
    return _back("handled")


@bp.post(f"/inbox/{NUMBER}/believe")
def believe(number: int) -> ResponseReturnValue:
    """Do what an answer asks for."""
    try:
        answering.believe(house(), number, actor(), now())
    except (MoveRefused, StaleVersion) as refusal:
        return _one(number, refusal), status_of(refusal)
    return _back("believed")


@bp.post(f"/inbox/{NUMBER}/agree")
def agree(number: int) -> ResponseReturnValue:
    """Move the visit to the time that was asked for."""
    try:
        answering.agree(house(), number, actor(), now())
    except (MoveRefused, StaleVersion, SlotTaken, NotOffered, PatientBusy) as refusal:
        return _one(number, refusal), status_of(refusal)
    return _back("agreed")


@bp.post(f"/inbox/{NUMBER}/refuse")
def refuse(number: int) -> ResponseReturnValue:
    """Keep the visit where it is, and say so."""
    try:
        answering.refuse(house(), number, actor(), now())
    except (MoveRefused, StaleVersion) as refusal:
        return _one(number, refusal), status_of(refusal)
    return _back("refused")


@bp.post(f"/inbox/visits/{NUMBER}/keep")
def keep(number: int) -> ResponseReturnValue:
    """Keep a declined visit: the patient said so."""
    confirming.confirm(house(), number, confirming.BY_DESK, actor(), now())
    return _back("kept")


@bp.post(f"/inbox/visits/{NUMBER}/give-up")
def give_up(number: int) -> ResponseReturnValue:
    """Cancel a declined visit now."""
    declining.give_up_at_once(house(), number, actor(), now())
    return _back("given-up")


def _one(number: int, refusal: Refusal | None = None) -> str:
    try:
        mail, is_free = answering.one(house(), number, actor(), now())
    except NotFound:
        return render_template("inbox/gone.html", words=GONE)
    said = refusal.sentence if refusal else ""
    return render_template("inbox/one.html", mail=mail, is_free=is_free, refusal=said, place=clock_place())


def _back(what: str) -> ResponseReturnValue:
    return redirect(url_for(".all", done=what), 303)

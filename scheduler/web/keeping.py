"""The time that is kept while somebody thinks about moving a visit: kept longer by one press, given back by another.

The browser's cookie names it by its random name, so that choosing another time, or none, gives the first one back.
"""

from __future__ import annotations

from flask import Blueprint, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.booking import Hold
from scheduler.domain.errors import HoldLapsed
from scheduler.domain.visit import Visit
from scheduler.services import holding
from scheduler.web import own_visit
from scheduler.web.context import clinic, house, now

bp = Blueprint("keeping", __name__)

KEY = "moving"
"""Where the cookie names the kept time."""


@bp.post("/<token>/keep")
def longer(token: str) -> ResponseReturnValue:
    """Keep the time for longer, and go on choosing."""
    hold = lengthened(kept(own_visit.current(), request.form.get("hold", "")))
    if hold is None:
        return redirect(url_for("moving.soonest", token=token, ended=1), 303)
    return redirect(url_for("moving.soonest", token=token, mode=hold.mode.value), 303)


@bp.post("/<token>/leave")
def leave(token: str) -> ResponseReturnValue:
    """Give the time back, and leave the visit as it is."""
    hold = kept(own_visit.current(), request.form.get("hold", ""))
    if hold is not None:
        holding.release(house(), hold.id)
    session.pop(KEY, None)
    return redirect(url_for("patient.see", token=token), 303)


def kept(visit: Visit, hold_id: str | None) -> Hold | None:
    """The time of that name, while it is kept and if it is kept for a move of this visit."""
    hold = holding.get(house(), (hold_id or "")[:32] or None, now())
    return hold if hold is not None and hold.appointment_id == visit.appointment.id else None


def lengthened(hold: Hold | None) -> Hold | None:
    """The time, kept for longer where the clinic allows it; None when it was lost meanwhile."""
    if hold is None:
        return None
    try:
        return holding.extend(house(), hold.id, now())
    except HoldLapsed:
        return holding.get(house(), hold.id, now())


def told(hold: Hold | None) -> dict[str, object]:
    """What a page says of a kept time: whole minutes left, at least one, and whether it may be kept once more."""
    if hold is None:
        return {"hold": None, "minutes_left": 0, "may_extend": False}
    left = int((hold.expires_at - now()).total_seconds() // 60)
    may_extend = hold.extensions < clinic().organization.hold_extensions
    return {"hold": hold, "minutes_left": max(1, left), "may_extend": may_extend}

"""The page behind "no more reminders by e-mail": a press ends them, another brings them back. Looking never acts.

Mail programs press the button by themselves, with one POST and no cookie (RFC 8058, 3.1); so this door takes posts
without a form's own token. Whoever forges one can at most end reminders of somebody whose secret link they hold.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.services import opt_out
from scheduler.web.context import actor, house, now
from scheduler.web.i18n import language

bp = Blueprint("refusing", __name__)


@bp.get("/reminders/<mark>")
def see(mark: str) -> ResponseReturnValue:
    """Show whether reminders come by mail, and the button that changes it."""
    return render_template("refusing/see.html", mark=mark, is_out=opt_out.is_out(house(), mark))


@bp.post("/reminders/<mark>")
def choose(mark: str) -> ResponseReturnValue:
    """End the reminders, or bring them back when the page's button says so."""
    wants_again = request.form.get("again") == "yes"
    opt_out.choose(house(), mark, out=not wants_again, language=language(), actor=actor(), now=now())
    if request.form.get("List-Unsubscribe"):
        return "", 200
    return redirect(url_for(".see", mark=mark), 303)

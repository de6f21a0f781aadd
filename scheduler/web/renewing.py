"""Closing a private link that somebody has who should not, and sending a new one.

Without scripts nothing stops a second press of the button. By then the link is closed, and the visitor would be told
that there is no such page, at the very moment when they fear for their secret. So whoever presses the button with a
link that was closed by that button within the hour is shown the same page again. Everything else about a closed link
stays as unknown as one that never was.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.appointment import Status
from scheduler.domain.errors import NotFound
from scheduler.domain.person import RemindBy
from scheduler.domain.visit import Visit
from scheduler.services import changing, private_links
from scheduler.web import own_visit
from scheduler.web.context import actor, house, now
from scheduler.web.guards import LinkGuard

bp = Blueprint("renewing", __name__)


@dataclass(frozen=True, slots=True)
class RenewingGuard(LinkGuard):
    """Let in whoever holds the link, and answer a second press of the button like the first."""

    def __call__(self) -> ResponseReturnValue | None:
        """Look the link up, and whether it was closed here a moment ago.

        :raises NotFound: for everybody else.
        """
        try:
            return LinkGuard.__call__(self)
        except NotFound:
            token = str((request.view_args or {}).get("token", ""))
            number = private_links.renewed_lately(house(), token, now()) if request.method == "POST" else None
            if number is None:
                raise
            return _closed(changing.show(house(), number))


@bp.get("/<token>/link")
def asking(token: str) -> ResponseReturnValue:
    """Ask before the link is closed."""
    return render_template("renewing/asking.html", **own_visit.frame(own_visit.current(), token))


@bp.post("/<token>/link")
def renew(token: str) -> ResponseReturnValue:
    """Close this link and send a new one; the page that says so has no secret in its address."""
    visit = own_visit.current()
    private_links.renew(house(), visit.appointment.id, actor(), now())
    return _closed(visit)


def _closed(visit: Visit) -> ResponseReturnValue:
    by_mail, by_text = bool(visit.patient.email), RemindBy.SMS in visit.patient.remind_by
    way = "email" if by_mail else "sms" if by_text else None
    is_sent = visit.appointment.status is not Status.CANCELLED
    return redirect(url_for("lost_link.closed", sent=way if is_sent else None), 303)

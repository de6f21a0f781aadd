"""A patient's own word on how we reach them: their e-mail address while mail to it comes back, and their reminders.

The addresses themselves are shown on no page: whoever holds a link need not learn them.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from scheduler.domain.errors import InvalidInput, MoveRefused, NotPermitted
from scheduler.domain.notification import Channel
from scheduler.domain.visit import Visit
from scheduler.domain.wishes import Bar, Outlook
from scheduler.services import contact, opt_out, reminding
from scheduler.web import own_visit, reminder_words
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


@bp.get("/<token>/reminders")
def reminders(token: str) -> ResponseReturnValue:
    """Ask over which ways, and in which language, the patient wants to hear."""
    visit = own_visit.current()
    if not reminding.may_choose(visit, now()):
        return redirect(url_for("patient.see", token=token), 303)
    return _reminders(visit, token, _chosen(visit), {})


@bp.post("/<token>/reminders")
def change_reminders(token: str) -> ResponseReturnValue:
    """Keep it, and go on to the page that says what will happen now, in the language if another one was chosen."""
    visit = own_visit.current()
    try:
        wishes = forms.wishes(
            request.form, has_email=bool(visit.patient.email), is_helped=_copied_to(visit) is not None
        )
        reminding.choose(house(), visit.appointment.id, wishes, actor(), now())
    except InvalidInput as refusal:
        return _reminders(visit, token, request.form, refusal.errors), status_of(refusal)
    except MoveRefused:
        return redirect(url_for("patient.see", token=token), 303)
    chosen = wishes.language if wishes.language != visit.appointment.language else None
    return redirect(url_for(".reminders_now", token=token, lang=chosen), 303)


@bp.get("/<token>/reminders/now")
def reminders_now(token: str) -> ResponseReturnValue:
    """Say what will happen now, way by way."""
    visit = own_visit.current()
    if not reminding.may_choose(visit, now()):
        return redirect(url_for("patient.see", token=token), 303)
    ahead = reminding.outlook(house(), visit, now())
    return render_template(
        "own_contact/reminders_now.html",
        **own_visit.frame(visit, token),
        ways=reminder_words.ways(visit, ahead),
        news=reminder_words.news(visit, ahead),
        copied_to=_copied_to(visit),
        refused=_refused(visit, ahead),
        visits_ahead=reminding.booked_alike(house(), visit, now()),
    )


def _asking(token: str, errors: dict[str, str]) -> str:
    return render_template(
        "own_contact/asking.html",
        **own_visit.frame(own_visit.current(), token),
        typed=request.form.get("email", ""),
        errors=errors,
    )


def _reminders(visit: Visit, token: str, values: MultiDict[str, str], errors: Mapping[str, str]) -> str:
    ahead = reminding.outlook(house(), visit, now())
    return render_template(
        "own_contact/reminders.html",
        **own_visit.frame(visit, token),
        values=values,
        errors=errors,
        offered=reminder_words.offered(visit, ahead),
        copied_to=_copied_to(visit),
        visits_ahead=reminding.booked_alike(house(), visit, now()),
    )


def _chosen(visit: Visit) -> MultiDict[str, str]:
    """The form as things stand; who named no way is reminded by mail, where there is an address, else by a call."""
    told = visit.helper is not None and visit.helper.may_be_told
    shown = MultiDict({"language": visit.appointment.language, "tell_helper": "yes" if told else "no"})
    shown.setlist("remind_by", [way.value for way in reminder_words.wished(visit)])
    return shown


def _copied_to(visit: Visit) -> str | None:
    """The name of the helper who gets copies, or could; None where there is none."""
    return visit.helper.name if visit.helper and visit.helper.email else None


def _refused(visit: Visit, ahead: Outlook) -> str | None:
    """Where the patient takes back that they want no reminders by mail."""
    if ahead.bars.get(Channel.EMAIL) is not Bar.REFUSED or not visit.patient.email:
        return None
    return url_for("refusing.see", mark=opt_out.token_for(house().vault, visit.patient.email))

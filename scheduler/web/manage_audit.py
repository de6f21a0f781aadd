"""The manager's search through the trail: who looked at whom, who changed what, and records opened for a reason.

What is looked for is sent as a form and never stands in an address: a telephone number would name a patient there.
"""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from scheduler.domain.audit_trail import Wanted
from scheduler.domain.interval import instant
from scheduler.domain.plain_text import clean
from scheduler.domain.wall_clock import day_span
from scheduler.services import auditing, looking
from scheduler.services.auditing import About
from scheduler.translations import times
from scheduler.web.audit_words import act_word
from scheduler.web.context import actor, clinic, clock_place, house, now
from scheduler.web.forms.entry import day_of
from scheduler.web.glass_words import REASONS
from scheduler.web.i18n import gettext as _

bp = Blueprint("manage_audit", __name__)

LONGEST = 64
LAST_DAYS = 7


@bp.get("/audit")
def look() -> ResponseReturnValue:
    """Show the acts of the last week."""
    return _page(MultiDict())


@bp.post("/audit")
def search() -> ResponseReturnValue:
    """Show the acts that fit."""
    return _page(request.form)


@bp.post("/audit/openings/<string(length=32):opening>")
def review(opening: str) -> ResponseReturnValue:
    """Note that one has read why a record was opened."""
    looking.review(house(), opening, actor(), now())
    return redirect(url_for(".look", done="saved"), 303)


def _page(form: MultiDict[str, str]) -> str:
    asked = _asked(form)
    about = About(_phone(form.get("phone", "")), " ".join(form.get("code", "").split())[:20])
    wanted = auditing.narrowed(house(), _wanted(asked, form), about)
    trail = auditing.search(house(), wanted, actor(), now())
    named = [(one, act_word(one)) for one in trail.actions]
    return render_template(
        "manage/audit.html",
        trail=trail,
        asked=asked,
        openings=looking.to_review(house(), actor(), now()),
        reasons={reason: _(words) for reason, words in REASONS.items()},
        staff=[("", _("Anybody")), *((number, member.name) for number, member in trail.staff.items())],
        actions=[("", _("Anything")), *sorted(named, key=lambda pair: pair[1])],
        outcomes=[("", _("All")), ("ok", _("Done")), ("refused", _("Refused"))],
        place=clock_place(),
    )


def _asked(form: MultiDict[str, str]) -> dict[str, str]:
    """What was asked, as the form shows it again; what makes no sense is left out."""
    today = times.today(now(), ZoneInfo(clinic().organization.zone))
    first, last = day_of(form.get("first", "")), day_of(form.get("last", ""))
    return {
        "first": (first or today - timedelta(days=LAST_DAYS)).isoformat(),
        "last": (last or today).isoformat(),
        "staff": clean(form.get("staff", ""), LONGEST),
        "phone": clean(form.get("phone", ""), LONGEST),
        "code": clean(form.get("code", ""), 20),
        "action": clean(form.get("action", ""), LONGEST),
        "outcome": clean(form.get("outcome", ""), 16),
    }


def _wanted(asked: dict[str, str], form: MultiDict[str, str]) -> Wanted:
    zone = clinic().organization.zone
    first, last = date.fromisoformat(asked["first"]), date.fromisoformat(asked["last"])
    before = form.get("before", "")
    return Wanted(
        start=instant(day_span(zone, first.toordinal())[0]),
        end=instant(day_span(zone, last.toordinal())[1]),
        actor_id=asked["staff"],
        action=asked["action"],
        outcome=asked["outcome"],
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None,
    )


def _phone(typed: str) -> str:
    return "".join(sign for sign in typed if sign.isascii() and (sign.isdigit() or sign == "+"))[:20]

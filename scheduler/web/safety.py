"""The safety questions that stand before any time, and where they lead those who need care sooner."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.directory import Location
from scheduler.domain.errors import InvalidInput
from scheduler.domain.safety_gate import Tier
from scheduler.services import calling_back
from scheduler.web import draft_session
from scheduler.web.context import actor, clinic, house, now
from scheduler.web.draft_session import OUTCOMES
from scheduler.web.errors import status_of
from scheduler.web.forms import safety as forms
from scheduler.web.i18n import language

bp = Blueprint("safety", __name__)

TIERS = (Tier.EMERGENCY, Tier.SAME_DAY, Tier.CALL_BACK)


@bp.get("")
def first() -> ResponseReturnValue:
    """Ask for the signs of an emergency."""
    return _ask(1)


@bp.post("")
def take_first() -> ResponseReturnValue:
    """Take the answers to the first page."""
    return _take(1)


@bp.get("/safety/<int(min=2, max=3):page>")
def further(page: int) -> ResponseReturnValue:
    """Ask for the less urgent signs."""
    return _ask(page)


@bp.post("/safety/<int(min=2, max=3):page>")
def take_further(page: int) -> ResponseReturnValue:
    """Take the answers to a further page."""
    return _take(page)


@bp.get("/emergency")
def emergency() -> ResponseReturnValue:
    """Say plainly: call 911 now."""
    return render_template("safety/emergency.html")


@bp.get("/same-day")
def same_day() -> ResponseReturnValue:
    """Say plainly: see a doctor today."""
    return render_template("safety/same_day.html", place=_office())


@bp.get("/call-back")
def call_back() -> ResponseReturnValue:
    """Ask whom to call."""
    answers = draft_session.answers()
    return _call_back_page(forms.typed_call_back(answers.call_back, language().value))


@bp.post("/call-back")
def ask_for_call() -> ResponseReturnValue:
    """Put the call on the desk's list."""
    try:
        wish = forms.call_back(request.form)
    except InvalidInput as refusal:
        return _call_back_page(request.form, refusal.errors), status_of(refusal)
    calling_back.ask(house(), draft_session.handle(), wish, actor(), now())
    return redirect(url_for(".call_back_asked"), 303)


@bp.get("/call-back/thanks")
def call_back_asked() -> ResponseReturnValue:
    """Say when the clinic will call."""
    answers = draft_session.answers()
    if answers.call_back is None:
        return redirect(url_for(".call_back"), 303)
    return render_template(
        "safety/call_back_asked.html", wish=answers.call_back, tier=answers.tier(clinic().gate)
    )


def _ask(page: int) -> ResponseReturnValue:
    said = draft_session.answers().gate
    gate = clinic().gate
    kept = said.answers if said and said.version == gate.version else {}
    return _questions(page, forms.ticks(kept, gate.of_tier(TIERS[page - 1])))


def _take(page: int) -> ResponseReturnValue:
    gate, tier, tongue = clinic().gate, TIERS[page - 1], language().value
    if request.form.get("version") != gate.version:
        return redirect(url_for(".first"), 303)
    try:
        said = forms.answers(request.form, gate.of_tier(tier))
    except InvalidInput as refusal:
        return _questions(page, request.form.getlist(forms.FIELD), refusal.errors), status_of(refusal)
    draft_session.save_or_begin(lambda answers: answers.answering(gate, tier, said, tongue))
    return _onward(page)


def _onward(page: int) -> ResponseReturnValue:
    """To the outcome when there is one, to the next page of questions, or on to the booking."""
    answers, gate = draft_session.answers(), clinic().gate
    tier = answers.tier(gate)
    if tier in OUTCOMES:
        return redirect(url_for(OUTCOMES[tier]), 303)
    if tier is Tier.NONE:
        return draft_session.onward()
    said = answers.gate.answers if answers.gate else {}
    pages = (*range(page + 1, len(TIERS) + 1), *range(1, page + 1))
    unanswered = (
        other for other in pages if any(sign.id not in said for sign in gate.of_tier(TIERS[other - 1]))
    )
    return redirect(_address_of(next(unanswered)), 303)


def _address_of(page: int) -> str:
    return url_for(".first") if page == 1 else url_for(".further", page=page)


def _questions(page: int, ticked: list[str], errors: dict[str, str] | None = None) -> str:
    gate = clinic().gate
    if not gate.questions:
        abort(503)
    return render_template(
        "safety/questions.html",
        page=page,
        version=gate.version,
        questions=gate.of_tier(TIERS[page - 1]),
        ticked=ticked,
        errors=errors or {},
        has_ended=page == 1 and "ended" in request.args,
        back=_address_of(page - 1) if page > 1 else url_for("public.home"),
    )


def _call_back_page(values: object, errors: dict[str, str] | None = None) -> str:
    answers = draft_session.answers()
    return render_template(
        "safety/call_back.html",
        values=values,
        errors=errors or {},
        tier=answers.tier(clinic().gate),
        is_minor=answers.is_minor,
    )


def _office() -> Location | None:
    return next((location for location in clinic().locations if location.active), None)

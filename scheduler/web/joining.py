"""No time suits: somebody who books leaves word, and hears of a time that frees."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from scheduler.domain.directory import Mode
from scheduler.domain.draft import DraftAnswers, Step
from scheduler.domain.errors import InvalidInput, NotFound
from scheduler.services import waiting
from scheduler.web import draft_session
from scheduler.web.context import actor, clinic, house, now, today
from scheduler.web.errors import status_of
from scheduler.web.forms import people
from scheduler.web.forms import waiting as forms
from scheduler.web.forms.options import weekday_options
from scheduler.web.forms.sheet import typed_date
from scheduler.web.i18n import language

bp = Blueprint("joining", __name__)


@bp.get("/wait")
def asking() -> ResponseReturnValue:
    """Ask who waits, and what would suit."""
    return _page(people.typed_patient(_draft().patient, language().value), {})


@bp.post("/wait")
def join() -> ResponseReturnValue:
    """Keep who waits for which time."""
    draft = _draft()
    assert draft.mode is not None
    errors: dict[str, str] = {}
    patient, wish = None, None
    try:
        patient = people.patient(request.form, today())
    except InvalidInput as refusal:
        errors |= refusal.errors
    try:
        wish = forms.wish(request.form, draft.visit_type_code, [draft.mode], None)
    except InvalidInput as refusal:
        errors |= refusal.errors
    if patient is None or wish is None:
        return _page(request.form, errors), status_of(InvalidInput(errors))
    if patient.is_minor(today()):
        return redirect(url_for("safety.call_back"), 303)
    waiting.join_without_visit(house(), patient, wish, actor(), now())
    return redirect(url_for(".joined"), 303)


@bp.get("/wait/thanks")
def joined() -> ResponseReturnValue:
    """Say what happens next."""
    return render_template("joining/joined.html")


def _draft() -> DraftAnswers:
    """The booking so far. By video one must first say where one will be, so waiting for a video visit is by phone.

    :raises NotFound: for a visit by video.
    """
    answers = draft_session.require(Step.TIME).answers
    if answers.mode is Mode.VIRTUAL or answers.mode is None:
        raise NotFound
    return answers


def _page(typed: MultiDict[str, str], errors: dict[str, str]) -> str:
    draft = _draft()
    return render_template(
        "joining/asking.html",
        values=typed,
        birth_date=typed_date("birth_date", typed),
        remind_by=typed.getlist("remind_by"),
        typed=request.form,
        errors=errors,
        visit_type=clinic().visit_type(draft.visit_type_code),
        mode=draft.mode,
        parts=forms.PARTS,
        notices=forms.NOTICES,
        weekdays=weekday_options(),
    )

"""About you: who books, for whom, how to reach them, and where the patient will be for a video visit.

What was typed and refused is kept in the sealed draft until it is put right: a switch of the language, a look back or a
second window does not lose it, and no copy of it travels through the page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from scheduler.domain.draft import DraftAnswers, ForWhom, Step
from scheduler.domain.eligibility import CONSENT
from scheduler.domain.errors import InvalidInput
from scheduler.web import draft_session
from scheduler.web.context import clinic, now
from scheduler.web.draft_session import require
from scheduler.web.errors import status_of
from scheduler.web.forms import people as forms
from scheduler.web.forms.sheet import typed_date
from scheduler.web.i18n import language
from scheduler.web.viewer import viewer_zone

bp = Blueprint("about", __name__)

Errors = Mapping[str, str]


@bp.get("/who")
def who() -> ResponseReturnValue:
    """Ask who the visit is for."""
    answers = require(Step.WHO).answers
    return _who_page(answers.for_whom.value if answers.for_whom else None)


@bp.post("/who")
def take_who() -> ResponseReturnValue:
    """Take who the visit is for."""
    require(Step.WHO)
    try:
        chosen = forms.for_whom(request.form)
    except InvalidInput as refusal:
        return _who_page(None, refusal.errors), status_of(refusal)
    draft_session.save(lambda answers: replace(answers, for_whom=chosen))
    return draft_session.onward()


@bp.get("/helper")
def helper() -> ResponseReturnValue:
    """Ask the helper for their name and number."""
    answers = require(Step.HELPER).answers
    again = _typed_before(answers, Step.HELPER, forms.helper)
    return _helper_page(*again) if again else _helper_page(forms.typed_helper(answers.helper))


@bp.post("/helper")
def take_helper() -> ResponseReturnValue:
    """Take the helper."""
    require(Step.HELPER)
    try:
        given = forms.helper(request.form)
    except InvalidInput as refusal:
        _keep_typed(Step.HELPER)
        return _helper_page(request.form, refusal.errors), status_of(refusal)
    draft_session.save(lambda answers: replace(answers, helper=given, typed=None))
    return draft_session.onward()


@bp.get("/about")
def patient() -> ResponseReturnValue:
    """Ask for the patient's name, birth date and how to reach them."""
    answers = require(Step.PATIENT).answers
    again = _typed_before(answers, Step.PATIENT, lambda typed: forms.patient(typed, _today()))
    if again:
        return _patient_page(answers, *again)
    return _patient_page(answers, forms.typed_patient(answers.patient, language().value))


@bp.post("/about")
def take_patient() -> ResponseReturnValue:
    """Take the patient; a child is the clinician's call first."""
    answers = require(Step.PATIENT).answers
    today = _today()
    try:
        given = forms.patient(request.form, today)
    except InvalidInput as refusal:
        _keep_typed(Step.PATIENT)
        return _patient_page(answers, request.form, refusal.errors), status_of(refusal)
    if given.is_minor(today):
        draft_session.save(lambda answers: replace(answers, patient=None, is_minor=True, typed=None))
        return redirect(url_for("safety.call_back"), 303)
    draft_session.save(lambda answers: replace(answers, patient=given, is_minor=False, typed=None))
    return draft_session.onward()


@bp.get("/video")
def video() -> ResponseReturnValue:
    """Ask where the patient will be, and for the consent to care by video."""
    answers = require(Step.VIDEO).answers
    again = _typed_before(answers, Step.VIDEO, forms.virtual)
    if again:
        return _video_page(*again)
    phone = answers.patient.phone if answers.patient else ""
    return _video_page(forms.typed_virtual(answers.virtual, phone))


@bp.post("/video")
def take_video() -> ResponseReturnValue:
    """Take what a video visit needs; the zone of this screen is the patient's only where they book for themselves."""
    answers = require(Step.VIDEO).answers
    try:
        given = forms.virtual(request.form)
    except InvalidInput as refusal:
        _keep_typed(Step.VIDEO)
        return _video_page(request.form, refusal.errors), status_of(refusal)
    if given.consent_version != clinic().consent(CONSENT).version:
        return redirect(url_for(".video"), 303)
    is_own = answers.for_whom is not ForWhom.SOMEONE
    told = replace(given, zone=viewer_zone() if is_own else None)
    draft_session.save(lambda answers: replace(answers, virtual=told, typed=None))
    return draft_session.onward()


def _keep_typed(step: Step) -> None:
    typed = forms.typed_at(step, request.form)
    draft_session.save(lambda answers: replace(answers, typed=typed))


def _typed_before(
    answers: DraftAnswers, step: Step, read: Callable[[MultiDict[str, str]], object]
) -> tuple[MultiDict[str, str], Errors] | None:
    """What was typed at this step and refused, with what is wrong with it, in the language of this page."""
    fields = answers.typed_at(step)
    if fields is None:
        return None
    typed: MultiDict[str, str] = MultiDict(fields)
    try:
        read(typed)
    except InvalidInput as refusal:
        return typed, refusal.errors
    return typed, {}


def _who_page(chosen: str | None, errors: Errors | None = None) -> str:
    return render_template("about/who.html", chosen=chosen, errors=errors or {})


def _helper_page(values: Mapping[str, str], errors: Errors | None = None) -> str:
    return render_template("about/helper.html", values=values, errors=errors or {})


def _patient_page(answers: DraftAnswers, values: MultiDict[str, str], errors: Errors | None = None) -> str:
    return render_template(
        "about/patient.html",
        values=values,
        birth_date=typed_date("birth_date", values),
        remind_by=values.getlist("remind_by"),
        for_whom=answers.for_whom,
        errors=errors or {},
    )


def _video_page(values: Mapping[str, str], errors: Errors | None = None) -> str:
    return render_template(
        "about/video.html", values=values, consent=clinic().consent(CONSENT), errors=errors or {}
    )


def _today() -> date:
    return now().astimezone(ZoneInfo(clinic().organization.zone)).date()

"""Before a clinician opens the record of somebody who is not their patient: the reason, and the way back."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from scheduler.domain.errors import InvalidInput
from scheduler.domain.glass import LONGEST_REASON
from scheduler.domain.plain_text import clean
from scheduler.domain.right import Right, demand
from scheduler.services import looking
from scheduler.web.context import actor, house, now
from scheduler.web.errors import status_of
from scheduler.web.glass_words import REASONS
from scheduler.web.i18n import gettext as _
from scheduler.web.own_paths import safe_next

bp = Blueprint("records", __name__)

PATIENT = f"<int(max={2**63 - 1}):patient_id>"


@bp.get(f"/{PATIENT}/reason")
def asking(patient_id: int) -> ResponseReturnValue:
    """Ask for the reason."""
    demand(actor(), Right.BREAK_GLASS)
    return _page(patient_id, "", "", {})


@bp.post(f"/{PATIENT}/reason")
def open_record(patient_id: int) -> ResponseReturnValue:
    """Open the record for an hour and go back to where it was asked for."""
    reason, words = request.form.get("reason", ""), clean(request.form.get("words", ""), LONGEST_REASON)
    try:
        looking.break_glass(house(), patient_id, reason, words, actor(), now())
    except InvalidInput as refusal:
        return _page(patient_id, reason, words, refusal.errors), status_of(refusal)
    return redirect(safe_next(request.args.get("next")) or "/", 303)


def _page(patient_id: int, reason: str, words: str, errors: dict[str, str]) -> str:
    return render_template(
        "records/asking.html",
        patient_id=patient_id,
        reasons=[(one.value, _(said)) for one, said in REASONS.items()],
        reason=reason,
        words=words,
        errors=errors,
        next=safe_next(request.args.get("next")),
    )

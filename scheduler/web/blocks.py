"""Blocks of time on the screen: take time out of the calendar, see whom that concerns, give it back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import escape

from scheduler.domain.block import Block, check_block
from scheduler.domain.errors import InvalidInput
from scheduler.domain.stranding import StrandsVisits
from scheduler.domain.wording import N_
from scheduler.services import blocking
from scheduler.web.context import actor, clinic, clock_place, house, now
from scheduler.web.errors import status_of
from scheduler.web.forms import blocks as forms
from scheduler.web.forms.entry import EntrySheet, Typed, typed_again
from scheduler.web.i18n import gettext as _

bp = Blueprint("blocks", __name__)

SHOWN = timedelta(days=400)
STRANDED = N_("Booked visits lie in this time. Please look at them, and choose what to do.")


@bp.get("/blocks")
def all() -> ResponseReturnValue:
    """Show the blocks ahead, and the form for a new one."""
    return page(forms.at_first(request.args, _zone()))


@bp.post("/blocks")
def add() -> ResponseReturnValue:
    """Take the time, once the visits in it have been seen."""
    return take(None)


@bp.post("/blocks/<series>/remove")
def remove(series: str) -> ResponseReturnValue:
    """Give the rest of a block back, or one day of it."""
    give_back(series)
    return redirect(url_for(".all", done="removed"), 303)


def take(own: int | None) -> ResponseReturnValue:
    """Block the time as typed; `own` is the clinician who blocks their own."""
    try:
        block, sheet = forms.read(request.form, clinic(), own)
        _settle(block, sheet)
        made = blocking.add(
            house(),
            block,
            actor(),
            now(),
            request.form.get("confirmed"),
            ask_patients=request.form.get("then") == "ask" and own is None,
        )
    except (InvalidInput, StrandsVisits) as refusal:
        again = typed_again(forms.fields(clinic(), own=own is not None), request.form)
        return page(again, refusal, own=own is not None), status_of(refusal)
    if made.stranded and own is None:
        return redirect(url_for("todo.all", kind="stranded", show=_shelf()), 303)
    return redirect(url_for(".all", done="saved"), 303)


def give_back(series: str) -> None:
    """Give back what the form names of a block."""
    number = request.form.get("number", "")
    one = int(number) if number.isascii() and number.isdigit() and len(number) < 18 else None
    blocking.remove(house(), series, actor(), now(), one)


def at_first() -> Typed:
    """What stands in a new form."""
    return forms.at_first(request.args, _zone())


def _shelf() -> str:
    """Patients who were written to rest on the list; the others wait there."""
    return "later" if request.form.get("then") == "ask" else "waiting"


def _settle(block: Block, sheet: EntrySheet) -> None:
    """Gather what cannot be read and what makes no sense.

    :raises InvalidInput: when anything is wrong.
    """
    errors: dict[str, str] = {}
    try:
        check_block(block)
    except InvalidInput as refusal:
        errors = refusal.errors
    if sheet.errors or errors:
        raise InvalidInput(errors | sheet.errors)


def page(typed: Typed, refusal: InvalidInput | StrandsVisits | None = None, *, own: bool = False) -> str:
    """The form for a new block above the blocks ahead."""
    fields = forms.fields(clinic(), own=own)
    is_stranding = isinstance(refusal, StrandsVisits)
    complaints = refusal.errors if isinstance(refusal, InvalidInput) else {}
    labels = {field.name: field.label for field in fields if field.name in complaints}
    summary: dict[str, Any] = {
        name: escape(f"{_(label)}: {_(complaints[name])}") for name, label in labels.items()
    }
    return render_template(
        "blocks/all.html",
        fields=fields,
        typed=typed,
        complaints=complaints,
        errors={"then": STRANDED} if is_stranding else summary,
        mark=refusal.mark if isinstance(refusal, StrandsVisits) else "",
        stranded=blocking.visits_of(house(), refusal.visits, actor(), now())
        if isinstance(refusal, StrandsVisits)
        else (),
        series=blocking.upcoming(house(), actor(), now()),
        kinds={kind.value: words for kind, words in forms.KINDS.items()},
        clinic=clinic(),
        place=clock_place(),
        zone=_zone(),
        is_all_day=forms.is_all_day,
        last_day=forms.last_day,
        done=request.args.get("done", ""),
        own=own,
    )


def _zone() -> ZoneInfo:
    return ZoneInfo(clinic().organization.zone)

"""The waitlist at the desk: who waits, what is being offered, and whom a free time would suit."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.errors import InvalidInput, MoveRefused, NotFound, OfferGone
from scheduler.domain.waitlist import OfferState
from scheduler.domain.wording import N_
from scheduler.services import ledger, offering, waiting
from scheduler.services.offering import Freed
from scheduler.web.context import actor, clinic, clock_place, house, now
from scheduler.web.errors import status_of
from scheduler.web.forms import waiting as forms
from scheduler.web.forms.options import LANGUAGES, weekday_options

bp = Blueprint("waiting", __name__)

OFFERS = {
    OfferState.OPEN: N_("thinks it over"),
    OfferState.ACCEPTED: N_("said yes"),
    OfferState.DECLINED: N_("said no"),
    OfferState.EXPIRED: N_("did not answer"),
    OfferState.LOST: N_("was slower"),
    OfferState.WITHDRAWN: N_("taken back"),
}
"""How an offer to one person stands."""


@bp.get("/waitlist")
def all() -> ResponseReturnValue:
    """Show everybody who waits."""
    return _page({})


@bp.post("/waitlist/settings")
def keep_settings() -> ResponseReturnValue:
    """Keep how the clinic offers times."""
    try:
        waiting.choose_settings(house(), forms.settings(request.form), actor(), now())
    except InvalidInput as refusal:
        return _page(refusal.errors), status_of(refusal)
    return redirect(url_for(".all", done="saved"), 303)


@bp.post("/waitlist/<entry_id>/close")
def close(entry_id: str) -> ResponseReturnValue:
    """Take somebody off the list."""
    waiting.close(house(), entry_id, actor(), now())
    return redirect(url_for(".all", done="removed"), 303)


@bp.get("/waitlist/fits")
def fits() -> ResponseReturnValue:
    """Show whom a free time would suit."""
    return _fits("")


@bp.post("/waitlist/fits")
def offer() -> ResponseReturnValue:
    """Offer the time to those who were ticked."""
    try:
        offering.offer_by_hand(house(), _freed(), request.form.getlist("entry")[:3], actor(), now())
    except OfferGone as refusal:
        return _fits(NOBODY), status_of(refusal)
    return redirect(url_for(".all", done="offered"), 303)


NOBODY = N_("Nobody was asked. Tick one to three people, by day, while the time is still free.")


@bp.get("/waitlist/visit/<public_id>")
def for_visit(public_id: str) -> ResponseReturnValue:
    """Ask what would suit the patient of a visit."""
    return _form(public_id, {})


@bp.post("/waitlist/visit/<public_id>")
def join(public_id: str) -> ResponseReturnValue:
    """Let the patient of a visit wait for a sooner time."""
    visit, _found = ledger.of_visit(house(), _named(public_id), actor(), now())
    try:
        wish = forms.wish(
            request.form,
            visit.appointment.visit_type_code,
            forms.modes_of(visit),
            visit.practitioner.id,
        )
        waiting.join(house(), visit.appointment.id, wish, actor(), now())
    except InvalidInput as refusal:
        return _form(public_id, refusal.errors), status_of(refusal)
    except MoveRefused as refusal:
        return _form(public_id, {}), status_of(refusal)
    return redirect(url_for(".all", done="joined"), 303)


def _page(errors: dict[str, str]) -> str:
    board = waiting.board(house(), actor(), now())
    return render_template(
        "waiting/all.html",
        board=board,
        errors=errors,
        done=request.args.get("done", ""),
        offers={state.value: words for state, words in OFFERS.items()},
        **_frame(),
    )


def _fits(trouble: str) -> str:
    freed = _freed()
    return render_template(
        "waiting/fits.html",
        freed=freed,
        found=waiting.fitting(house(), freed, actor(), now()),
        practitioner=clinic().practitioner(freed[0]),
        trouble=trouble,
        address=request.values.get("freed", ""),
        **_frame(),
    )


def _freed() -> Freed:
    found = forms.freed(request.values.get("freed", ""))
    if found is None:
        raise NotFound
    return found


def _named(public_id: str) -> str:
    """The visit that an address names.

    :raises NotFound: when no visit can be called so.
    """
    if not (public_id.isascii() and public_id.isalnum()):
        raise NotFound
    return public_id


def _form(public_id: str, errors: dict[str, str]) -> str:
    visit, _found = ledger.of_visit(house(), _named(public_id), actor(), now())
    return render_template(
        "waiting/form.html",
        visit=visit,
        errors=errors,
        typed=request.form,
        modes=forms.modes_of(visit),
        wish=waiting.wish_of(house(), visit.appointment.id),
        **_frame(),
    )


def _frame() -> dict[str, object]:
    return {
        "now": now(),
        "place": clock_place(),
        "clinic": clinic(),
        "parts": forms.PARTS,
        "notices": forms.NOTICES,
        "weekdays": weekday_options(),
        "languages": {tongue.value: words for tongue, words in LANGUAGES.items()},
    }

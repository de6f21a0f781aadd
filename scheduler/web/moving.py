"""Moving a visit to another time, or to another way to meet: the same times and the same keeping as in booking.

The kept time travels in the address and the form by its random name, which means nothing outside this visit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from scheduler.domain.booking import Hold, MoveRequest
from scheduler.domain.directory import Mode
from scheduler.domain.eligibility import CONSENT
from scheduler.domain.errors import (
    CutOffPassed,
    HoldLapsed,
    InvalidInput,
    MoveRefused,
    NotOffered,
    PatientBusy,
    Refusal,
    SlotTaken,
    StaleVersion,
)
from scheduler.domain.person import VirtualDetails
from scheduler.domain.visit import Visit
from scheduler.services import changing, holding, slot_search
from scheduler.web import keeping, own_visit, time_choice, viewer
from scheduler.web.context import actor, clinic, house, now
from scheduler.web.errors import status_of
from scheduler.web.forms import changes, people
from scheduler.web.patient import changed_meanwhile
from scheduler.web.time_choice import Asked, Wanted

bp = Blueprint("moving", __name__)

Errors = Mapping[str, str]


@bp.get("/<token>/move")
def soonest(token: str) -> ResponseReturnValue:
    """Show the soonest times and all days with free ones."""
    visit = own_visit.current()
    if not visit.may_change(now()):
        return redirect(url_for("patient.see", token=token), 303)
    return _soonest_page(visit, token)


@bp.post("/<token>/move")
def choose(token: str) -> ResponseReturnValue:
    """Keep one of the soonest times, and ask for a yes."""
    visit = own_visit.current()
    try:
        return _keep(visit, token)
    except InvalidInput as refusal:
        return _soonest_page(visit, token, refusal.errors), status_of(refusal)
    except Refusal as refusal:
        return _refused(visit, token, refusal)


@bp.get("/<token>/move/<day>")
def day(token: str, day: str) -> ResponseReturnValue:
    """Show the times of one day."""
    visit, asked_day = own_visit.current(), time_choice.read_day(day)
    if not visit.may_change(now()):
        return redirect(url_for("patient.see", token=token), 303)
    return _day_page(visit, token, asked_day)


@bp.post("/<token>/move/<day>")
def choose_of_day(token: str, day: str) -> ResponseReturnValue:
    """Keep one of a day's times, and ask for a yes."""
    visit, asked_day = own_visit.current(), time_choice.read_day(day)
    try:
        return _keep(visit, token)
    except InvalidInput as refusal:
        return _day_page(visit, token, asked_day, refusal.errors), status_of(refusal)
    except Refusal as refusal:
        return _refused(visit, token, refusal)


@bp.get("/<token>/mode")
def switching(token: str) -> ResponseReturnValue:
    """Offer the other way to meet: at the same time when it is free, else at another."""
    visit = own_visit.current()
    other = own_visit.other_way(visit)
    if other is None or not visit.may_change(now()):
        return redirect(url_for("patient.see", token=token), 303)
    own = visit.appointment.practitioner_id
    keeps = own if _is_free(visit, other, own) else None
    return render_template(
        "moving/switching.html",
        **own_visit.frame(visit, token),
        keeps=keeps,
        is_free=keeps is not None or _is_free(visit, other, None),
    )


@bp.get("/<token>/confirm")
def confirming(token: str) -> ResponseReturnValue:
    """Show the new time beside the old one, and ask for a yes."""
    visit = own_visit.current()
    hold = keeping.kept(visit, request.args.get("hold"))
    if hold is None:
        return redirect(url_for(".soonest", token=token), 303)
    if not visit.may_change(now()):
        return redirect(url_for("patient.see", token=token), 303)
    return _confirm_page(visit, token, hold, people.typed_virtual(visit.virtual, visit.patient.phone))


@bp.post("/<token>/confirm")
def move(token: str) -> ResponseReturnValue:
    """Move the visit, or keep its new time for longer while the rest is being filled in."""
    visit = own_visit.current()
    if "more_time" in request.form:
        return _kept_longer(visit, token)
    try:
        place = changes.new_place(request.form)
    except InvalidInput:
        return redirect(url_for(".soonest", token=token), 303)
    try:
        virtual = _virtual(visit, place.mode)
    except InvalidInput as refusal:
        return _asked_again(visit, token, place, refusal)
    wish = MoveRequest(place.start, place.mode, place.practitioner_id, virtual, place.hold_id, place.seen)
    try:
        changing.move(house(), visit.appointment.id, wish, actor(), now())
    except Refusal as refusal:
        return _refused(visit, token, refusal)
    done = "switched" if place.mode is not visit.appointment.mode else "moved"
    return redirect(url_for("patient.see", token=token, done=done), 303)


def _kept_longer(visit: Visit, token: str) -> ResponseReturnValue:
    """The confirm page again with more time; where something was being typed, it stays."""
    hold = keeping.lengthened(keeping.kept(visit, request.form.get("hold")))
    if hold is None:
        return redirect(url_for(".soonest", token=token, ended=1), 303)
    if _asks_for_video(visit, hold.mode):
        return _confirm_page(visit, token, hold, request.form)
    return redirect(url_for(".confirming", token=token, hold=hold.id), 303)


def _is_free(visit: Visit, mode: Mode, practitioner_id: int | None) -> bool:
    """Say whether the visit's own time is free in another way to meet, with somebody or with anybody."""
    asked = Asked(visit.visit_type, mode, moving=visit.appointment.id)
    query = time_choice.query(asked, Wanted(practitioner_id))
    return slot_search.explain(house(), query, visit.appointment.start, now()) is None


def _keep(visit: Visit, token: str) -> ResponseReturnValue:
    if not visit.may_change(now()):
        return redirect(url_for("patient.see", token=token), 303)
    asked = _asked(visit, request.form)
    start = time_choice.chosen_start(request.form)
    query = time_choice.query(asked, _wanted(visit, request.form, asked))
    hold = holding.hold(house(), query, start, actor(), now(), instead_of=asked.hold_id)
    session[keeping.KEY] = hold.id
    return redirect(url_for(".confirming", token=token, hold=hold.id), 303)


def _refused(visit: Visit, token: str, refusal: Refusal) -> ResponseReturnValue:
    if isinstance(refusal, (SlotTaken, NotOffered, HoldLapsed)):
        return _taken_page(visit, token, refusal), status_of(refusal)
    if isinstance(refusal, PatientBusy):
        return _soonest_page(visit, token, {"start": refusal.sentence}), status_of(refusal)
    if isinstance(refusal, (StaleVersion, CutOffPassed, MoveRefused)):
        return changed_meanwhile(token, refusal.sentence), status_of(refusal)
    raise refusal


def _asks_for_video(visit: Visit, mode: Mode) -> bool:
    """What a video visit needs is asked once, and again only when the consent has a new wording."""
    known = visit.virtual
    return mode is Mode.VIRTUAL and (
        known is None or known.consent_version != clinic().consent(CONSENT).version
    )


def _virtual(visit: Visit, mode: Mode) -> VirtualDetails | None:
    """What a video visit needs, read from the form where it was asked; an older wording is asked again."""
    if not _asks_for_video(visit, mode):
        return None
    given = people.virtual(request.form)
    if given.consent_version != clinic().consent(CONSENT).version:
        raise InvalidInput({"consent": people.NEW_CONSENT})
    return replace(given, zone=None if visit.helper else viewer.viewer_zone())


def _asked_again(
    visit: Visit, token: str, place: changes.NewPlace, refusal: InvalidInput
) -> ResponseReturnValue:
    hold = keeping.kept(visit, place.hold_id)
    if hold is None:
        return redirect(url_for(".soonest", token=token, mode=place.mode.value), 303)
    return _confirm_page(visit, token, hold, request.form, refusal.errors), status_of(refusal)


def _asked(visit: Visit, args: MultiDict[str, str]) -> Asked:
    """The visit with the way to meet that the address asks for, if it has it; else its own."""
    mode = args.get("mode", "")
    modes = {one.value: one for one in visit.visit_type.modes}
    return Asked(
        visit.visit_type,
        modes.get(mode, visit.appointment.mode),
        visit.appointment.id,
        session.get(keeping.KEY),
    )


def _wanted(visit: Visit, args: MultiDict[str, str], asked: Asked) -> Wanted:
    """The wish in the address; unless it says otherwise, the same clinician again."""
    if "clinician" in args:
        return time_choice.wanted(args, asked)
    own = visit.appointment.practitioner_id
    gives = {one.id for one in time_choice.candidates(asked)}
    return Wanted(own if own in gives else None, time_choice.wanted(args, asked).part)


def _soonest_page(visit: Visit, token: str, errors: Errors | None = None) -> str:
    asked = _asked(visit, request.values)
    wish = _wanted(visit, request.values, asked)
    offer = slot_search.overview(house(), time_choice.query(asked, wish), now())
    hold = keeping.kept(visit, asked.hold_id)
    return render_template(
        "moving/soonest.html",
        **keeping.told(hold),
        hold_place=clinic().location(hold.location_id) if hold else None,
        has_ended="ended" in request.args,
        **_frame(visit, token, asked, wish, errors if offer.soonest else None),
        tiles=time_choice.tiles(offer.soonest, with_day=True),
        months=time_choice.months(offer.days),
        is_far=time_choice.is_far(offer.days),
        first_day=offer.days[0] if offer.days else None,
    )


def _day_page(visit: Visit, token: str, day: date, errors: Errors | None = None) -> str:
    asked = _asked(visit, request.values)
    wish = _wanted(visit, request.values, asked)
    slots = slot_search.find(house(), time_choice.query(asked, wish, day), now())
    days = slot_search.overview(house(), time_choice.query(asked, wish), now(), 0).days
    early, late = time_choice.halves(slots)
    before, after = time_choice.around(day, days)
    return render_template(
        "moving/day.html",
        **_frame(visit, token, asked, wish, errors if slots else None),
        day=day,
        early=early,
        late=late,
        before=before,
        after=after,
    )


def _confirm_page(
    visit: Visit, token: str, hold: Hold, values: Mapping[str, str], errors: Errors | None = None
) -> str:
    return render_template(
        "moving/confirming.html",
        **own_visit.frame(visit, token),
        **keeping.told(hold),
        practitioner=clinic().practitioner(hold.practitioner_id),
        place=clinic().location(hold.location_id),
        consent=clinic().consent(CONSENT) if _asks_for_video(visit, hold.mode) else None,
        values=values,
        errors=errors or {},
    )


def _taken_page(visit: Visit, token: str, refusal: SlotTaken | NotOffered | HoldLapsed) -> str:
    asked = _asked(visit, request.values)
    return render_template(
        "moving/taken.html",
        **own_visit.frame(visit, token),
        asked=asked,
        place=visit.location,
        is_taken=isinstance(refusal, SlotTaken),
        tiles=time_choice.tiles(refusal.alternatives, with_day=True),
    )


def _frame(visit: Visit, token: str, asked: Asked, wish: Wanted, errors: Errors | None) -> dict[str, object]:
    return {
        **own_visit.frame(visit, token),
        "asked": asked,
        "wish": wish,
        "args": {**wish.args, "clinician": str(wish.practitioner_id or ""), "mode": asked.mode.value},
        "candidates": time_choice.candidates(asked),
        "place": visit.location,
        "zone": viewer.viewer_zone(),
        "zones": viewer.CHOICES,
        "errors": errors or {},
    }

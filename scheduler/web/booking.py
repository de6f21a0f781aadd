"""Booking a visit: which visit, the last look at everything, and the page that says it is done."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.availability import Slot
from scheduler.domain.directory import Audience, Mode, VisitType
from scheduler.domain.draft import Step
from scheduler.domain.errors import (
    GateClosed,
    GateNeeded,
    HoldLapsed,
    InvalidInput,
    NotOffered,
    NotPermitted,
    PatientBusy,
    Refusal,
    SlotTaken,
)
from scheduler.domain.link import LinkPurpose
from scheduler.domain.wording import N_
from scheduler.services import booking, changing, contact, holding, private_links, racing
from scheduler.services.drafting import OpenDraft
from scheduler.web import calendar_links, draft_session, keeping, time_choice
from scheduler.web.context import actor, clinic, house, now
from scheduler.web.draft_session import require
from scheduler.web.errors import status_of
from scheduler.web.time_choice import Asked, Wanted
from scheduler.web.times import taken_page
from scheduler.web.viewer import viewer_zone

bp = Blueprint("booking", __name__)

NO_VISIT = N_("Choose a visit.")


@dataclass(frozen=True, slots=True)
class Choice:
    """One visit that may be booked here, in one way to meet; `is_first` when its type has not been listed yet."""

    visit_type: VisitType
    mode: Mode
    is_first: bool
    for_known: bool

    @property
    def value(self) -> str:
        """How a form names it."""
        return f"{self.visit_type.code}/{self.mode.value}"


@bp.get("/visit")
def visit() -> ResponseReturnValue:
    """Ask which visit, and how to meet."""
    answers = require(Step.VISIT).answers
    chosen = f"{answers.visit_type_code}/{answers.mode.value}" if answers.mode else None
    return render_template("booking/visit.html", choices=_choices(), chosen=chosen, errors={})


@bp.post("/visit")
def take_visit() -> ResponseReturnValue:
    """Take the visit; a time that was chosen for another visit is given back."""
    require(Step.VISIT)
    asked = request.form.get("visit", "")
    choice = next((one for one in _choices() if one.value == asked), None)
    if choice is None:
        page = render_template(
            "booking/visit.html", choices=_choices(), chosen=None, errors={"visit": NO_VISIT}
        )
        return page, 422
    draft_session.save(lambda answers: answers.wanting(choice.visit_type.code, choice.mode))
    return draft_session.onward()


@bp.get("/check")
def check() -> ResponseReturnValue:
    """Show everything before it is booked."""
    return _check_page(require(Step.CHECK))


@bp.post("/check")
def book() -> ResponseReturnValue:
    """Book the visit that was shown."""
    draft = require(Step.CHECK)
    if request.form.get("seen") != str(draft.version):
        return redirect(url_for(".check", changed=1), 303)
    try:
        booking.book(house(), draft.answers.request(draft.hold_id), actor(), now(), draft_id=draft.id)
    except Refusal as refusal:
        return _refused(draft, refusal)
    return redirect(url_for(".booked"), 303)


@bp.post("/keep")
def keep() -> ResponseReturnValue:
    """Keep the time for longer; when it is gone already, the check page says so."""
    draft = require(Step.TIME)
    if draft.hold_id is not None:
        try:
            holding.extend(house(), draft.hold_id, now())
        except HoldLapsed:
            return redirect(url_for(".check", ended=1), 303)
    return redirect(url_for(".check"), 303)


@bp.post("/leave")
def leave() -> ResponseReturnValue:
    """Stop here: give the time back and forget what was typed."""
    draft_session.forget()
    return redirect(url_for("public.home"), 303)


@bp.get("/booked")
def booked() -> ResponseReturnValue:
    """Say that the visit is booked, and what comes next; once it is cancelled, its own page says so instead."""
    draft = draft_session.current()
    if draft is None or draft.appointment_id is None:
        return draft_session.onward()
    links = private_links.of_visit(house(), draft.appointment_id)
    visit = changing.show(house(), draft.appointment_id)
    if not visit.appointment.is_open:
        manage = links.get(LinkPurpose.MANAGE)
        own = url_for("patient.see", token=manage) if manage else url_for("public.home")
        return redirect(own, 303)
    return render_template(
        "booking/booked.html",
        visit=visit,
        manage=links.get(LinkPurpose.MANAGE),
        ways=calendar_links.ways(visit, links.get(LinkPurpose.CALENDAR)),
        viewer_zone=viewer_zone(),
        came_back=contact.came_back(house(), visit),
    )


def _refused(draft: OpenDraft, refusal: Refusal) -> ResponseReturnValue:
    """Say why it could not be booked; every answer is kept."""
    if isinstance(refusal, (SlotTaken, NotOffered, HoldLapsed)):
        return taken_page(draft, refusal), status_of(refusal)
    if isinstance(refusal, (GateClosed, GateNeeded)):
        return redirect(url_for("safety.first"), 303)
    if isinstance(refusal, InvalidInput):
        return draft_session.onward() if "mode" not in refusal.errors else redirect(url_for(".visit"), 303)
    if isinstance(refusal, (NotPermitted, PatientBusy)):
        is_busy = isinstance(refusal, PatientBusy)
        page = render_template("booking/refused.html", is_busy=is_busy)
        return page, status_of(refusal)
    raise refusal


def _check_page(draft: OpenDraft) -> str:
    answers = draft.answers
    hold = holding.get(house(), draft.hold_id, now())
    visit_type = clinic().visit_type(answers.visit_type_code)
    assert answers.mode
    asked = Asked(visit_type, answers.mode, hold_id=draft.hold_id)
    return render_template(
        "booking/check.html",
        answers=answers,
        visit_type=visit_type,
        practitioner=clinic().practitioner(answers.practitioner_id) if answers.practitioner_id else None,
        place=clinic().location(hold.location_id) if hold else clinic().locations[0],
        **keeping.told(hold),
        tiles=[] if hold else time_choice.tiles(_nearest(draft, asked), with_day=True),
        seen=draft.version,
        has_changed="changed" in request.args,
        viewer_zone=viewer_zone(),
    )


def _nearest(draft: OpenDraft, asked: Asked) -> tuple[Slot, ...]:
    """The three nearest times to the one that was chosen and is no longer kept; itself among them when still free."""
    assert draft.answers.start
    query = time_choice.query(asked, Wanted(draft.answers.practitioner_id))
    return racing.alternatives(house(), query, draft.answers.start, now())


def _choices() -> list[Choice]:
    """The visits that patients may book, type by type."""
    open_to = {Audience.PATIENT, Audience.KNOWN_PATIENT}
    types = [one for one in clinic().visit_types if one.active and one.bookable_by & open_to]
    return [
        Choice(one, mode, mode is one.modes[0], Audience.PATIENT not in one.bookable_by)
        for one in types
        for mode in one.modes
    ]

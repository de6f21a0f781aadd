"""Choosing a time: the soonest three, the days, the times of a day; the chosen one is kept while people type."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.draft import Step
from scheduler.domain.errors import HoldLapsed, InvalidInput, NotOffered, SlotTaken
from scheduler.services import holding, slot_search
from scheduler.services.drafting import OpenDraft
from scheduler.web import draft_session, time_choice, viewer
from scheduler.web.context import actor, clinic, house, now
from scheduler.web.draft_session import require
from scheduler.web.errors import status_of
from scheduler.web.own_paths import safe_next
from scheduler.web.time_choice import Asked, Wanted

bp = Blueprint("times", __name__)


@bp.get("/times")
def soonest() -> ResponseReturnValue:
    """Show the soonest times and all days with free ones."""
    return _soonest_page(require(Step.TIME))


@bp.post("/times")
def take_soonest() -> ResponseReturnValue:
    """Keep one of the soonest times."""
    draft = require(Step.TIME)
    try:
        return _keep(draft)
    except InvalidInput as refusal:
        return _soonest_page(draft, refusal.errors), status_of(refusal)
    except (SlotTaken, NotOffered) as refusal:
        return taken_page(draft, refusal), status_of(refusal)


@bp.get("/times/<day>")
def day(day: str) -> ResponseReturnValue:
    """Show the times of one day."""
    return _day_page(require(Step.TIME), time_choice.read_day(day))


@bp.post("/times/<day>")
def take_of_day(day: str) -> ResponseReturnValue:
    """Keep one of a day's times."""
    draft, asked_day = require(Step.TIME), time_choice.read_day(day)
    try:
        return _keep(draft)
    except InvalidInput as refusal:
        return _day_page(draft, asked_day, refusal.errors), status_of(refusal)
    except (SlotTaken, NotOffered) as refusal:
        return taken_page(draft, refusal), status_of(refusal)


@bp.post("/zone")
def choose_zone() -> ResponseReturnValue:
    """Keep the reader's own time zone, and go back to the page they were on."""
    back = safe_next(request.form.get("back")) or url_for(".soonest")
    return viewer.keep_zone(make_response(redirect(back, 303)), request.form.get("zone", ""))


def taken_page(draft: OpenDraft, refusal: SlotTaken | NotOffered | HoldLapsed) -> str:
    """Say that a time is gone, and offer the nearest ones; everything typed is kept."""
    return render_template(
        "times/taken.html",
        asked=_asked(draft),
        is_taken=isinstance(refusal, SlotTaken),
        tiles=time_choice.tiles(refusal.alternatives, with_day=True),
        place=clinic().locations[0],
    )


def _keep(draft: OpenDraft) -> ResponseReturnValue:
    asked = _asked(draft)
    start = time_choice.chosen_start(request.form)
    query = time_choice.query(asked, time_choice.wanted(request.form, asked))
    hold = holding.hold(house(), query, start, actor(), now(), instead_of=draft.hold_id)
    draft_session.save(
        lambda answers: replace(answers, start=hold.start, practitioner_id=hold.practitioner_id), hold=hold
    )
    return draft_session.onward()


def _soonest_page(draft: OpenDraft, errors: dict[str, str] | None = None) -> str:
    """The soonest times. Where none is left there is nothing to have got wrong: the page says so, and no error."""
    asked = _asked(draft)
    wish = time_choice.wanted(request.values, asked)
    offer = slot_search.overview(house(), time_choice.query(asked, wish), now())
    return render_template(
        "times/soonest.html",
        **_frame(asked, wish, errors if offer.soonest else None),
        tiles=time_choice.tiles(offer.soonest, with_day=True),
        months=time_choice.months(offer.days),
        is_far=time_choice.is_far(offer.days),
        first_day=offer.days[0] if offer.days else None,
    )


def _day_page(draft: OpenDraft, day: date, errors: dict[str, str] | None = None) -> str:
    """The times of a day; where none is left, the way to other days and no error."""
    asked = _asked(draft)
    wish = time_choice.wanted(request.values, asked)
    slots = slot_search.find(house(), time_choice.query(asked, wish, day), now())
    days = slot_search.overview(house(), time_choice.query(asked, wish), now(), 0).days
    early, late = time_choice.halves(slots)
    before, after = time_choice.around(day, days)
    return render_template(
        "times/day.html",
        **_frame(asked, wish, errors if slots else None),
        day=day,
        early=early,
        late=late,
        before=before,
        after=after,
    )


def _frame(asked: Asked, wish: Wanted, errors: dict[str, str] | None) -> dict[str, object]:
    return {
        "asked": asked,
        "wish": wish,
        "candidates": time_choice.candidates(asked),
        "place": clinic().locations[0],
        "zone": viewer.viewer_zone(),
        "zones": viewer.CHOICES,
        "errors": errors or {},
    }


def _asked(draft: OpenDraft) -> Asked:
    answers = draft.answers
    assert answers.mode
    return Asked(clinic().visit_type(answers.visit_type_code), answers.mode, hold_id=draft.hold_id)

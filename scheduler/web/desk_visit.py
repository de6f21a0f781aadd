"""One visit on the desk's screen: all that is known, one press for each state, giving it up, the note, and undoing."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.appointment import CancelledBy
from scheduler.domain.availability import Reason
from scheduler.domain.desk_state import DeskState, state
from scheduler.domain.errors import InvalidInput, NotFound, Refusal, StaleVersion
from scheduler.domain.plain_text import clean
from scheduler.domain.waitlist import freed_spelled
from scheduler.domain.wording import N_
from scheduler.services import changing, desk_moving, desk_status, undoing, visit_panel
from scheduler.services.visit_panel import Panel
from scheduler.translations import times
from scheduler.web.context import actor, house, now
from scheduler.web.desk_words import GATE, REASON_WORDS, REASONS, REASONS_KEPT, STATES, WHO, state_word
from scheduler.web.errors import code_of, problem, status_of
from scheduler.web.forms.entry import YEARS, EntrySheet
from scheduler.web.forms.options import LANGUAGES
from scheduler.web.i18n import gettext as _
from scheduler.web.i18n import language

bp = Blueprint("desk_visit", __name__)

MOST_NOTES = 4000
"""Signs of a note that several desks have written at once; one desk is shown room for a quarter."""
NO_REASON = N_("Choose why.")
NO_ASKER = N_("Choose who asked for it.")


@bp.get("/visits/<public_id>")
def see(public_id: str) -> ResponseReturnValue:
    """Show everything about a visit."""
    return _see(public_id)


@bp.post("/visits/<public_id>/state")
def press(public_id: str) -> ResponseReturnValue:
    """Take the visit one step on."""
    to = _state(request.form.get("state", ""))
    try:
        desk_status.set_state(house(), public_id, to, actor(), now(), seen=seen_revision())
    except Refusal as refusal:
        return refused(refusal, public_id) or (_see(public_id, refusal), status_of(refusal))
    return redirect(url_for(".see", public_id=public_id), 303)


@bp.get("/visits/<public_id>/cancel")
def cancelling(public_id: str) -> ResponseReturnValue:
    """Ask who gives the visit up, and why."""
    return _cancelling(public_id, {})


@bp.post("/visits/<public_id>/cancel")
def cancel(public_id: str) -> ResponseReturnValue:
    """Give the visit up."""
    sheet = EntrySheet(request.form)
    by = sheet.one_of("by", CancelledBy, NO_ASKER)
    reason = request.form.get("reason", "")
    if reason not in REASONS:
        sheet.wrong("reason", NO_REASON)
    try:
        sheet.settle()
        assert by is not None
        tell = request.form.get("tell") == "yes"
        desk_status.cancel(house(), public_id, by, reason, actor(), now(), tell=tell, seen=seen_revision())
    except InvalidInput as refusal:
        return _cancelling(public_id, refusal.errors), status_of(refusal)
    except Refusal as refusal:
        return _see(public_id, refusal), status_of(refusal)
    return redirect(url_for(".see", public_id=public_id), 303)


@bp.post("/visits/<public_id>/note")
def note(public_id: str) -> ResponseReturnValue:
    """Keep the desk's note."""
    words = clean(request.form.get("note", ""), MOST_NOTES, lines=True)
    was = request.form.get("was")
    seen = None if was is None else clean(was, MOST_NOTES, lines=True)
    desk_status.keep_note(house(), public_id, words, actor(), now(), seen=seen)
    return redirect(url_for(".see", public_id=public_id, done="note"), 303)


@bp.post("/undo")
def undo() -> ResponseReturnValue:
    """Take a change back: the one that is named, or this person's last one of the last minute."""
    named = request.form.get("change", "")[:32]
    if not named:
        last = undoing.last(house(), actor(), now())
        if last is None:
            return refused(NotFound()) or (render_template("desk_visit/nothing.html"), 404)
        named = last.id
    visit = undoing.undo(house(), named, actor(), now())
    day = visit.appointment.start.astimezone(visit.location.tz).date()
    return redirect(url_for("desk_calendar.day", day=day.isoformat(), done="undone"), 303)


def seen_revision() -> int | None:
    """The revision of the visit that the sender looked at; None when the form does not say."""
    typed = request.form.get("revision", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None


def refused(refusal: Refusal, public_id: str = "") -> ResponseReturnValue | None:
    """Leave a refusal to the problem document where a script asked; None where a person looks at a page.

    Whoever came second is told how the visit stands now.

    :raises Refusal: the one it was given.
    """
    if request.accept_mimetypes.best != "application/json":
        return None
    if isinstance(refusal, StaleVersion) and public_id:
        return problem(status_of(refusal), code_of(refusal), stale_words(public_id))
    raise refusal


def stale_words(public_id: str) -> str:
    """That somebody else was quicker, and how the visit stands now."""
    visit = changing.show(house(), desk_moving.find(house(), public_id).id)
    local = visit.appointment.start.astimezone(visit.location.tz)
    stands = _("Now it is: %(when)s, %(who)s, %(state)s.") % {
        "when": f"{times.short_day(local.date(), language())} {times.clock(local, language())}",
        "who": visit.practitioner.name,
        "state": state_word(state(visit.appointment)),
    }
    return f"{_(StaleVersion.sentence)} {stands}"


def _see(public_id: str, refusal: Refusal | None = None) -> str:
    panel = visit_panel.show(house(), public_id, actor(), now())
    asked = _asked_time(panel)
    reason = visit_panel.explain(house(), public_id, asked, actor(), now()) if asked else None
    return render_template(
        "desk_visit/see.html",
        panel=panel,
        visit=panel.visit,
        steps=[
            (each.value, _(STATES[each].press), STATES[each].key)
            for each in panel.steps
            if each is not DeskState.CANCELLED
        ],
        may_cancel=DeskState.CANCELLED in panel.steps,
        refusal=refusal,
        freed=_freed(panel),
        asked=request.args.get("why", ""),
        answer=_answer(asked, reason),
        gate=_(GATE[panel.gate[0]]) if panel.gate else "",
        languages={tongue.value: words for tongue, words in LANGUAGES.items()},
        by=dict(WHO),
        reasons=REASONS_KEPT,
    )


def _freed(panel: Panel) -> str:
    """The time that a visit gave back, as the waitlist's page names it; "" while it stands or when it is over."""
    visit = panel.visit.appointment
    if panel.state is not DeskState.CANCELLED or visit.start <= now():
        return ""
    return freed_spelled(visit.practitioner_id, visit.start, visit.end)


def _cancelling(public_id: str, errors: dict[str, str]) -> str:
    panel = visit_panel.show(house(), public_id, actor(), now())
    return render_template(
        "desk_visit/cancelling.html",
        panel=panel,
        visit=panel.visit,
        errors=errors,
        values=request.form,
        who=[(value, _(words)) for value, words in WHO],
        reasons=[(value, _(words)) for value, words in REASONS.items()],
        is_late=now() > panel.visit.appointment.start - desk_status.LATE,
        state=state_word(panel.state),
    )


def _asked_time(panel: Panel) -> datetime | None:
    """The time that "why not offered?" asks about, on the office's wall; None when none was asked."""
    try:
        typed = datetime.fromisoformat(request.args.get("why", ""))
        if typed.year not in YEARS:
            return None
        return typed.replace(tzinfo=panel.visit.location.tz).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _answer(asked: datetime | None, reason: Reason | None) -> str:
    if asked is None:
        return ""
    return _(REASON_WORDS[reason]) if reason else _("This time is free, and patients can book it.")


def _state(typed: str) -> DeskState:
    """The state that was pressed.

    :raises InvalidInput: when there is no such state.
    """
    if typed not in set(DeskState):
        raise InvalidInput({"state": N_("Please choose one.")})
    return DeskState(typed)

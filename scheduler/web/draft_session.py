"""The booking that this browser is filling in: the cookie holds a random handle, and all answers stand in the database.

Pages on the way to a visit ask `require` for the step they stand at. Whoever has skipped a question is led back to it;
whoever has booked is led to the page that says so, whichever way the back button took them.
"""

from __future__ import annotations

from typing import cast

from flask import abort, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.booking import Hold
from scheduler.domain.draft import STEPS, DraftAnswers, Step
from scheduler.domain.errors import GateNeeded
from scheduler.domain.safety_gate import Tier
from scheduler.services import drafting
from scheduler.services.drafting import Change, OpenDraft
from scheduler.web.context import clinic, house, now

KEY = "draft"

PAGES = {
    Step.SAFETY: "safety.first",
    Step.VISIT: "booking.visit",
    Step.TIME: "times.soonest",
    Step.WHO: "about.who",
    Step.HELPER: "about.helper",
    Step.PATIENT: "about.patient",
    Step.VIDEO: "about.video",
    Step.CHECK: "booking.check",
}
"""Where each question is asked."""

OUTCOMES = {
    Tier.EMERGENCY: "safety.emergency",
    Tier.SAME_DAY: "safety.same_day",
    Tier.CALL_BACK: "safety.call_back",
}
"""Where safety answers lead that need care sooner than a booked visit."""


BESIDE_THE_GATE = frozenset({"booking.booked", "booking.leave", "times.choose_zone"})
"""What shows no time: the end of a booking, giving it up, and the reader's own clock."""


def gate_passed() -> ResponseReturnValue | None:
    """Guard: nobody sees a time before the safety questions in force were answered, in this browser, without a sign."""
    draft = current()
    if request.endpoint in BESIDE_THE_GATE or (draft is not None and draft.appointment_id is not None):
        return None
    tier = draft.answers.tier(clinic().gate) if draft is not None else None
    if tier is Tier.NONE:
        return None
    if tier in OUTCOMES:
        return redirect(url_for(OUTCOMES[tier]), 303)
    return redirect(url_for(PAGES[Step.SAFETY], ended=1 if _was_away(draft) else None), 303)


def _was_away(draft: OpenDraft | None) -> bool:
    """Whether this browser once had a draft whose time ran out."""
    return draft is None and KEY in session


def current() -> OpenDraft | None:
    """The draft as it stands; None when nothing was answered yet or the pause was too long."""
    if "draft" not in g:
        handle = session.get(KEY)
        g.draft = drafting.load(house(), handle, now()) if isinstance(handle, str) else None
    return cast("OpenDraft | None", g.draft)


def answers() -> DraftAnswers:
    """What was answered so far; nothing at all when there is no draft, or when it became a visit."""
    draft = current()
    return draft.answers if draft is not None and draft.appointment_id is None else DraftAnswers()


def require(step: Step) -> OpenDraft:
    """The draft, for a page that stands at `step`; sends everybody else to where they belong."""
    draft = current()
    if draft is not None and draft.appointment_id is not None:
        abort(redirect(url_for("booking.booked"), 303))
    lacking = draft.answers.lacking(clinic().gate) if draft is not None else Step.SAFETY
    if draft is None or STEPS.index(lacking) < STEPS.index(step):
        abort(redirect(url_for(PAGES[lacking]), 303))
    return draft


def save(change: Change, *, hold: Hold | None = None) -> OpenDraft:
    """Keep one more answer in the draft.

    :raises GateNeeded: when there is none.
    """
    handle = session.get(KEY)
    if not isinstance(handle, str):
        raise GateNeeded
    g.draft = drafting.advance(house(), handle, change, now(), hold=hold)
    return cast("OpenDraft", g.draft)


def save_or_begin(change: Change) -> OpenDraft:
    """The same, in a new draft when there is none that can still become a visit."""
    draft = current()
    if draft is None or draft.appointment_id is not None:
        session[KEY] = drafting.begin(house(), DraftAnswers(), now())
    return save(change)


def handle() -> str:
    """The handle of a draft that can still become a visit, begun where there is none."""
    draft = current()
    if draft is None or draft.appointment_id is not None:
        session[KEY] = drafting.begin(house(), DraftAnswers(), now())
        g.pop("draft", None)
    return str(session[KEY])


def forget() -> None:
    """Give the draft up, and the time with it."""
    kept = session.pop(KEY, None)
    if isinstance(kept, str):
        drafting.forget(house(), kept, now())
    g.pop("draft", None)


def onward() -> ResponseReturnValue:
    """To the next open question: after a change on the check page, that is the check page again."""
    draft = current()
    lacking = draft.answers.lacking(clinic().gate) if draft else Step.SAFETY
    return redirect(url_for(PAGES[lacking]), 303)

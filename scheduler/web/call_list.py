"""The front desk's call list: who is to be called today, on the screen and on paper, and what came of each call."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.errors import InvalidInput
from scheduler.domain.message_story import Outcome
from scheduler.domain.wording import N_
from scheduler.services import call_list
from scheduler.web import message_preview
from scheduler.web.context import actor, clock_place, house, now
from scheduler.web.desk_messages import NUMBER
from scheduler.web.forms.options import LANGUAGES
from scheduler.web.message_words import OUTCOMES

bp = Blueprint("call_list", __name__)


@bp.get("/calls")
def today() -> ResponseReturnValue:
    """Show the calls of the day."""
    calls = call_list.today(house(), actor(), now())
    scripts = {
        call.line.entry.id: message_preview.of_entry(call.line.entry, call.line.visit)
        for call in calls.waiting
    }
    return render_template(
        "desk/calls.html",
        calls=calls,
        scripts=scripts,
        outcomes=[(outcome.value, words, key) for outcome, (words, key) in OUTCOMES.items()],
        languages={tongue.value: words for tongue, words in LANGUAGES.items()},
        now=now(),
        place=clock_place(),
    )


@bp.post(f"/calls/{NUMBER}")
def note(number: int) -> ResponseReturnValue:
    """Write down what came of a call."""
    call_list.note(house(), number, _outcome(), actor(), now())
    return redirect(url_for(".today", done=number), 303)


@bp.post(f"/calls/{NUMBER}/again")
def take_back(number: int) -> ResponseReturnValue:
    """Put a call back on the list."""
    call_list.take_back(house(), number, actor(), now())
    return redirect(url_for(".today", done="back"), 303)


def _outcome() -> Outcome:
    """What was pressed.

    :raises InvalidInput: when it is none of the three.
    """
    try:
        return Outcome(request.form.get("outcome", ""))
    except ValueError:
        raise InvalidInput({"outcome": N_("Please choose one.")}) from None

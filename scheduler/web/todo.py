"""The front desk's list of things to do, on the screen: what waits, and one press for each step."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.errors import InvalidInput, MoveRefused, Refusal, StaleVersion
from scheduler.domain.wording import N_
from scheduler.domain.worklist import SORTS, Step, Wanted
from scheduler.services import todo, ways_out
from scheduler.web.context import actor, clock_place, house, now
from scheduler.web.errors import status_of
from scheduler.web.forms import todo as forms
from scheduler.web.forms.options import LANGUAGES
from scheduler.web.i18n import gettext as _

bp = Blueprint("todo", __name__)

PAGE = 30
SAID = {
    "claim": N_("It is yours now."),
    "release": N_("It is free for others again."),
    "snooze": N_("Put off. It comes back by itself."),
    "tried": N_("Noted. It comes back by itself."),
    "note": N_("Saved."),
    "offered": N_("We ask the patient to choose another time. It comes back by itself."),
    "to-calls": N_("The call is on the list. It comes back by itself."),
    "done": N_("Done. It is kept under Done, with your name."),
    "apart": N_("They are two people. Nobody is asked again. To take it back, open it."),
    "reopen": N_("It is on the list again."),
}
WAYS_OUT = frozenset({Step.OFFERED, Step.TO_CALLS})
CHANGED = N_("Somebody else was faster. This is how it stands now. Your words are still here.")


@bp.get("/todo")
def all() -> ResponseReturnValue:
    """Show what waits, what was put off, or what is done."""
    asked = forms.asked(request.args)
    wanted = Wanted(
        forms.SHELVES[asked.show],
        asked.kind,
        int(actor().id) if asked.mine else None,
        asked.page * PAGE,
        PAGE,
    )
    board = todo.look(house(), wanted, actor(), now())
    return render_template(
        "todo/all.html",
        asked=asked,
        board=board,
        kinds=[(kind, _(SORTS[kind].title)) for kind in SORTS],
        said=SAID.get(request.args.get("said", "")),
        last=request.args.get("item", "")[:32],
        **_frame(),
    )


@bp.get("/todo/<item_id>")
def one(item_id: str) -> ResponseReturnValue:
    """Show one thing with every step taken so far."""
    return _one(item_id, {})


@bp.post("/todo/<item_id>/<step>")
def act(item_id: str, step: str) -> ResponseReturnValue:
    """Take one step with a thing, and go back to the list."""
    which = forms.step(step)
    seen, typed = forms.version(request.form), forms.act(which, request.form, clock_place(), now())
    try:
        if which in WAYS_OUT:
            ways_out.take(house(), item_id, seen, which, actor(), now())
        else:
            todo.act(house(), item_id, seen, typed, actor(), now())
    except InvalidInput as refusal:
        return _one(item_id, refusal.errors), status_of(refusal)
    except (StaleVersion, MoveRefused) as refusal:
        return _one(item_id, {}, refusal), status_of(refusal)
    shown: dict[str, Any] = {**forms.asked(request.args).values(), "said": which.value, "item": item_id}
    return redirect(url_for(".all", **shown), 303)


def _one(item_id: str, errors: dict[str, str], refusal: Refusal | None = None) -> str:
    task, signs = todo.one(house(), item_id, actor(), now())
    return render_template(
        "todo/one.html",
        task=task,
        signs=signs,
        errors=errors,
        changed=CHANGED if refusal else "",
        typed=request.form,
        asked=forms.asked(request.args),
        **_frame(),
    )


def _frame() -> dict[str, object]:
    return {
        "now": now(),
        "place": clock_place(),
        "me": actor().id,
        "rests": forms.RESTS,
        "urgent_rests": forms.URGENT_RESTS,
        "languages": {tongue.value: words for tongue, words in LANGUAGES.items()},
    }

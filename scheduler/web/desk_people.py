"""Finding people and visits from one line, and the page of one person.

What is looked for is sent as a form and never stands in an address: a name or a number would lie in logs there.
"""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from scheduler.domain.right import Right
from scheduler.services import finding, merging, people_search, person_page, putting_right, telling_apart
from scheduler.services.finding import Hits
from scheduler.web.context import actor, clinic, clock_place, house, now, today
from scheduler.web.forms.finding import wish_of
from scheduler.web.forms.options import LANGUAGES
from scheduler.web.i18n import language
from scheduler.web.navigation import may

bp = Blueprint("desk_people", __name__)

PERSON = f"int(max={2**63 - 1})"
"""A number that a database can look for."""


@bp.get("/people")
def find() -> ResponseReturnValue:
    """Ask what to look for."""
    return _page("", None)


@bp.post("/people")
def found() -> ResponseReturnValue:
    """Show what was found."""
    asked = request.form.get("q", "")[:80]
    if not asked.strip():
        return _page(asked, None)
    return _page(asked, finding.find(house(), wish_of(asked, today()), actor(), now()))


@bp.get(f"/people/<{PERSON}:number>")
def see(number: int) -> ResponseReturnValue:
    """Show one person."""
    shown = person_page.show(house(), number, actor(), now())
    details, number = shown.record.patient.details, shown.record.patient.id
    may_merge = may(Right.MERGE_PEOPLE)
    return render_template(
        "desk_people/see.html",
        shown=shown,
        alike=people_search.alike(house(), details, actor(), now(), but=number) if may_merge else [],
        apart=telling_apart.of_patient(house(), number, actor(), now()) if may_merge else [],
        joined=merging.of_patient(house(), number, actor()) if may_merge else [],
        put_right_at=putting_right.put_right_at(house(), shown.record, actor())
        if may(Right.CHANGE_PEOPLE)
        else None,
        done=request.args.get("done", ""),
        place=clock_place(),
        kinds={one.code: one.title.in_(language()) for one in clinic().visit_types},
        languages={tongue.value: words for tongue, words in LANGUAGES.items()},
    )


def _page(asked: str, hits: Hits | None) -> str:
    count = len(hits.visits) + sum(1 + bool(each.next_visit) for each in hits.people) if hits else 0
    return render_template("desk_people/find.html", asked=asked, hits=hits, count=count, place=clock_place())

"""Finding people and visits from one line, and the page of one person.

What is looked for is sent as a form and never stands in an address: a name or a number would lie in logs there.
"""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.errors import InvalidInput, StaleVersion
from scheduler.domain.right import Right
from scheduler.domain.wording import N_
from scheduler.services import finding, merging, people_search, person_page, putting_right, telling_apart
from scheduler.services.finding import Hits
from scheduler.services.putting_right import Particulars
from scheduler.translations import phones
from scheduler.web.context import actor, clinic, clock_place, house, now, today
from scheduler.web.desk_booking import birth_date
from scheduler.web.errors import status_of
from scheduler.web.forms.entry import EntrySheet
from scheduler.web.forms.finding import wish_of
from scheduler.web.forms.options import LANGUAGES
from scheduler.web.i18n import gettext as _
from scheduler.web.i18n import language
from scheduler.web.navigation import may

bp = Blueprint("desk_people", __name__)

PERSON = f"int(max={2**63 - 1})"
"""A number that a database can look for."""

CHANGED = N_(
    "Somebody changed this record meanwhile. Look at what it says now, and save again if yours is right."
)


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


@bp.get(f"/people/<{PERSON}:number>/change")
def changing(number: int) -> ResponseReturnValue:
    """Ask what is right."""
    return _asking(number, {})


@bp.post(f"/people/<{PERSON}:number>/change")
def change(number: int) -> ResponseReturnValue:
    """Keep it."""
    try:
        wanted = _particulars(EntrySheet(request.form))
        putting_right.put_right(house(), number, wanted, actor(), now(), seen=_seen())
    except InvalidInput as refusal:
        return _asking(number, refusal.errors), status_of(refusal)
    except StaleVersion as refusal:
        return _asking(number, {}, _(CHANGED)), status_of(refusal)
    return redirect(url_for(".see", number=number, done="changed"), 303)


@bp.post(f"/people/<{PERSON}:number>/change/undo")
def take_back(number: int) -> ResponseReturnValue:
    """Let the record say again what it said before."""
    putting_right.take_back(house(), number, actor(), now())
    return redirect(url_for(".see", number=number, done="taken-back"), 303)


def _particulars(sheet: EntrySheet) -> Particulars:
    """The record as typed.

    :raises InvalidInput: naming each field that needs another look.
    """
    given = sheet.text("given_name", N_("Enter a first name."))
    family = sheet.text("family_name", N_("Enter a last name."))
    born = birth_date(sheet)
    phone = sheet.phone("phone", N_("Enter a phone number."))
    sheet.settle()
    assert born is not None
    return Particulars(given, family, born, phone)


def _seen() -> datetime | None:
    """The stamp of the record as the sender saw it; None where the form does not say."""
    try:
        stamp = datetime.fromisoformat(request.form.get("seen", ""))
    except ValueError:
        return None
    return stamp if stamp.tzinfo is not None else None


def _asking(number: int, errors: dict[str, str], words: str = "") -> str:
    record = putting_right.show(house(), number, actor(), now())
    known = record.patient.details
    values = {
        "given_name": known.given_name,
        "family_name": known.family_name,
        "born": known.birth_date.isoformat(),
        "phone": phones.shown(known.phone),
    }
    return render_template(
        "desk_people/change.html",
        record=record,
        values={**values, **request.form.to_dict()},
        errors=errors,
        words=words,
    )


def _page(asked: str, hits: Hits | None) -> str:
    count = len(hits.visits) + sum(1 + bool(each.next_visit) for each in hits.people) if hits else 0
    return render_template("desk_people/find.html", asked=asked, hits=hits, count=count, place=clock_place())

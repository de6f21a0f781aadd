"""Two records side by side that may be one person: joining them, and taking that back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.errors import NotFound, Refusal
from scheduler.domain.likeness import Part
from scheduler.domain.person import PatientDetails
from scheduler.domain.wording import N_, Language
from scheduler.services import merging, telling_apart
from scheduler.services.merging import Pair
from scheduler.translations import phones
from scheduler.web.context import actor, clinic, clock_place, house, now
from scheduler.web.desk_people import PERSON
from scheduler.web.errors import status_of
from scheduler.web.forms import todo
from scheduler.web.forms.options import LANGUAGES
from scheduler.web.i18n import gettext as _
from scheduler.web.i18n import language
from scheduler.web.visit_words import day_of_year

bp = Blueprint("desk_merging", __name__)

TITLES = {
    Part.NAME: N_("Name"),
    Part.BIRTH_DATE: N_("Date of birth"),
    Part.PHONE: N_("Phone"),
    Part.EMAIL: N_("E-mail"),
    Part.LANGUAGE: N_("Language"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that both records say, and which of them is chosen where they differ."""

    part: str
    title: str
    one: str
    other: str
    chosen: str

    @property
    def differs(self) -> bool:
        """Say whether there is anything to choose."""
        return self.one != self.other


@bp.get(f"/people/<{PERSON}:one>/same/<{PERSON}:other>")
def compare(one: int, other: int) -> ResponseReturnValue:
    """Show both records."""
    return _page(one, other)


@bp.post(f"/people/<{PERSON}:one>/same/<{PERSON}:other>")
def join(one: int, other: int) -> ResponseReturnValue:
    """Join them."""
    chosen = [part for part in Part if request.form.get(part.value) == "other"]
    try:
        merging.merge(house(), one, other, chosen, actor(), now(), seen=_seen(one, other))
    except Refusal as refusal:
        return _page(one, other, refusal), status_of(refusal)
    return redirect(url_for("desk_people.see", number=one, done="merged"), 303)


@bp.post(f"/people/<{PERSON}:one>/same/<{PERSON}:other>/apart")
def tell_apart(one: int, other: int) -> ResponseReturnValue:
    """Write down that they are two people; whoever came from the list goes back there."""
    telling_apart.tell_apart(house(), one, other, actor(), now())
    item = request.args.get("item", "")[:32]
    if item:
        shown: dict[str, Any] = {**todo.asked(request.args).values(), "said": "apart", "item": item}
        return redirect(url_for("todo.all", **shown), 303)
    return redirect(url_for(".compare", one=one, other=other), 303)


@bp.post(f"/people/<{PERSON}:one>/same/<{PERSON}:other>/together")
def take_back(one: int, other: int) -> ResponseReturnValue:
    """Take that back."""
    telling_apart.take_back(house(), one, other, actor(), now())
    return redirect(url_for(".compare", one=one, other=other), 303)


@bp.post("/merges/<string(length=32):merge>/undo")
def undo(merge: str) -> ResponseReturnValue:
    """Take a joining back."""
    if not (merge.isascii() and merge.isalnum()):
        raise NotFound
    done = merging.undo(house(), merge, actor(), now())
    return redirect(url_for("desk_people.see", number=done.kept_id, done="undone"), 303)


def _seen(one: int, other: int) -> dict[int, datetime]:
    """The stamps of both records as the sender saw them; a form without them was made by hand and sees nothing."""
    found = {}
    for number, name in ((one, "one_seen"), (other, "other_seen")):
        try:
            stamp = datetime.fromisoformat(request.form.get(name, ""))
        except ValueError:
            continue
        if stamp.tzinfo is not None:
            found[number] = stamp
    return found


def _page(one: int, other: int, refusal: Refusal | None = None) -> str:
    pair = merging.compare(house(), one, other, actor(), now())
    return render_template(
        "desk_merging/compare.html",
        pair=pair,
        rows=list(_rows(pair)),
        refusal=refusal,
        place=clock_place(),
        kinds={kind.code: kind.title.in_(language()) for kind in clinic().visit_types},
    )


def _rows(pair: Pair) -> Iterator[Row]:
    """What each record says; the one that was changed last is taken to be right until somebody says otherwise."""
    sides = pair.one.record, pair.other.record
    newer = "other" if sides[1].changed_at > sides[0].changed_at else "one"
    one, other = (dict(_said(side.patient.details)) for side in sides)
    for part, title in TITLES.items():
        fallback = newer if one[part] and other[part] else ("one" if one[part] else "other")
        yield Row(part.value, _(title), one[part], other[part], request.form.get(part.value) or fallback)


def _said(details: PatientDetails) -> Iterator[tuple[Part, str]]:
    yield Part.NAME, details.name
    yield Part.BIRTH_DATE, day_of_year(details.birth_date)
    yield Part.PHONE, phones.shown(details.phone)
    yield Part.EMAIL, details.email or ""
    yield Part.LANGUAGE, LANGUAGES[Language(details.language)]

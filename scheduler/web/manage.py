"""The manager's pages: the directory shelf by shelf, the clinic itself, and the wordings that people answer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.errors import InvalidInput, NotFound
from scheduler.domain.stranding import StrandsVisits
from scheduler.domain.wording import N_
from scheduler.services import rostering
from scheduler.web.context import actor, clinic, house, now
from scheduler.web.errors import status_of
from scheduler.web.forms import directory
from scheduler.web.forms.entry import Typed, typed_again
from scheduler.web.shelves import SHELVES, Look, Shelf

bp = Blueprint("manage", __name__)

STRANDED = N_("Booked visits stand in the way. Look at them and say whether to go on.")
_WORDS = ", ".join(f"'{word}'" for word in SHELVES)
WHICH = f"<any({_WORDS}):which>"


@bp.get("/")
def home() -> ResponseReturnValue:
    """Show what can be managed."""
    return render_template("manage/home.html", shelves=SHELVES)


@bp.get("/clinic")
def edit_clinic() -> ResponseReturnValue:
    """Show the clinic's own fields."""
    return _clinic_form(directory.typed_organization(clinic().organization))


@bp.post("/clinic")
def save_clinic() -> ResponseReturnValue:
    """Change the clinic's identity."""
    try:
        entry = directory.read_organization(request.form, clinic().organization)
        rostering.save_organization(house(), entry, actor(), now(), _confirmed())
    except (InvalidInput, StrandsVisits) as refusal:
        again = typed_again(directory.organization_fields(clinic()), request.form)
        return _clinic_form(again, refusal), status_of(refusal)
    return redirect(url_for(".home", done="saved"), 303)


@bp.get(f"/{WHICH}")
def shelf(which: str) -> ResponseReturnValue:
    """List the entries of one shelf."""
    found = SHELVES[which]
    entries = list(found.entries(_look()))
    return render_template("manage/shelf.html", which=which, shelf=found, entries=entries, clinic=clinic())


@bp.get(f"/{WHICH}/new")
def new(which: str) -> ResponseReturnValue:
    """Show an empty form."""
    found = SHELVES[which]
    empty: Typed = {field.name: "" for field in found.fields(clinic())}
    return _form(which, 0, {**empty, **(found.blank or {})})


@bp.post(f"/{WHICH}/new")
def add(which: str) -> ResponseReturnValue:
    """Add an entry."""
    return _save(which, 0)


@bp.get(f"/{WHICH}/<int:number>")
def edit(which: str, number: int) -> ResponseReturnValue:
    """Show an entry's form."""
    found = SHELVES[which]
    entry = _entry(found, number)
    if found.is_fixed:
        raise NotFound
    return _form(which, number, found.typed(entry))


@bp.post(f"/{WHICH}/<int:number>")
def save(which: str, number: int) -> ResponseReturnValue:
    """Change an entry."""
    if SHELVES[which].is_fixed:
        raise NotFound
    _entry(SHELVES[which], number)
    return _save(which, number)


@bp.get(f"/{WHICH}/<int:number>/remove")
def ask_removal(which: str, number: int) -> ResponseReturnValue:
    """Ask whether an entry should go."""
    return _removal(which, number)


@bp.post(f"/{WHICH}/<int:number>/remove")
def remove(which: str, number: int) -> ResponseReturnValue:
    """Remove an entry."""
    found = SHELVES[which]
    _entry(found, number)
    if found.remove is None:
        raise NotFound
    try:
        found.remove(house(), number, actor(), now(), _confirmed())
    except StrandsVisits as refusal:
        return _removal(which, number, refusal), status_of(refusal)
    return redirect(url_for(".shelf", which=which, done="removed"), 303)


def _look() -> Look:
    return Look(house(), clinic(), now())


def _entry(found: Shelf, number: int) -> Any:
    """The entry of that number on a shelf.

    :raises NotFound: when it is not there.
    """
    for entry in found.entries(_look()):
        if entry.id == number:
            return entry
    raise NotFound


def _save(which: str, number: int) -> ResponseReturnValue:
    found = SHELVES[which]
    try:
        entry = found.read(request.form, number, clinic())
        found.save(house(), entry, actor(), now(), _confirmed())
    except (InvalidInput, StrandsVisits) as refusal:
        again = typed_again(found.fields(clinic()), request.form)
        return _form(which, number, again, refusal), status_of(refusal)
    return redirect(url_for(".shelf", which=which, done="saved"), 303)


def _confirmed() -> int | None:
    """How many stranded visits the manager has seen and ticked."""
    seen = request.form.get("confirmed", "")
    return int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 8 else None


def _form(which: str, number: int, typed: Typed, refusal: InvalidInput | StrandsVisits | None = None) -> str:
    found = SHELVES[which]
    return render_template(
        "manage/entry.html",
        which=which,
        shelf=found,
        number=number,
        fields=found.fields(clinic()),
        typed=typed,
        clinic=clinic(),
        **_said(refusal),
    )


def _clinic_form(typed: Typed, refusal: InvalidInput | StrandsVisits | None = None) -> str:
    fields = directory.organization_fields(clinic())
    return render_template(
        "manage/clinic.html", fields=fields, typed=typed, clinic=clinic(), **_said(refusal)
    )


def _removal(which: str, number: int, refusal: StrandsVisits | None = None) -> str:
    found = SHELVES[which]
    if found.remove is None:
        raise NotFound
    entry = _entry(found, number)
    return render_template(
        "manage/removal.html",
        which=which,
        shelf=found,
        number=number,
        cells=found.cells(entry, clinic()),
        clinic=clinic(),
        **_said(refusal),
    )


def _said(refusal: InvalidInput | StrandsVisits | None) -> dict[str, Any]:
    """What a page needs to say about a refusal: errors by field, or the visits that stand in the way."""
    errors = refusal.errors if isinstance(refusal, InvalidInput) else {}
    stranded = refusal.visits if isinstance(refusal, StrandsVisits) else ()
    if stranded:
        errors = {"confirmed": STRANDED}
    return {"errors": errors, "stranded": stranded}

"""The manager's pages: the directory shelf by shelf, the clinic itself, and the wordings that people answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import escape

from scheduler.domain import entries
from scheduler.domain.errors import InvalidInput, NotFound
from scheduler.domain.stranding import StrandsVisits
from scheduler.domain.wording import N_
from scheduler.services import rostering
from scheduler.web.context import actor, clinic, house, now, settings
from scheduler.web.errors import status_of
from scheduler.web.forms import directory
from scheduler.web.forms.entry import EntrySheet, Field, Typed, typed_again
from scheduler.web.i18n import gettext as _
from scheduler.web.shelves import SHELVES, Look, Shelf

bp = Blueprint("manage", __name__)

STRANDED = N_("Booked visits stand in the way. Look at them and say whether to go on.")
_WORDS = ", ".join(f"'{word}'" for word in SHELVES)
WHICH = f"<any({_WORDS}):which>"


@bp.get("/")
def home() -> ResponseReturnValue:
    """Show what can be managed."""
    return render_template("manage/home.html", shelves=SHELVES, relay=settings().relay)


@bp.get("/clinic")
def edit_clinic() -> ResponseReturnValue:
    """Show the clinic's own fields."""
    return _clinic_form(directory.typed_organization(clinic().organization))


@bp.post("/clinic")
def save_clinic() -> ResponseReturnValue:
    """Change the clinic's identity."""
    try:
        sheet = EntrySheet(request.form)
        entry = directory.read_organization(sheet, clinic().organization)
        _settle(sheet, lambda: entries.check_organization(entry))
        rostering.save_organization(house(), entry, actor(), now(), _confirmed())
    except (InvalidInput, StrandsVisits) as refusal:
        again = typed_again(directory.organization_fields(clinic()), request.form)
        return _clinic_form(again, refusal), status_of(refusal)
    return redirect(url_for(".home", done="saved"), 303)


@bp.get(f"/{WHICH}")
def shelf(which: str) -> ResponseReturnValue:
    """List the entries of one shelf."""
    found = SHELVES[which]
    listed = list(found.entries(_look()))
    return render_template("manage/shelf.html", which=which, shelf=found, entries=listed, clinic=clinic())


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
        sheet = EntrySheet(request.form)
        entry = found.read(sheet, number, clinic())
        _settle(sheet, lambda: found.check(clinic(), entry))
        found.save(house(), entry, actor(), now(), _confirmed())
    except (InvalidInput, StrandsVisits) as refusal:
        again = typed_again(found.fields(clinic()), request.form)
        return _form(which, number, again, refusal), status_of(refusal)
    return redirect(url_for(".shelf", which=which, done="saved"), 303)


def _settle(sheet: EntrySheet, check: Callable[[], None]) -> None:
    """Gather everything that is wrong at once: what cannot be read, and what makes no sense.

    :raises InvalidInput: when anything is.
    """
    errors: dict[str, str] = {}
    try:
        check()
    except InvalidInput as refusal:
        errors = refusal.errors
    if sheet.errors or errors:
        raise InvalidInput(errors | sheet.errors)


def _confirmed() -> str | None:
    """The mark of the stranded visits that the manager has seen, when the box is ticked."""
    return request.form.get("confirmed")


def _form(which: str, number: int, typed: Typed, refusal: InvalidInput | StrandsVisits | None = None) -> str:
    found, fields = SHELVES[which], SHELVES[which].fields(clinic())
    said = _said(refusal, fields)
    return render_template(
        "manage/entry.html",
        which=which,
        shelf=found,
        number=number,
        fields=fields,
        typed=typed,
        clinic=clinic(),
        **said,
    )


def _clinic_form(typed: Typed, refusal: InvalidInput | StrandsVisits | None = None) -> str:
    fields = directory.organization_fields(clinic())
    said = _said(refusal, fields)
    return render_template("manage/clinic.html", fields=fields, typed=typed, clinic=clinic(), **said)


def _removal(which: str, number: int, refusal: StrandsVisits | None = None) -> str:
    found = SHELVES[which]
    if found.remove is None:
        raise NotFound
    cells = found.cells(_entry(found, number), clinic())
    said = _said(refusal, ())
    return render_template(
        "manage/removal.html",
        which=which,
        shelf=found,
        number=number,
        cells=cells,
        clinic=clinic(),
        **said,
    )


def _said(refusal: InvalidInput | StrandsVisits | None, fields: Sequence[Field]) -> dict[str, Any]:
    """What a page needs to say about a refusal: complaints by field, or the visits that stand in the way.

    The summary on top names each field, in the order of the page.
    """
    if isinstance(refusal, StrandsVisits):
        return {"complaints": {}, "errors": {"confirmed": STRANDED}, "stranded": refusal}
    complaints = refusal.errors if refusal is not None else {}
    labels = {field.name: field.label for field in fields if field.name in complaints}
    summary = {name: escape(f"{_(label)}: {_(complaints[name])}") for name, label in labels.items()}
    return {"complaints": complaints, "errors": summary, "stranded": None}

"""Putting a person's record right: what was misheard or typed wrong, and the way back."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.errors import InvalidInput, StaleVersion
from scheduler.domain.wording import N_
from scheduler.services import putting_right
from scheduler.services.putting_right import Particulars
from scheduler.translations import phones
from scheduler.web.context import actor, house, now
from scheduler.web.desk_booking import birth_date
from scheduler.web.desk_people import PERSON
from scheduler.web.errors import status_of
from scheduler.web.forms.entry import EntrySheet
from scheduler.web.i18n import gettext as _

bp = Blueprint("desk_record", __name__)

CHANGED = N_(
    "Somebody changed this record meanwhile. Look at what it says now, and save again if yours is right."
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
    return redirect(url_for("desk_people.see", number=number, done="changed"), 303)


@bp.post(f"/people/<{PERSON}:number>/change/undo")
def take_back(number: int) -> ResponseReturnValue:
    """Let the record say again what it said before."""
    putting_right.take_back(house(), number, actor(), now())
    return redirect(url_for("desk_people.see", number=number, done="taken-back"), 303)


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
        "desk_record/change.html",
        record=record,
        values={**values, **request.form.to_dict()},
        errors=errors,
        words=words,
    )

"""What would suit somebody who waits for a time, as a form; and how the clinic offers times."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from werkzeug.datastructures import MultiDict

from scheduler.domain.directory import Mode
from scheduler.domain.interval import instant
from scheduler.domain.visit import Visit
from scheduler.domain.waitlist import OfferSettings, Part, Wish
from scheduler.domain.wording import N_
from scheduler.services.offering import Freed
from scheduler.web.forms.entry import EntrySheet

NOTICES = {
    "2": N_("2 hours before"),
    "4": N_("4 hours before"),
    "24": N_("The day before"),
    "72": N_("Three days before"),
    "168": N_("A week before"),
}
"""How long before a time somebody must know of it, in hours."""

PARTS = {
    Part.ANY: N_("Any time of day"),
    Part.MORNING: N_("In the morning"),
    Part.AFTERNOON: N_("In the afternoon"),
}
MISSING = N_("Please choose one.")
LONGEST_FREED = timedelta(days=40)


def modes_of(visit: Visit) -> list[Mode]:
    """The ways to meet that the patient can be offered: by video only who has said where they will be and agreed."""
    return [
        mode
        for mode in (Mode.IN_PERSON, Mode.VIRTUAL, Mode.PHONE)
        if mode is visit.appointment.mode
        or (mode in visit.visit_type.modes and (mode is Mode.IN_PERSON or visit.virtual is not None))
    ]


def wish(form: MultiDict[str, str], code: str, modes: Collection[Mode], own: int | None) -> Wish:
    """What would suit, as typed; `own` is the clinician of the visit, for those who want nobody else.

    :raises InvalidInput: when something is missing.
    """
    sheet = EntrySheet(form)
    part = sheet.one_of("part", Part, MISSING) or Part.ANY
    notice = form.get("notice", "")
    if notice not in NOTICES:
        sheet.wrong("notice", MISSING)
    chosen = frozenset(mode for mode in modes if mode.value in set(form.getlist("modes")))
    if len(modes) == 1:
        chosen = frozenset(modes)
    if not chosen:
        sheet.wrong("modes", N_("Choose one or more ways to meet."))
    days = frozenset(int(day) for day in form.getlist("weekdays")[:7] if day in set("0123456"))
    same = own is not None and form.get("who") == "same"
    sheet.settle()
    return Wish(
        visit_type_code=code,
        modes=chosen,
        practitioner_ids=frozenset({own}) if same and own is not None else frozenset(),
        weekdays=days,
        part=part,
        notice=timedelta(hours=int(notice)),
    )


def freed(typed: str) -> Freed | None:
    """A free time as an address names it: clinician, start and end in epoch seconds; None when it is none."""
    parts = typed.split(":")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 12 for part in parts):
        return None
    practitioner_id, start, end = map(int, parts)
    if not 0 < end - start <= LONGEST_FREED.total_seconds():
        return None
    return practitioner_id, instant(start), instant(end)


def settings(form: MultiDict[str, str]) -> OfferSettings:
    """How the clinic offers, as typed.

    :raises InvalidInput: when a number cannot be read.
    """
    sheet = EntrySheet(form)
    chosen = OfferSettings(sheet.ticked("automatic"), sheet.number("people"), sheet.number("minutes"))
    sheet.settle()
    return chosen

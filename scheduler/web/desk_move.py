"""Moving a visit on the desk's screen: a form for the keyboard, which a drag fills in as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from scheduler.domain.availability import Slot
from scheduler.domain.booking import MoveRequest
from scheduler.domain.directory import Location, Mode, Practitioner
from scheduler.domain.errors import InvalidInput, MoveRefused, NotOffered, Refusal, SlotTaken, StaleVersion
from scheduler.domain.visit import Visit
from scheduler.domain.wording import N_
from scheduler.services import desk_moving
from scheduler.services.desk_moving import Place
from scheduler.translations import times
from scheduler.web.context import actor, clinic, house, now
from scheduler.web.desk_visit import seen_revision, stale_words
from scheduler.web.desk_words import REASON_WORDS
from scheduler.web.errors import code_of, problem, status_of
from scheduler.web.forms.entry import LINE, NO_NUMBER, YEARS, EntrySheet
from scheduler.web.forms.options import mode_options
from scheduler.web.i18n import gettext as _
from scheduler.web.i18n import language

bp = Blueprint("desk_move", __name__)

FIELDS = frozenset({"start", "minutes", "mode", "why"})
"""What the form can point at."""

SHORTEST, LONGEST = 5, 480
NO_TIME = N_("Enter the day and the time.")
NO_WHY = N_("Say why it must be then.")


@dataclass(frozen=True, slots=True)
class Free:
    """A free time near one that was refused: what its button sends, and what stands on it."""

    value: str
    words: str


@bp.get("/visits/<public_id>/move")
def asking(public_id: str) -> ResponseReturnValue:
    """Ask where the visit should go."""
    visit = desk_moving.show(house(), public_id, actor(), now())
    return _page(visit, _typed(visit), {})


@bp.post("/visits/<public_id>/move")
def move(public_id: str) -> ResponseReturnValue:
    """Move it there, or say what is in the way."""
    visit = desk_moving.show(house(), public_id, actor(), now())
    try:
        wish = wish_of(request.form, visit)
        moved = desk_moving.move(house(), public_id, wish, actor(), now())
    except InvalidInput as refusal:
        if visit.appointment.is_here and not refusal.errors.keys() <= {"mode"}:
            # Their form asks for no time: what came instead cannot be pointed at.
            return _refused(visit, MoveRefused(), _(MoveRefused.sentence), {})
        return _refused(visit, refusal, "", _on_the_form(refusal.errors))
    except Refusal as refusal:
        return _refused(visit, refusal, _why(visit, refusal), {})
    day = moved.appointment.start.astimezone(moved.location.tz).date()
    return redirect(url_for("desk_calendar.day", day=day.isoformat()), 303)


def _on_the_form(errors: Mapping[str, str]) -> dict[str, str]:
    """The errors at fields that the form has: what a way to meet would need besides stands beside that way."""
    return {name if name in FIELDS else "mode": words for name, words in errors.items()}


def wish_of(form: MultiDict[str, str], visit: Visit) -> MoveRequest:
    """Where the visit should go; what the form leaves out stays as it is.

    :raises InvalidInput: naming each field that needs another look.
    """
    sheet = EntrySheet(form)
    before = visit.appointment
    free, _space, whose = form.get("free", "").partition(" ")
    typed = free or form.get("start")
    start = before.start if typed is None else wall_time(sheet, typed, visit.location)
    minutes = sheet.number_or_none("minutes")
    if minutes is not None and not SHORTEST <= minutes <= LONGEST:
        sheet.wrong("minutes", NO_NUMBER)
    mode = sheet.one_of("mode", Mode, N_("Please choose one.")) if form.get("mode") else before.mode
    overbook = overbook_of(sheet)
    sheet.settle()
    assert start is not None
    return MoveRequest(
        start,
        mode or before.mode,
        _id(whose) or _id(form.get("practitioner", "")) or before.practitioner_id,
        revision=seen_revision(),
        room_id=_id(form.get("room", "")) if (mode or before.mode) is Mode.IN_PERSON else None,
        minutes=minutes,
        tell=form.get("tell", "yes") == "yes",
        overbook=overbook,
    )


def overbook_of(sheet: EntrySheet) -> str:
    """Why a manager passes over hours and buffers; "" where nobody does."""
    why = sheet.optional("why", LINE)
    if not sheet.ticked("overbook"):
        return ""
    if not why:
        sheet.wrong("why", NO_WHY)
    return why


def wall_time(sheet: EntrySheet, typed: str, place: Location) -> datetime | None:
    """A time as a field for day and time sends it, on the office's wall; None is an error that was noted."""
    try:
        local: datetime | None = datetime.fromisoformat(typed[:16])
    except ValueError:
        local = None
    if local is None or local.year not in YEARS or local.tzinfo is not None:
        sheet.wrong("start", NO_TIME)
        return None
    return local.replace(tzinfo=place.tz).astimezone(UTC)


def _id(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None


def _why(visit: Visit, refusal: Refusal) -> str:
    """The refusal in words: what is there, or which rule says no."""
    if isinstance(refusal, StaleVersion):
        return stale_words(visit.appointment.public_id)
    words = _(refusal.sentence)
    if isinstance(refusal, NotOffered) and refusal.reason in REASON_WORDS:
        words = _(REASON_WORDS[refusal.reason])  # type: ignore[index]
    return " ".join([words, *_there(visit)]) if isinstance(refusal, SlotTaken) else words


def _there(visit: Visit) -> list[str]:
    wish = wish_of(request.form, visit)
    minutes = wish.minutes or int((visit.appointment.end - visit.appointment.start).total_seconds() // 60)
    place = Place(wish.start, minutes, wish.practitioner_id, wish.room_id)
    found = desk_moving.in_the_way(house(), place, visit.appointment.id, actor(), now())
    return [
        _("There is %(name)s from %(start)s to %(end)s.")
        % {
            "name": each.patient,
            "start": _clock(datetime.fromtimestamp(each.start, UTC), visit.location, wish.start),
            "end": _clock(datetime.fromtimestamp(each.end, UTC), visit.location, wish.start),
        }
        for each in found
    ]


def _clock(instant: datetime, place: Location, wished: datetime) -> str:
    """A time of the wished day by its clock alone, of another day with the day."""
    local = instant.astimezone(place.tz)
    words = times.clock(local, language())
    is_that_day = local.date() == wished.astimezone(place.tz).date()
    return words if is_that_day else f"{times.short_day(local.date(), language())} {words}"


def _free(visit: Visit, refusal: Refusal) -> list[Free]:
    """The nearest free times that a refusal brings; where only somebody else is free, the button says who."""
    if not isinstance(refusal, (SlotTaken, NotOffered)) or not refusal.alternatives:
        return []
    wish, names = wish_of(request.form, visit), {one.id: one.name for one in clinic().practitioners}
    found = []
    for slot in refusal.alternatives:
        words = _clock(slot.start, visit.location, wish.start)
        if slot.practitioner_id != wish.practitioner_id:
            words = f"{words}, {names[slot.practitioner_id]}"
        found.append(Free(_value(slot, visit.location), words))
    return found


def _value(slot: Slot, place: Location) -> str:
    return f"{slot.start.astimezone(place.tz):%Y-%m-%dT%H:%M} {slot.practitioner_id}"


def _refused(visit: Visit, refusal: Refusal, words: str, errors: dict[str, str]) -> ResponseReturnValue:
    status, free = status_of(refusal), _free(visit, refusal)
    if request.accept_mimetypes.best == "application/json":
        told = [asdict(each) for each in free]
        return problem(status, code_of(refusal), words or _(refusal.sentence), free=told)
    return _page(visit, request.form.to_dict(), errors, words, free), status


def _page(
    visit: Visit,
    values: dict[str, Any],
    errors: dict[str, str],
    words: str = "",
    free: Sequence[Free] = (),
) -> str:
    known = clinic()
    return render_template(
        "desk_move/asking.html",
        visit=visit,
        values={**_typed(visit), "overbook": "", "why": "", **values},
        errors=errors,
        words=words,
        free=free,
        practitioners=[(str(one.id), one.name) for one in known.practitioners if _may_take(one, visit)],
        rooms=[
            ("", _("Any free room")),
            *(
                (str(room.id), room.name)
                for room in known.rooms
                if room.location_id == visit.location.id
                and (room.active or room.id == visit.appointment.room_id)
            ),
        ],
        modes=[pair for pair in mode_options() if pair[0] in {mode.value for mode in visit.visit_type.modes}],
    )


def _may_take(one: Practitioner, visit: Visit) -> bool:
    """Say whether a visit may be with this clinician; its own is shown also when they no longer work here."""
    return one.active or one.id == visit.appointment.practitioner_id


def _typed(visit: Visit) -> dict[str, str]:
    before = visit.appointment
    return {
        "start": before.start.astimezone(visit.location.tz).strftime("%Y-%m-%dT%H:%M"),
        "minutes": str(int((before.end - before.start).total_seconds() // 60)),
        "practitioner": str(before.practitioner_id),
        "room": str(before.room_id or ""),
        "mode": before.mode.value,
        "tell": "yes",
    }

"""Booking on the desk's screen: find or make the patient while typing, read the safety questions out, done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from scheduler.domain.booking import BookingRequest, GateAnswers
from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Location, Mode, VisitType
from scheduler.domain.eligibility import CONSENT
from scheduler.domain.errors import InvalidInput, NotOffered, Refusal, SlotTaken
from scheduler.domain.person import PatientDetails, RemindBy, VirtualDetails
from scheduler.domain.safety_gate import Tier
from scheduler.domain.wording import N_, Language
from scheduler.services import desk_booking, people_search
from scheduler.services.people_search import Found
from scheduler.translations import phones, times
from scheduler.web.context import actor, clinic, house, now, office
from scheduler.web.desk_move import overbook_of, wall_time
from scheduler.web.desk_words import GATE, REASON_WORDS
from scheduler.web.errors import status_of
from scheduler.web.forms import safety
from scheduler.web.forms.entry import EntrySheet, day_of
from scheduler.web.forms.options import LANGUAGES, MODES
from scheduler.web.i18n import gettext as _
from scheduler.web.i18n import language

bp = Blueprint("desk_booking", __name__)

LONGEST_NOTE = 1000
OLDEST = 120
NO_DATE = N_("Enter the date of birth.")
NO_OFFICE = N_("No office is open for visits. A manager can open one under Offices.")
WHO_NOW = N_("Is it one of these people? Choose, or say that it is somebody new.")
MOST_WEEKS = 26
USUAL = "follow-up"
"""The kind of visit that most calls are about; the form begins with it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What the form says, as far as it could be read."""

    request: BookingRequest
    found: Found | None
    weeks: int
    count: int


@bp.get("/book")
def asking() -> ResponseReturnValue:
    """Ask for whom, what and when."""
    return _page(_begun(), {})


@bp.get("/walk-in")
def walking_in() -> ResponseReturnValue:
    """The same for somebody who stands at the counter."""
    return _page(_begun(walk_in=True), {}, walk_in=True)


@bp.post("/book")
def book() -> ResponseReturnValue:
    """Book it, or say what is missing or in the way."""
    return _take(walk_in=False)


@bp.post("/walk-in")
def walk_in() -> ResponseReturnValue:
    """Book it for now and note that they are here."""
    return _take(walk_in=True)


def _take(*, walk_in: bool) -> ResponseReturnValue:
    try:
        sent = _sent(request.form, walk_in=walk_in)
        alike = _alike(sent)
        if alike:
            return _page(request.form, {}, walk_in=walk_in, alike=alike, words=_(WHO_NOW)), 409
        tier = clinic().gate.triage(sent.request.gate.version, sent.request.gate.answers)
        if tier is not Tier.NONE and not request.form.get("anyway"):
            return _page(request.form, {}, walk_in=walk_in, tier=tier), 409
        act = desk_booking.walk_in if walk_in else desk_booking.book
        visit = act(house(), sent.request, actor(), now())
    except InvalidInput as refusal:
        return _page(request.form, refusal.errors, walk_in=walk_in), status_of(refusal)
    except Refusal as refusal:
        return _page(request.form, {}, walk_in=walk_in, refusal=refusal), status_of(refusal)
    if sent.count > 1:
        booked, missed = desk_booking.further(
            house(), visit, sent.request, sent.weeks, sent.count, actor(), now()
        )
        return render_template("desk_booking/series.html", visits=[visit, *booked], missed=missed)
    day = visit.appointment.start.astimezone(visit.location.tz).date()
    return redirect(url_for("desk_calendar.day", day=day.isoformat()), 303)


def _sent(form: MultiDict[str, str], *, walk_in: bool) -> Sent:
    """Read the form.

    :raises InvalidInput: naming each field that needs another look.
    """
    sheet, known = EntrySheet(form), clinic()
    found = _chosen(form)
    patient = found.patient.details if found else _new_patient(sheet)
    kind = _kind(sheet, known, form)
    mode = sheet.one_of("mode", Mode, N_("Please choose one.")) or Mode.IN_PERSON
    place = office()
    if place is None:
        raise InvalidInput({"start": NO_OFFICE})
    start = wall_time(sheet, form.get("start", ""), place)
    weeks, count = sheet.number_or_none("weeks") or 1, sheet.number_or_none("count") or 1
    if not (1 <= weeks <= MOST_WEEKS and 1 <= count <= desk_booking.MOST_VISITS):
        sheet.wrong("count", N_("At most 12 visits, at most 26 weeks apart."))
    gate = _gate(sheet, form, known)
    virtual = _virtual(sheet, form, known, patient) if mode is Mode.VIRTUAL else None
    note = sheet.optional("note", LONGEST_NOTE, lines=True)
    overbook = overbook_of(sheet)
    who = _id(form.get("practitioner", ""))
    if overbook and who is None:
        sheet.wrong("practitioner", N_("Choose the clinician."))
    sheet.settle()
    assert start and kind and patient and gate
    return Sent(
        BookingRequest(
            kind.code,
            mode,
            start,
            who,
            gate,
            patient,
            virtual=virtual,
            source="walk-in" if walk_in else "desk",
            patient_id=found.patient.id if found else None,
            room_id=_id(form.get("room", "")) if kind.needs_room(mode) else None,
            note=note,
            tell=form.get("tell", "yes") == "yes",
            overbook=overbook,
        ),
        found,
        weeks,
        1 if walk_in else count,
    )


def _chosen(form: MultiDict[str, str]) -> Found | None:
    number = _id(form.get("patient", ""))
    return people_search.get(house(), number, actor(), now()) if number else None


def _new_patient(sheet: EntrySheet) -> PatientDetails | None:
    given = sheet.text("given_name", N_("Enter a first name."))
    family = sheet.text("family_name", N_("Enter a last name."))
    born = birth_date(sheet)
    phone = sheet.phone("phone", N_("Enter a phone number."))
    email = sheet.email("email")
    tongue = sheet.one_of("language", Language, N_("Choose a language."))
    if sheet.errors or born is None or tongue is None:
        return None
    remind = (RemindBy.EMAIL,) if email else (RemindBy.PHONE,)
    return PatientDetails(given, family, born, phone, email, tongue.value, remind)


def birth_date(sheet: EntrySheet) -> date | None:
    """The date of birth as typed; None is an error that was noted."""
    typed, today = sheet.optional("born", 10), now().date()
    try:
        born = date.fromisoformat(typed)
    except ValueError:
        born = today.replace(year=1, month=1, day=1)
    if born > today or today.year - born.year > OLDEST:
        sheet.wrong("born", NO_DATE)
        return None
    return born


def _kind(sheet: EntrySheet, known: Clinic, form: MultiDict[str, str]) -> VisitType | None:
    kind = next((one for one in known.visit_types if one.active and one.code == form.get("kind")), None)
    if kind is None:
        sheet.wrong("kind", N_("Please choose one."))
    return kind


def _gate(sheet: EntrySheet, form: MultiDict[str, str], known: Clinic) -> GateAnswers | None:
    try:
        said = safety.answers(form, known.gate.questions)
    except InvalidInput as refusal:
        sheet.wrong("signs", next(iter(refusal.errors.values())))
        return None
    return GateAnswers(known.gate.version, said, language().value)


def _virtual(
    sheet: EntrySheet, form: MultiDict[str, str], known: Clinic, patient: PatientDetails | None
) -> VirtualDetails | None:
    if not sheet.ticked("consent"):
        sheet.wrong("consent", N_("For a video visit, read the consent out and tick that it was given."))
    state = sheet.optional("state", 8) or "US-TX"
    phone = patient.phone if patient else ""
    return VirtualDetails(state, phone, known.consent(CONSENT).version)


def _alike(sent: Sent) -> list[Found]:
    """People who may be the same as a new one, unless the desk has said that it is somebody new."""
    if sent.found is not None or request.form.get("new"):
        return []
    return people_search.alike(house(), sent.request.patient, actor(), now())


def _begun(*, walk_in: bool = False) -> MultiDict[str, str]:
    """The form as it opens: at the place that was pressed, else the first free time of the day that was looked at; for
    somebody who is here, the next five minutes.
    """
    place, args = office(), request.args
    start = args.get("start", "")[:16]
    if place and (walk_in or not start):
        first = desk_booking.soon(now()) if walk_in else _soonest(place, args.get("day", ""))
        start = first.astimezone(place.tz).strftime("%Y-%m-%dT%H:%M") if first else ""
    return MultiDict(
        {
            "start": start,
            "practitioner": args.get("practitioner", "")[:18],
            "room": args.get("room", "")[:18],
            "patient": args.get("patient", "")[:18],
            "language": language().value,
        }
    )


def _soonest(place: Location, day: str) -> datetime | None:
    kinds = [one for one in clinic().visit_types if one.active and Mode.IN_PERSON in one.modes]
    kind = next((one for one in kinds if one.code == USUAL), next(iter(kinds), None))
    if kind is None:
        return None
    first = day_of(day) or now().astimezone(place.tz).date()
    return desk_booking.soonest(house(), kind.code, first, place.tz, now())


def _page(
    values: MultiDict[str, str],
    errors: dict[str, str],
    *,
    walk_in: bool = False,
    alike: list[Found] | None = None,
    tier: Tier | None = None,
    refusal: Refusal | None = None,
    words: str = "",
) -> str:
    known = clinic()
    alternatives = refusal.alternatives if isinstance(refusal, (SlotTaken, NotOffered)) else ()
    return render_template(
        "desk_booking/asking.html",
        values=values,
        errors=errors,
        walk_in=walk_in,
        alike=alike or [],
        tier=tier,
        tier_words=_(GATE[tier]) if tier else "",
        words=words or _words(refusal),
        free=[_free(slot.start) for slot in alternatives],
        chosen=_chosen(values),
        place=office(),
        kinds=[(one.code, one.title.in_(language())) for one in known.visit_types if one.active],
        modes=[(mode.value, _(each)) for mode, each in MODES.items()],
        practitioners=[("", _("Anyone who is free"))]
        + [(str(one.id), one.name) for one in known.practitioners if one.active],
        rooms=[("", _("Any free room"))] + [(str(room.id), room.name) for room in known.rooms if room.active],
        questions=known.gate.questions,
        ticked=values.getlist(safety.FIELD),
        languages=[(tongue.value, each) for tongue, each in LANGUAGES.items()],
        phone=phones.shown,
    )


def _words(refusal: Refusal | None) -> str:
    if refusal is None:
        return ""
    if isinstance(refusal, NotOffered) and refusal.reason in REASON_WORDS:
        return _(REASON_WORDS[refusal.reason])  # type: ignore[index]
    return _(refusal.sentence)


def _free(start: datetime) -> tuple[str, str]:
    place = office()
    assert place is not None
    local = start.astimezone(place.tz)
    words = f"{times.short_day(local.date(), language())} {times.clock(local, language())}"
    return local.strftime("%Y-%m-%dT%H:%M"), words


def _id(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None

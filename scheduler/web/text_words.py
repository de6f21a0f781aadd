"""The manager's list of texts for patients: what each says in both languages, and what a check finds missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from flask import url_for

from scheduler.domain import text_check
from scheduler.domain.clinic import Clinic
from scheduler.domain.eligibility import CONSENT
from scheduler.domain.notification import Channel, Kind
from scheduler.domain.text_check import Checked, Fault, Part
from scheduler.domain.visit import Visit
from scheduler.domain.wording import N_, Language, Text
from scheduler.translations import phones, times
from scheduler.web.i18n import gettext as _
from scheduler.web.i18n import language
from scheduler.web.message_preview import Preview

FAULTS: Mapping[Fault, str] = {
    Fault.NO_ENGLISH: N_("English is missing"),
    Fault.NO_SPANISH: N_("Spanish is missing"),
    Fault.SHORT: N_("One language is much shorter"),
    Fault.NO_EMERGENCY: N_("911 is not named"),
}

PARTS: Mapping[Part, str] = {
    Part.NAME: N_("Name of the clinic"),
    Part.TIME: N_("Time"),
    Part.ZONE: N_("Time zone"),
    Part.WAY: N_("Address or link"),
    Part.PHONE: N_("Phone number"),
    Part.EMERGENCY: N_("911 for emergencies"),
    Part.STOP: N_("How to stop texts"),
}

TITLES: Mapping[str, str] = {
    CONSENT: N_("Consent to video visits"),
    "privacy": N_("Privacy notice"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One text of the list: what it is, what it says, what is wrong with it, and where it is changed."""

    title: str
    what: str
    text: Text
    faults: tuple[Fault, ...]
    change: str


def of_consents(clinic: Clinic) -> list[Line]:
    """What people agree to."""
    return [
        Line(
            _(TITLES.get(one.kind, one.kind)),
            _("Version in force: %(version)s") % {"version": one.version},
            one.text,
            faults_of_consent(one.kind, one.text),
            url_for("wordings.text", kind=one.kind),
        )
        for one in {each.kind: each for each in clinic.consents}.values()
    ]


def of_questions(clinic: Clinic) -> list[Line]:
    """What is asked before a time is shown."""
    return [
        Line(
            _("Safety question %(number)s") % {"number": turn},
            one.id,
            one.text,
            text_check.faults_of(one.text),
            url_for("wordings.questions", _anchor=f"question-{turn - 1}"),
        )
        for turn, one in enumerate(clinic.gate.questions, 1)
    ]


def of_visits(clinic: Clinic) -> Iterator[Line]:
    """What is said of each kind of visit, and how to get ready for it."""
    for one in clinic.visit_types:
        if one.active:
            change, name = (
                url_for("manage.edit", which="visit-types", number=one.id),
                one.title.in_(language()),
            )
            yield Line(name, _("Name"), one.title, text_check.faults_of(one.title), change)
            yield Line(
                name, _("In a sentence or two"), one.summary, text_check.faults_of(one.summary), change
            )
            ready = text_check.faults_of(one.preparation, optional=True)
            yield Line(name, _("How to get ready"), one.preparation, ready, change)


def of_places(clinic: Clinic, today: date) -> Iterator[Line]:
    """How to get here, and why we are closed."""
    for place in clinic.locations:
        if place.active:
            faults = text_check.faults_of(place.directions, optional=True)
            change = url_for("manage.edit", which="locations", number=place.id)
            yield Line(place.name, _("How to get here"), place.directions, faults, change)
    for closure in (each for each in clinic.closures if each.day >= today):
        faults = text_check.faults_of(closure.title)
        yield Line(
            times.day(closure.day, language(), year=True),
            _("Why we are closed"),
            closure.title,
            faults,
            url_for("manage.edit", which="closures", number=closure.id),
        )


def faults_of_consent(kind: str, text: Text) -> tuple[Fault, ...]:
    """What a text that people agree to lacks; the one about video must name the emergency number."""
    return text_check.faults_of(text, emergency=kind == CONSENT)


def parts_of(kind: Kind, visit: Visit, preview: Preview) -> list[Checked]:
    """What a message about this visit must say, and whether it does as it is written now."""
    if preview.channel is Channel.PHONE:
        return []
    parts = text_check.required(kind, preview.channel, visit.appointment.mode)
    said = f"{preview.subject}\n{preview.text}"
    return text_check.checked(said, parts, _facts(visit, Language(preview.language)))


def _facts(visit: Visit, tongue: Language) -> dict[Part, tuple[str, ...]]:
    start = visit.appointment.start.astimezone(visit.location.tz)
    clinic = visit.organization
    return {
        Part.NAME: (clinic.neutral_name,),
        Part.TIME: (times.clock(start, tongue),),
        Part.ZONE: (times.zone_words(visit.location.city, tongue),),
        Part.WAY: (visit.location.line.partition(",")[0], "/visit/", "/my/"),
        Part.PHONE: (phones.shown(clinic.phone), phones.href(clinic.phone).removeprefix("tel:+1-")),
        Part.EMERGENCY: (text_check.EMERGENCY,),
        Part.STOP: ("STOP", "ALTO"),
    }

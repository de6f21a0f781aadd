"""What there is to choose from on the forms of the directory, in the page's language, and the fields they share."""

from __future__ import annotations

from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Audience, Mode
from scheduler.domain.wording import N_, Language
from scheduler.translations import LOCALES, times
from scheduler.web.forms.entry import Field, Kind, Option
from scheduler.web.i18n import gettext as _
from scheduler.web.i18n import language

MODES = {Mode.IN_PERSON: N_("In person"), Mode.VIRTUAL: N_("By video"), Mode.PHONE: N_("By phone")}
AUDIENCES = {
    Audience.PATIENT: N_("Every patient, online"),
    Audience.KNOWN_PATIENT: N_("Patients who came before, online"),
    Audience.DESK: N_("The front desk"),
}
LANGUAGES = {Language.ENGLISH: "English", Language.SPANISH: "Español"}
"""Each in its own words, as its speakers look for it."""

ACTIVE = Field(
    "active", N_("In use"), Kind.SWITCH, N_("Take the tick away to retire it. Past visits keep it.")
)
CODE = Field("code", N_("Short code"), hint=N_("Small letters and hyphens. It is part of web addresses."))


def mode_options() -> list[Option]:
    """The ways to meet."""
    return [(mode.value, _(words)) for mode, words in MODES.items()]


def location_options(clinic: Clinic) -> list[Option]:
    """The offices, retired ones last."""
    offices = sorted(clinic.locations, key=lambda office: not office.active)
    return [(str(office.id), office.name) for office in offices]


def practitioner_options(clinic: Clinic) -> list[Option]:
    """The clinicians who work here now."""
    return [(str(one.id), one.name) for one in clinic.practitioners if one.active]


def language_options() -> list[Option]:
    """The languages of the clinic."""
    return [(tongue.value, words) for tongue, words in LANGUAGES.items()]


def audience_options() -> list[Option]:
    """Who may book."""
    return [(audience.value, _(words)) for audience, words in AUDIENCES.items()]


def visit_type_options(clinic: Clinic) -> list[Option]:
    """The kinds of visit in use."""
    return [(kind.code, kind.title.in_(language())) for kind in clinic.visit_types if kind.active]


def place_options(clinic: Clinic) -> list[Option]:
    """Every office with every way to meet."""
    return [
        (f"{office.id}:{mode.value}", f"{office.name}: {_(words)}")
        for office in clinic.locations
        for mode, words in MODES.items()
    ]


def weekday_options() -> list[Option]:
    """The days of the week from Monday, by number."""
    names = LOCALES[language()].days["stand-alone"]["wide"]
    return [(str(day), names[day]) for day in range(7)]


def weekday(number: int) -> str:
    """One day of the week."""
    return times.weekdays(number, number, language())

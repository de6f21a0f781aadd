"""Clinicians and kinds of visit as forms; each has its fields, its values as typed, and the entry that was typed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Audience, Mode, Place, Practitioner, VisitType
from scheduler.domain.wording import N_, Language
from scheduler.web.forms.entry import EntrySheet, Field, Kind, Typed, ticked
from scheduler.web.forms.options import (
    ACTIVE,
    CODE,
    audience_options,
    language_options,
    mode_options,
    place_options,
    visit_type_options,
)
from scheduler.web.i18n import gettext as _

MINUTES = N_("In minutes.")


def practitioner_fields(clinic: Clinic) -> Sequence[Field]:
    """What is asked of a clinician."""
    return (
        Field("prefix", N_("Title"), hint=N_("For example Dr."), optional=True),
        Field("given_name", N_("First name")),
        Field("family_name", N_("Last name")),
        Field("credentials", N_("Letters after the name"), hint=N_("For example MD."), optional=True),
        Field("npi", N_("NPI"), hint=N_("The ten digits of the National Provider Identifier.")),
        Field("licensed_states", N_("Licensed in"), hint=N_("Two letters each, like TX, NM.")),
        Field("languages", N_("Speaks"), Kind.CHOICES, options=language_options()),
        Field(
            "places",
            N_("Where and how this clinician sees people"),
            Kind.CHOICES,
            options=place_options(clinic),
        ),
        Field(
            "visit_type_codes",
            N_("Visits this clinician offers"),
            Kind.CHOICES,
            options=visit_type_options(clinic),
        ),
        ACTIVE,
    )


def typed_practitioner(entry: Practitioner) -> Typed:
    """A clinician as the fields show them."""
    return {
        "prefix": entry.prefix,
        "given_name": entry.given_name,
        "family_name": entry.family_name,
        "credentials": entry.credentials,
        "npi": entry.npi,
        "licensed_states": ", ".join(entry.licensed_states),
        "languages": list(entry.languages),
        "places": [f"{place.location_id}:{place.mode.value}" for place in entry.places],
        "visit_type_codes": sorted(entry.visit_type_codes),
        "active": ticked(entry.active),
    }


def read_practitioner(sheet: EntrySheet, number: int) -> Practitioner:
    """A clinician as typed; the sheet notes what cannot be read."""
    states = sheet.line("licensed_states").upper().replace(",", " ").split()
    return Practitioner(
        id=number,
        prefix=sheet.optional("prefix", 16),
        given_name=sheet.line("given_name"),
        family_name=sheet.line("family_name"),
        credentials=sheet.optional("credentials", 64),
        npi=sheet.line("npi").replace(" ", ""),
        licensed_states=tuple(dict.fromkeys(states)),
        languages=tuple(tongue for tongue in Language if tongue.value in sheet.values("languages")),
        places=tuple(_places(sheet.values("places"))),
        visit_type_codes=frozenset(sheet.values("visit_type_codes")),
        active=sheet.ticked("active"),
    )


def _places(values: Iterable[str]) -> Iterable[Place]:
    for value in values:
        number, _colon, mode = value.partition(":")
        if number.isdecimal() and number.isascii() and mode in set(Mode):
            yield Place(int(number), Mode(mode))


def visit_type_fields(clinic: Clinic) -> Sequence[Field]:
    """What is asked of a kind of visit."""
    kinds = sorted({room.kind for room in clinic.rooms})
    return (
        Field("title_en", N_("Name in English")),
        Field("title_es", N_("Name in Spanish")),
        CODE,
        Field("summary_en", N_("What it is good for, in English"), Kind.AREA, optional=True),
        Field("summary_es", N_("What it is good for, in Spanish"), Kind.AREA, optional=True),
        Field("modes", N_("Ways to meet"), Kind.CHOICES, options=mode_options()),
        Field("minutes", N_("Length"), Kind.NUMBER, MINUTES),
        Field("buffer_before", N_("Free time before"), Kind.NUMBER, MINUTES),
        Field("buffer_after", N_("Free time after"), Kind.NUMBER, MINUTES),
        Field("minimum_notice", N_("Book at least this long ahead"), Kind.NUMBER, MINUTES),
        Field("horizon_days", N_("Book at most this many days ahead"), Kind.NUMBER),
        Field(
            "patient_cutoff",
            N_("Patients may change it online until this long before"),
            Kind.NUMBER,
            N_("In minutes. One day is 1440."),
        ),
        Field("daily_cap", N_("At most this many a day for one clinician"), Kind.NUMBER, optional=True),
        Field(
            "bookable_by",
            N_("Who may book it"),
            Kind.CHOICES,
            options=audience_options(),
        ),
        Field(
            "room_kind",
            N_("Room for a visit in person"),
            Kind.CHOICE,
            options=[("", _("No room")), *((kind, kind) for kind in kinds)],
        ),
        Field("preparation_en", N_("How to prepare, in English"), Kind.AREA, optional=True),
        Field("preparation_es", N_("How to prepare, in Spanish"), Kind.AREA, optional=True),
        ACTIVE,
    )


def typed_visit_type(entry: VisitType) -> Typed:
    """A kind of visit as its fields show it."""
    return {
        "title_en": entry.title.en,
        "title_es": entry.title.es,
        "code": entry.code,
        "summary_en": entry.summary.en,
        "summary_es": entry.summary.es,
        "modes": [mode.value for mode in entry.modes],
        "minutes": str(entry.minutes),
        "buffer_before": str(entry.buffer_before),
        "buffer_after": str(entry.buffer_after),
        "minimum_notice": str(entry.minimum_notice),
        "horizon_days": str(entry.horizon_days),
        "patient_cutoff": str(entry.patient_cutoff),
        "daily_cap": "" if entry.daily_cap is None else str(entry.daily_cap),
        "bookable_by": [audience.value for audience in entry.bookable_by],
        "room_kind": entry.room_kind or "",
        "preparation_en": entry.preparation.en,
        "preparation_es": entry.preparation.es,
        "active": ticked(entry.active),
    }


def read_visit_type(sheet: EntrySheet, number: int) -> VisitType:
    """A kind of visit as typed; the sheet notes what cannot be read."""
    return VisitType(
        id=number,
        code=sheet.line("code"),
        title=sheet.both("title"),
        summary=sheet.both("summary", lines=True),
        modes=sheet.many_of("modes", Mode),
        minutes=sheet.number("minutes"),
        buffer_before=sheet.number("buffer_before"),
        buffer_after=sheet.number("buffer_after"),
        minimum_notice=sheet.number("minimum_notice"),
        horizon_days=sheet.number("horizon_days"),
        patient_cutoff=sheet.number("patient_cutoff"),
        daily_cap=sheet.number_or_none("daily_cap"),
        bookable_by=frozenset(sheet.many_of("bookable_by", Audience)),
        room_kind=sheet.optional("room_kind", 32) or None,
        preparation=sheet.both("preparation", lines=True),
        active=sheet.ticked("active"),
    )

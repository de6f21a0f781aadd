"""What the API tells programs: the types of its answers, and how a visit and free times are put into them.

Free times are listed by the hundred, so they are written with whole numbers: seconds become text through one table of
the minutes of a day and one text a date and an offset.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from scheduler.domain.appointment import Status
from scheduler.domain.availability import Slot
from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Audience, Location, Mode, Practitioner
from scheduler.domain.interval import epoch
from scheduler.domain.link import LinkPurpose
from scheduler.domain.safety_gate import Tier
from scheduler.domain.visit import Visit
from scheduler.domain.wall_clock import DAY, offset_at
from scheduler.domain.wording import Language

EPOCH = date(1970, 1, 1).toordinal()

Told = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""An instant as programs are told it, with the place's offset."""


class Answered(BaseModel):
    """Anything a program is told."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TextTold(Answered):
    """One text in both languages."""

    en: str
    es: str


class VisitTypeTold(Answered):
    """A kind of visit that patients book."""

    code: str
    modes: list[Mode]
    minutes: int
    title: TextTold
    known_patients_only: bool


class VisitTypesTold(Answered):
    """Every kind of visit that patients book."""

    visit_types: list[VisitTypeTold]


class QuestionTold(Answered):
    """One safety question."""

    id: str
    tier: Tier
    text: str


class GateTold(Answered):
    """The safety questions in force."""

    version: str
    questions: list[QuestionTold]


class ConsentTold(Answered):
    """The consent for video visits in force."""

    version: str
    text: str


class PractitionerTold(Answered):
    """Who sees the patient."""

    id: int
    name: str


class LocationTold(Answered):
    """Where the visit is, or whose hours a video visit follows; its zone rules the offsets."""

    id: int
    name: str
    zone: str


class SlotTold(Answered):
    """One free time."""

    start: Told
    end: Told
    mode: Mode
    practitioner: PractitionerTold
    location: LocationTold


class SlotsTold(Answered):
    """Free times, soonest first."""

    zone: str
    slots: list[SlotTold]


class LinksTold(Answered):
    """Addresses for the patient: the visit's page, its calendar file, and for a video visit the page to join at."""

    manage: str
    ics: str | None = None
    join: str | None = None


class AppointmentTold(Answered):
    """A visit at its current version; `change_until` is when the patient can no longer change it alone."""

    id: str
    uid: str
    sequence: int
    status: Status
    visit_type: str
    start: Told
    end: Told
    mode: Mode
    practitioner: PractitionerTold
    location: LocationTold
    change_until: Told
    links: LinksTold


class BookedTold(AppointmentTold):
    """A visit just booked, with the secret that shows and changes it. It is told once: keep it."""

    token: str


class Problem(BaseModel):
    """Why something was not done (RFC 9457). `code` is for programs, `detail` for people in their language."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: dict[str, str] | None = Field(None, description="With `invalid`: one sentence a field.")
    alternatives: list[SlotTold] | None = Field(None, description="When a time is gone: the three nearest.")
    reason: str | None = Field(
        None, description="With `not-offered`: why the clinic does not offer the time."
    )
    phone: str | None = Field(None, description="With `gate-...`: the clinic's number.")


def visit_types(clinic: Clinic) -> VisitTypesTold:
    """The kinds of visit that patients book without the desk."""
    return VisitTypesTold(
        visit_types=[
            VisitTypeTold(
                code=kind.code,
                modes=list(kind.modes),
                minutes=kind.minutes,
                title=TextTold(en=kind.title.en, es=kind.title.in_(Language.SPANISH)),
                known_patients_only=Audience.PATIENT not in kind.bookable_by,
            )
            for kind in clinic.visit_types
            if kind.active and {Audience.PATIENT, Audience.KNOWN_PATIENT} & kind.bookable_by
        ]
    )


def gate(clinic: Clinic, language: Language) -> GateTold:
    """The safety questions in one language."""
    questions = [
        QuestionTold(id=question.id, tier=question.tier, text=question.text.in_(language))
        for question in clinic.gate.questions
    ]
    return GateTold(version=clinic.gate.version, questions=questions)


def slots(clinic: Clinic, free: Iterable[Slot]) -> list[dict[str, Any]]:
    """Free times as `SlotTold` has them; what several of them share is made once."""
    shared: dict[tuple[int, int], tuple[str, dict[str, Any], dict[str, Any]]] = {}
    found = []
    for slot in free:
        key = slot.practitioner_id, slot.location_id
        if key not in shared:
            who, where = clinic.practitioner(key[0]), clinic.location(key[1])
            shared[key] = where.zone, practitioner(who), location(where)
        zone, clinician, place = shared[key]
        found.append(
            {
                "start": rfc3339(zone, int(slot.start.timestamp())),
                "end": rfc3339(zone, int(slot.end.timestamp())),
                "mode": slot.mode.value,
                "practitioner": clinician,
                "location": place,
            }
        )
    return found


def appointment(visit: Visit, secrets: Mapping[LinkPurpose, str], base_url: str) -> dict[str, Any]:
    """A visit as `AppointmentTold` has it."""
    kept, zone = visit.appointment, visit.location.zone
    return {
        "id": kept.public_id,
        "uid": kept.uid,
        "sequence": kept.sequence,
        "status": kept.status.value,
        "visit_type": kept.visit_type_code,
        "start": rfc3339(zone, epoch(kept.start)),
        "end": rfc3339(zone, epoch(kept.end)),
        "mode": kept.mode.value,
        "practitioner": practitioner(visit.practitioner),
        "location": location(visit.location),
        "change_until": rfc3339(zone, epoch(visit.change_until)),
        "links": links(visit, secrets, base_url),
    }


def booked(visit: Visit, secrets: Mapping[LinkPurpose, str], base_url: str) -> dict[str, Any]:
    """A visit just booked, as `BookedTold` has it."""
    return {**appointment(visit, secrets, base_url), "token": secrets[LinkPurpose.MANAGE]}


def links(visit: Visit, secrets: Mapping[LinkPurpose, str], base_url: str) -> dict[str, str]:
    """The addresses that these secrets open; the page to join at only while the visit is by video."""
    found = {"manage": f"{base_url}/my/{secrets[LinkPurpose.MANAGE]}"}
    if LinkPurpose.CALENDAR in secrets:
        found["ics"] = f"{base_url}/ics/{secrets[LinkPurpose.CALENDAR]}/appointment.ics"
    if visit.is_virtual and LinkPurpose.VISIT in secrets:
        found["join"] = f"{base_url}/visit/{secrets[LinkPurpose.VISIT]}"
    return found


def practitioner(one: Practitioner) -> dict[str, Any]:
    """A clinician, by number and name."""
    return {"id": one.id, "name": one.name}


def location(one: Location) -> dict[str, Any]:
    """A place, by number, name and zone."""
    return {"id": one.id, "name": one.name, "zone": one.zone}


def rfc3339(zone: str, instant: int) -> str:
    """An epoch second as the zone's clock shows it, with its offset (RFC 3339, 5.6)."""
    offset = offset_at(zone, instant)
    day, second = divmod(instant + offset, DAY)
    return f"{_date(day)}{_CLOCK[second // 60]}{second % 60:02}{_offset(offset)}"


_CLOCK = tuple(f"T{minute // 60:02}:{minute % 60:02}:" for minute in range(DAY // 60))


@lru_cache(maxsize=4096)
def _date(day: int) -> str:
    return date.fromordinal(EPOCH + day).isoformat()


@lru_cache(maxsize=64)
def _offset(seconds: int) -> str:
    sign, minutes = "-" if seconds < 0 else "+", abs(seconds) // 60
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}"

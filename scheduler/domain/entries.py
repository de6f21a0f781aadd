"""What may be entered in the directory: one check for each kind of entry, with a sentence for each field.

Numbers that are wrong are often wrong by a slip, so each check names its field. Facts in, refusal out: whether a code
or an identifier is taken already is read from the picture of the clinic that is handed in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Location, Organization, Practitioner, Room, VisitType, npi_is_valid
from scheduler.domain.errors import InvalidInput
from scheduler.domain.safety_gate import Question, Tier
from scheduler.domain.schedule import Closure, DatedHours, WeeklyHours
from scheduler.domain.text_check import EMERGENCY
from scheduler.domain.wording import N_, Text

_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_POSTAL = re.compile(r"\d{5}(-\d{4})?")
_STATE = re.compile(r"[A-Z]{2}")

CODE = N_("Use small letters, numbers and hyphens, like first-visit.")
CODE_TAKEN = N_("This code is in use already.")
ENDS_EARLY = N_("The end must come after the start.")
MISSING = N_("Please fill this in.")
NO_EMERGENCY = N_("Say that it is not for emergencies: call 911.")
ZONE = N_("Enter a time zone, like America/Denver.")

Errors = dict[str, str]


def _refuse(errors: Errors) -> None:
    if errors:
        raise InvalidInput(errors)


def _missing(**fields: str) -> Errors:
    return {name: MISSING for name, value in fields.items() if not value.strip()}


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def check_organization(organization: Organization) -> None:
    """Check the clinic's identity.

    :raises InvalidInput: with a sentence for each field that cannot be used.
    """
    errors = _missing(name=organization.name, phone=organization.phone, email=organization.email)
    if not _is_zone(organization.zone):
        errors["zone"] = ZONE
    if not 5 <= organization.hold_minutes <= 60:
        errors["hold_minutes"] = N_("Enter a number from 5 to 60.")
    if not 10 <= organization.hold_extensions <= 100:
        errors["hold_extensions"] = N_("Enter a number from 10 to 100.")
    if not 0 <= organization.decline_grace_minutes <= 2400:
        errors["decline_grace_minutes"] = N_("Enter a number from 0 to 2400.")
    if not 5 <= organization.video_opens_minutes <= 120:
        errors["video_opens_minutes"] = N_("Enter a number from 5 to 120.")
    if not 10 <= organization.video_grace_minutes <= 120:
        errors["video_grace_minutes"] = N_("Enter a number from 10 to 120.")
    if not 5 <= organization.practice_minutes <= 60:
        errors["practice_minutes"] = N_("Enter a number from 5 to 60.")
    _refuse(errors)


def check_location(clinic: Clinic, location: Location) -> None:
    """Check an office.

    :raises InvalidInput: as above.
    """
    errors = _missing(name=location.name, line=location.line, city=location.city, phone=location.phone)
    if not _CODE.fullmatch(location.code):
        errors["code"] = CODE
    elif any(other.code == location.code and other.id != location.id for other in clinic.locations):
        errors["code"] = CODE_TAKEN
    if not _is_zone(location.zone):
        errors["zone"] = ZONE
    if not _STATE.fullmatch(location.state):
        errors["state"] = N_("Enter the two letters of the state, like TX.")
    if not _POSTAL.fullmatch(location.postal_code):
        errors["postal_code"] = N_("Enter a ZIP code, like 79901.")
    _refuse(errors | _misplaced(location))


def _misplaced(location: Location) -> Errors:
    latitude, longitude = location.latitude, location.longitude
    if (latitude is None) != (longitude is None):
        return {"latitude": N_("Enter both numbers or none.")}
    if latitude is None or longitude is None:
        return {}
    if not -90 <= latitude <= 90:
        return {"latitude": N_("Enter a number from -90 to 90.")}
    return {} if -180 <= longitude <= 180 else {"longitude": N_("Enter a number from -180 to 180.")}


def check_room(clinic: Clinic, room: Room) -> None:
    """Check a room.

    :raises InvalidInput: as above.
    """
    errors = _missing(name=room.name)
    if not _CODE.fullmatch(room.kind):
        errors["kind"] = N_("Use small letters, numbers and hyphens, like exam or procedure.")
    if all(location.id != room.location_id for location in clinic.locations):
        errors["location_id"] = N_("Choose an office.")
    _refuse(errors)


def check_practitioner(clinic: Clinic, practitioner: Practitioner) -> None:
    """Check a clinician; the NPI by its check digit.

    :raises InvalidInput: as above.
    """
    errors = _missing(given_name=practitioner.given_name, family_name=practitioner.family_name)
    if not npi_is_valid(practitioner.npi):
        errors["npi"] = N_(
            "This NPI is not right. It has 10 digits, and the last one is a check. Please look again."
        )
    elif any(other.npi == practitioner.npi and other.id != practitioner.id for other in clinic.practitioners):
        errors["npi"] = N_("Another clinician has this NPI.")
    if not practitioner.licensed_states or not all(
        _STATE.fullmatch(state) for state in practitioner.licensed_states
    ):
        errors["licensed_states"] = N_("Enter the states of the license, like TX, NM.")
    if not practitioner.languages:
        errors["languages"] = N_("Choose one or more languages.")
    _refuse(errors)


def check_visit_type(clinic: Clinic, visit_type: VisitType) -> None:
    """Check a kind of visit.

    :raises InvalidInput: as above.
    """
    errors = _missing(title_en=visit_type.title.en, title_es=visit_type.title.es)
    if not _CODE.fullmatch(visit_type.code):
        errors["code"] = CODE
    elif any(other.code == visit_type.code and other.id != visit_type.id for other in clinic.visit_types):
        errors["code"] = CODE_TAKEN
    if not visit_type.modes:
        errors["modes"] = N_("Choose one or more ways to meet.")
    if not visit_type.bookable_by:
        errors["bookable_by"] = N_("Choose who may book this visit.")
    if visit_type.room_kind is not None and not _CODE.fullmatch(visit_type.room_kind):
        errors["room_kind"] = N_("Use small letters, numbers and hyphens, like exam or procedure.")
    _refuse(errors | _out_of_range(visit_type))


def _out_of_range(visit_type: VisitType) -> Errors:
    errors: Errors = {}
    if not 5 <= visit_type.minutes <= 600 or visit_type.minutes % 5:
        errors["minutes"] = N_("Enter minutes from 5 to 600, in steps of 5.")
    for name, minutes in (
        ("buffer_before", visit_type.buffer_before),
        ("buffer_after", visit_type.buffer_after),
    ):
        if not 0 <= minutes <= 240 or minutes % 5:
            errors[name] = N_("Enter minutes from 0 to 240, in steps of 5.")
    for name, minutes in (
        ("minimum_notice", visit_type.minimum_notice),
        ("patient_cutoff", visit_type.patient_cutoff),
    ):
        if not 0 <= minutes <= 43200:
            errors[name] = N_("Enter minutes from 0 to 43200 (30 days).")
    if not 1 <= visit_type.horizon_days <= 365:
        errors["horizon_days"] = N_("Enter days from 1 to 365.")
    if visit_type.daily_cap is not None and not 1 <= visit_type.daily_cap <= 200:
        errors["daily_cap"] = N_("Enter a number from 1 to 200, or leave it empty.")
    return errors


def check_weekly_hours(clinic: Clinic, hours: WeeklyHours) -> None:
    """Check one weekly window.

    :raises InvalidInput: as above.
    """
    errors = _misfit(clinic, hours) | _window(hours.opens, hours.closes)
    if hours.valid_from and hours.valid_until and hours.valid_until < hours.valid_from:
        errors["valid_until"] = ENDS_EARLY
    if not 0 <= hours.weekday <= 6:
        errors["weekday"] = N_("Choose a day.")
    _refuse(errors)


def check_dated_hours(clinic: Clinic, hours: DatedHours) -> None:
    """Check the extra hours of one date.

    :raises InvalidInput: as above.
    """
    _refuse(_misfit(clinic, hours) | _window(hours.opens, hours.closes))


def _misfit(clinic: Clinic, hours: WeeklyHours | DatedHours) -> Errors:
    """Hours need a clinician who sees people there and so; else nobody would ever be offered them."""
    practitioner = next((p for p in clinic.practitioners if p.id == hours.practitioner_id), None)
    if practitioner is None:
        return {"practitioner_id": N_("Choose a clinician.")}
    if not practitioner.works(hours.location_id, hours.mode):
        return {
            "mode": N_(
                "This clinician does not see people in this way at this office. Change the clinician first."
            )
        }
    return {}


def _window(opens: int, closes: int) -> Errors:
    if not 0 <= opens < 1440:
        return {"opens": N_("Enter a time of day.")}
    return {} if opens < closes <= 2880 else {"closes": ENDS_EARLY}


def check_closure(clinic: Clinic, closure: Closure) -> None:
    """Check a closed day.

    :raises InvalidInput: as above.
    """
    errors = _missing(title_en=closure.title.en, title_es=closure.title.es)
    if closure.location_id is not None and all(place.id != closure.location_id for place in clinic.locations):
        errors["location_id"] = N_("Choose an office.")
    if (closure.opens is None) != (closure.closes is None):
        errors["closes"] = N_("Enter both times, or none for the whole day.")
    elif closure.opens is not None and closure.closes is not None:
        errors |= _window(closure.opens, closure.closes)
    _refuse(errors)


def check_questions(questions: Sequence[Question]) -> None:
    """Check a wording of the safety questions: both languages everywhere, and at least one sign of an emergency.

    :raises InvalidInput: as above; the field of a question is its id.
    """
    errors: Errors = {}
    seen: set[str] = set()
    for question in questions:
        if not _CODE.fullmatch(question.id) or question.id in seen:
            errors["questions"] = N_("Each question needs its own short name, like chest-pain.")
        seen.add(question.id)
        errors |= {f"{question.id}.{tongue}": MISSING for tongue in _empty(question.text)}
    if all(question.tier is not Tier.EMERGENCY for question in questions):
        errors["questions"] = N_("Keep one or more questions about an emergency.")
    _refuse(errors)


def check_consent(text: Text, *, names_emergency: bool = False) -> None:
    """Check a text people agree to: both languages, and with `names_emergency` the number to call in each.

    :raises InvalidInput: as above.
    """
    errors = {f"text_{tongue}": MISSING for tongue in _empty(text)}
    if names_emergency:
        silent = (tongue for tongue, words in (("en", text.en), ("es", text.es)) if EMERGENCY not in words)
        errors = {f"text_{tongue}": NO_EMERGENCY for tongue in silent} | errors
    _refuse(errors)


def _empty(text: Text) -> list[str]:
    return [tongue for tongue, words in (("en", text.en), ("es", text.es)) if not words.strip()]

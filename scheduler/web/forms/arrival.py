"""The questions at the door of a video visit, as typed: where one is, the consent, the signs, and how the call was."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from werkzeug.datastructures import MultiDict

from scheduler.domain.arrival import Whereabouts
from scheduler.domain.person import VirtualDetails
from scheduler.domain.safety_gate import Answer, Question
from scheduler.domain.wording import N_
from scheduler.translations import phones
from scheduler.web.forms import safety
from scheduler.web.forms.people import NO_PHONE, place_said, typed_place
from scheduler.web.forms.sheet import Sheet

STREET_LENGTH = 200
NO_CONSENT = N_("To meet by video, please agree to video care. Or ask us to call your phone.")


class Rating(StrEnum):
    """An answer about the call."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


def whereabouts(typed: MultiDict[str, str]) -> Whereabouts:
    """Where the patient is now, and where to call.

    :raises InvalidInput: naming each field that needs another look.
    """
    sheet = Sheet(typed)
    place = place_said(sheet, typed)
    phone = sheet.phone("callback_phone", NO_PHONE)
    street = sheet.optional("street", STREET_LENGTH)
    sheet.settle()
    return Whereabouts(place, phone, street)


def typed_whereabouts(said: VirtualDetails | None, phone: str, street: str) -> dict[str, str]:
    """The form as it shows what was said before."""
    shown = {"callback_phone": phones.shown(said.callback_phone if said else phone), "street": street}
    return shown | (typed_place(said.state) if said else {})


def consent_version(typed: MultiDict[str, str]) -> str:
    """The version of the text that was agreed to.

    :raises InvalidInput: when the box is not ticked.
    """
    sheet = Sheet(typed)
    if not sheet.ticked("consent"):
        sheet.wrong("consent", NO_CONSENT)
    version = sheet.optional("consent_version", 32)
    sheet.settle()
    return version


def signs(typed: MultiDict[str, str], questions: Sequence[Question]) -> dict[str, Answer]:
    """What was said to the signs at the door.

    :raises InvalidInput: when nothing was ticked, or things that exclude each other.
    """
    return safety.answers(typed, questions)


def rating(typed: MultiDict[str, str]) -> tuple[str | None, str | None]:
    """Two answers about the call, each of which may be left out."""
    return _rated(typed, "heard"), _rated(typed, "easy")


def _rated(typed: MultiDict[str, str], name: str) -> str | None:
    said = typed.get(name, "")
    return said if said in set(Rating) else None


def name_of_companion(typed: MultiDict[str, str]) -> str:
    """How somebody wants to be called by the others.

    :raises InvalidInput: when there is no name.
    """
    sheet = Sheet(typed)
    name = sheet.text("name", N_("Enter your name."))
    sheet.settle()
    return name

"""What a patient wants changed about a visit that stands, and how they ask for a lost link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from werkzeug.datastructures import MultiDict

from scheduler.domain.directory import Mode
from scheduler.domain.errors import InvalidInput
from scheduler.domain.person import RemindBy
from scheduler.domain.plain_text import clean, is_one_address
from scheduler.domain.wishes import Wishes
from scheduler.domain.wording import N_, Language
from scheduler.translations import phones
from scheduler.web.forms.people import NO_WAY
from scheduler.web.forms.sheet import Sheet


class WhyCancel(StrEnum):
    """Why a visit is given up, as far as somebody wants to say; nothing about their health."""

    TIME = "time"
    WAY = "way"
    ELSEWHERE = "elsewhere"
    NOT_NEEDED = "not-needed"
    OTHER = "other"


class LateWish(StrEnum):
    """What somebody asks of the desk when it is too late to change things alone."""

    MOVE = "move"
    CANCEL = "cancel"
    SWITCH = "switch"


@dataclass(frozen=True, slots=True)
class NewPlace:
    """Where a visit should go, as the confirm page showed it: the time, the way to meet, and what keeps it."""

    start: datetime
    mode: Mode
    practitioner_id: int | None
    hold_id: str
    seen: int


BAD_PLACE = N_("Choose a time.")
NO_EMAIL = N_("Enter the e-mail address.")
NO_EMAIL_HERE = N_("We have no e-mail of yours. Choose another way, or call us.")
BAD_CONTACT = N_("Enter the phone number or the e-mail that you gave us.")


def new_place(typed: MultiDict[str, str]) -> NewPlace:
    """Read what the confirm page carried.

    :raises InvalidInput: when it was tampered with or cut short.
    """
    try:
        start = datetime.fromisoformat(typed.get("start", ""))
        mode = Mode(typed.get("mode", ""))
        seen = int(typed.get("seen", ""))
        practitioner = int(typed.get("practitioner", ""))
    except ValueError:
        raise InvalidInput({"start": BAD_PLACE}) from None
    hold_id = clean(typed.get("hold", ""), 32)
    if start.tzinfo is None or not 2000 < start.year < 3000 or not 0 <= seen < 2**31:
        raise InvalidInput({"start": BAD_PLACE})
    if not 0 < practitioner < 2**31:
        raise InvalidInput({"start": BAD_PLACE})
    return NewPlace(start.astimezone(UTC), mode, practitioner, hold_id, seen)


def why_cancel(typed: MultiDict[str, str]) -> WhyCancel | None:
    """The reason, if one was chosen."""
    chosen = typed.get("reason", "")
    return WhyCancel(chosen) if chosen in set(WhyCancel) else None


def late_wish(typed: MultiDict[str, str]) -> tuple[LateWish, str]:
    """What the desk is asked for, and a line about when to call.

    :raises InvalidInput: naming each field that needs another look.
    """
    sheet = Sheet(typed)
    wish = sheet.one_of("wish", LateWish, N_("Choose what you need."))
    note = sheet.optional("note", 300, lines=True)
    sheet.settle()
    assert wish
    return wish, note


def new_email(typed: MultiDict[str, str], name: str = "email") -> str:
    """The e-mail address that mail should go to, from the field of that name.

    :raises InvalidInput: when there is none, or none that mail can go to.
    """
    sheet = Sheet(typed)
    address = sheet.email(name)
    if address is None:
        sheet.wrong(name, NO_EMAIL)
    sheet.settle()
    assert address
    return address


def wishes(typed: MultiDict[str, str], *, has_email: bool, is_helped: bool) -> Wishes:
    """How the patient wants to hear; a helper's copies are asked about only where somebody gets them.

    :raises InvalidInput: naming each field that needs another look.
    """
    sheet = Sheet(typed)
    remind_by = sheet.many_of("remind_by", RemindBy)
    if not remind_by:
        sheet.wrong("remind_by", NO_WAY)
    if RemindBy.EMAIL in remind_by and not has_email:
        sheet.wrong("remind_by", NO_EMAIL_HERE)
    language = sheet.one_of("language", Language, N_("Choose a language."))
    told = sheet.yes_or_no("tell_helper", N_("Choose yes or no.")) if is_helped else None
    sheet.settle()
    assert language
    return Wishes(remind_by, language.value, told)


def contact(typed: MultiDict[str, str]) -> tuple[str | None, str | None]:
    """The phone (E.164) or the e-mail that somebody typed into the one field for either.

    :raises InvalidInput: when it is neither.
    """
    words = clean(typed.get("contact", ""), 254)
    if "@" in words:
        address = words.replace(" ", "")
        if is_one_address(address):
            return None, address
    else:
        number = phones.read(words)
        if number is not None:
            return number, None
    raise InvalidInput({"contact": BAD_CONTACT})

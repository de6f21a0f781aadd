"""The single values that programs send: names, numbers, days, instants, each cleaned and held to a limit.

Text is cleaned of signs that hide or deceive before anybody else sees it. Instants come with an offset, as RFC 3339 has
them. What belongs together is in `api_types`.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from scheduler.domain import plain_text
from scheduler.domain.person import Relation
from scheduler.domain.wording import N_
from scheduler.translations import phones, places
from scheduler.web.forms.changes import WhyCancel

LONGEST_NAME = 80
LONGEST_EMAIL = 254
LONGEST_PHONE = 40
LONGEST_REASON = 200
LONGEST_RELATION = 40
LONGEST_NUMBER = 15
SAFE_NUMBER = 2**53 - 1
_YEARS = range(2000, 2100)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _name(text: str) -> str:
    cleaned = plain_text.clean(text, LONGEST_NAME)
    if not cleaned:
        raise ValueError(N_("Please fill this in."))
    return cleaned


def _phone(text: str) -> str:
    number = phones.e164(plain_text.clean(text, LONGEST_PHONE))
    if number is None:
        raise ValueError(N_("This is not a phone number that we can call."))
    return number


def _email(text: str) -> str:
    address = text.strip()
    if not plain_text.is_one_address(address):
        raise ValueError(N_("This is not one e-mail address."))
    return address


def _instant(given: Any) -> datetime:
    if isinstance(given, str) and _INSTANT.fullmatch(given.upper()):
        with suppress(ValueError):
            instant = datetime.fromisoformat(given.upper())
            if instant.year in _YEARS:
                return instant.astimezone(UTC)
    raise ValueError(N_("This is not a date and time with an offset, such as 2026-12-01T14:00:00-07:00."))


def _date(given: Any) -> date:
    if isinstance(given, str) and _DATE.fullmatch(given):
        with suppress(ValueError):
            return date.fromisoformat(given)
    raise ValueError(N_("This is not a date, such as 1951-12-24."))


def _day(given: date) -> date:
    if given.year not in _YEARS:
        raise ValueError(N_("This date is too far away."))
    return given


def _whole(given: Any) -> Any:
    """A number, though it came as a text."""
    is_number = (
        isinstance(given, str) and given.isascii() and given.isdigit() and len(given) <= LONGEST_NUMBER
    )
    return int(given) if is_number else given


def _place(given: str) -> str:
    code = places.code_of(given)
    if code is None:
        raise ValueError(N_("This is no place that we know. Send US-TX for a state, MX for a country."))
    return code


def _reason(given: str) -> str | None:
    """The choice that was sent; of anything else only that there was a reason: words might tell of health."""
    code = given.strip().lower()
    if not code:
        return None
    return code if code in set(WhyCancel) else WhyCancel.OTHER.value


def _relation(given: Any) -> Any:
    """The choice that was sent; any other word means some other relation."""
    if not isinstance(given, str) or len(given) > LONGEST_RELATION:
        return given
    code = given.strip().lower()
    return Relation(code) if code in set(Relation) else Relation.OTHER


Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[a-z0-9-]+$")]
Version = Annotated[str, StringConstraints(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9._-]+$")]
Number = Annotated[int, Field(ge=1, le=SAFE_NUMBER)]
Clinician = Annotated[
    Number,
    BeforeValidator(_whole),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": SAFE_NUMBER},
                {"type": "string", "pattern": "^[1-9][0-9]*$", "maxLength": LONGEST_NUMBER},
            ]
        }
    ),
]
Name = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME), AfterValidator(_name)]
Phone = Annotated[str, StringConstraints(min_length=7, max_length=LONGEST_PHONE), AfterValidator(_phone)]
Email = Annotated[str, StringConstraints(min_length=3, max_length=LONGEST_EMAIL), AfterValidator(_email)]
Date = Annotated[date, BeforeValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]
Day = Annotated[Date, AfterValidator(_day)]
Instant = Annotated[
    datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})
]
State = Annotated[
    str,
    StringConstraints(min_length=2, max_length=5, pattern=r"^[A-Za-z-]+$"),
    AfterValidator(_place),
]
Reason = Annotated[str, StringConstraints(max_length=LONGEST_REASON), AfterValidator(_reason)]
Kin = Annotated[
    Relation,
    BeforeValidator(_relation),
    WithJsonSchema({"type": "string", "maxLength": LONGEST_RELATION}),
]

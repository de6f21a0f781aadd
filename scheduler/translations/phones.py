"""Telephone numbers as people read them, and as a telephone dials them."""

from __future__ import annotations

import phonenumbers

HOME = "US"


def shown(number: str) -> str:
    """An E.164 number for reading: "(915) 555-0123" at home, "+52 656 555 0123" abroad; anything else as it came."""
    parsed = _parsed(number)
    if parsed is None:
        return number
    national = parsed.country_code == phonenumbers.country_code_for_region(HOME)
    style = (
        phonenumbers.PhoneNumberFormat.NATIONAL if national else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    return phonenumbers.format_number(parsed, style)


def href(number: str) -> str:
    """The number as a link that a telephone dials (RFC 3966): "tel:+1-915-555-0123"."""
    parsed = _parsed(number)
    if parsed is None:
        return "tel:" + "".join(c for c in number if c in "+0123456789")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.RFC3966)


def _parsed(number: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(number, HOME)
    except phonenumbers.NumberParseException:
        return None

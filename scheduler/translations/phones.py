"""Telephone numbers as people read them, and as a telephone dials them."""

from __future__ import annotations

import re

import phonenumbers

HOME = "US"
_WHOLE = re.compile(r"\+1[2-9][0-9]{9}")
ACROSS_THE_BRIDGE = "MX"
NEIGHBOUR = "MX"
"""Ten digits that no telephone at home has may be one across the bridge."""
_OLD_MEXICAN = re.compile(r"(?:(?:00)?521|01|04[45])([0-9]{10})")
"""What was dialled before a Mexican number until 2019, and still stands in many an address book."""


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


def e164(typed: str) -> str | None:
    """The number that a person typed, as kept ("+19155550123"); None when no telephone has it."""
    for region in (HOME, NEIGHBOUR):
        parsed = _parsed(typed, region)
        if parsed is not None and _is_in_use(parsed):
            return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return None


def read(typed: str) -> str | None:
    """The E.164 number that somebody typed in any spelling, at home or across the bridge; None when it is none.

    Ten digits are read as a number of the United States if they can be one, else as a Mexican one.
    """
    digits = "".join(sign for sign in typed if sign.isdecimal())
    is_whole = len(digits) == 12 and digits.startswith("52")
    whole = f"+{digits}" if is_whole else typed
    old = _OLD_MEXICAN.fullmatch(digits)
    bare = f"+52{old[1]}" if old else typed
    for spelling, region in ((whole, HOME), (bare, ACROSS_THE_BRIDGE)):
        try:
            number = phonenumbers.parse(spelling, region)
        except phonenumbers.NumberParseException:
            continue
        if _is_in_use(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


def _is_in_use(number: phonenumbers.PhoneNumber) -> bool:
    """Ask for home first: that is nearly every number, and half the work of looking for its country."""
    return phonenumbers.is_valid_number_for_region(number, HOME) or phonenumbers.is_valid_number(number)


def _parsed(number: str, region: str = HOME) -> phonenumbers.PhoneNumber | None:
    if _WHOLE.fullmatch(number):  # as it is kept and as programs send it: nothing to find out
        return phonenumbers.PhoneNumber(country_code=1, national_number=int(number[2:]))
    try:
        return phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None

"""Whether the clinic's own mail server vouches for the sender of a mail (RFC 8601, DMARC of RFC 7489).

A mail can carry any number of such words, and a forger writes as many as they like. So only the topmost one counts, and
only when it bears the name of the server that the clinic has set; it stands above everything that came from outside.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

LONGEST = 4_000
"""Characters of the header that are looked at; a longer one says nothing."""

_RESULT = re.compile(r"dmarc\s*=\s*([a-z]+)")
_DOMAIN = re.compile(r"(?:^|\s)header\.from\s*=\s*([^\s]+)")


class Vouched(StrEnum):
    """What our server says of the sender's domain: it surely sent this, it surely did not, or nobody can say."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def vouched(results: Sequence[str], authserv_id: str, domain: str) -> Vouched:
    """The word of the server `authserv_id` on whether `domain` sent the mail.

    `results` are the Authentication-Results headers, topmost first. Without a trusted name nobody can say.
    """
    if not authserv_id or not results or len(results[0]) > LONGEST:
        return Vouched.UNKNOWN
    named, *methods = _without_comments(results[0]).lower().split(";")
    if named.split()[:1] != [authserv_id.lower()]:
        return Vouched.UNKNOWN
    words = [method.strip() for method in methods if _RESULT.match(method.strip())]
    if len(words) != 1:
        return Vouched.NO if len(words) > 1 else Vouched.UNKNOWN
    return _word(words[0], domain.lower())


def _word(method: str, domain: str) -> Vouched:
    found = _RESULT.match(method)
    assert found is not None
    if found[1] == "pass":
        about = _DOMAIN.search(method)
        return Vouched.YES if about is not None and about[1].strip('"') == domain else Vouched.NO
    return Vouched.NO if found[1] == "fail" else Vouched.UNKNOWN


def _without_comments(text: str) -> str:
    """The header without what stands in brackets, and with quoted stretches as plain words; they may hide a `;`."""
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for sign in text:
        if escaped:
            escaped = False
            continue
        if sign == "\\":
            escaped = True
        elif sign == '"' and depth == 0:
            quoted = not quoted
        elif sign == "(" and not quoted:
            depth += 1
        elif sign == ")" and not quoted and depth:
            depth -= 1
        elif depth == 0:
            kept.append(" " if (quoted and sign in ";=") or sign in "\r\n\t" else sign)
    return "".join(kept)

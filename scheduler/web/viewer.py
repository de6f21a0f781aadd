"""The reader's own time zone, for the second line beside the clinic's time: a small cookie, chosen or told by a script.

The cookie holds the name of a zone and nothing else. A browser with scripts offers its zone by itself
(`static/zone.js`); everybody can choose one from a list.
"""

from __future__ import annotations

from functools import cache
from urllib.parse import unquote
from zoneinfo import available_timezones

from flask import Response, request

from scheduler.domain.wording import N_
from scheduler.web.context import settings

COOKIE = "zone"
_YEAR = 365 * 24 * 3600

CHOICES = (
    ("America/Denver", N_("El Paso and Ciudad Juárez (Mountain time)")),
    ("America/Chicago", N_("Dallas, Houston, San Antonio (Central time)")),
    ("America/Phoenix", N_("Arizona")),
    ("America/Los_Angeles", N_("California, Nevada (Pacific time)")),
    ("America/New_York", N_("New York, Florida (Eastern time)")),
    ("America/Chihuahua", N_("Chihuahua City")),
    ("America/Mexico_City", N_("Mexico City, Monterrey, Guadalajara")),
    ("America/Hermosillo", N_("Sonora")),
    ("America/Tijuana", N_("Tijuana")),
)
"""The zones near the clinic's patients, nearest first, in words."""


def viewer_zone() -> str | None:
    """The zone the reader chose or their browser told; None when neither, or when it is none."""
    told = unquote(request.cookies.get(COOKIE, ""))[:64]
    return told if told in _known() else None


def keep_zone(response: Response, zone: str) -> Response:
    """Keep a chosen zone in the reader's browser; anything else is not kept."""
    if zone in _known():
        response.set_cookie(COOKIE, zone, max_age=_YEAR, secure=settings().is_https, samesite="Lax")
    return response


@cache
def _known() -> frozenset[str]:
    return frozenset(name for name in available_timezones() if "/" in name)

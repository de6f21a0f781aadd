"""The headers that tell a browser what a page may do: no foreign code, no frames, no cache of personal pages.

Context: OWASP ASVS 5.0, 3.4 and 3.5. There is no inline script or style anywhere, so the policy needs neither nonce
nor hash. Token pages send no more than the origin as referrer, because their address is a secret.
"""

from __future__ import annotations

from functools import cache

from flask import Flask, Response, request

from scheduler.web.context import settings
from scheduler.web.routes import Door, door_of

_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "media-src": "'self' blob:",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
}
CONTENT_SECURITY_POLICY = "; ".join(f"{name} {sources}" for name, sources in _POLICY.items())
_POWERS = ("geolocation", "payment", "usb", "serial", "midi", "browsing-topics")


def init_app(app: Flask) -> None:
    """Put the headers on every answer, errors included."""
    app.after_request(_protect)


def _protect(response: Response) -> Response:
    door, headers = door_of(request.blueprint), response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers.extend(_always(request.blueprint, settings().is_https))
    if request.endpoint == "static":
        headers["Cache-Control"] = "public, max-age=3600"
    elif door is None or ((door.personal or door.token) and not door.kept):
        headers["Cache-Control"] = "no-store"
    return response


@cache
def _always(blueprint: str | None, https: bool) -> tuple[tuple[str, str], ...]:
    """What every answer of a door carries and no view says itself; made once for each door."""
    door = door_of(blueprint)
    found = (
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "strict-origin" if door and door.token else "same-origin"),
        ("Permissions-Policy", _permissions(door)),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    )
    return (*found, ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")) if https else found


def _permissions(door: Door | None) -> str:
    """Camera, microphone and screen belong to the pages of a call alone."""
    camera = "(self)" if door and door.camera else "()"
    off = ", ".join(f"{power}=()" for power in _POWERS)
    return f"camera={camera}, microphone={camera}, display-capture={camera}, {off}"

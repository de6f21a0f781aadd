"""The browser's cookie: read only where there is one, and checked with a key that is made ready once.

Flask makes the signer anew for each request, whether there is a cookie or not; that alone cost a tenth of a request for
free times. What is signed, and how, stays Flask's.
"""

from __future__ import annotations

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer


class BrowserSessions(SecureCookieSessionInterface):
    """Flask's own signed cookies, with one signer for the life of the app."""

    def __init__(self) -> None:
        self._signer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """The signer; None when the app has no secret key."""
        if self._signer is None:
            self._signer = super().get_signing_serializer(app)
        return self._signer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What the cookie holds; nothing, and no work, for those who bring none."""
        if "HTTP_COOKIE" not in request.environ:
            return self.session_class()
        return super().open_session(app, request)


def init_app(app: Flask) -> None:
    """Let the app read its cookies in this way."""
    app.session_interface = BrowserSessions()

"""The signed-in browser: the cookie holds a random handle, and everything about it stands in the database.

Flask-Login carries the handle and nothing else: no remember-me, no guess by address or browser (`session_protection`),
no page of its own. A session revoked in the database is over with the next request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import Flask, g, session
from flask_login import LoginManager, current_user, login_user

from scheduler.domain.account import StaffMember
from scheduler.domain.staff_session import StaffSession, Stage
from scheduler.services import sign_in
from scheduler.web.context import db, now


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A member of the staff in one browser, as Flask-Login wants to see them."""

    handle: str
    session: StaffSession
    member: StaffMember
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """The random handle, never the account's number."""
        return self.handle


def init_app(app: Flask) -> None:
    """Teach Flask-Login where sessions are.

    Its own `init_app` would add a hook that looks for a remember-me cookie to write. We never give one, and the look
    alone would open the session of every request and make every answer vary by cookie.
    """
    manager = LoginManager()
    manager.session_protection = None
    manager.user_loader(_find)
    app.login_manager = manager  # type: ignore[attr-defined]


def current() -> SignedIn | None:
    """Who is signed in with this browser; None when nobody is."""
    return current_user if current_user.is_authenticated else None


def mine() -> SignedIn:
    """Who is signed in, behind a guard that has made sure that somebody is."""
    return cast("SignedIn", current())


def reached() -> Stage | None:
    """How far the browser of this request has come in; None behind doors that did not ask."""
    return cast("Stage | None", g.get("staff_stage"))


def stays_awake() -> bool:
    """Say whether this page goes on while the screen is locked: a call does."""
    return bool(g.get("staff_awake"))


def begin(handle: str) -> None:
    """Put the handle into a fresh cookie: whatever the browser held before is gone (no session fixation)."""
    session.clear()
    found = _find(handle)
    if found is not None:
        login_user(found)


def end() -> None:
    """Forget everything the browser holds."""
    session.clear()
    g.pop("_login_user", None)


def _find(handle: str) -> SignedIn | None:
    found = sign_in.who(db(), handle, now=now())
    return SignedIn(handle, *found) if found else None

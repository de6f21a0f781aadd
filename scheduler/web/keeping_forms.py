"""Half-typed work while the screen is locked: what a page or a browser hands over, and how it comes back.

A page with scripts hands its forms over just before it clears itself, and takes them back when it is shown again. A
form that was sent to a locked screen is kept whole, and its sender is asked whether it should be sent now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import g, request, session

from scheduler.domain.staff_session import StaffSession
from scheduler.services import screen_lock
from scheduler.web.context import house, now

SENT = "sent"
_FLAG = "kept"
_NEVER = frozenset({"csrf_token", "password", "old_password", "code", "credential"})


def keep_sent(known: StaffSession) -> None:
    """Keep the form that was just sent, but for secrets."""
    fields = [[name, value] for name, value in request.form.items(multi=True) if name not in _NEVER]
    keep(known, SENT, [{"action": request.full_path.rstrip("?"), "fields": fields}])


def keep(known: StaffSession, path: str, forms: Iterable[Mapping[str, Any]]) -> None:
    """Keep the forms of a page."""
    screen_lock.keep_forms(house(), known, path, forms, now=now())
    session[_FLAG] = True


def take(known: StaffSession, path: str) -> list[dict[str, Any]]:
    """Give the forms of a page back, once."""
    found = screen_lock.take_forms(house(), known, path, now=now())
    if not screen_lock.has_forms(house(), known, now=now()):
        session.pop(_FLAG, None)
    return found


def look(known: StaffSession, path: str) -> list[dict[str, Any]]:
    """The forms of a page, which stay kept."""
    return screen_lock.look_at_forms(house(), known, path, now=now())


def is_any() -> bool:
    """Say whether this browser has left work behind, from its own cookie: no question to the database."""
    return bool(g.get("staff_stage")) and bool(session.get(_FLAG))

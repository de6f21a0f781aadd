"""Refuses a form that another site sends here in a patient's name.

Context: three things stand against it. Every form carries a token that belongs to its browser's session (Flask-WTF);
the session's cookie does not travel with another site's form (SameSite=Lax); and a browser says in `Origin` where a
form comes from (RFC 6454; WHATWG Fetch, 3.2). Flask-WTF would also demand a `Referer` over https. Some browsers, and
some offices' proxies, take that one out to protect their people, and those people could not book at all.

Decision: no `Referer` is asked for. An `Origin` that is there must be ours. One that is missing, or "null" because its
owner wishes to send none, says nothing, and the token decides.

Consequence: nobody is turned away for being careful, and a foreign page gets no further than before.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, request
from flask_wtf import CSRFProtect

from scheduler.web.context import settings
from scheduler.web.errors import ForeignForm
from scheduler.web.routes import door_of

_ACTS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_UNSAID = frozenset({"", "null"})


class FormGuard(CSRFProtect):  # type: ignore[misc]
    """Flask-WTF's own guard, which finds a script's token in its header before it looks for a form.

    What a script sends is no form; reading it as one took a twentieth of the answer to each breath of a video visit.
    """

    def _get_csrf_token(self) -> str | None:
        """The token that came with this request, if any."""
        token: str | None = request.headers.get("X-CSRFToken") or super()._get_csrf_token()
        return token


def init_app(app: Flask) -> None:
    """Look at every request that acts, except those of programs: they bring no cookie that could be abused."""
    app.before_request(_refuse_foreign_forms)


def _refuse_foreign_forms() -> None:
    door = door_of(request.blueprint)
    if request.method not in _ACTS or (door is not None and door.api):
        return
    origin = request.headers.get("Origin", "").lower()
    if origin not in _UNSAID and origin not in _ours():
        raise ForeignForm


def _ours() -> frozenset[str]:
    """The address that this request was sent to, and the one that every link of the clinic begins with."""
    base = urlsplit(settings().base_url)
    return frozenset({f"{request.scheme}://{request.host}".lower(), f"{base.scheme}://{base.netloc}".lower()})

"""The pages that are for everybody: home, what the clinic treats, privacy, accessibility."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, current_app, make_response, render_template, request

from scheduler.web.context import clinic, today
from scheduler.web.i18n import language

bp = Blueprint("public", __name__)
Edition = tuple[int, date]
"""What a public page depends on besides its language: the directory's version and the office's day."""


@bp.get("/")
def home() -> Response:
    """What the clinic offers, and the way to a visit."""
    return _open_page("public/home.html")


@bp.get("/learn")
def learn() -> Response:
    """What a compression fracture is, and the two treatments beside each other."""
    return _open_page("public/learn.html")


@bp.get("/privacy")
def privacy() -> Response:
    """What the clinic keeps and why."""
    return _open_page("public/privacy.html")


@bp.get("/accessibility")
def accessibility() -> Response:
    """How the pages are built so that everybody can use them, and whom to call where they fail."""
    return _open_page("public/accessibility.html")


def _open_page(template: str) -> Response:
    """A page without anybody's data: the browser may keep it and asks whether it is still true (RFC 9110, 13.1.2)."""
    answer = make_response(_kept(template) if set(request.args) <= {"lang"} else render_template(template))
    answer.headers["Cache-Control"] = "no-cache, private"
    answer.headers["Vary"] = "Accept-Language, Cookie"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _kept(template: str) -> str:
    """The page as this process last wrote it: it changes with the language, the clinic's own data and the day alone."""
    shelf: dict[str, tuple[Edition, str]] = current_app.extensions.setdefault("public-pages", {})
    edition = (clinic().version, today())
    name = f"{language()} {template}"
    found = shelf.get(name)
    if found is None or found[0] != edition:
        found = shelf[name] = (edition, render_template(template))
    return found[1]

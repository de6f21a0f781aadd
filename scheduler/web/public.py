"""The pages that are for everybody: home, what the clinic treats, privacy, accessibility."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request

bp = Blueprint("public", __name__)


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
    answer = make_response(render_template(template))
    answer.headers["Cache-Control"] = "no-cache, private"
    answer.headers["Vary"] = "Accept-Language, Cookie"
    answer.add_etag()
    answer.make_conditional(request)
    return answer

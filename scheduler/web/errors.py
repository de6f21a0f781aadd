"""Turns refusals and accidents into answers: one table from codes to statuses, one page in words, one problem document.

Programs get `application/problem+json` (RFC 9457) with the refusal's code; people get a page that says what to do next.
Nobody ever gets a stack trace, and a page about trouble never asks the database again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, jsonify, render_template, request, url_for
from flask_limiter.errors import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import BadRequest, HTTPException, SecurityError, TooManyRequests

from scheduler.domain.errors import (
    GateClosed,
    InvalidInput,
    NotFound,
    ProofNeeded,
    ReasonNeeded,
    Refusal,
    TooManyAttempts,
    TooManyHolds,
)
from scheduler.domain.wording import N_
from scheduler.web.context import request_id, use_remembered_organization
from scheduler.web.i18n import gettext as _
from scheduler.web.own_paths import page_in_use

STATUS = {
    "invalid": 422,
    "gate-needed": 409,
    "gate-emergency": 403,
    "gate-same-day": 403,
    "gate-call-back": 403,
    "not-found": 404,
    "not-permitted": 403,
    "proof-needed": 401,
    "reason-needed": 403,
    "screen-locked": 423,
    "sign-in-required": 401,
    "wrong-credentials": 401,
    "too-many-attempts": 429,
    "slot-taken": 409,
    "not-offered": 409,
    "hold-lapsed": 409,
    "patient-busy": 409,
    "two-at-once": 409,
    "cut-off-passed": 409,
    "status-refused": 409,
    "stale-version": 409,
    "not-yet": 409,
    "cannot-send": 409,
    "idempotency-mismatch": 422,
    "strands-visits": 409,
    "room-closed": 409,
    "not-admitted": 409,
    "offer-gone": 409,
    "refused": 409,
}
"""Every refusal of the clinic by its code; a test holds this against the classes."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How a page about trouble begins, and what it advises."""

    title: str
    advice: str
    code: str


WORDINGS = {
    400: Wording(
        N_("We could not read that"),
        N_("Please go back, look at the page again, and try once more."),
        "bad-request",
    ),
    401: Wording(N_("Please sign in"), N_("This page is for the people who work here."), "sign-in-required"),
    403: Wording(
        N_("This is not open to you"), N_("If you think it should be, please call us."), "not-permitted"
    ),
    404: Wording(N_("We could not find this page"), N_("The link may be old or cut short."), "not-found"),
    405: Wording(
        N_("That does not work here"), N_("Please go back and use the buttons on the page."), "method"
    ),
    409: Wording(N_("That is no longer possible"), N_("Something changed. Please look again."), "conflict"),
    410: Wording(N_("This link has ended"), N_("Ask us for a new one, or call us."), "gone"),
    413: Wording(N_("That is too big to send"), N_("Please send less at a time."), "too-large"),
    415: Wording(N_("We could not read that"), N_("Please send it in another form."), "media-type"),
    422: Wording(N_("Some answers need another look"), N_("Please go back and check them."), "invalid"),
    423: Wording(N_("The screen is locked"), N_("Please show that it is you."), "screen-locked"),
    429: Wording(
        N_("Too many tries"), N_("Please wait a few minutes and try again, or call us."), "too-many-attempts"
    ),
    500: Wording(
        N_("Something went wrong on our side"),
        N_("It is not your fault. Please try again in a few minutes, or call us."),
        "internal",
    ),
    503: Wording(
        N_("We cannot do this right now"),
        N_("It is not your fault. Please try again in a few minutes, or call us."),
        "unavailable",
    ),
}
KINDER: dict[type[Refusal], Wording] = {
    TooManyHolds: Wording(N_("Please wait a little, or call us"), TooManyHolds.sentence, TooManyHolds.code)
}
"""Refusals whose page begins in words of its own: nobody has done anything wrong."""

OLD_PAGE = N_(
    "We could not be sure it was you. Please go back, load the page again, and send it once more. "
    "If this comes again, allow cookies in your browser, or call us."
)

PAUSE = 60
"""Seconds after which programs may ask again while the database is away, is held, or has no room on its disk."""

FOREIGN_FORM = N_("This came from another website, so we did not do it. Please use the page on our own site.")


class ForeignForm(BadRequest):
    """A form that was sent from another site."""


def init_app(app: Flask) -> None:
    """Answer for refusals, for HTTP's own errors and for accidents."""
    app.register_error_handler(Refusal, _refusal)
    app.register_error_handler(HTTPException, _http_error)


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal."""
    return STATUS[code_of(refusal)]


def headers_of(refusal: Refusal) -> dict[str, str]:
    """What else the answer to a refusal says to programs: when to come again (RFC 6585, 4)."""
    if isinstance(refusal, TooManyAttempts):
        return {"Retry-After": str(math.ceil(refusal.wait.total_seconds()))}
    return {}


def code_of(refusal: Refusal) -> str:
    """The refusal's code for machines; a closed gate says which tier closed it."""
    return refusal.gate_code if isinstance(refusal, GateClosed) else refusal.code


def problem(status: int, code: str, detail: str, **more: Any) -> Response:
    """A problem document (RFC 9457): `type` is about:blank, `code` is ours, `detail` is in the reader's language."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
    }
    answer = jsonify({**body, **more})
    answer.status_code = status
    answer.mimetype = "application/problem+json"
    return answer


def wants_problem() -> bool:
    """Say whether a program asks: it calls the API, or takes JSON and no page."""
    if request.path.startswith("/api/"):
        return True
    accepted = request.accept_mimetypes
    return bool(accepted) and accepted.best == "application/json" and not accepted.accept_html


def _refusal(refusal: Refusal) -> Response:
    way = _way_on(refusal)
    if way is not None and not wants_problem():
        return _led_on(status_of(refusal), way)
    status, code, sentence = status_of(refusal), code_of(refusal), _(refusal.sentence)
    if wants_problem():
        errors = (
            {name: _(text) for name, text in refusal.errors.items()}
            if isinstance(refusal, InvalidInput)
            else None
        )
        answer = problem(status, code, sentence, **({"errors": errors} if errors else {}))
    else:
        wording = KINDER.get(type(refusal), WORDINGS[status])
        answer = _page(status, wording, "" if isinstance(refusal, NotFound) else sentence)
    answer.headers.update(headers_of(refusal))
    return answer


def _way_on(refusal: Refusal) -> str | None:
    """Where somebody of the staff can give what is missing, and come back from; None where nothing helps."""
    if isinstance(refusal, ReasonNeeded):
        return url_for("records.asking", patient_id=refusal.patient_id, next=page_in_use())
    if isinstance(refusal, ProofNeeded):
        return url_for("screen.locked", next=page_in_use())
    return None


def _led_on(status: int, way: str) -> Response:
    """Go there: a page by redirect, a part of a page by htmx's own header."""
    if "HX-Request" in request.headers:
        return Response(status=status, headers={"HX-Redirect": way})
    return Response(status=303, headers={"Location": way})


def _http_error(error: HTTPException) -> Response:
    if error.response is not None:
        return Response(error.response.response, error.response.status, error.response.headers)  # type: ignore[attr-defined]
    status = 503 if _is_outage(error) else error.code or 500
    if isinstance(error, SecurityError) and not wants_problem():
        return Response("Unknown host.\n", status=400, mimetype="text/plain")
    if isinstance(error, TooManyRequests) and error.retry_after is None:
        # The whole stretch of the limit: coarse, and surely long enough.
        error.retry_after = error.limit.limit.get_expiry() if isinstance(error, RateLimitExceeded) else 60
    wording = WORDINGS.get(status) or WORDINGS[500 if status >= 500 else 400]
    if wants_problem():
        answer = problem(status, wording.code, _(wording.advice))
    else:
        answer = _page(status, wording, _why(error))
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After", "WWW-Authenticate"}:
            answer.headers[name] = value
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers.setdefault("Retry-After", str(PAUSE))
    return answer


def _is_outage(error: HTTPException) -> bool:
    """Say whether the accident was the database's being away or full: nothing was done, and later it will be."""
    cause = getattr(error, "original_exception", None)
    return isinstance(cause, current_app.extensions["outages"])


def _why(error: HTTPException) -> str:
    """The sentence for a form that was refused before its view saw it; for all else the wording says enough."""
    if isinstance(error, CSRFError):
        return _(OLD_PAGE)
    return _(FOREIGN_FORM) if isinstance(error, ForeignForm) else ""


def _page(status: int, wording: Wording, sentence: str) -> Response:
    if status >= 500:
        use_remembered_organization()
    page = render_template("errors/trouble.html", wording=wording, sentence=sentence, reference=request_id())
    answer = Response(page, status=status, mimetype="text/html")
    answer.headers["Cache-Control"] = "no-store"
    return answer

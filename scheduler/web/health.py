"""What machines ask: is the process alive, may it get visitors, and how is it doing."""

from __future__ import annotations

import hmac

from flask import Blueprint, Response, current_app, request
from prometheus_client import generate_latest

from scheduler.domain.errors import NotFound
from scheduler.web.context import settings

bp = Blueprint("health", __name__)


def machines() -> None:
    """Guard: the counters are for this machine, or for whoever brings the token.

    :raises NotFound: for everybody else, so that nobody learns there are counters.
    """
    if request.endpoint != "health.metrics":
        return
    token = settings().metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token is not None and hmac.compare_digest(given.encode(), token.encode()):
        return
    if request.remote_addr not in {"127.0.0.1", "::1"} or request.headers.get("X-Forwarded-For"):
        raise NotFound


@bp.get("/healthz")
def alive() -> dict[str, str]:
    """The process answers; nothing else is asked."""
    return {"status": "ok"}


@bp.get("/metrics")
def metrics() -> Response:
    """The counters of this process, for Prometheus."""
    return Response(generate_latest(current_app.extensions["meter"].registry), mimetype="text/plain")

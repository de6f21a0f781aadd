"""What machines ask: is the process alive, may it get visitors, and how is it doing."""

from __future__ import annotations

import hmac

from flask import Blueprint, Response, jsonify, request
from prometheus_client import generate_latest

from scheduler.domain.errors import NotFound
from scheduler.services import vitals
from scheduler.services.messaging_health import ChannelHealth
from scheduler.services.vitals import MailboxHealth, Vitals
from scheduler.web.access_log import Meter, meter
from scheduler.web.context import db, now, settings

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


@bp.get("/readyz")
def ready() -> Response:
    """May visitors come: 200, or 503 with what is amiss. Says states and ages, never data."""
    found = vitals.look(db(), now())
    checks = {
        "database": "ok" if found.database else "unreachable",
        "migrations": "ok" if found.migrations else "behind",
        "guards": "missing" if found.missing_guards or not found.migrations else "ok",
        "worker": "ok" if found.worker else "never" if found.worker_age is None else "stale",
    }
    told = {"status": "ready" if found.fit else "not-ready", "checks": checks, "relay": _relay()}
    sending = {one.channel.value: _sending(one) for one in found.channels}
    answer = jsonify({**told, "messages": sending, "mailbox": _reading(found.mailbox)})
    answer.status_code = 200 if found.fit else 503
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.get("/metrics")
def metrics() -> Response:
    """The counters of this process and the state of the house, for Prometheus."""
    _gauge(meter(), vitals.look(db(), now()))
    return Response(generate_latest(meter().registry), mimetype="text/plain")


def _relay() -> str:
    """Whether some patients will not connect by video; no reason to send people away."""
    relay = settings().relay
    if not relay.is_set:
        return "not configured: some patients cannot connect by video"
    return "configured, every call uses it" if relay.only else "configured"


def _sending(one: ChannelHealth) -> dict[str, str | int]:
    """How one channel does; it never makes the house unfit, for people can book all the same."""
    state = "paused" if one.paused else "unreachable" if one.is_broken else "late" if one.is_late else "ok"
    return {
        "state": state,
        "waiting": one.waiting,
        "oldest_due_seconds": round(one.oldest_due.total_seconds()) if one.oldest_due else 0,
        "sent_last_hour": one.sent,
        "failed_last_hour": one.failed,
    }


def _reading(mailbox: MailboxHealth | None) -> dict[str, str | int | None]:
    """How the reading of the mailbox does; that, too, never makes the house unfit."""
    if settings().inbox_url is None:
        return {"state": "off", "age_seconds": None}
    if mailbox is None:
        return {"state": "never", "age_seconds": None}
    state = "failing" if mailbox.is_failing else "late" if mailbox.is_late else "ok"
    return {"state": state, "age_seconds": round(mailbox.age.total_seconds()) if mailbox.age else None}


def _gauge(instruments: Meter, found: Vitals) -> None:
    instruments.fit.set(found.fit)
    instruments.worker_age.set(found.worker_age.total_seconds() if found.worker_age else float("nan"))
    instruments.oldest_due.set(found.oldest_due.total_seconds() if found.oldest_due else 0)
    read = found.mailbox.age if found.mailbox else None
    instruments.mailbox_age.set(read.total_seconds() if read else float("nan"))
    instruments.mailbox_failing.set(found.mailbox is not None and found.mailbox.is_failing)
    for one in found.channels:
        _gauge_channel(instruments, one)


def _gauge_channel(instruments: Meter, one: ChannelHealth) -> None:
    name = one.channel.value
    instruments.waiting.labels(name).set(one.waiting)
    instruments.channel_age.labels(name).set(one.oldest_due.total_seconds() if one.oldest_due else 0)
    instruments.paused.labels(name).set(one.paused)
    for provider in one.providers:
        labels = name, provider.name or "none"
        instruments.sent.labels(*labels).set(provider.sent)
        instruments.failed.labels(*labels).set(provider.failed)
        instruments.circuit.labels(*labels).set(provider.open_until is not None)

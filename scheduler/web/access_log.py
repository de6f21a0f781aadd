"""Names every request, times it, and writes one line about it that says nothing of the person who made it.

The line holds the rule (`/my/<token>`), never the address, so no link's secret reaches a log. A well-formed
`X-Request-ID` from the proxy in front is kept; the same name goes into the audit and back to the caller.
"""

from __future__ import annotations

import re
import secrets
import time
from typing import cast

from flask import Flask, Response, current_app, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from scheduler import journal
from scheduler.web.context import request_id

_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Meter:
    """Counts and times of this process. Each web process keeps its own; the one that answers /metrics shows them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.answers = Counter(
            "http_answers", "Answers given", ["method", "rule", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "http_seconds",
            "Seconds to an answer",
            ["method", "rule"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.fit = Gauge("clinic_ready", "1 when /readyz would answer 200", registry=self.registry)
        self.worker_age = Gauge(
            "clinic_worker_tick_age_seconds", "Seconds since a worker's last tick", registry=self.registry
        )
        self.mailbox_age = Gauge(
            "clinic_mailbox_age_seconds",
            "Seconds since the mailbox was last read to its end",
            registry=self.registry,
        )
        self.mailbox_failing = Gauge(
            "clinic_mailbox_failing", "1 when the mailbox could not be read", registry=self.registry
        )
        self.oldest_due = Gauge(
            "clinic_outbox_oldest_due_seconds",
            "How long the oldest due message waits",
            registry=self.registry,
        )
        self.waiting = _by_channel(self.registry, "waiting", "Messages that are due and have not left")
        self.channel_age = _by_channel(
            self.registry, "oldest_due_seconds", "How long the oldest due one waits"
        )
        self.paused = _by_channel(self.registry, "paused", "1 when the clinic has paused the channel")
        self.sent = _by_channel(
            self.registry, "sent_last_hour", "Sent, of those due in the last hour", "provider"
        )
        self.failed = _by_channel(self.registry, "failed_last_hour", "Failed for good, likewise", "provider")
        self.circuit = _by_channel(
            self.registry, "circuit_open", "1 while nobody tries the provider", "provider"
        )
        self._seen: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def count(self, method: str, rule: str, status: int, seconds: float) -> None:
        """Count one answer. Its instruments are looked up by their labels once."""
        seen = self._seen.get((method, rule, status))
        if seen is None:
            seen = self.answers.labels(method, rule, status), self.seconds.labels(method, rule)
            self._seen[method, rule, status] = seen
        seen[0].inc()
        seen[1].observe(seconds)


def _by_channel(registry: CollectorRegistry, name: str, says: str, *more: str) -> Gauge:
    return Gauge(f"clinic_messages_{name}", says, ["channel", *more], registry=registry)


def meter() -> Meter:
    """The instruments of this app."""
    return cast("Meter", current_app.extensions["meter"])


def init_app(app: Flask) -> None:
    """Name requests when they come and write their line when they go."""
    app.extensions["meter"] = Meter()
    app.before_request(_arrive)
    app.after_request(lambda response: _leave(app.extensions["meter"], response))


def _arrive() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _WELL_FORMED.match(given) else secrets.token_hex(8)
    g.arrived = time.perf_counter()


def _leave(meter: Meter, response: Response) -> Response:
    arrived: float | None = g.get("arrived")
    if arrived is None:
        return response
    spent, name = time.perf_counter() - arrived, request_id()
    method, status = request.method, response.status_code
    rule = request.url_rule.rule if request.url_rule else "none"
    response.headers["X-Request-ID"] = name
    meter.count(method, rule, status, spent)
    if rule != "/vendor/<digest>/<path:name>":
        facts = {"id": name, "method": method, "rule": rule, "status": status, "ms": round(spent * 1000, 1)}
        journal.note("access", "answer", facts)
    return response

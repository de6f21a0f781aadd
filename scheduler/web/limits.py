"""How often one address may knock: wide limits that stop programs and never a person, a family or an office.

They are coarse and may be lost at a restart; the counts that protect accounts and identities are in the database. In
memory each process counts for itself; `RATE_LIMIT_STORAGE_URL` (Redis) makes several nodes count together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from flask import Blueprint, Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from scheduler.web.context import settings

_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Budget:
    """At most `rate` requests of one address to a door, or to one view of it; reading is free unless `reads`."""

    place: str
    rate: str
    reads: bool = False


BUDGETS = (
    Budget("sign_in", "20 per minute; 200 per hour"),
    Budget("booking", "60 per minute; 600 per hour"),
    Budget("patient", "60 per minute; 300 per hour", reads=True),
    Budget("patient.send_links", "5 per minute; 30 per hour"),
    Budget("telehealth", "120 per minute", reads=True),
    Budget("feeds", "60 per minute", reads=True),
    Budget("api", "240 per minute", reads=True),
)
"""By blueprint, or "blueprint.view". Doors behind a link count reading too: that is where secrets could be guessed."""


def init_app(app: Flask) -> None:
    """Set the limits of every door that this app has."""
    with app.app_context():
        chosen = settings()
    limiter = Limiter(
        get_remote_address,
        storage_uri=chosen.rate_limit_storage_url,
        strategy="moving-window",
        enabled=chosen.rate_limits,
        headers_enabled=False,
        swallow_errors=True,
    )
    limiter.init_app(app)
    for budget in BUDGETS:
        _set(app, limiter, budget)


def _set(app: Flask, limiter: Limiter, budget: Budget) -> None:
    limit = limiter.limit(budget.rate, methods=None if budget.reads else sorted(_WRITES))
    if budget.place in app.blueprints:
        limit(cast("Blueprint", app.blueprints[budget.place]))
    if budget.place in app.view_functions:
        view: Any = app.view_functions[budget.place]
        app.view_functions[budget.place] = limit(view)

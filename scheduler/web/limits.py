"""How often one address may knock: wide limits that stop programs and never a person, a family or an office.

They are coarse and may be lost at a restart; the counts that protect accounts and identities are in the database. In
memory each process counts for itself; `RATE_LIMIT_STORAGE_URL` (Redis) makes several nodes count together.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from flask import Flask, request
from flask_limiter import Limiter, RequestLimit
from flask_limiter.util import get_remote_address

from scheduler.services import signalling
from scheduler.web.context import actor, house, now, settings
from scheduler.web.routes import SITE, Door

_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Budget:
    """At most `rate` requests of one address to a place; reading is free unless `reads`.

    `by_link` bounds what one private link may ask besides: a page that asks each second is no flood, ten times that is,
    and is written down.

    A place is a door's prefix ("/book": all doors with it share one count), a blueprint's name, or one view of it
    ("patient.cancel").
    """

    place: str
    rate: str
    reads: bool = False
    by_link: str = ""


BUDGETS = (
    Budget("sign_in", "20 per minute; 200 per hour"),
    Budget("second_step", "20 per minute; 200 per hour"),
    Budget("invitation", "20 per minute; 200 per hour", reads=True),
    Budget("/book", "60 per minute; 600 per hour"),
    Budget("/my", "60 per minute; 600 per hour", reads=True),
    Budget("/offer", "60 per minute; 600 per hour", reads=True),
    Budget("refusing", "60 per minute; 600 per hour", reads=True),
    Budget("sms_hooks", "6000 per minute"),
    Budget("lost_link", "5 per minute; 30 per hour"),
    Budget("video_line", "12000 per minute", by_link="900 per minute"),
    Budget("/with", "1200 per minute", reads=True, by_link="300 per minute"),
    Budget("consulting", "12000 per minute", by_link="900 per minute"),
    Budget("/visit", "120 per minute", reads=True),
    Budget("/wall", "240 per minute", reads=True),
    Budget("/ics", "60 per minute", reads=True),
    Budget("/api/v1", "240 per minute", reads=True),
)
"""Doors behind a link count reading too: that is where secrets could be guessed."""


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


def budget_of(door: Door) -> Budget | None:
    """The limit of a door as a whole."""
    return next((one for one in BUDGETS if one.place in {door.prefix, door.blueprint.name}), None)


def _set_by_link(limiter: Limiter, budget: Budget, door: Door) -> None:
    per_link: Any = limiter.shared_limit(
        budget.by_link,
        scope=f"{budget.place} link",
        key_func=_link_in_address,
        methods=None if budget.reads else sorted(_WRITES),
        on_breach=_note_flood,
    )
    per_link(door.blueprint)


def _link_in_address() -> str:
    """What the address names: a private link, or, on the staff's side, a visit."""
    named = request.view_args or {}
    secret = str(named.get("token", named.get("public_id", "")))
    return hashlib.sha256(secret.encode()).hexdigest()[:32]


def _note_flood(_limit: RequestLimit) -> None:
    signalling.note_flood(house(), actor(), request.blueprint or "", now())


def _set(app: Flask, limiter: Limiter, budget: Budget) -> None:
    methods = None if budget.reads else sorted(_WRITES)
    limit: Any = limiter.shared_limit(budget.rate, scope=budget.place, methods=methods)
    for door in SITE:
        if budget_of(door) is budget:
            limit(door.blueprint)
            if budget.by_link:
                _set_by_link(limiter, budget, door)
    if budget.place in app.view_functions:
        app.view_functions[budget.place] = limit(app.view_functions[budget.place])

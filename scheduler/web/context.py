"""What every view may ask of the request it serves: the database, the moment, who asks, the settings, the clinic.

The only file of the web that touches the database handle, and the only one that reads the clock: once per request, so
that everything in one answer happens at one moment.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g, has_request_context, request

from scheduler.config import Settings
from scheduler.domain.actor import ANYONE, Actor
from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Location, Organization
from scheduler.domain.opening import OpenDays, office_hours
from scheduler.domain.second_factor import Party
from scheduler.persistence.database import Database
from scheduler.persistence.vault import KeyRing, Vault
from scheduler.services import directory
from scheduler.services.house import House

_UNNAMED = Organization(name="", phone="", email="", zone="America/Denver")
"""What a page says of the clinic when nothing was ever read: nothing that could be wrong."""


def init_app(app: Flask, settings: Settings, database: Database) -> None:
    """Hand the app its settings and its database, and the templates the clinic's name."""
    app.extensions["settings"] = settings
    app.extensions["database"] = database
    app.extensions["vault"] = Vault(KeyRing.of(settings.encryption_keys))
    app.extensions["host"] = urlsplit(settings.base_url).hostname or "localhost"
    app.jinja_env.globals.update(organization=organization, office=office, open_days=open_days)


def db() -> Database:
    """The database handle. Views pass it to a service; only services open it."""
    return cast("Database", current_app.extensions["database"])


def house() -> House:
    """What every activity has at hand; views pass it to a service."""
    return House(db(), vault(), current_app.extensions["host"], settings().rate_limits)


def party() -> Party:
    """Whom a passkey is made for: the clinic under the address that all its links begin with."""
    base = urlsplit(settings().base_url)
    return Party(base.hostname or "localhost", f"{base.scheme}://{base.netloc}", organization().name)


def vault() -> Vault:
    """The safe. Views pass it to a service, as they do the database."""
    return cast("Vault", current_app.extensions["vault"])


def settings() -> Settings:
    """The settings the program was started with."""
    return cast("Settings", current_app.extensions["settings"])


def now() -> datetime:
    """The moment of this request, aware UTC; the same however often it is asked for."""
    if "now" not in g:
        g.now = datetime.now(UTC) + settings().now_offset
    return cast("datetime", g.now)


def actor() -> Actor:
    """Who asks. A guard that knows more than "anyone" has said so with `act_as`."""
    return cast("Actor", g.get("actor", None) or _stranger())


def act_as(known: Actor) -> None:
    """Remember who asks, once a guard has made sure of it."""
    g.actor = known


def request_id() -> str:
    """The name of this request in the log, in the audit and in the answer's `X-Request-ID`."""
    return cast("str", g.get("request_id", "")) if has_request_context() else ""


def clinic() -> Clinic:
    """The clinic's own data, in the version in force."""
    if "clinic" not in g:
        g.clinic = directory.clinic(db())
        current_app.extensions["organization"] = g.clinic.organization
    return cast("Clinic", g.clinic)


def use_directory_version(version: int) -> None:
    """Answer `clinic()` by the number that a service has just read, and do not ask for it again."""
    if "clinic" not in g:
        g.clinic = directory.clinic(db(), version)


def organization() -> Organization:
    """The clinic's name and telephone, as this request knows them."""
    return cast("Organization", g.get("organization", None) or clinic().organization)


def use_remembered_organization() -> None:
    """Answer `organization()` from memory: a page that reports trouble must not ask the database again."""
    g.in_trouble = True
    g.organization = current_app.extensions.get("organization", _UNNAMED)


def is_in_trouble() -> bool:
    """Say whether this answer reports trouble of our own, and so must not ask the database."""
    return bool(g.get("in_trouble"))


def office() -> Location | None:
    """The clinic's first open office: where the footer sends people; None before the clinic has been set up."""
    return next((location for location in clinic().locations if location.active), None)


def clock_place() -> Location | None:
    """Whose wall clock the staff read: the open office's; where every office has closed, that of the first there was.

    What has been keeps its time, so pages that tell it go on when there is nowhere left to go.
    """
    return office() or next(iter(clinic().locations), None)


def today() -> date:
    """The date at the office, or where the clinic is while it has none."""
    place = office()
    return now().astimezone(place.tz if place else ZoneInfo(organization().zone)).date()


def open_days() -> tuple[OpenDays, ...]:
    """The office's hours, as the sign on its door says them."""
    place = None if g.get("in_trouble") else office()
    return office_hours(clinic(), place.id, today()) if place else ()


def _stranger() -> Actor:
    return Actor(ANYONE.roles, request_id=request_id(), address=request.remote_addr or "")

"""The web door: wires settings, database and the tools of the web into one Flask app, and decides nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, request
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from scheduler import cli, journal
from scheduler.config import MAX_BODY, ROOT, Settings, load_settings
from scheduler.domain.letter import Letter
from scheduler.domain.notification import Channel
from scheduler.persistence.database import AWAY, Database
from scheduler.web import (
    access_log,
    assets,
    audit_words,
    browser_session,
    context,
    cross_site,
    desk_words,
    errors,
    filters,
    headers,
    i18n,
    inbox_words,
    limits,
    message_words,
    navigation,
    one_at_a_time,
    room_words,
    routes,
    staff_session,
    ui,
    visit_words,
    worklist_words,
)
from scheduler.worker import standard_words
from scheduler.worker.mail import Mailer
from scheduler.worker.post_office import FolderOffice
from scheduler.worker.sms import words_of

TOOLS = (
    browser_session,
    access_log,
    headers,
    i18n,
    filters,
    visit_words,
    message_words,
    inbox_words,
    worklist_words,
    desk_words,
    audit_words,
    ui,
    navigation,
    room_words,
    errors,
    cross_site,
    staff_session,
    routes,
    limits,
    cli,
)
"""What is put into every app, in the order in which requests pass them."""


class Door(Flask):
    """A Flask app whose log says where an accident happened, and neither the address nor the values."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Call views and hooks as they are: none of ours is a coroutine, and the look at each of them adds up."""
        return func

    def log_exception(self, exc_info: journal.ExcInfo) -> None:
        """Write one line: the rule, the request's name, the exception's type and the places it came through."""
        rule = request.url_rule.rule if request.url_rule else "none"
        journal.accident({"id": context.request_id(), "rule": rule}, exc_info)


def create_app(given: Settings | Mapping[str, object] | None = None) -> Flask:
    """Make the app from settings, or from a mapping of them for tests, or from the environment.

    :raises SettingError: when a setting cannot be used.
    """
    settings = given if isinstance(given, Settings) else load_settings(given)
    app = Door(
        __name__,
        instance_path=str(settings.instance_path),
        template_folder=str(ROOT / "templates"),
        static_folder="web/static",
    )
    _configure(app, settings)
    database = Database(settings.database_url)
    context.init_app(app, settings, database)
    app.extensions["outages"] = AWAY
    if database.is_sqlite:
        app.wsgi_app = one_at_a_time.OneAtATime(app.wsgi_app)  # type: ignore[method-assign]
    app.extensions["scribes"] = _scribes(settings)
    app.extensions["standard_words"] = standard_words.of
    cross_site.FormGuard(app)
    for tool in TOOLS:
        tool.init_app(app)
    assets.init_app(app, settings.instance_path)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    https = settings.is_https
    app.config.update(
        SECRET_KEY=settings.secret_key,
        TESTING=settings.testing,
        TRUSTED_HOSTS=list(settings.hosts),
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_BODY,
        SESSION_COOKIE_NAME="__Host-session" if https else "session",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # the origin is checked instead: see web/cross_site.py
        WTF_I18N_ENABLED=False,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]


def _scribes(settings: Settings) -> dict[Channel, Callable[[Letter], bytes]]:
    """Who writes the messages that the staff looks at beforehand: the worker's own hands, with nothing to send by."""
    nowhere = FolderOffice(settings.instance_path / "previews")
    return {
        Channel.EMAIL: Mailer(nowhere, settings.mail_from, settings.base_url).write,
        Channel.SMS: lambda letter: words_of(letter, settings.base_url).encode(),
    }

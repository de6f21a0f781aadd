"""The way around for those who work here: a line of links under the header, by what each person may do."""

from __future__ import annotations

from flask import Flask, request, url_for

from scheduler.domain.actor import Role
from scheduler.domain.wording import N_
from scheduler.web.context import actor
from scheduler.web.i18n import gettext as _

LINKS = (
    ("desk_messages.all", N_("Messages"), frozenset({Role.DESK, Role.MANAGER})),
    ("call_list.today", N_("Calls"), frozenset({Role.DESK, Role.MANAGER})),
    ("manage.home", N_("Manage the clinic"), frozenset({Role.MANAGER})),
    ("account.mine", N_("Your account"), frozenset({Role.DESK, Role.CLINICIAN, Role.MANAGER})),
    ("sign_in.leaving", N_("Sign out"), frozenset({Role.DESK, Role.CLINICIAN, Role.MANAGER})),
)
"""A page for the staff, what its link says, and which roles see it. A new staff door adds its line here."""


def init_app(app: Flask) -> None:
    """Give the base page its line of links."""
    app.jinja_env.globals["staff_links"] = staff_links


def staff_links() -> list[tuple[str, str, bool]]:
    """Address, words, and whether the reader is already there; nothing for people who do not work here.

    A guard has said who asks: pages without one, the public ones among them, never show this line.
    """
    roles = actor().roles
    return [
        (url_for(endpoint), _(words), request.endpoint == endpoint)
        for endpoint, words, allowed in LINKS
        if roles & allowed
    ]

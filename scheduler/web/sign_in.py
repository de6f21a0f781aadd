"""The staff's door: sign in, sign out."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.account import StaffMember
from scheduler.domain.actor import Role
from scheduler.domain.errors import TooManyAttempts, WrongCredentials
from scheduler.domain.plain_text import clean
from scheduler.domain.wording import N_
from scheduler.services import sign_in
from scheduler.web import devices, staff_session
from scheduler.web.context import actor, db, now, vault
from scheduler.web.errors import headers_of, status_of
from scheduler.web.own_paths import safe_next

bp = Blueprint("sign_in", __name__)

LONGEST_EMAIL = 254

HOMES = ((Role.MANAGER, "/manage"), (Role.CLINICIAN, "/clinic"), (Role.DESK, "/desk"))
"""Where work begins, by role; the first one that this clinic has opened."""


@bp.get("/sign-in")
def form() -> ResponseReturnValue:
    """Ask for e-mail and password."""
    found = staff_session.current()
    if found is not None:
        return redirect(_home(found.member), 303)
    return _page("", {})


@bp.post("/sign-in")
def enter() -> ResponseReturnValue:
    """Sign in and go on to where the person was heading."""
    email, password = clean(request.form.get("email", ""), LONGEST_EMAIL), request.form.get("password", "")
    missing = _missing(email, password)
    if missing:
        return _page(email, missing), 422
    try:
        device = devices.of(request.user_agent.string)
        handle, member = sign_in.sign_in(
            db(), vault(), email, password, now=now(), actor=actor(), device=device
        )
    except (WrongCredentials, TooManyAttempts) as refusal:
        return _page(email, {"email": refusal.sentence}), status_of(refusal), headers_of(refusal)
    staff_session.begin(handle)
    return redirect(safe_next(request.args.get("next")) or _home(member), 303)


@bp.get("/sign-out")
def leaving() -> ResponseReturnValue:
    """Ask before signing out; looking at a page never acts."""
    return render_template("sign_in/leaving.html")


@bp.post("/sign-out")
def leave() -> ResponseReturnValue:
    """Sign out."""
    found = staff_session.current()
    if found is not None:
        sign_in.sign_out(db(), found.handle, now=now(), actor=actor())
    staff_session.end()
    return redirect(url_for(".form"), 303)


def _page(email: str, errors: dict[str, str]) -> str:
    return render_template(
        "sign_in/form.html", email=email[:254], errors=errors, next=safe_next(request.args.get("next"))
    )


def _missing(email: str, password: str) -> dict[str, str]:
    missing = {}
    if not email.strip():
        missing["email"] = N_("Enter your e-mail address.")
    if not password:
        missing["password"] = N_("Enter your password.")
    return missing


def _home(member: StaffMember) -> str:
    open_here = {rule.rule.rstrip("/") for rule in current_app.url_map.iter_rules()}
    homes = (path for role, path in HOMES if role in member.roles and path in open_here)
    return next(homes, url_for("account.mine"))

"""One's own second factors: passkeys, the code app, and the codes on paper."""

from __future__ import annotations

from io import BytesIO

import segno
from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from scheduler.domain.account import StaffMember
from scheduler.domain.errors import InvalidInput
from scheduler.domain.staff_session import StaffSession
from scheduler.services import second_factor
from scheduler.web import staff_session
from scheduler.web.context import actor, clock_place, house, now, organization, party, settings
from scheduler.web.errors import status_of
from scheduler.web.own_paths import safe_next
from scheduler.web.second_step import LONGEST_CODE

bp = Blueprint("factors", __name__)


@bp.get("/account/factors")
def mine() -> ResponseReturnValue:
    """List what one has, and what one may add."""
    return _list({})


@bp.post("/account/factors/passkeys/ask")
def ask() -> ResponseReturnValue:
    """Tell the browser what passkey to make."""
    known, member = _me()
    options = second_factor.begin_passkey(house(), known, member, party(), now=now(), actor=actor())
    return Response(options, mimetype="application/json")


@bp.post("/account/factors/passkeys")
def add_passkey() -> ResponseReturnValue:
    """Keep the passkey that was just made."""
    name, answer = request.form.get("name", ""), request.form.get("credential", "")
    try:
        codes = second_factor.add_passkey(house(), _me()[0], party(), name, answer, now=now(), actor=actor())
    except InvalidInput as refusal:
        return _list(refusal.errors), status_of(refusal)
    return _added(codes)


@bp.post("/account/factors/passkeys/<int(max=2147483647):number>/remove")
def remove_passkey(number: int) -> ResponseReturnValue:
    """Forget a passkey."""
    account, needed = _me()[1].id, not settings().demo
    try:
        second_factor.remove_passkey(house(), account, number, needs_factor=needed, now=now(), actor=actor())
    except InvalidInput as refusal:
        return _list(refusal.errors), status_of(refusal)
    return redirect(url_for(".mine", done="removed"), 303)


@bp.post("/account/factors/app/begin")
def begin_app() -> ResponseReturnValue:
    """Make a secret for a new code app."""
    try:
        second_factor.begin_app(house(), _me()[1].id, now=now(), actor=actor())
    except InvalidInput as refusal:
        return _list(refusal.errors), status_of(refusal)
    return redirect(url_for(".app"), 303)


@bp.get("/account/factors/app")
def app() -> ResponseReturnValue:
    """Show the square picture and the secret of a new code app."""
    return _app({})


@bp.post("/account/factors/app")
def confirm_app() -> ResponseReturnValue:
    """Take the first code of the app."""
    typed = request.form.get("code", "")[:LONGEST_CODE]
    try:
        codes = second_factor.confirm_app(house(), _me()[0], typed, now=now(), actor=actor())
    except InvalidInput as refusal:
        return make_response(_app(refusal.errors), status_of(refusal))
    return _added(codes)


@bp.post("/account/factors/app/remove")
def remove_app() -> ResponseReturnValue:
    """Forget the code app."""
    account, needed = _me()[1].id, not settings().demo
    try:
        second_factor.remove_app(house(), account, needs_factor=needed, now=now(), actor=actor())
    except InvalidInput as refusal:
        return _list(refusal.errors), status_of(refusal)
    return redirect(url_for(".mine", done="removed"), 303)


@bp.post("/account/factors/codes")
def renew_codes() -> ResponseReturnValue:
    """Make new codes for paper."""
    return _added(second_factor.renew_codes(house(), _me()[1].id, now=now(), actor=actor()))


def _me() -> tuple[StaffSession, StaffMember]:
    found = staff_session.mine()
    return found.session, found.member


def _added(codes: tuple[str, ...]) -> ResponseReturnValue:
    """Show new codes this once, or go back to the list."""
    if not codes:
        return redirect(url_for(".mine", done="added"), 303)
    return render_template("factors/codes.html", codes=codes, member=_me()[1])


def _list(errors: dict[str, str]) -> str:
    found = second_factor.of_account(house(), _me()[1].id)
    return render_template(
        "factors/mine.html",
        factors=found,
        can_hold_passkeys=party().can_hold_passkeys,
        is_needed=not settings().demo,
        done=request.args.get("done"),
        next=safe_next(request.args.get("next")),
        place=clock_place(),
        errors=errors,
    )


def _app(errors: dict[str, str]) -> ResponseReturnValue:
    set_up = second_factor.app_begun(house(), _me()[1], organization().name, actor=actor())
    if set_up is None:
        return redirect(url_for(".mine"), 303)
    groups = " ".join(set_up.secret[at : at + 4] for at in range(0, len(set_up.secret), 4))
    return render_template("factors/app.html", secret=groups, picture=_picture(set_up.address), errors=errors)


def _picture(address: str) -> Markup:
    """The square picture as SVG with a quiet zone; it holds nothing that a person typed unescaped."""
    drawn = BytesIO()
    segno.make(address, error="m", micro=False).save(
        drawn, kind="svg", xmldecl=False, svgns=True, border=4, omitsize=True, light="#fff", dark="#000"
    )
    return Markup(drawn.getvalue().decode())  # noqa: S704 - drawn by segno from black and white squares alone

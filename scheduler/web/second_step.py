"""The second step of signing in: a passkey, a code from the app, or a code from paper."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.errors import TooManyAttempts, WrongCredentials
from scheduler.services import second_factor
from scheduler.services.second_factor import WRONG_CODE, WRONG_KEY
from scheduler.web import staff_session
from scheduler.web.context import actor, house, now, party
from scheduler.web.errors import headers_of, status_of
from scheduler.web.own_paths import safe_next

bp = Blueprint("second_step", __name__)

LONGEST_CODE = 64


@bp.get("/sign-in/second")
def form() -> ResponseReturnValue:
    """Ask for it."""
    return _page({})


@bp.post("/sign-in/second/ask")
def ask() -> ResponseReturnValue:
    """Tell the browser what a passkey should sign."""
    options = second_factor.ask(house(), staff_session.mine().session, party(), "sign-in", now=now())
    return Response(options, mimetype="application/json")


@bp.post("/sign-in/second/passkey")
def by_passkey() -> ResponseReturnValue:
    """Go in with a passkey."""
    answer, known = request.form.get("credential", ""), staff_session.mine().session
    try:
        second_factor.finish_with_key(house(), known, party(), answer, now=now(), actor=actor())
    except WrongCredentials as refusal:
        return _page({"credential": WRONG_KEY}), status_of(refusal)
    return _on()


@bp.post("/sign-in/second")
def by_code() -> ResponseReturnValue:
    """Go in with a code."""
    typed, known = request.form.get("code", "")[:LONGEST_CODE], staff_session.mine().session
    try:
        second_factor.finish_with_code(house(), known, typed, now=now(), actor=actor())
    except WrongCredentials as refusal:
        return _page({"code": WRONG_CODE}), status_of(refusal)
    except TooManyAttempts as refusal:
        return _page({"code": refusal.sentence}), status_of(refusal), headers_of(refusal)
    return _on()


def _on() -> ResponseReturnValue:
    return redirect(safe_next(request.args.get("next")) or url_for("sign_in.form"), 303)


def _page(errors: dict[str, str]) -> str:
    factors = second_factor.of_account(house(), staff_session.mine().member.id)
    if "credential" in errors and not factors.passkeys:
        errors = {"code": errors["credential"]}
    return render_template(
        "second_step/form.html", factors=factors, errors=errors, next=safe_next(request.args.get("next"))
    )

"""The lock of the screen: the page one comes back by, and what the pages of the staff tell while somebody works."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.errors import InvalidInput, Refusal, ScreenLocked, TooManyAttempts, WrongCredentials
from scheduler.domain.staff_session import Stage
from scheduler.domain.wording import N_
from scheduler.services import screen_lock, second_factor
from scheduler.services.second_factor import WRONG_CODE, WRONG_KEY
from scheduler.web import keeping_forms, staff_session
from scheduler.web.context import actor, db, house, now, party
from scheduler.web.errors import headers_of, status_of
from scheduler.web.own_paths import safe_next
from scheduler.web.second_step import LONGEST_CODE

bp = Blueprint("screen", __name__)

WRONG_PASSWORD = N_("This is not your password.")
MOST_FORMS = 50


@bp.get("/unlock")
def locked() -> ResponseReturnValue:
    """Ask who sits here."""
    return _page({})


@bp.post("/unlock")
def by_password() -> ResponseReturnValue:
    """Open the screen with the password."""
    typed, known = request.form.get("password", ""), staff_session.mine().session
    try:
        screen_lock.by_password(house(), known, typed, now=now(), actor=actor())
    except WrongCredentials as refusal:
        return _page({"password": WRONG_PASSWORD}), status_of(refusal)
    return _back()


@bp.post("/unlock/code")
def by_code() -> ResponseReturnValue:
    """Open the screen with a code from the app."""
    typed, known = request.form.get("code", "")[:LONGEST_CODE], staff_session.mine().session
    try:
        screen_lock.by_code(house(), known, typed, now=now(), actor=actor())
    except WrongCredentials as refusal:
        return _page({"code": WRONG_CODE}), status_of(refusal)
    except TooManyAttempts as refusal:
        return _page({"code": refusal.sentence}), status_of(refusal), headers_of(refusal)
    return _back()


@bp.post("/unlock/ask")
def ask() -> ResponseReturnValue:
    """Tell the browser what a passkey should sign."""
    options = second_factor.ask(house(), staff_session.mine().session, party(), "prove", now=now())
    return Response(options, mimetype="application/json")


@bp.post("/unlock/passkey")
def by_passkey() -> ResponseReturnValue:
    """Open the screen with a passkey."""
    answer, known = request.form.get("credential", ""), staff_session.mine().session
    try:
        screen_lock.by_passkey(house(), known, party(), answer, now=now(), actor=actor())
    except WrongCredentials as refusal:
        return _page({"credential": WRONG_KEY}), status_of(refusal)
    return _back()


@bp.post("/lock")
def lock() -> ResponseReturnValue:
    """Lock the screen by hand."""
    screen_lock.lock(db(), staff_session.mine().session, now=now(), actor=actor())
    return redirect(url_for(".locked", next=safe_next(request.form.get("next"))), 303)


@bp.post("/screen/input")
def note_input() -> ResponseReturnValue:
    """A page says that somebody is typing or pointing.

    :raises ScreenLocked: when it comes too late.
    """
    _must_be_open()
    screen_lock.note_input(db(), staff_session.mine().session, now=now())
    return "", 204


@bp.post("/screen/forms")
def keep_forms() -> ResponseReturnValue:
    """A page hands over what was half typed, before it clears itself; a locked screen still takes it."""
    path, forms = _handed_over()
    keeping_forms.keep(staff_session.mine().session, path, forms)
    return "", 204


@bp.post("/screen/forms/back")
def give_back() -> ResponseReturnValue:
    """Give a page back what it had handed over.

    :raises ScreenLocked: while nobody has shown who they are.
    """
    _must_be_open()
    path, _ = _handed_over()
    return {"forms": keeping_forms.take(staff_session.mine().session, path)}


@bp.get("/screen/kept")
def kept() -> ResponseReturnValue:
    """Ask whether a form that was sent to the locked screen should be sent now."""
    _must_be_open()
    found = keeping_forms.look(staff_session.mine().session, keeping_forms.SENT)
    return render_template("screen/kept.html", form=found[0] if found else None)


@bp.post("/screen/kept")
def send_kept() -> ResponseReturnValue:
    """Send it now: the browser sends the same fields on to where they were meant for."""
    _must_be_open()
    found = keeping_forms.take(staff_session.mine().session, keeping_forms.SENT)
    target = safe_next(found[0].get("action")) if found else None
    return redirect(target, 307) if target else redirect(url_for(".kept"), 303)


@bp.post("/screen/kept/drop")
def drop_kept() -> ResponseReturnValue:
    """Forget it."""
    _must_be_open()
    keeping_forms.take(staff_session.mine().session, keeping_forms.SENT)
    return redirect(url_for("sign_in.form"), 303)


def _must_be_open() -> None:
    if staff_session.reached() is Stage.LOCKED:
        raise ScreenLocked


def _handed_over() -> tuple[str, list[dict[str, Any]]]:
    """The page's path and forms.

    :raises InvalidInput: when they are not what our own pages send.
    """
    said = request.get_json(silent=True)
    path, forms = (said.get("path"), said.get("forms", [])) if isinstance(said, dict) else (None, None)
    if not isinstance(path, str) or not isinstance(forms, list) or len(forms) > MOST_FORMS:
        raise InvalidInput({"forms": Refusal.sentence})
    return path, [form for form in forms if isinstance(form, dict)]


def _back() -> ResponseReturnValue:
    return redirect(safe_next(request.args.get("next")) or url_for("sign_in.form"), 303)


def _page(errors: dict[str, str]) -> str:
    member = staff_session.mine().member
    factors = second_factor.of_account(house(), member.id)
    if ("code" in errors and not factors.has_app) or ("credential" in errors and not factors.passkeys):
        errors = {"password": next(iter(errors.values()))}
    return render_template(
        "screen/locked.html",
        member=member,
        is_locked=staff_session.reached() is Stage.LOCKED,
        factors=factors,
        errors=errors,
        next=safe_next(request.args.get("next")),
    )

"""One's own account: the browsers that are signed in, and the password."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.errors import InvalidInput, TooManyAttempts, WrongCredentials
from scheduler.domain.wording import N_
from scheduler.services import sign_in
from scheduler.web import staff_session
from scheduler.web.context import actor, clinic, db, now, vault
from scheduler.web.errors import headers_of, status_of

bp = Blueprint("account", __name__)


@bp.get("/account")
def mine() -> ResponseReturnValue:
    """Show where one is signed in."""
    return _page({})


@bp.post("/account/sessions/<session_id>/end")
def end_session(session_id: str) -> ResponseReturnValue:
    """Sign another browser of one's own out."""
    sign_in.end_session(db(), _me().member.id, session_id, now=now(), actor=actor())
    return redirect(url_for(".mine"), 303)


@bp.post("/account/password")
def change_password() -> ResponseReturnValue:
    """Change one's own password."""
    old, new = request.form.get("old_password", ""), request.form.get("password", "")
    try:
        sign_in.change_own_password(db(), vault(), _me().session, old, new, now=now(), actor=actor())
    except InvalidInput as refusal:
        return _page(refusal.errors), status_of(refusal)
    except WrongCredentials as refusal:
        return _page({"old_password": N_("This is not your password.")}), status_of(refusal)
    except TooManyAttempts as refusal:
        return _page({"old_password": refusal.sentence}), status_of(refusal), headers_of(refusal)
    return redirect(url_for(".mine", done="password"), 303)


def _page(errors: dict[str, str]) -> str:
    me = _me()
    return render_template(
        "account/mine.html",
        member=me.member,
        current=me.session,
        sessions=sign_in.sessions(db(), me.member.id, now=now()),
        office=next(iter(clinic().locations), None),
        is_done=request.args.get("done") == "password",
        errors=errors,
    )


def _me() -> staff_session.SignedIn:
    """Who is signed in; the guard has made sure that somebody is."""
    return cast("staff_session.SignedIn", staff_session.current())

"""One's own account: the browsers that are signed in, and the password."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.errors import InvalidInput, TooManyAttempts, WrongCredentials
from scheduler.domain.wording import N_
from scheduler.services import second_factor, sign_in
from scheduler.web import staff_session
from scheduler.web.context import actor, clinic, db, house, now, vault
from scheduler.web.errors import headers_of, status_of
from scheduler.web.forms.options import LANGUAGES
from scheduler.web.i18n import COOKIE

bp = Blueprint("account", __name__)


@bp.get("/account")
def mine() -> ResponseReturnValue:
    """Show where one is signed in."""
    return _page({})


@bp.post("/account/sessions/<session_id>/end")
def end_session(session_id: str) -> ResponseReturnValue:
    """Sign another browser of one's own out."""
    sign_in.end_session(db(), staff_session.mine().member.id, session_id, now=now(), actor=actor())
    return redirect(url_for(".mine"), 303)


@bp.post("/account/password")
def change_password() -> ResponseReturnValue:
    """Change one's own password."""
    old, new = request.form.get("old_password", ""), request.form.get("password", "")
    try:
        sign_in.change_own_password(
            db(), vault(), staff_session.mine().session, old, new, now=now(), actor=actor()
        )
    except InvalidInput as refusal:
        return _page(refusal.errors), status_of(refusal)
    except WrongCredentials as refusal:
        return _page({"old_password": N_("This is not your password.")}), status_of(refusal)
    except TooManyAttempts as refusal:
        return _page({"old_password": refusal.sentence}), status_of(refusal), headers_of(refusal)
    return redirect(url_for(".mine", done="password"), 303)


@bp.post("/account/sessions/end")
def end_all() -> ResponseReturnValue:
    """Sign every browser of one's own out, this one too."""
    sign_in.sign_out_everywhere(db(), staff_session.mine().member.id, now=now(), actor=actor())
    staff_session.end()
    return redirect(url_for("sign_in.form"), 303)


@bp.post("/account/language")
def choose_language() -> ResponseReturnValue:
    """Choose the language of one's own pages; what this browser was switched to is forgotten."""
    tongue = request.form.get("language", "")
    sign_in.choose_language(db(), staff_session.mine().member.id, tongue, now=now(), actor=actor())
    answer = redirect(url_for(".mine", done="language"), 303)
    answer.delete_cookie(COOKIE)
    return answer


def _page(errors: dict[str, str]) -> str:
    me = staff_session.mine()
    return render_template(
        "account/mine.html",
        member=me.member,
        current=me.session,
        sessions=sign_in.sessions(db(), me.member.id, now=now()),
        office=next(iter(clinic().locations), None),
        factors=second_factor.of_account(house(), me.member.id),
        languages=[(tongue.value, words) for tongue, words in LANGUAGES.items()],
        done=request.args.get("done"),
        errors=errors,
    )

"""For those who lost their private link: it is sent again, and nobody learns from the answer who is known here."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.errors import InvalidInput
from scheduler.services import private_links
from scheduler.web.context import actor, house, now
from scheduler.web.errors import status_of
from scheduler.web.forms import changes as forms

bp = Blueprint("lost_link", __name__)


@bp.get("/lost-link")
def asking() -> ResponseReturnValue:
    """Ask for the phone number or the e-mail that was given at booking."""
    return _page({})


@bp.post("/lost-link")
def send() -> ResponseReturnValue:
    """Owe the links; the answer is the same whether or not the person is known."""
    try:
        phone, email = forms.contact(request.form)
    except InvalidInput as refusal:
        return _page(request.form, refusal.errors), status_of(refusal)
    private_links.send_again(house(), actor(), now(), phone=phone, email=email)
    return redirect(url_for(".sent"), 303)


@bp.get("/lost-link/sent")
def sent() -> ResponseReturnValue:
    """Say what happens if the person is known."""
    return render_template("lost_link/sent.html")


@bp.get("/lost-link/closed")
def closed() -> ResponseReturnValue:
    """Say that a link was closed, and how a new one is on its way."""
    return render_template("lost_link/closed.html", sent=request.args.get("sent", ""))


def _page(values: Mapping[str, str], errors: Mapping[str, str] | None = None) -> str:
    return render_template("lost_link/asking.html", values=values, errors=errors or {})

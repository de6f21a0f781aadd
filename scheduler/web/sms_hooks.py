"""Where companies that carry texts tell us what came in and what became of what went out.

Each request must be signed with the token of one of our accounts, over our own public address as it is set (not as the
request spells it), and over every field. What is not signed, and every company where none is set, finds nothing here.
Repeats do nothing: each text and each report counts once.
"""

from __future__ import annotations

import re

from flask import Blueprint, Response, request
from markupsafe import escape

from scheduler.domain.actor import Actor, Role
from scheduler.domain.errors import NotFound
from scheduler.domain.inbound_text import Answer, InboundText, Say
from scheduler.domain.notification import State
from scheduler.domain.text_account import TextAccount, signer
from scheduler.services import texting, texts_reported
from scheduler.services.texts_reported import Report
from scheduler.web import text_answers
from scheduler.web.context import clinic, house, now, request_id, settings

bp = Blueprint("sms_hooks", __name__)

STATES = {
    "sent": State.SENT,
    "delivered": State.DELIVERED,
    "read": State.DELIVERED,
    "undelivered": State.UNDELIVERED,
    "failed": State.UNDELIVERED,
}
"""What a company's words mean to us; "queued" and the like mean nothing yet."""

_NAME = re.compile(r"[A-Za-z0-9]{1,64}")
"""What a name looks like, theirs of a text and ours."""


@bp.post("/sms/inbound")
def inbound() -> Response:
    """A text came in: do what it asks for, and answer in words."""
    _signed_by()
    text = InboundText(
        sid=_sid(),
        sender=_field("From"),
        words=_field("Body"),
        carrier_says=_field("OptOutType"),
    )
    actor = Actor(
        frozenset({Role.PATIENT}), id="text", request_id=request_id(), address=request.remote_addr or ""
    )
    return _twiml(texting.receive(house(), text, actor, now()))


@bp.post("/sms/status/<name>")
def status(name: str) -> Response:
    """A company reports what became of the text that we know by `name`."""
    company = _signed_by()
    said = STATES.get(_field("MessageStatus").lower())
    if said is not None and _NAME.fullmatch(name):
        code = _field("ErrorCode")[:10]
        reason = f"sms {code}" if code.isdecimal() else ""
        report = Report(company.provider, _sid(), name, said, reason)
        texts_reported.note(house(), report, now())
    return Response(status=204)


def _signed_by() -> TextAccount:
    """The account that signed this request.

    :raises NotFound: when none did.
    """
    query = request.query_string.decode("ascii", "replace")
    url = f"{settings().base_url}{request.path}" + (f"?{query}" if query else "")
    form = {name: request.form.getlist(name) for name in request.form}
    given = request.headers.get("X-Twilio-Signature", "")
    company = signer(settings().text_accounts, given, url, form)
    if company is None:
        raise NotFound
    return company


def _field(name: str) -> str:
    return request.form.get(name, "")


def _sid() -> str:
    """The company's name for the text.

    :raises NotFound: when there is none that could be one.
    """
    sid = _field("MessageSid") or _field("SmsSid")
    if not _NAME.fullmatch(sid):
        raise NotFound
    return sid


def _twiml(answer: Answer) -> Response:
    """The answer as the company reads it: one message, or none."""
    words = "" if answer.say is Say.NOTHING else text_answers.words_of(answer, clinic().organization)
    message = f"<Message>{escape(words)}</Message>" if words else ""
    body = f'<?xml version="1.0" encoding="UTF-8"?><Response>{message}</Response>'
    return Response(body, mimetype="text/xml")

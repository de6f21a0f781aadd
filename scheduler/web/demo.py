"""What a newcomer to the demonstration may look at besides: the mails and texts the clinic wrote, as they would arrive.

Only where SCHEDULER_DEMO is on. The words of a mail are shown as plain text; its HTML opens by itself, under a
policy of its own by which it may run nothing and fetch nothing.
"""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, make_response, render_template, send_file
from flask.typing import ResponseReturnValue

from scheduler.domain.errors import NotFound
from scheduler.web import mail_folder, text_folder
from scheduler.web.context import clinic, settings
from scheduler.web.mail_folder import Mail
from scheduler.web.message_preview import NOTHING_RUNS

bp = Blueprint("demo", __name__)


@bp.get("/mail")
def mails() -> ResponseReturnValue:
    """List the mails that were written, the newest first."""
    found = mail_folder.all_mails(_folder())
    return render_template("demo/mails.html", mails=found, office=next(iter(clinic().locations), None))


@bp.get("/texts")
def texts() -> ResponseReturnValue:
    """List the texts that were written, the newest first."""
    found = text_folder.all_texts(settings().instance_path / "outbox" / "sms")
    return render_template("demo/texts.html", texts=found, office=next(iter(clinic().locations), None))


@bp.get("/mail/<name>")
def mail(name: str) -> ResponseReturnValue:
    """Show one mail."""
    return render_template("demo/mail.html", mail=_mail(name), office=next(iter(clinic().locations), None))


@bp.get("/mail/<name>/page")
def page(name: str) -> ResponseReturnValue:
    """The HTML part by itself, as a mail program shows it."""
    answer = make_response(_mail(name).html)
    answer.headers["Content-Security-Policy"] = NOTHING_RUNS
    return answer


@bp.get("/mail/<name>/file.eml")
def file(name: str) -> ResponseReturnValue:
    """The mail as a file for a mail program."""
    return send_file(
        _mail(name).path, mimetype="message/rfc822", as_attachment=True, download_name="mail.eml"
    )


@bp.get("/mail/<name>/invite.ics")
def invite(name: str) -> ResponseReturnValue:
    """The invitation inside a mail."""
    calendar = _mail(name).calendar
    if calendar is None:
        raise NotFound
    answer = Response(calendar, mimetype="text/calendar")
    answer.headers["Content-Disposition"] = "attachment; filename=invite.ics"
    return answer


def _folder() -> Path:
    return settings().instance_path / "outbox" / "mail"


def _mail(name: str) -> Mail:
    found = mail_folder.one_mail(_folder(), name)
    if found is None:
        raise NotFound
    return found

"""Words for mails that wait at the desk: what a calendar says, why a person must look, and what was just done."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask

from scheduler.domain.wording import N_
from scheduler.web.i18n import gettext as _

SAID: Mapping[str, str] = {
    "words": N_("A mail"),
    "accepted": N_("The calendar says: yes"),
    "tentative": N_("The calendar says: perhaps"),
    "declined": N_("The calendar says: no"),
    "counter": N_("The calendar asks for another time"),
}

BECAUSE: Mapping[str, str] = {
    "not-vouched": N_("No mail server vouches for the sender. Make sure by phone before you do anything."),
    "other-sender": N_("It came from another address than the one we invited. Make sure by phone."),
    "stand-in": N_("Somebody answered for the person we invited. Make sure by phone."),
    "forged": N_("The mail server says that this mail is not from this sender. Make sure by phone."),
    "stale-version": N_(
        "The desk changed the visit and told nobody. This answers the visit as it was before."
    ),
    "unknown-word": N_("The calendar's answer is not a plain yes or no."),
    "no-time": N_("The calendar asked for another time but did not say which."),
    "broken": N_("The program could not read this mail. Please read it in the mailbox."),
    "too-large": N_("The mail is too large to show. Please read it in the mailbox."),
}
"""Why a person must look; what is not here needs no word."""

DONE: Mapping[str, str] = {
    "handled": N_("Done. The words of the mail are deleted."),
    "believed": N_("Done. The answer is kept with the visit."),
    "agreed": N_("The visit has the new time. The patient gets a mail."),
    "refused": N_("The visit stays as it is. The patient gets a mail."),
    "kept": N_("The visit is kept."),
    "given-up": N_("The visit is cancelled. The patient gets a mail."),
}


def init_app(app: Flask) -> None:
    """Teach the templates the filters below."""
    app.jinja_env.filters.update(mail_said=mail_said, mail_because=mail_because)


def mail_said(said: str) -> str:
    """`{{ mail.said|mail_said }}`: "The calendar says: no". A word that is none of the plain ones is shown as it is."""
    return _(SAID[said]) if said in SAID else said


def mail_because(because: str) -> str:
    """`{{ mail.because|mail_because }}`: why a person must look, "" when there is nothing to say."""
    return _(BECAUSE[because]) if because in BECAUSE else ""

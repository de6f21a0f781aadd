"""How a message reads, for the staff: written by the same hands that write it for its reader, and sent to nobody.

A private link is left out of every preview: whoever works at the desk needs none, and what is not shown cannot be
copied. A stand-in of the same length keeps the count of a text's parts right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import cast

from flask import current_app

from scheduler.domain import text_message
from scheduler.domain.calendar_entry import InviteLinks
from scheduler.domain.letter import Letter
from scheduler.domain.message_story import Entry
from scheduler.domain.notification import Addressee, Channel, Kind
from scheduler.domain.own_words import OwnMessage, OwnWords
from scheduler.domain.text_message import Count
from scheduler.domain.visit import Visit
from scheduler.domain.wording import Language
from scheduler.web import call_words
from scheduler.web.context import clinic, now, settings

NOTHING_RUNS = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; form-action 'none'"
)
"""For the mail's own HTML alone: a mail has its style inside, and may load and run nothing."""

STAND_IN = ("private-link-" * 4)[:43]
"""In the place of a link's secret, and as long."""

_OWN_PAGES = {Kind.OFFER: "{base}/offer/{secret}", Kind.OFFER_GONE: ""}
"""Where a reader is led who has no visit yet; all others are led to the page of their visit."""

Scribe = Callable[[Letter], bytes]


@dataclass(frozen=True, slots=True)
class Preview:
    """One message as its reader gets it; `count` is for texts alone, `html` the page of a mail."""

    channel: Channel
    language: str
    text: str
    subject: str = ""
    count: Count | None = None
    html: str = ""


def of_entry(entry: Entry, visit: Visit) -> Preview | None:
    """How a message of the ledger would read if it were written now; None when it cannot be written."""
    return of_visit(visit, entry.kind, entry.channel, entry.language, entry.addressee)


def of_visit(
    visit: Visit,
    kind: Kind,
    channel: Channel,
    language: str,
    addressee: Addressee = Addressee.PATIENT,
) -> Preview | None:
    """How a message about a visit reads; None when no channel of this program writes it."""
    if channel is Channel.PHONE:
        return Preview(channel, language, call_words.script(visit, kind, addressee, language))
    return _written(channel, _letter(visit, kind, channel, language, addressee))


def in_words(visit: Visit, message: OwnMessage, language: str) -> Preview | None:
    """How a message about a made-up visit would read in these words of the clinic's, which nobody has been sent yet."""
    drafted = _letter(visit, message.kind, message.channel, language, Addressee.PATIENT)
    until = visit.appointment.start - timedelta(days=1)
    return _written(message.channel, replace(drafted, own=message.in_(language), held_until=until))


def standard_words(kind: Kind, channel: Channel) -> OwnMessage:
    """The standard words of a message, with the names of the places in them."""
    read = cast("Callable[[Kind, Channel, Language], OwnWords]", current_app.extensions["standard_words"])
    english, spanish = (read(kind, channel, tongue) for tongue in (Language.ENGLISH, Language.SPANISH))
    return OwnMessage(kind, channel, english, spanish)


def _written(channel: Channel, letter: Letter) -> Preview | None:
    scribe = _scribes().get(channel)
    return None if scribe is None else _READERS[channel](scribe(letter), letter.language)


def _scribes() -> Mapping[Channel, Scribe]:
    """Who writes for each channel, as the app was wired."""
    return cast("Mapping[Channel, Scribe]", current_app.extensions["scribes"])


def _letter(visit: Visit, kind: Kind, channel: Channel, language: str, addressee: Addressee) -> Letter:
    to_helper = addressee is Addressee.HELPER and visit.helper is not None
    base = settings().base_url
    return Letter(
        kind=kind,
        visit=visit,
        addressee=addressee,
        name=visit.helper.name if to_helper and visit.helper else visit.patient.name,
        address="reader@example.com",
        language=language,
        links=InviteLinks(
            manage=_OWN_PAGES.get(kind, "{base}/my/{secret}").format(base=base, secret=STAND_IN),
            join=f"{base}/visit/{STAND_IN}",
            refuse=f"{base}/reminders/{STAND_IN}",
        ),
        message_id="preview@localhost",
        written_at=now(),
        channel=channel,
        own=clinic().own_words(kind, channel, language),
    )


def _read_mail(written: bytes, language: str) -> Preview:
    mail = BytesParser(EmailMessage, policy=policy.default).parsebytes(written)
    body = mail.get_body(preferencelist=("plain",))
    text = "" if body is None else str(body.get_content())
    page = mail.get_body(preferencelist=("html",))
    html = "" if page is None else str(page.get_content())
    return Preview(Channel.EMAIL, language, text.strip(), str(mail["Subject"] or ""), html=html)


def _read_text(written: bytes, language: str) -> Preview:
    text = written.decode("utf-8")
    return Preview(Channel.SMS, language, text, count=text_message.count(text))


_READERS: Mapping[Channel, Callable[[bytes, str], Preview]] = {
    Channel.EMAIL: _read_mail,
    Channel.SMS: _read_text,
}

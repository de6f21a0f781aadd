"""How a message reads, for the staff: written by the same hands that write it for its reader, and sent to nobody.

A private link is left out of every preview: whoever works at the desk needs none, and what is not shown cannot be
copied. A stand-in of the same length keeps the count of a text's parts right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
from scheduler.domain.text_message import Count
from scheduler.domain.visit import Visit
from scheduler.web import call_words
from scheduler.web.context import now, settings

STAND_IN = ("private-link-" * 4)[:43]
"""In the place of a link's secret, and as long."""

Scribe = Callable[[Letter], bytes]


@dataclass(frozen=True, slots=True)
class Preview:
    """One message as its reader gets it; `count` is for texts alone."""

    channel: Channel
    language: str
    text: str
    subject: str = ""
    count: Count | None = None


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
    scribe = _scribes().get(channel)
    if scribe is None:
        return None
    written = scribe(_letter(visit, kind, language, addressee))
    return _READERS[channel](written, language)


def _scribes() -> Mapping[Channel, Scribe]:
    """Who writes for each channel, as the app was wired."""
    return cast("Mapping[Channel, Scribe]", current_app.extensions["scribes"])


def _letter(visit: Visit, kind: Kind, language: str, addressee: Addressee) -> Letter:
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
            manage=f"{base}/my/{STAND_IN}",
            join=f"{base}/visit/{STAND_IN}",
            refuse=f"{base}/reminders/{STAND_IN}",
        ),
        message_id="preview@localhost",
        written_at=now(),
    )


def _read_mail(written: bytes, language: str) -> Preview:
    mail = BytesParser(EmailMessage, policy=policy.default).parsebytes(written)
    body = mail.get_body(preferencelist=("plain",))
    text = "" if body is None else str(body.get_content())
    return Preview(Channel.EMAIL, language, text.strip(), str(mail["Subject"] or ""))


def _read_text(written: bytes, language: str) -> Preview:
    text = written.decode("utf-8")
    return Preview(Channel.SMS, language, text, count=text_message.count(text))


_READERS: Mapping[Channel, Callable[[bytes, str], Preview]] = {
    Channel.EMAIL: _read_mail,
    Channel.SMS: _read_text,
}

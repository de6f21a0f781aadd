"""Writes a message as an e-mail with its calendar file, in the reader's language.

The parts stand in the one order that every mail program was seen to understand: text, HTML and calendar are the three
alternatives, and the same calendar bytes are attached once more as a file. A mail says where and when, and nothing of
why. It is written from the letter alone, so the same letter gives the same bytes (RFC 5322, 6047, 3834).
"""

from __future__ import annotations

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, Protocol

from jinja2 import Environment

from scheduler.domain.hand_over import HandOver
from scheduler.domain.invitation import Guest, Host, Method, invitation
from scheduler.domain.letter import Letter
from scheduler.domain.notification import Channel, Kind
from scheduler.translations import catalogue, language_of, phones, times
from scheduler.worker import letter_words, own_letter
from scheduler.worker.letter_words import MAY_BE_REFUSED, METHODS

INVITE = "invite.ics"

NOT_ASKED_FOR = frozenset({Kind.MOVED_BY_CLINIC})
"""Changes that the reader has not agreed to yet."""


class PostOffice(Protocol):
    """Where mails are handed over."""

    def post(self, message: bytes, sender: str, recipient: str) -> HandOver:
        """Hand over one mail for one recipient."""
        ...


class Mailer:
    """The e-mail channel: writes letters as mails from the clinic's one mailbox and hands them to a post office."""

    channel = Channel.EMAIL
    is_idempotent = False

    def __init__(self, office: PostOffice, sender: str, base_url: str) -> None:
        self._office = office
        self._sender = sender
        self._base_url = base_url

    def write(self, letter: Letter) -> bytes:
        """The mail, headers and all, with CRLF line ends."""
        words = own_letter.in_mail(letter, letter_words.of(letter, self._base_url))
        invite = _invite(letter, self._sender)
        message = EmailMessage(policy=SMTP)
        _address(message, letter, self._sender, words["subject"])
        _let_refuse(message, letter)
        environment = letter_words.environment(language_of(letter.language))
        message.set_content(_text(environment, letter.kind, words), cte="quoted-printable")
        html = environment.get_template(f"email/{letter.kind.value}.html").render(words)
        message.add_alternative(html, subtype="html", cte="quoted-printable")
        if invite:
            _enclose(message, invite, METHODS[letter.kind])
        message["Content-Language"] = language_of(letter.language).value
        _set_boundaries(message, letter.message_id)
        # The library leaves the first line of a long subject empty, and some programs then show a space in front.
        return bytes(message).replace(b"\r\nSubject:\r\n ", b"\r\nSubject: ", 1)

    def parts(self, message: bytes) -> None:
        """Nobody counts the parts of a mail."""

    def post(self, message: bytes, address: str) -> HandOver:
        """Hand a mail over, to this one address."""
        return self._office.post(message, self._sender, address)

    def inquire(self, message: bytes, address: str, since: datetime) -> HandOver | None:
        """A mail server cannot be asked what became of a mail."""
        return None


def _address(message: EmailMessage, letter: Letter, sender: str, subject: str) -> None:
    """Everything above the first empty line. An answering machine must not answer (RFC 3834, 2 and 5)."""
    name = " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", letter.visit.organization.neutral_name).split())
    message["From"] = Address(display_name=name, addr_spec=sender)
    message["To"] = Address(addr_spec=letter.address)
    message["Subject"] = subject
    message["Date"] = format_datetime(letter.written_at)
    message["Message-ID"] = f"<{letter.message_id}>"
    if letter.thread:
        message["In-Reply-To"] = message["References"] = f"<{letter.thread}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"


def _let_refuse(message: EmailMessage, letter: Letter) -> None:
    """The button of mail programs that ends reminders at one press (RFC 2369; RFC 8058, 3.1); never on a change."""
    if letter.kind in MAY_BE_REFUSED and letter.links.refuse:
        message["List-Unsubscribe"] = f"<{letter.links.refuse}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def _text(environment: Environment, kind: Kind, words: dict[str, Any]) -> str:
    written = environment.get_template(f"email/{kind.value}.txt").render(words)
    return re.sub(r"\n{3,}", "\n\n", times.plain(written)).strip() + "\n"


def _invite(letter: Letter, sender: str) -> bytes | None:
    method = METHODS.get(letter.kind)
    if method is None:
        return None
    return invitation(
        letter.visit,
        method=method,
        guest=Guest(letter.name, letter.address, has_agreed=letter.kind not in NOT_ASKED_FOR),
        host=Host(sender, phones.shown(letter.visit.organization.phone)),
        links=letter.links,
        say=catalogue(language_of(letter.language)).gettext,
    )


def _enclose(message: EmailMessage, invite: bytes, method: Method) -> None:
    """Put the calendar in twice: last of the alternatives for the buttons, and as a file (RFC 6047, 2.4)."""
    message.add_alternative(
        invite, "text", "calendar", cte="base64", params={"charset": "UTF-8", "method": method.value}
    )
    message.add_attachment(
        invite, "application", "ics", cte="base64", filename=INVITE, params={"name": INVITE}
    )


def _set_boundaries(message: EmailMessage, message_id: str) -> None:
    """Boundaries made from the Message-ID: the library would draw them by lot."""
    unique = message_id.partition("@")[0]
    for number, part in enumerate(each for each in message.walk() if each.is_multipart()):
        part.set_boundary(f"=_{number}_{unique}")
    for part in list(message.walk())[1:]:
        del part["MIME-Version"]

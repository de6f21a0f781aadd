"""Writes a message as an e-mail with its calendar file, in the reader's language.

The parts stand in the one order that every mail program was seen to understand: text, HTML and calendar are the three
alternatives, and the same calendar bytes are attached once more as a file. A mail says where and when, and nothing of
why. It is written from the letter alone, so the same letter gives the same bytes (RFC 5322, 6047, 3834).
"""

from __future__ import annotations

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from scheduler.domain.appointment import CancelledBy
from scheduler.domain.directory import Mode
from scheduler.domain.hand_over import HandOver
from scheduler.domain.invitation import Guest, Host, Method, invitation
from scheduler.domain.letter import Letter
from scheduler.domain.notification import Addressee, Channel, Kind
from scheduler.domain.visit import Visit
from scheduler.domain.wording import N_, Language
from scheduler.translations import catalogue, language_of, phones, times

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
INVITE = "invite.ics"

SUBJECTS = {
    Kind.CONFIRMATION: N_("Your visit is booked: %(moment)s"),
    Kind.MOVED: N_("Your visit has a new time: %(moment)s"),
    Kind.MOVED_BY_CLINIC: N_("We had to move your visit: %(moment)s"),
    Kind.SWITCHED: N_("Your visit has changed: %(moment)s"),
    Kind.CANCELLED: N_("Your visit is cancelled: %(moment)s"),
    Kind.LINKS: N_("The links for your visit: %(moment)s"),
}
METHODS = {
    Kind.CONFIRMATION: Method.REQUEST,
    Kind.MOVED: Method.REQUEST,
    Kind.MOVED_BY_CLINIC: Method.REQUEST,
    Kind.SWITCHED: Method.REQUEST,
    Kind.CANCELLED: Method.CANCEL,
}
"""What each message asks of the calendar; a kind that is not here brings no calendar file."""

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

    def __init__(self, office: PostOffice, sender: str, base_url: str) -> None:
        self._office = office
        self._sender = sender
        self._base_url = base_url

    def write(self, letter: Letter) -> bytes:
        """The mail, headers and all, with CRLF line ends."""
        words = _words(letter, self._base_url)
        invite = _invite(letter, self._sender)
        message = EmailMessage(policy=SMTP)
        _address(message, letter, self._sender, words["subject"])
        environment = _environment(language_of(letter.language))
        message.set_content(_text(environment, letter.kind, words), cte="quoted-printable")
        html = environment.get_template(f"email/{letter.kind.value}.html").render(words)
        message.add_alternative(html, subtype="html", cte="quoted-printable")
        if invite:
            _enclose(message, invite, METHODS[letter.kind])
        message["Content-Language"] = language_of(letter.language).value
        _set_boundaries(message, letter.message_id)
        # The library leaves the first line of a long subject empty, and some programs then show a space in front.
        return bytes(message).replace(b"\r\nSubject:\r\n ", b"\r\nSubject: ", 1)

    def post(self, message: bytes, address: str) -> HandOver:
        """Hand a mail over, to this one address."""
        return self._office.post(message, self._sender, address)


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


def _words(letter: Letter, base_url: str) -> dict[str, Any]:
    """What the templates may say."""
    visit, language = letter.visit, letter.language
    start, end = visit.appointment.start, visit.appointment.end
    place, zone = visit.location.city, visit.location.tz
    say = catalogue(language_of(language)).gettext
    moment = times.plain(times.moment(start, zone, place, language))
    return {
        "language": language_of(language).value,
        "subject": say(SUBJECTS[letter.kind]) % {"moment": moment},
        "clinic": visit.organization.neutral_name,
        "day": times.day(start.astimezone(zone), language, year=True),
        "time": times.stretch(start, end, zone, place, language),
        "mode": visit.appointment.mode.value,
        "place": _place(visit),
        "links": letter.links,
        "book": f"{base_url}/book",
        "change_until": times.moment(visit.change_until, zone, place, language)
        if visit.may_change(letter.written_at)
        else "",
        "over": letter.kind is Kind.CANCELLED,
        "by_clinic": visit.appointment.cancelled_by in {CancelledBy.DESK, CancelledBy.CLINICIAN},
        "has_invite": letter.kind in METHODS,
        "to_helper": letter.addressee is Addressee.HELPER,
        "phone": phones.shown(visit.organization.phone),
        "phone_href": phones.href(visit.organization.phone),
    }


def _place(visit: Visit) -> str:
    if visit.appointment.mode is not Mode.IN_PERSON:
        return ""
    return f"{visit.organization.neutral_name}, {visit.location.address}"


@cache
def _environment(language: Language) -> Environment:
    """Jinja in one language, for text (as it is) and HTML (escaped). A name that is missing is an error."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    spoken = catalogue(language)
    environment.install_gettext_callables(spoken.gettext, spoken.ngettext, newstyle=True)  # type: ignore[attr-defined]
    return environment

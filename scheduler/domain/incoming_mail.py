"""A mail that came in, taken apart without believing it: who sent it, who vouches for that, and what sort it is.

Everything here is bytes of a stranger. Size, parts and depth are limited before anything is read, nothing is unpacked,
and a mail within a mail is never entered (security: the parser breaks at 1,500 nested parts). What cannot be taken
apart is refused with a reason, and that is the end of it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import ObsoleteHeaderDefect
from email.headerregistry import HeaderRegistry
from email.message import Message
from enum import StrEnum
from html.parser import HTMLParser
from typing import Any

from scheduler.domain import bounce
from scheduler.domain.bounce import Bounce
from scheduler.domain.letter import is_one_address
from scheduler.domain.plain_text import clean
from scheduler.domain.voucher import Vouched, vouched

MOST_BYTES = 1_000_000
MOST_HEADER_BYTES = 64_000
MOST_PARTS = 40
MOST_NESTS = 40
"""So often may the words "multipart/" and "message/" occur at all: each nest makes the parser look at a line again."""

DEEPEST = 8
LONGEST_FROM = 1_000
LONGEST_TEXT = 4_000
LONGEST_SUBJECT = 200
LONGEST_HTML = 50_000

_ENCODINGS = re.compile(r"(?:utf-?8|us-ascii|iso-8859-\d{1,2}|windows-125\d|cp125\d|utf-16(?:le|be)?|koi8-r)")
_NAME = re.compile(r"<([!-;=?-~]{3,200})>")
_OURS = re.compile(r"<([0-9a-f]{32}@[A-Za-z0-9.-]{1,80})>")
_SECRET = re.compile(r"[A-Za-z0-9_-]{40,}")
_AWAY = re.compile(
    r"^(automatic reply|auto(matic)?[- ]?(response|reply)|out of (the )?office|respuesta autom|fuera de la oficina)",
    re.IGNORECASE,
)


class Unreadable(Exception):
    """A mail that is not taken apart; `reason` says why, and names nobody."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Sort(StrEnum):
    """What a mail is, before anybody asks what it means."""

    OURS = "ours"
    BOUNCE = "bounce"
    CALENDAR = "calendar"
    AUTOMATIC = "automatic"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class CalendarPart:
    """A calendar file in a mail, in UTF-8; `method` is what the part's own header says ("" when it says nothing)."""

    content: bytes
    method: str


@dataclass(frozen=True, slots=True)
class IncomingMail:
    """One mail. `name` is its Message-ID, or one made from its bytes; `refers_to` are Message-IDs that may be ours.

    `text` is what a person wrote, without what they quoted and without anything that opens a page; `files` counts what
    else came with it and is not kept. `is_automatic`: a machine wrote it, and perhaps a calendar's answer is in it.
    """

    name: str
    sender: str
    vouched: Vouched
    sort: Sort
    subject: str = ""
    text: str = ""
    files: int = 0
    calendars: tuple[CalendarPart, ...] = ()
    bounce: Bounce | None = None
    refers_to: tuple[str, ...] = ()
    is_automatic: bool = False


def name_of(raw: bytes) -> str:
    """How a mail is called in the record: its Message-ID, or its own hash where that is missing or no name."""
    head = raw[:MOST_HEADER_BYTES].partition(b"\n\r\n")[0].partition(b"\n\n")[0]
    found = re.search(rb"(?im)^message-id:\s*(<[!-;=?-~]{3,200}>)\s*$", head)
    return found[1].decode("ascii")[1:-1] if found else f"sha256:{hashlib.sha256(raw).hexdigest()}"


def read(raw: bytes, authserv_id: str, own_address: str) -> IncomingMail:
    """Take a mail apart.

    `authserv_id` is the server whose word on senders is trusted ("": nobody's), `own_address` the clinic's mailbox.

    :raises Unreadable: when it is beyond the limits, or has not exactly one sender.
    """
    _weigh(raw)
    try:
        message = message_from_bytes(raw)
        return _taken_apart(message, list(_leaves(message)), raw, authserv_id, own_address)
    except Unreadable:
        raise
    except Exception as error:  # noqa: BLE001 - hostile bytes: whatever breaks on them is their own fault
        raise Unreadable(f"malformed {type(error).__name__}") from None


def head_of(raw: bytes, authserv_id: str, own_address: str) -> IncomingMail:
    """What is known of a mail too large to be read, from its beginning alone.

    :raises Unreadable: when not even that can be made out.
    """
    head, _, _ = raw[:MOST_HEADER_BYTES].replace(b"\r\n", b"\n").partition(b"\n\n")
    return read(
        re.sub(rb"(?im)^content-type:.*\n(?:[ \t].*\n)*", b"", head + b"\n") + b"\n", authserv_id, own_address
    )


def _weigh(raw: bytes) -> None:
    if len(raw) > MOST_BYTES:
        raise Unreadable("too-large")
    head = min((end for end in (raw.find(b"\n\r\n"), raw.find(b"\n\n")) if end >= 0), default=len(raw))
    if head > MOST_HEADER_BYTES:
        raise Unreadable("too-much-header")
    lower = raw.lower()
    if lower.count(b"multipart/") + lower.count(b"message/") > MOST_NESTS:
        raise Unreadable("too-many-parts")


def _leaves(message: Message, depth: int = 0) -> Iterator[Message]:
    """The parts that hold something; a mail within the mail counts as one, and is not entered.

    :raises Unreadable: beyond the limits.
    """
    found: list[Message] = []
    pending = [(message, depth)]
    while pending:
        part, level = pending.pop()
        if level > DEEPEST:
            raise Unreadable("too-deep")
        # Asked of anything but a list, it would decode by whatever charset the stranger names.
        inner = part.get_payload() if part.is_multipart() else None
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            pending += [(each, level + 1) for each in reversed(inner) if isinstance(each, Message)]
        else:
            found.append(part)
        if len(found) + len(pending) > MOST_PARTS:
            raise Unreadable("too-many-parts")
    yield from found


def _taken_apart(
    message: Message, parts: list[Message], raw: bytes, authserv_id: str, own_address: str
) -> IncomingMail:
    sender, is_plain = _sender(message)
    results = [_unfolded(value) for value in message.get_all("Authentication-Results") or []]
    domain = sender.rpartition("@")[2]
    calendars = tuple(_calendar(part) for part in parts if _is_calendar(part))
    subject = clean(_decoded_header(message, "Subject"), LONGEST_SUBJECT)
    came_back = bounce.of(message, parts, sender, subject)
    text, files = _written(parts)
    is_automatic = _is_automatic(message, subject)
    return IncomingMail(
        name=name_of(raw),
        sender=sender,
        vouched=vouched(results, authserv_id, domain) if is_plain else Vouched.UNKNOWN,
        sort=_sort(sender, calendars, came_back, own_address, is_automatic=is_automatic),
        subject=subject,
        text=text,
        files=files,
        calendars=calendars,
        bounce=came_back,
        refers_to=_refers_to(message),
        is_automatic=is_automatic,
    )


def _sort(
    sender: str,
    calendars: tuple[CalendarPart, ...],
    came_back: Bounce | None,
    own_address: str,
    *,
    is_automatic: bool,
) -> Sort:
    """An answer of a calendar may call itself automatic (Gmail's do), so it is looked for first."""
    if sender.casefold() == own_address.casefold():
        return Sort.OURS
    if came_back is not None:
        return Sort.BOUNCE
    if calendars:
        return Sort.CALENDAR
    return Sort.AUTOMATIC if is_automatic else Sort.PERSON


def _is_automatic(message: Message, subject: str) -> bool:
    """Written by a machine: an answering machine, a newsletter, a read receipt, or spam by the filter (RFC 3834, 5)."""
    said = _unfolded(message.get("Auto-Submitted", "no")).partition(";")[0].strip().lower()
    precedence = _unfolded(message.get("Precedence", "")).strip().lower()
    spam = _unfolded(message.get("X-Spam-Flag", "")).strip().lower()
    return (
        said not in {"", "no"}
        or precedence in {"bulk", "junk", "list", "auto_reply"}
        or spam == "yes"
        or any(name in message for name in ("List-Id", "X-Autoreply", "X-Autorespond"))
        or message.get_content_type() == "multipart/report"
        or _unfolded(message.get("Return-Path", "-")).strip() == "<>"
        or _AWAY.match(subject) is not None
    )


def _sender(message: Message) -> tuple[str, bool]:
    """The one address the mail says it is from, and whether it is said plainly.

    :raises Unreadable: when it names nobody, or more than one.
    """
    values = message.get_all("From") or []
    if len(values) != 1 or len(str(values[0])) > LONGEST_FROM:
        raise Unreadable("not-one-sender")
    header: Any = HeaderRegistry()("From", _unfolded(values[0]))
    addresses = [f"{each.username}@{each.domain}" for each in header.addresses]
    if len(addresses) != 1 or not is_one_address(addresses[0]):
        raise Unreadable("not-one-sender")
    return addresses[0], all(isinstance(defect, ObsoleteHeaderDefect) for defect in header.defects)


def _unfolded(value: object) -> str:
    return re.sub(r"[\r\n]+[ \t]*", " ", str(value))


def _decoded_header(message: Message, name: str) -> str:
    value = _unfolded(message.get(name, ""))[:LONGEST_FROM]
    return str(HeaderRegistry()(name, value))


def _refers_to(message: Message) -> tuple[str, ...]:
    said = " ".join(_unfolded(message.get(name, ""))[:4_000] for name in ("In-Reply-To", "References"))
    return tuple(dict.fromkeys(_OURS.findall(said)))[:20]


def _is_calendar(part: Message) -> bool:
    name = part.get_filename() or ""
    return part.get_content_type() in {"text/calendar", "application/ics"} or name.lower().endswith(".ics")


def _calendar(part: Message) -> CalendarPart:
    method = part.get_param("method")
    return CalendarPart(
        decoded(part).removeprefix("\ufeff").encode("utf-8"),
        method.strip() if isinstance(method, str) else "",
    )


def decoded(part: Message) -> str:
    """A part as text: by its charset where that is a common one, else as Latin."""
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    charset = str(part.get_content_charset() or "utf-8").lower()
    if _ENCODINGS.fullmatch(charset) is None:
        charset = "utf-8"
    try:
        return content.decode(charset)
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _written(parts: list[Message]) -> tuple[str, int]:
    """What a person wrote, and how many other things came with it."""
    plain = [part for part in parts if part.get_content_type() == "text/plain" and not _is_file(part)]
    html = [part for part in parts if part.get_content_type() == "text/html" and not _is_file(part)]
    files = sum(1 for part in parts if part not in plain and part not in html and not _is_calendar(part))
    text = decoded(plain[0]) if plain else _text_of(decoded(html[0])[:LONGEST_HTML]) if html else ""
    own = "\n".join(line for line in text[:LONGEST_HTML].splitlines() if not line.startswith(">"))
    return clean(re.sub(r"\n{3,}", "\n\n", _SECRET.sub("…", own)), LONGEST_TEXT, lines=True), files


def _is_file(part: Message) -> bool:
    return part.get_content_disposition() == "attachment"


class _Words(HTMLParser):
    """Collects what a reader of the page would see."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note hidden stretches and line breaks."""
        self._hidden += tag in {"style", "script", "head", "title"}
        if tag in {"br", "p", "div", "tr", "li", "blockquote"}:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """Leave a hidden stretch."""
        if tag in {"style", "script", "head", "title"}:
            self._hidden = max(0, self._hidden - 1)

    def handle_data(self, data: str) -> None:
        """Keep what is seen."""
        if not self._hidden:
            self.words.append(data)


def _text_of(html: str) -> str:
    reader = _Words()
    reader.feed(html)
    reader.close()
    return "".join(reader.words)

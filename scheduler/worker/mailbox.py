"""Reads the clinic's mailbox: a Maildir folder, or a folder of an IMAP server, over TLS, by UID.

A mail is fetched alone, and only its beginning when it is a large one, so that memory stays the same however many wait.
What was read is marked as read, nothing is deleted. Nothing here understands a mail; that is `services/replies`.
"""

from __future__ import annotations

import imaplib
import os
import re
import ssl
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from scheduler.config import Settings
from scheduler.domain.mailbox_address import MailboxAddress
from scheduler.services.mailbox_reading import Box, Item, Mailbox
from scheduler.services.replies import Trust

TIMEOUT = 15.0
"""Seconds for each step of the talk with a server."""

WINDOW = 500
"""UIDs that are asked about at a time."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""As IMAP writes them, whatever this machine's language is (RFC 9051, 9)."""

_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


class MailboxFault(Exception):
    """The server says no; the message names the step alone."""


def mailbox_of(settings: Settings) -> Mailbox | None:
    """The mailbox that the settings name; None when they name none."""
    address = settings.mailbox
    if address is None:
        return None

    def open_it() -> Box:
        return Maildir(address.maildir) if address.maildir else ImapBox(address)

    return Mailbox(address.name, open_it, Trust(settings.mail_from, settings.inbox_authserv_id))


@dataclass(frozen=True, slots=True)
class MaildirItem:
    """One file of a Maildir; what was read goes to `cur` with the flag that mail programs know."""

    path: Path
    size: int
    mark: None = None

    @property
    def key(self) -> str:
        """The unique part of the file's name."""
        return self.path.name.partition(":")[0][:200]

    def read(self, most: int) -> bytes | None:
        """The file's first bytes; None when it is gone. A link is not followed."""
        try:
            handle = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return None
        with os.fdopen(handle, "rb") as file:
            return file.read(most)

    def put_aside(self) -> None:
        """Move the file to `cur`, marked as seen."""
        name, _, flags = self.path.name.partition(":2,")
        kept = "".join(sorted({*flags, "S"}))
        with suppress(FileNotFoundError):
            self.path.rename(self.path.parent.parent / "cur" / f"{name}:2,{kept}")


class Maildir:
    """A folder of files, one a mail. What is new, or was only looked at by a server, waits."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def waiting(self, uid_validity: int, last_uid: int, since: datetime) -> Iterator[Item]:
        """The unread files, oldest first; a file knows itself whether it was read."""
        found = [
            (entry.stat(follow_symlinks=False).st_mtime, entry.name, name)
            for name in ("new", "cur")
            for entry in os.scandir(self._folder / name)
            if not entry.name.startswith(".") and "S" not in entry.name.partition(":2,")[2]
        ]
        for _, file_name, name in sorted(found):
            path = self._folder / name / file_name
            with suppress(FileNotFoundError):
                about = path.stat(follow_symlinks=False)
                if stat.S_ISREG(about.st_mode):
                    yield MaildirItem(path, about.st_size)


@dataclass(frozen=True, slots=True)
class ImapItem:
    """One mail on the server, by its UID."""

    line: imaplib.IMAP4
    uid: int
    size: int
    mark: tuple[int, int]

    @property
    def key(self) -> str:
        """The mailbox's validity and the UID: together they never name another mail."""
        return f"{self.mark[0]}/{self.uid}"

    def read(self, most: int) -> bytes | None:
        """The mail's first bytes, without marking it; None when it is gone."""
        answer = self.line.uid("FETCH", str(self.uid), f"(BODY.PEEK[]<0.{most}>)")
        return next((bytes(part[1]) for part in _taken(answer, "fetch") if isinstance(part, tuple)), None)

    def put_aside(self) -> None:
        """Mark the mail as seen, for people who look into the mailbox too; the cursor does not need it."""
        with suppress(imaplib.IMAP4.error):
            self.line.uid("STORE", str(self.uid), "+FLAGS.SILENT", r"(\Seen)")


class ImapBox:
    """One folder of an IMAP server, on a line of its own that lasts for one look."""

    def __init__(self, address: MailboxAddress, tls: ssl.SSLContext | None = None) -> None:
        self._address = address
        self._tls = tls

    def waiting(self, uid_validity: int, last_uid: int, since: datetime) -> Iterator[Item]:
        """The mails behind the cursor, by rising UID.

        When the server has numbered them anew (RFC 9051, 2.3.1.1), or on the first look, those that came since then:
        they are known by their names where they were read before.
        """
        line = self._opened()
        try:
            validity, highest = self._selected(line)
            first = last_uid + 1 if validity == uid_validity else _first_since(line, since)
            while 0 < first <= highest:
                last = min(first + WINDOW - 1, highest)
                found = _between(line, validity, first, last)
                yield from found
                first = last + 1 if found else _next_behind(line, last, highest)
        finally:
            with suppress(imaplib.IMAP4.error, OSError):
                line.logout()

    def _opened(self) -> imaplib.IMAP4:
        address, context = self._address, self._tls or ssl.create_default_context()
        if address.is_tls:
            line: imaplib.IMAP4 = imaplib.IMAP4_SSL(
                address.host, address.port, ssl_context=context, timeout=TIMEOUT
            )
        else:
            line = imaplib.IMAP4(address.host, address.port, timeout=TIMEOUT)
        try:
            self._greet(line, context)
        except BaseException:
            line.shutdown()
            raise
        return line

    def _greet(self, line: imaplib.IMAP4, context: ssl.SSLContext) -> None:
        if not self._address.is_tls:
            if "STARTTLS" in line.capabilities:
                line.starttls(context)
            elif self._address.must_tls:
                raise MailboxFault("no TLS")
        line.login(self._address.user, self._address.password)

    def _selected(self, line: imaplib.IMAP4) -> tuple[int, int]:
        """Open the folder; its validity, and the UID of its last mail (0 when it is empty).

        The last mail is asked for its UID: not every server says, or says rightly, which one comes next.
        """
        said = _taken(line.select(_quoted(self._address.box)), "select")
        _, validity = line.response("UIDVALIDITY")
        if not validity or validity[0] is None or not validity[0].isdigit():
            raise MailboxFault("no UIDs")
        count = said[-1] or b"0"
        if not int(count):
            return int(validity[0]), 0
        answer = _taken(line.fetch(count.decode("ascii"), "(UID)"), "fetch")
        numbers = [int(found[1]) for found in map(_UID.search, map(_words, answer)) if found]
        if not numbers:
            raise MailboxFault("no UIDs")
        return int(validity[0]), max(numbers)


def _first_since(line: imaplib.IMAP4, since: datetime) -> int:
    """The UID of the first mail that came since then, by the server's own calendar; 0 when none did."""
    day = since - timedelta(days=1)
    asked = f"{day.day}-{_MONTHS[day.month - 1]}-{day.year}"
    return min(_numbers(line.uid("SEARCH", "SINCE", asked)), default=0)


def _next_behind(line: imaplib.IMAP4, uid: int, highest: int) -> int:
    """The UID of the next mail after a stretch without any; 0 when there is none."""
    found = _numbers(line.uid("SEARCH", "UID", f"{uid + 1}:{highest}"))
    return min((number for number in found if number > uid), default=0)


def _numbers(answer: tuple[str, Sequence[Any]]) -> list[int]:
    return [int(number) for part in _taken(answer, "search") for number in (part or b"").split()]


def _words(part: Any) -> bytes:
    """The words of one piece of an answer, without what came with it."""
    return (part[0] if isinstance(part, tuple) else part) or b""


def _between(line: imaplib.IMAP4, validity: int, first: int, last: int) -> list[ImapItem]:
    """The mails of one window of UIDs, with their sizes."""
    sizes: dict[int, int] = {}
    for part in _taken(line.uid("FETCH", f"{first}:{last}", "(UID RFC822.SIZE)"), "fetch"):
        uid, size = (pattern.search(_words(part)) for pattern in (_UID, _SIZE))
        if uid and size and first <= int(uid[1]) <= last:
            sizes[int(uid[1])] = int(size[1])
    return [ImapItem(line, number, sizes[number], (validity, number)) for number in sorted(sizes)]


def _taken(answer: tuple[str, Sequence[Any]], step: str) -> Sequence[Any]:
    """What the server answered.

    :raises MailboxFault: when it said no.
    """
    if answer[0] != "OK":
        raise MailboxFault(step)
    return answer[1]


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'

"""Where mails are handed over: an SMTP server, or a folder of files where no server is set.

What a server answers decides what becomes of a mail. "Not now" is tried again; "never" is given up; a server that
cannot be reached, refuses our sign-in or our sender says nothing about the mail at all; and a line that breaks after
the text has begun to flow leaves the mail's fate unknown (RFC 5321, 4.5.4 and 6.1). Replies are kept as numbers only,
because their words repeat addresses; what the words mean, where the numbers do not say it, is judged before.
"""

from __future__ import annotations

import os
import re
import smtplib
import ssl
import tempfile
from dataclasses import dataclass, field
from email import message_from_bytes
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from scheduler.domain import bounce
from scheduler.domain.hand_over import HandOver, Result

TIMEOUT = 15.0
"""Seconds for each step of the talk with a server."""

_QUEUED = re.compile(rb"queued as ([A-Za-z0-9.-]{1,64})")
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*<([A-Za-z0-9._-]{1,90})@", re.IGNORECASE | re.MULTILINE)
_NOT_AVAILABLE = 421
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Server:
    """An SMTP server as the setting names it: `smtp://user:password@host:port`, `smtps://...`, `?tls=required`.

    `smtp` goes over to TLS when the server offers it; with `tls=required`, or with a password for a server that is not
    this machine, it must.
    """

    host: str
    port: int
    is_tls: bool = False
    must_tls: bool = False
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, url: str) -> Server:
        """Read the setting.

        :raises ValueError: when it names no host or is no SMTP address.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("an SMTP address reads smtp://host:port or smtps://host:port")
        is_tls = parts.scheme == "smtps"
        user = unquote(parts.username or "")
        asked = parse_qs(parts.query).get("tls", [""])[-1] == "required"
        return cls(
            host=parts.hostname,
            port=parts.port or (465 if is_tls else 587 if user else 25),
            is_tls=is_tls,
            must_tls=asked or bool(user and parts.hostname not in _LOOPBACK),
            user=user,
            password=unquote(parts.password or ""),
        )


class SmtpOffice:
    """Hands mails to a server over one connection that is kept from mail to mail. For one thread."""

    def __init__(
        self,
        server: Server,
        *,
        timeout: float = TIMEOUT,
        tls: ssl.SSLContext | None = None,
        bounces_to: str | None = None,
    ) -> None:
        self._server = server
        self._bounces_to = bounces_to
        self._timeout = timeout
        self._tls = tls
        self._line: smtplib.SMTP | None = None

    def post(self, message: bytes, sender: str, recipient: str) -> HandOver:
        """Hand over one mail for one recipient."""
        try:
            line = self._connected()
            refused = self._envelope(line, self._bounces_to or sender, recipient, _name_of(message))
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return HandOver(Result.UNREACHABLE, _reason(error))
        return refused or self._contents(line, message)

    def _envelope(self, line: smtplib.SMTP, sender: str, recipient: str, name: str) -> HandOver | None:
        """Sender and recipient; None when both are taken.

        A server that knows how is asked to report failures under our own name for the mail (RFC 3461, 4), so that
        whoever reads the mailbox knows which one it was.

        :raises SMTPException: when the server will not deal with us at all.
        """
        reports = line.has_extn("dsn")
        code, _ = line.mail(sender, ["RET=HDRS", f"ENVID={_xtext(name)}"] if reports and name else [])
        if code == _NOT_AVAILABLE or code >= 500:
            raise smtplib.SMTPSenderRefused(code, b"", sender)
        if code >= 400:
            return HandOver(Result.DEFERRED, f"smtp {code}")
        asked = ["NOTIFY=FAILURE,DELAY", f"ORCPT=rfc822;{_xtext(recipient)}"] if reports else []
        code, answer = line.rcpt(recipient, asked)
        if code == _NOT_AVAILABLE:
            raise smtplib.SMTPResponseException(code, b"")
        return _refusal(code, answer, at_recipient=True) if code >= 400 else None

    def _contents(self, line: smtplib.SMTP, message: bytes) -> HandOver:
        """The text itself: from here on, silence means that nobody knows."""
        try:
            code, answer = line.data(message)
        except smtplib.SMTPDataError as error:
            return _refusal(error.smtp_code, error.smtp_error)
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return HandOver(Result.UNSURE, _reason(error))
        if code >= 400:
            return _refusal(code, answer)
        queued = _QUEUED.search(answer)
        return HandOver(Result.ACCEPTED, reference=queued[1].decode("ascii") if queued else "")

    def _connected(self) -> smtplib.SMTP:
        """The open line, or a new one when the server has hung up meanwhile."""
        if self._line is not None:
            try:
                if self._line.rset()[0] < 400:
                    return self._line
            except (OSError, smtplib.SMTPException):
                pass
            self.close()
        self._line = self._open()
        return self._line

    def _open(self) -> smtplib.SMTP:
        server = self._server
        context = self._tls or ssl.create_default_context()
        if server.is_tls:
            line: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=self._timeout, context=context
            )
        else:
            line = smtplib.SMTP(server.host, server.port, timeout=self._timeout)
        try:
            self._greet(line, context)
        except BaseException:
            line.close()
            raise
        return line

    def _greet(self, line: smtplib.SMTP, context: ssl.SSLContext) -> None:
        line.ehlo_or_helo_if_needed()
        if not self._server.is_tls:
            if line.has_extn("starttls"):
                line.starttls(context=context)
                line.ehlo()
            elif self._server.must_tls:
                raise smtplib.SMTPNotSupportedError("no TLS")
        if self._server.user:
            line.login(self._server.user, self._server.password)

    def close(self) -> None:
        """Hang up; the next mail opens a new line."""
        if self._line is not None:
            self._line.close()
            self._line = None


def _refusal(code: int, answer: bytes | str, *, at_recipient: bool = False) -> HandOver:
    """What a refusal means: not now, never, or never to this address. Its words are judged here and not kept."""
    if code < 500:
        return HandOver(Result.DEFERRED, f"smtp {code}")
    words = answer.decode("latin-1") if isinstance(answer, bytes) else answer
    is_bad = bounce.is_of_address(code, words, at_recipient=at_recipient)
    reason = f"smtp {code} {bounce.enhanced(words)}".strip()
    return HandOver(Result.BAD_ADDRESS if is_bad else Result.REFUSED, reason)


def _name_of(message: bytes) -> str:
    """Our own name for a mail: the local part of its Message-ID."""
    found = _MESSAGE_ID.search(message)
    return found[1].decode("ascii") if found else ""


def _xtext(text: str) -> str:
    """Text as it may stand in a parameter (RFC 3461, 4)."""
    return "".join(
        sign if "!" <= sign <= "~" and sign not in "+=" else f"+{ord(sign) & 0xFF:02X}" for sign in text
    )


def _reason(error: Exception) -> str:
    """A reason without the server's words."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"smtp {error.smtp_code}"
    return f"smtp {type(error).__name__}"


class FolderOffice:
    """Keeps each mail as an `.eml` file, for clinics that are only trying things out."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def post(self, message: bytes, sender: str, recipient: str) -> HandOver:
        """Write the mail as a file, whole or not at all, for the owner alone; a repeat takes the same place."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._write(message)
        except OSError as error:
            return HandOver(Result.UNREACHABLE, f"folder {type(error).__name__}")
        return HandOver(Result.ACCEPTED)

    def close(self) -> None:
        """Nothing is open."""

    def _write(self, message: bytes) -> None:
        handle, scratch = tempfile.mkstemp(dir=self._folder, prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(message)
                file.flush()
                os.fsync(file.fileno())
            Path(scratch).replace(self._folder / _file_name(message))
        except BaseException:
            Path(scratch).unlink(missing_ok=True)
            raise


def _file_name(message: bytes) -> str:
    """Sorted by time, one name for one mail."""
    headers = message_from_bytes(message.partition(b"\r\n\r\n")[0])
    written = parsedate_to_datetime(headers["Date"])
    name = re.sub(r"[^A-Za-z0-9]", "", headers["Message-ID"].partition("@")[0])
    return f"{written:%Y%m%dT%H%M%S}-{name[:16]}.eml"

"""Where the clinic's mailbox is: an IMAP server, or a Maildir folder on this machine."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
FOLDERS = ("cur", "new", "tmp")


@dataclass(frozen=True, slots=True)
class MailboxAddress:
    """A mailbox as the setting names it: `imaps://user:password@host/INBOX`, `imap://...`, or a Maildir's path.

    `imap` goes over to TLS when the server offers it, and must where a password would go to another machine or with
    `?tls=required`. `maildir` is the folder, and then nothing else is set.
    """

    maildir: Path | None = None
    host: str = ""
    port: int = 0
    is_tls: bool = False
    must_tls: bool = False
    user: str = ""
    password: str = field(default="", repr=False)
    box: str = "INBOX"

    @classmethod
    def parse(cls, setting: str) -> MailboxAddress:
        """Read the setting.

        :raises ValueError: when it names neither; the message shows no password.
        """
        parts = urlsplit(setting)
        if parts.scheme in {"imap", "imaps"}:
            return cls._server(setting)
        path = Path(unquote(parts.path) if parts.scheme in {"maildir", "file"} else setting)
        if not path.is_absolute() or parts.scheme not in {"", "maildir", "file"}:
            raise ValueError("a mailbox reads imaps://user:password@host, or is the whole path of a Maildir")
        if not all((path / name).is_dir() for name in FOLDERS):
            raise ValueError("names no Maildir (a folder with cur, new and tmp in it)")
        return cls(maildir=path)

    @classmethod
    def _server(cls, setting: str) -> MailboxAddress:
        parts = urlsplit(setting)
        try:
            port = parts.port
        except ValueError:
            raise ValueError("the port must be a number") from None
        if not parts.hostname or not parts.username or parts.password is None:
            raise ValueError("an IMAP mailbox reads imaps://user:password@host")
        is_tls = parts.scheme == "imaps"
        asked = parse_qs(parts.query).get("tls", [""])[-1] == "required"
        return cls(
            host=parts.hostname,
            port=port or (993 if is_tls else 143),
            is_tls=is_tls,
            must_tls=asked or parts.hostname not in _LOOPBACK,
            user=unquote(parts.username),
            password=unquote(parts.password),
            box=unquote(parts.path.strip("/")) or "INBOX",
        )

    @property
    def name(self) -> str:
        """What the mailbox is called in the record: always the same, and saying nothing."""
        said = str(self.maildir) if self.maildir else f"{self.user}@{self.host}:{self.port}/{self.box}"
        return hashlib.sha256(said.encode()).hexdigest()[:32]

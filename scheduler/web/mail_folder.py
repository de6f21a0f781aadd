"""Reads the mails that a clinic without a mail server writes into a folder instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

MOST = 100
LARGEST = 2_000_000
"""Bytes; our own mails have a few thousand."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as a person sees it; `sent` is aware UTC."""

    name: str
    path: Path
    subject: str
    to: str
    sent: datetime
    text: str
    html: str
    calendar: bytes | None


def all_mails(folder: Path) -> list[Mail]:
    """The newest mails in the folder, the newest first; none when there is no folder yet."""
    found = [mail for path in _newest(folder) if (mail := _read(path)) is not None]
    return sorted(found, key=lambda mail: (mail.sent, mail.name), reverse=True)


def one_mail(folder: Path, name: str) -> Mail | None:
    """The mail of that file name; names that lead out of the folder lead nowhere."""
    known = {path.name: path for path in folder.glob("*.eml")}
    return _read(known[name]) if name in known else None


def _newest(folder: Path) -> Iterator[Path]:
    dated = sorted(((path.stat().st_mtime, path) for path in folder.glob("*.eml")), reverse=True)
    return (path for _when, path in dated[:MOST])


def _read(path: Path) -> Mail | None:
    if path.stat().st_size > LARGEST:
        return None
    with path.open("rb") as handle:
        message = BytesParser(EmailMessage, policy=policy.default).parse(handle)
    return Mail(
        name=path.name,
        path=path,
        subject=str(message["Subject"] or ""),
        to=str(message["To"] or ""),
        sent=_sent(message, path),
        text=_part(message, "plain"),
        html=_part(message, "html"),
        calendar=_calendar(message),
    )


def _sent(message: EmailMessage, path: Path) -> datetime:
    stamp = getattr(message["Date"], "datetime", None)
    if isinstance(stamp, datetime) and stamp.tzinfo is not None:
        return stamp.astimezone(UTC)
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _part(message: EmailMessage, kind: str) -> str:
    body = message.get_body(preferencelist=(kind,))
    return "" if body is None else str(body.get_content())


def _calendar(message: EmailMessage) -> bytes | None:
    for part in message.walk():
        if part.get_content_type() == "text/calendar":
            found = part.get_payload(decode=True)
            return found if isinstance(found, bytes) else None
    return None

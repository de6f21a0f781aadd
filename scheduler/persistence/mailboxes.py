"""How far the clinic's mailbox was read, and when it was last looked into.

A row is a mailbox. One worker reads it at a time, under a lease. What is being read is written down first: a mail that
kills its reader three times is passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Connection, Integer, String, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.persistence.database import Instant, Model


class MailboxRow(Model):
    """One mailbox by the hash of its address. `last_uid` counts within `uid_validity` (RFC 9051, 2.3.1.1)."""

    __tablename__ = "mailbox"
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    uid_validity: Mapped[int] = mapped_column(BigInteger)
    last_uid: Mapped[int] = mapped_column(BigInteger)
    trying: Mapped[str | None] = mapped_column(String(255))
    tries: Mapped[int] = mapped_column(Integer)
    looked_at: Mapped[datetime | None] = mapped_column(Instant)
    failed_at: Mapped[datetime | None] = mapped_column(Instant)
    failure: Mapped[str | None] = mapped_column(String(64))
    lease_token: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[datetime | None] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class Freshness:
    """When a mailbox was last read to its end, when that last failed, and why."""

    looked_at: datetime | None
    failed_at: datetime | None
    failure: str


_ADD = {
    "sqlite": sqlite.insert(MailboxRow).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(MailboxRow).on_conflict_do_nothing(),
}


def claim(connection: Connection, name: str, token: str, now: datetime, until: datetime) -> bool:
    """Take a mailbox for one reader; False while another one has it."""
    fresh = {"name": name, "uid_validity": 0, "last_uid": 0, "tries": 0}
    connection.execute(_ADD[connection.dialect.name], fresh)
    taken = connection.execute(
        update(MailboxRow)
        .where(MailboxRow.name == name, or_(MailboxRow.lease_until.is_(None), MailboxRow.lease_until <= now))
        .values(lease_token=token, lease_until=until)
    )
    return taken.rowcount == 1


def cursor(connection: Connection, name: str) -> tuple[int, int]:
    """How far an IMAP mailbox was read: its validity and the last UID."""
    question = select(MailboxRow.uid_validity, MailboxRow.last_uid).where(MailboxRow.name == name)
    row = connection.execute(question).one()
    return row.uid_validity, row.last_uid


def begin(connection: Connection, name: str, token: str, trying: str, until: datetime) -> int | None:
    """Write down which mail is about to be read; returns how often that was begun before.

    None when the mailbox is no longer this reader's.
    """
    row = connection.execute(
        select(MailboxRow.trying, MailboxRow.tries)
        .where(MailboxRow.name == name, MailboxRow.lease_token == token)
        .with_for_update()
    ).first()
    if row is None:
        return None
    before = row.tries if row.trying == trying else 0
    connection.execute(
        update(MailboxRow)
        .where(MailboxRow.name == name)
        .values(trying=trying, tries=before + 1, lease_until=until)
    )
    return before


def reach(connection: Connection, name: str, uid_validity: int, uid: int) -> None:
    """Move the cursor behind a mail that is done."""
    connection.execute(
        update(MailboxRow).where(MailboxRow.name == name).values(uid_validity=uid_validity, last_uid=uid)
    )


def finish(connection: Connection, name: str, token: str, now: datetime, failure: str | None) -> None:
    """Give a mailbox back, with what came of the look.

    `failure` is "" when it was read to its end, and None when it was left half-way through no fault of the mailbox.
    After any other one it stays written down which mail was at work: that mail may be why, and must not be so for ever.
    """
    begun = {} if failure else {"trying": None, "tries": 0}
    came = {"failed_at": now, "failure": failure[:64]} if failure else {"looked_at": now, "failure": None}
    connection.execute(
        update(MailboxRow)
        .where(MailboxRow.name == name, MailboxRow.lease_token == token)
        .values(lease_token=None, lease_until=None, **begun, **({} if failure is None else came))
    )


def freshness(connection: Connection) -> Freshness | None:
    """How the mailbox that was read last stands; None when none ever was."""
    latest = (
        select(MailboxRow)
        .order_by(MailboxRow.looked_at.is_(None), MailboxRow.looked_at.desc(), MailboxRow.failed_at.desc())
        .limit(1)
    )
    row = connection.execute(latest).first()
    if row is None:
        return None
    found = row._mapping
    return Freshness(found["looked_at"], found["failed_at"], found["failure"] or "")

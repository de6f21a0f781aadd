"""Working through the clinic's mailbox, one mail at a time, and knowing how far one came.

Before a mail is read its name is written down. So whichever mail breaks its reader, by an error or by killing the whole
program, is begun three times at most and then passed over; the others never wait for it. A database that does not
answer is nobody's fault: then the look ends, and the next one goes on from there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import uuid4

from sqlalchemy.exc import DBAPIError

from scheduler.domain import incoming_mail
from scheduler.domain.reply import Judgement
from scheduler.persistence import mailboxes
from scheduler.persistence.mailboxes import Freshness
from scheduler.services import replies
from scheduler.services.house import House
from scheduler.services.housekeeping import MAILS_KEPT
from scheduler.services.replies import Trust

LEASE = timedelta(minutes=5)
"""Longer than one mail can take; each mail renews it."""

MOST_TRIES = 3


class Item(Protocol):
    """One mail that lies in the mailbox."""

    @property
    def key(self) -> str:
        """What the mailbox calls it."""
        ...

    @property
    def size(self) -> int:
        """In bytes, as the mailbox says."""
        ...

    @property
    def mark(self) -> tuple[int, int] | None:
        """Where the cursor stands behind it (validity, UID); None where being read moves a mail aside."""
        ...

    def read(self, most: int) -> bytes | None:
        """Its first bytes; None when it has gone meanwhile."""
        ...

    def put_aside(self) -> None:
        """Mark it as read."""
        ...


class Box(Protocol):
    """An open mailbox."""

    def waiting(self, uid_validity: int, last_uid: int, since: datetime) -> Iterator[Item]:
        """The mails that were not read yet, oldest first, a few at a time.

        `since` is how far back to look in a mailbox where the cursor is worth nothing.
        """
        ...


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox with what reading it needs: how it is called in the record, how it is opened, whose word counts."""

    name: str
    open: Callable[[], Box]
    trust: Trust


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look came to: mails by verdict, and what went wrong ("" when nothing did)."""

    counts: dict[str, int]
    failure: str = ""


def look(
    house: House, mailbox: Mailbox, now: Callable[[], datetime], stop: Callable[[], bool] = bool
) -> Looked | None:
    """Work through what waits in the mailbox; None when another worker does so already."""
    token = uuid4().hex
    with house.database.transaction() as connection:
        if not mailboxes.claim(connection, mailbox.name, token, now(), now() + LEASE):
            return None
        cursor = mailboxes.cursor(connection, mailbox.name)
    counts: dict[str, int] = {}
    failure: str | None = ""
    try:
        for item in mailbox.open().waiting(*cursor, now() - MAILS_KEPT):
            if stop() or not _one(house, mailbox, item, token, now, counts):
                failure = None
                break
    except DBAPIError:
        with suppress(DBAPIError):
            _finish(house, mailbox, token, now(), None)
        raise
    except Exception as error:  # noqa: BLE001 - a server that is away or talks nonsense: the next look tries again
        failure = type(error).__name__
    _finish(house, mailbox, token, now(), failure)
    return Looked(counts, failure or "")


def _finish(house: House, mailbox: Mailbox, token: str, now: datetime, failure: str | None) -> None:
    with house.database.transaction() as connection:
        mailboxes.finish(connection, mailbox.name, token, now, failure)


def freshness(house: House) -> Freshness | None:
    """How the mailbox stands; None when none was ever read."""
    with house.database.reading() as connection:
        return mailboxes.freshness(connection)


def _one(
    house: House,
    mailbox: Mailbox,
    item: Item,
    token: str,
    now: Callable[[], datetime],
    counts: dict[str, int],
) -> bool:
    """Bring one mail to its end; False when the mailbox is no longer ours to read."""
    with house.database.transaction() as connection:
        tries = mailboxes.begin(connection, mailbox.name, token, item.key, now() + LEASE)
    if tries is None:
        return False
    made = _made_of(house, mailbox, item, now(), is_poison=tries >= MOST_TRIES)
    if made is not None:
        counts[made.verdict.value] = counts.get(made.verdict.value, 0) + 1
    if item.mark is not None:
        with house.database.transaction() as connection:
            mailboxes.reach(connection, mailbox.name, *item.mark)
    item.put_aside()
    return True


def _made_of(
    house: House, mailbox: Mailbox, item: Item, now: datetime, *, is_poison: bool
) -> Judgement | None:
    if is_poison:
        return replies.leave_to_people(house, _given_name(mailbox, item), "poison", now)
    is_large = item.size > incoming_mail.MOST_BYTES
    raw = item.read(incoming_mail.MOST_HEADER_BYTES if is_large else incoming_mail.MOST_BYTES)
    if raw is None:
        return None
    try:
        return replies.receive(house, mailbox.trust, raw, now, is_cut=is_large)
    except DBAPIError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a mail breaks, it must not stop the ones behind it
        reason = f"broken {type(error).__name__}"
        return replies.leave_to_people(house, _given_name(mailbox, item), reason, now)


def _given_name(mailbox: Mailbox, item: Item) -> str:
    """A name for a mail whose own could not be read."""
    return f"unread:{hashlib.sha256(f'{mailbox.name}/{item.key}'.encode()).hexdigest()}"

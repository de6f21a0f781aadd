"""Say whether the house is fit to receive people: the database answers, its guards live, the worker's clock ticks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError

from scheduler.domain.errors import GuardMissing
from scheduler.persistence import guards, heartbeats, mailboxes, migration, outbox
from scheduler.persistence.database import Database
from scheduler.persistence.mailboxes import Freshness
from scheduler.services import messaging_health
from scheduler.services.messaging_health import ChannelHealth

STALE_AFTER = timedelta(minutes=2)
"""The worker ticks every few seconds; two minutes of silence mean that no message leaves."""


class Unfit(Exception):
    """The house must not open; the message is one line that says why and what to do."""


MAILBOX_LATE_AFTER = timedelta(minutes=10)
"""A mailbox that is read is looked into twice a minute."""


@dataclass(frozen=True, slots=True)
class MailboxHealth:
    """How long ago the mailbox was last read to its end (None: never), and whether it could not be read since."""

    age: timedelta | None
    is_failing: bool

    @property
    def is_late(self) -> bool:
        """Say whether answers lie unread for longer than they should."""
        return self.age is None or self.age > MAILBOX_LATE_AFTER


@dataclass(frozen=True, slots=True)
class Vitals:
    """What was found. `missing_guards` names rules the database no longer keeps; ages count from now.

    `channels` say how the sending goes, `mailbox` how the reading does (None: none was
    ever read). A provider out of reach does not make the house unfit: people can still book.
    """

    database: bool = False
    migrations: bool = False
    missing_guards: tuple[str, ...] = ()
    worker_age: timedelta | None = None
    oldest_due: timedelta | None = None
    channels: tuple[ChannelHealth, ...] = ()
    mailbox: MailboxHealth | None = None

    @property
    def worker(self) -> bool:
        """Say whether some worker's clock ticked lately."""
        return self.worker_age is not None and self.worker_age < STALE_AFTER

    @property
    def fit(self) -> bool:
        """Say whether everything is as it must be."""
        return self.database and self.migrations and not self.missing_guards and self.worker


def look(database: Database, now: datetime) -> Vitals:
    """Look at everything once, in one snapshot that changes nothing; a database that does not answer is a finding."""
    try:
        with database.reading() as connection:
            if migration.current(connection) != migration.head():
                return Vitals(database=True)
            beat, due = heartbeats.last_beat(connection), outbox.oldest_overdue(connection, now)
            return Vitals(
                database=True,
                migrations=True,
                missing_guards=guards.missing(connection),
                worker_age=now - beat if beat else None,
                oldest_due=now - due if due else None,
                channels=messaging_health.look(connection, now),
                mailbox=_mailbox(mailboxes.freshness(connection), now),
            )
    except DBAPIError:
        return Vitals()


def _mailbox(found: Freshness | None, now: datetime) -> MailboxHealth | None:
    if found is None:
        return None
    age = now - found.looked_at if found.looked_at else None
    failed_since = found.failed_at is not None and (
        found.looked_at is None or found.failed_at > found.looked_at
    )
    return MailboxHealth(age, is_failing=failed_since)


def prove(database: Database) -> None:
    """Before the doors open, try to break each guard of the database; the trial is undone.

    :raises Unfit: when the tables are behind the program, or a rule gave way: then no booking would be safe.
    """
    with database.reading() as connection:
        if migration.current(connection) != migration.head():
            raise Unfit("The tables are not those of this version. Run: flask --app wsgi db upgrade")
    try:
        with database.transaction() as connection:
            guards.probe(connection)
    except GuardMissing as gone:
        raise Unfit(
            f"The database no longer keeps the rule {gone}. No bookings are taken until it does."
        ) from None

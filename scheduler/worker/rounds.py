"""What a worker does beside sending: it reads the mailbox and calendars, seals the audit, tidies up, shows it lives."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from scheduler import journal
from scheduler.services import housekeeping, mailbox_reading, sealing
from scheduler.services.house import House
from scheduler.services.mailbox_reading import Mailbox
from scheduler.worker import calendars


class Rounds:
    """The rounds of one worker; `now` is its moment, and `stopping` says that it is about to stop."""

    def __init__(
        self,
        house: House,
        anchor: Path,
        now: Callable[[], datetime],
        stopping: Callable[[], bool],
        mailbox: Mailbox | None = None,
    ) -> None:
        self.house = house
        self.node = f"{socket.gethostname()[:48]}:{os.getpid()}"
        self.mailbox = mailbox
        self._anchor = anchor
        self._now = now
        self._is_stopping = stopping
        self._mailbox_failure = ""
        self._started_at = now()

    def read_mailbox(self) -> None:
        """Work through what came into the clinic's mailbox."""
        if self.mailbox is None:
            return
        looked = mailbox_reading.look(self.house, self.mailbox, self._now, self._is_stopping)
        if looked is None:
            return
        if looked.counts:
            journal.note("worker", "mailbox read", dict(looked.counts))
        if looked.failure != self._mailbox_failure:
            self._mailbox_failure = looked.failure
            event = "mailbox cannot be read" if looked.failure else "mailbox can be read"
            journal.note("worker", event, {"reason": looked.failure}, logging.WARNING)

    def read_calendars(self) -> None:
        """Read the clinicians' own calendars that are due."""
        calendars.read_due(self.house, self._now, self._is_stopping)

    def archive(self) -> None:
        """Move messages long settled aside, and forget mails that came long ago."""
        for put_away in (housekeeping.archive, housekeeping.forget_mails):
            while put_away(self.house, self._now()) and not self._is_stopping():
                pass

    def seal(self) -> None:
        """Chain the newest audit rows."""
        while sealing.seal(self.house.database, self.house.vault, self._anchor, now=self._now()) >= 500:
            if self._is_stopping():
                return

    def recheck(self) -> None:
        """Once an hour, look at the whole trail for rows that came very late."""
        database, vault = self.house.database, self.house.vault
        sealing.seal(database, vault, self._anchor, now=self._now(), everything=True)

    def beat(self) -> None:
        """Show that this worker lives."""
        housekeeping.beat(self.house, self.node, started_at=self._started_at, now=self._now())

    def tidy(self) -> None:
        """Give back lapsed times and throw old things away."""
        housekeeping.tidy(self.house, self._now())

"""How writers take turns at the one file, and how what they wrote comes to be on the disk before anybody is told.

Context. SQLite lets one writer in at a time. Its own way to wait (sleep and try again) is unfair: the unlucky ones wait
half a second. And its own way to be safe (`synchronous = FULL`) makes each writer wait for the disk while it holds the
turn, so eight writers are no faster than the disk, and on a busy disk slower than one.

Decision. Writers queue on a file lock, which the kernel hands on. SQLite writes its log without waiting for the disk
(`synchronous = NORMAL`), the turn ends, and only then does the writer wait for the disk: with all who have committed
by that moment, one wait serves them all.

Consequence. `transaction()` returns when the commit is as safe as with FULL: the log is on the disk up to and with it.
Another may read it a moment before. What it then commits stands behind it in the same log, so no answer and no mail
can rest on something that a power cut undoes. SQLite itself brings the log to the disk before it writes it back into
the database; that, too, is done outside the turn, now and then, since it takes as long as twenty bookings.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

TIDY_EVERY = 250
"""Commits of one process, after which the log is written back into the database, beside those who go on writing."""

LONGEST_LOG = 16_000
"""Pages of 4 kB. A log that never came to rest is written back within a turn: little is left to write by then."""


def sync_file(path: Path) -> None:
    """Wait until the disk has all of a file. One that is gone was emptied into the database, on the disk, by SQLite.

    It is opened anew each time: the log is another file once all connections were closed in between.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        os.fdatasync(handle)
    finally:
        os.close(handle)


class SharedSync:
    """One wait for the disk that serves all threads which have written before it began."""

    def __init__(self, path: Path, sync: Callable[[Path], None] = sync_file) -> None:
        self._path, self._sync = path, sync
        self._counting, self._syncing = threading.Lock(), threading.Lock()
        self._written = self._safe = 0

    def wait(self) -> None:
        """Return when all that this thread has written is on the disk."""
        with self._counting:
            self._written += 1
            mine = self._written
        with self._syncing:
            if self._safe >= mine:
                return
            covered = self._written
            self._sync(self._path)
            self._safe = covered


class WriteQueue:
    """A queue in front of SQLite's write lock, across the threads and the processes of one machine.

    `flock` belongs to an open file description, so each thread keeps its own: threads queue like processes do.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mine = threading.local()
        self._handles: list[int] = []

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the turn and hold it."""
        handle = self._handle()
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)

    def _handle(self) -> int:
        mine: tuple[int, int] | None = getattr(self._mine, "handle", None)
        if mine is None or mine[0] != os.getpid():
            mine = (os.getpid(), os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            self._mine.handle = mine
            self._handles.append(mine[1])
        return mine[1]

    def close(self) -> None:
        """Close the handles this process opened."""
        for handle in self._handles:
            os.close(handle)
        self._handles.clear()
        self._mine = threading.local()


class Disk:
    """The turn and the wait that follows it, for a database in one file."""

    def __init__(self, database: str) -> None:
        self._queue = WriteQueue(Path(f"{database}.queue"))
        self._log = SharedSync(Path(f"{database}-wal"))
        self._commits = count(1)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the turn for a transaction; when it is over and committed, wait for the disk."""
        with self._queue.turn():
            yield
        self._log.wait()

    def is_untidy(self) -> bool:
        """Count one commit, and say whether it is time to write the log back."""
        return next(self._commits) % TIDY_EVERY == 0

    def close(self) -> None:
        """Close what this process opened."""
        self._queue.close()

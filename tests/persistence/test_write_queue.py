"""A commit is on the disk before anybody is told, and one wait for the disk serves all who wrote before it."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from scheduler.persistence.database import Database
from scheduler.persistence.write_queue import TIDY_EVERY, Disk, SharedSync, WriteQueue, sync_file


class Platter:
    """A disk that writes down what it was asked to make safe, and can be made to take its time."""

    def __init__(self) -> None:
        self.synced: list[int] = []
        self.written = 0
        self.go_on = threading.Event()
        self.go_on.set()
        self.busy = threading.Event()

    def sync(self, _path: Path) -> None:
        """Make safe what was written when the wait began, not what came after."""
        begun_with = self.written
        self.busy.set()
        self.go_on.wait(10)
        self.synced.append(begun_with)


@pytest.fixture
def on_disk(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path}/clinic.sqlite")


def test_a_single_writer_waits_for_the_disk_each_time() -> None:
    disk = Platter()
    log = SharedSync(Path("log"), disk.sync)
    for number in range(1, 4):
        disk.written = number
        log.wait()
        assert disk.synced[-1] == number


def test_one_wait_serves_all_who_wrote_before_it_began() -> None:
    disk = Platter()
    log = SharedSync(Path("log"), disk.sync)
    disk.go_on.clear()
    told: list[str] = []

    def write(name: str) -> None:
        log.wait()
        told.append(name)

    first = _start(partial(write, "first"))
    disk.busy.wait(10)
    disk.written = 8
    later = [_start(partial(write, "later")) for _ in range(8)]
    _until(lambda: log._written == 9)
    assert told == [], "nobody is told before the disk has answered"
    disk.go_on.set()
    for thread in (first, *later):
        thread.join(10)
    assert sorted(told) == ["first", *["later"] * 8]
    assert disk.synced == [0, 8], "eight writers wait once, and not for a wait that began before they wrote"


def test_a_wait_that_fails_is_not_taken_for_safe() -> None:
    def broken(_path: Path) -> None:
        raise OSError("the disk is gone")

    log = SharedSync(Path("log"), broken)
    for _ in range(2):
        with pytest.raises(OSError, match="gone"):
            log.wait()


def test_a_log_that_sqlite_has_emptied_needs_no_wait(tmp_path: Path) -> None:
    sync_file(tmp_path / "clinic.sqlite-wal")


def test_the_wait_comes_after_the_turn_and_only_after_a_commit(
    on_disk: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("scheduler.persistence.write_queue.os.fdatasync", lambda _: asked.append("disk"))
    with on_disk.transaction() as connection:
        connection.exec_driver_sql("CREATE TABLE note (words TEXT)")
        assert asked == []
    assert asked == ["disk"]
    with pytest.raises(ZeroDivisionError), on_disk.transaction():
        raise ZeroDivisionError
    assert asked == ["disk"], "what was undone needs no disk"


def test_sqlite_leaves_the_waiting_to_us(on_disk: Database) -> None:
    with on_disk.reading() as connection:
        normal = 1
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == normal
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_the_log_is_written_back_now_and_then(on_disk: Database, tmp_path: Path) -> None:
    with on_disk.transaction() as connection:
        connection.exec_driver_sql("CREATE TABLE note (words TEXT)")
    for _ in range(TIDY_EVERY):
        with on_disk.transaction() as connection:
            connection.exec_driver_sql("INSERT INTO note VALUES ('kept')")
    without_log = shutil.copyfile(tmp_path / "clinic.sqlite", tmp_path / "copy.sqlite")
    with contextlib.closing(sqlite3.connect(without_log)) as copy:
        assert copy.execute("SELECT count(*) FROM note").fetchone() == (TIDY_EVERY - 1,)


def test_threads_take_turns(tmp_path: Path) -> None:
    queue, inside, most = WriteQueue(tmp_path / "queue"), [0], [0]

    def work() -> None:
        for _ in range(50):
            with queue.turn():
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                inside[0] -= 1

    threads = [_start(work) for _ in range(4)]
    for thread in threads:
        thread.join(20)
    queue.close()
    assert most == [1]


def test_a_turn_ends_with_its_trouble(tmp_path: Path) -> None:
    disk = Disk(str(tmp_path / "clinic.sqlite"))
    with pytest.raises(ZeroDivisionError), disk.writing():
        raise ZeroDivisionError
    with disk.writing():
        pass
    disk.close()


def _start(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def _until(done: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(1000):
        if done():
            return
        pause.wait(0.01)
    raise AssertionError("it did not come to that")

"""Claims about copies of the clinic: complete, private, and never put in place of something else by mistake."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from sqlalchemy import text

from scheduler.domain.actor import SYSTEM
from scheduler.persistence import backups, guards, migration
from scheduler.persistence.backups import BackupError
from scheduler.persistence.database import Database
from scheduler.persistence.vault import KeyRing, Vault, fresh_keys
from scheduler.services import backup, booking, changing, sealing
from scheduler.services.directory import clinic
from scheduler.services.house import House
from tests.engines import NOW, SOMEBODY, a_request, open_house
from tests.postgres import Server, _program_folders, as_text


@pytest.fixture(autouse=True)
def _programs_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's own pg_dump, since an older one refuses a newer server."""
    found = next((folder for folder in _program_folders() if (folder / "pg_dump").exists()), None)
    if found is not None:
        monkeypatch.setenv("PATH", f"{found}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def empty(house: House, tmp_path: Path, request: pytest.FixtureRequest) -> Database:
    """A database on the same engine in which nothing was ever made."""
    if house.database.is_sqlite:
        database = Database(f"sqlite:///{tmp_path / 'other.sqlite'}")
        request.addfinalizer(database.dispose)
        return database
    server: Server = request.getfixturevalue("postgres_server")
    url = server.create()
    request.addfinalizer(lambda: server.drop(url))
    database = Database(as_text(url))
    request.addfinalizer(database.dispose)
    return database


def test_a_backup_brings_every_visit_back_readable(house: House, empty: Database, tmp_path: Path) -> None:
    booked = booking.book(house, a_request(house), SOMEBODY, NOW).visit
    assert booked is not None
    file = tmp_path / "clinic.backup"
    backup.back_up(house.database, file, SYSTEM, NOW)
    backup.put_back(empty, house.vault, file, tmp_path / "anchor", NOW)
    again = House(empty, house.vault, house.host)
    assert changing.show(again, booked.appointment.id) == booked
    assert clinic(empty).practitioners == clinic(house.database).practitioners
    with empty.transaction() as connection:
        guards.probe(connection)
        assert migration.current(connection) == migration.head()


def test_the_file_is_for_its_owner_alone_and_replaces_no_other(house: House, tmp_path: Path) -> None:
    file = tmp_path / "clinic.backup"
    backup.back_up(house.database, file, SYSTEM, NOW)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    with pytest.raises(BackupError):
        backup.back_up(house.database, file, SYSTEM, NOW)
    assert file.read_bytes() == before


def test_a_database_in_use_is_replaced_only_when_told_so(house: House, tmp_path: Path) -> None:
    file = tmp_path / "clinic.backup"
    backup.back_up(house.database, file, SYSTEM, NOW)
    booked = booking.book(house, a_request(house), SOMEBODY, NOW).visit
    assert booked is not None
    with pytest.raises(BackupError, match="in use"):
        backup.put_back(house.database, house.vault, file, tmp_path / "anchor", NOW)
    assert changing.show(house, booked.appointment.id) == booked
    backup.put_back(house.database, house.vault, file, tmp_path / "anchor", NOW, over=True)
    with house.database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM appointment")).scalar() == 0


def test_other_keys_are_noticed(house: House, empty: Database, tmp_path: Path) -> None:
    booking.book(house, a_request(house), SOMEBODY, NOW)
    file = tmp_path / "clinic.backup"
    backup.back_up(house.database, file, SYSTEM, NOW)
    with pytest.raises(BackupError, match="other keys"):
        backup.put_back(empty, Vault(KeyRing.parse(fresh_keys())), file, tmp_path / "anchor", NOW)


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\x00" + b"\x00" * 200])
def test_what_is_no_backup_changes_nothing(house: House, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "something"
    file.write_bytes(content)
    before = clinic(house.database)
    with pytest.raises(BackupError):
        backup.put_back(house.database, house.vault, file, tmp_path / "anchor", NOW, over=True)
    assert clinic(house.database) == before
    with pytest.raises(BackupError, match="no such file"):
        backup.put_back(
            house.database, house.vault, tmp_path / "nothing", tmp_path / "anchor", NOW, over=True
        )


def test_the_trail_goes_on_after_a_restore(house: House, empty: Database, tmp_path: Path) -> None:
    booking.book(house, a_request(house), SOMEBODY, NOW)
    anchor = tmp_path / "audit.anchor"
    sealing.seal(house.database, house.vault, anchor, now=NOW)
    file = tmp_path / "clinic.backup"
    backup.back_up(house.database, file, SYSTEM, NOW)
    backup.put_back(empty, house.vault, file, anchor, NOW)
    sealing.seal(empty, house.vault, anchor, now=NOW)
    assert sealing.verify(empty, house.vault, anchor, now=NOW) == ()
    with empty.reading() as connection:
        acts = connection.execute(text("SELECT action FROM audit")).scalars().all()
    assert {"backup", "restore", "book"} <= set(acts)


def test_a_password_in_the_address_is_in_no_complaint(tmp_path: Path) -> None:
    nowhere = open_house("postgresql://clinic:hunter2-secret@127.0.0.1:1/clinic").database
    with pytest.raises(BackupError) as refusal:
        backups.write(nowhere, tmp_path / "clinic.backup")
    assert "hunter2" not in str(refusal.value)
    nowhere.dispose()

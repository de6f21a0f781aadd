"""One file that holds the whole database, written while the clinic works, and put back in one step.

SQLite copies itself (`VACUUM INTO`, and the online backup for the way back); PostgreSQL has its own two programs. The
keys are not in the file: what is sealed stays sealed, and both are needed to read anything. Keep them apart.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL, make_url

from scheduler.persistence.database import Database

_DEBIAN = Path("/usr/lib/postgresql")


class BackupError(Exception):
    """A backup could not be written or read; one line that says why, without a password."""


def write(database: Database, path: Path) -> None:
    """Write everything to a new file, 0600.

    :raises BackupError: when the file is there already, or the database's program says no.
    """
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise BackupError(f"{path}: {error.strerror}") from None
    if database.is_sqlite:
        _on_sqlite(database, lambda connection: connection.execute("VACUUM INTO ?", (str(path),)))
        return
    _run(database, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={path}")


def read(database: Database, path: Path) -> None:
    """Put everything back from a file that `write` wrote; what was in the database before is gone.

    :raises BackupError: when the file is none of ours; then the database is as it was.
    """
    if not path.is_file():
        raise BackupError(f"{path}: there is no such file")
    if not database.is_sqlite:
        steps = (
            "--clean",
            "--if-exists",
            "--no-owner",
            "--no-privileges",
            "--single-transaction",
            "--exit-on-error",
        )
        _run(database, "pg_restore", *steps, str(path))
        return
    with sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True) as source:
        _check(source, path)
        _on_sqlite(database, source.backup)
    source.close()


def _check(source: sqlite3.Connection, path: Path) -> None:
    try:
        sound = source.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        source.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError:
        sound = False
    if not sound:
        raise BackupError(f"{path}: this is not a backup of a clinic")


def _on_sqlite(database: Database, act: Any) -> None:
    """Act on the driver's own connection, outside any transaction, as copying asks for."""
    pooled = database.engine.raw_connection()
    try:
        act(pooled.driver_connection)
    except sqlite3.DatabaseError as error:
        raise BackupError(str(error)) from None
    finally:
        pooled.close()


def _run(database: Database, program: str, *arguments: str) -> None:
    url = make_url(database.url)
    command = [_program(program), f"--dbname={_without_password(url)}", "--no-password", *arguments]
    environment = {**os.environ, **({"PGPASSWORD": url.password} if url.password else {})}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode != 0:
        raise BackupError(
            f"{program}: {done.stderr.strip().splitlines()[0] if done.stderr.strip() else 'failed'}"
        )


def _without_password(url: URL) -> str:
    return URL.create(
        "postgresql", url.username, None, url.host, url.port, url.database, url.query
    ).render_as_string(hide_password=False)


def _program(name: str) -> str:
    """PostgreSQL's own program: the one on the path, else the newest of Debian's.

    :raises BackupError: when it is not installed.
    """
    found = shutil.which(name)
    for folder in sorted(_DEBIAN.glob("*/bin"), reverse=True):
        found = found or shutil.which(name, path=str(folder))
    if found is None:
        raise BackupError(f"{name} is not installed; it comes with PostgreSQL's client programs")
    return found

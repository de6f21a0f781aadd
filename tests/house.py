"""The app for tests: a migrated SQLite file of its own for each test, with the clinic's name in it, and the inspector.

The file is migrated once for the run and copied for each test (a migration takes a second, a copy a millisecond).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import insert

from scheduler.app import create_app
from scheduler.persistence import directory, migration
from scheduler.persistence.database import Database
from tests.factories import a_location, an_organization
from tests.inspector import Inspector

MakeApp = Callable[..., Flask]


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file with the clinic's own name and office in it."""
    path = tmp_path_factory.mktemp("house") / "template.sqlite"
    database = Database(f"sqlite:///{path}")
    migration.upgrade(database)
    _name_the_clinic(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return path


@pytest.fixture
def make_app(migrated_file: Path, tmp_path: Path) -> Iterator[MakeApp]:
    """Makes apps with settings of the test's own, each on a fresh copy of the database unless it names one."""
    made: list[Database] = []

    def make(**given: Any) -> Flask:
        folder = tmp_path / f"instance{len(made)}"
        folder.mkdir()
        shutil.copyfile(migrated_file, folder / "scheduler.sqlite")
        app = create_app({"INSTANCE_PATH": str(folder), "TESTING": "1", "RATE_LIMITS": "off", **given})
        app.test_client_class = Inspector
        made.append(app.extensions["database"])
        return app

    yield make
    for database in made:
        database.dispose()


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    """The clinic's app as it comes."""
    return make_app()


@pytest.fixture
def client(app: Flask) -> Inspector:
    """Somebody with a browser whom nobody knows yet."""
    return cast("Inspector", app.test_client())


def _name_the_clinic(database: Database) -> None:
    organization, office = asdict(an_organization()), asdict(a_location())
    for row in (organization, office):
        row.pop("directions", None)
    with database.transaction() as connection:
        connection.execute(insert(directory.OrganizationRow).values({"id": 1, **_columns(organization)}))
        connection.execute(insert(directory.LocationRow).values(_columns(office)))
        directory.bump(connection)


def _columns(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}

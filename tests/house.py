"""The app for tests: a founded clinic in a SQLite file of its own for each test, and a client that inspects pages.

The file is migrated and founded once for the run and copied for each test: a copy takes a millisecond.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask

from scheduler.app import create_app
from scheduler.persistence.database import Database
from tests.inspector import Inspector

MakeApp = Callable[..., Flask]


@pytest.fixture
def make_app(founded_file: Path, tmp_path: Path) -> Iterator[MakeApp]:
    """Makes apps with settings of the test's own, each on a fresh copy of the database unless it names one."""
    made: list[Database] = []

    def make(**given: Any) -> Flask:
        folder = tmp_path / f"instance{len(made)}"
        folder.mkdir(exist_ok=True)
        shutil.copyfile(founded_file, folder / "scheduler.sqlite")
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

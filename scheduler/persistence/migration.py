"""Bring the tables to the shape the program expects, and say whether they are there."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

import scheduler.persistence as tables
from scheduler.persistence.database import Database, Model

MIGRATIONS = Path(__file__).parent / "migrations"


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _rebuilding(database: Database) -> Iterator[Connection]:
    """A connection for changing tables: on SQLite foreign keys rest meanwhile, since a rebuild drops what they name."""
    with database.engine.connect() as connection:
        if database.is_sqlite:
            _pragma(connection, "foreign_keys = OFF")
        try:
            with database.begin(connection):
                yield connection
        finally:
            if database.is_sqlite:
                _pragma(connection, "foreign_keys = ON")


def _pragma(connection: Connection, setting: str) -> None:
    raw: Any = connection.connection.driver_connection
    raw.execute(f"PRAGMA {setting}")


def upgrade(database: Database, revision: str = "head") -> None:
    """Migrate to `revision`; doing it twice changes nothing. All of it commits together or not at all."""
    with _rebuilding(database) as connection:
        command.upgrade(_config(connection), revision)


def downgrade(database: Database, revision: str) -> None:
    """Go back to `revision` ("base" for an empty database)."""
    with _rebuilding(database) as connection:
        command.downgrade(_config(connection), revision)


def current(connection: Connection) -> str | None:
    """The revision the tables are at; None when they are empty."""
    return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """The revision the program expects."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def differences(connection: Connection) -> list[Any]:
    """What the models say and the tables do not, or the other way round; empty when they agree."""
    load_models()
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "include_object": _is_ours, "target_metadata": Model.metadata}
    )
    return list(compare_metadata(context, Model.metadata))


def write_revision(database: Database, message: str) -> None:
    """Write the next numbered migration from the difference between models and tables."""
    load_models()
    with database.engine.connect() as connection:
        number = f"{len(list((MIGRATIONS / 'versions').glob('[0-9]*.py'))) + 1:04d}"
        command.revision(_config(connection), message=message, autogenerate=True, rev_id=number)


def load_models() -> None:
    """Import every module with tables, so that the metadata is whole."""
    for module in pkgutil.iter_modules(tables.__path__):
        importlib.import_module(f"{tables.__name__}.{module.name}")


def _is_ours(_object: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:
    return not (kind == "index" and name == "occupancy_no_overlap")

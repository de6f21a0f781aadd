"""The house opens only when its database is in shape and its guards hold against a real attempt."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from scheduler.config import ROOT
from scheduler.persistence import heartbeats
from scheduler.persistence.database import Database
from scheduler.services import vitals
from tests.engines import NOW


def lose_the_overlap_guard(database: Database) -> None:
    with database.transaction() as connection:
        if database.is_sqlite:
            connection.execute(text("DROP TRIGGER occupancy_no_overlap_insert"))
        else:
            connection.execute(text("ALTER TABLE occupancy DROP CONSTRAINT occupancy_no_overlap"))


def tick(database: Database) -> None:
    with database.transaction() as connection:
        heartbeats.beat(connection, "node", started_at=NOW, now=NOW)


def test_a_house_in_order_is_fit(database: Database) -> None:
    tick(database)
    found = vitals.look(database, NOW + timedelta(seconds=5))
    assert found.fit
    assert found.worker_age == timedelta(seconds=5)
    assert found.oldest_due is None


def test_a_worker_that_fell_silent_makes_it_unfit(database: Database) -> None:
    tick(database)
    assert not vitals.look(database, NOW + vitals.STALE_AFTER).fit


def test_a_lost_guard_is_named(database: Database) -> None:
    lose_the_overlap_guard(database)
    assert [
        name.startswith("occupancy_no_overlap") for name in vitals.look(database, NOW).missing_guards
    ] == [True]


def test_the_proof_passes_and_leaves_nothing_behind(database: Database) -> None:
    vitals.prove(database)
    with database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM occupancy")).scalar_one() == 0
        assert connection.execute(text("SELECT count(*) FROM audit WHERE id < 0")).scalar_one() == 0


def test_the_proof_fails_when_a_guard_gives_way(database: Database) -> None:
    lose_the_overlap_guard(database)
    with pytest.raises(vitals.Unfit, match="occupancy_no_overlap"):
        vitals.prove(database)


def test_the_proof_fails_on_tables_of_another_version(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    with pytest.raises(vitals.Unfit, match="db upgrade"):
        vitals.prove(database)


def test_a_server_does_not_start_without_its_tables(tmp_path: Path) -> None:
    environment = {**os.environ, "SCHEDULER_INSTANCE_PATH": str(tmp_path), "SCHEDULER_DATABASE_URL": ""}
    environment.pop("FLASK_RUN_FROM_CLI", None)
    ran = subprocess.run(
        [sys.executable, "-c", "import wsgi"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 1
    assert ran.stderr == "The tables are not those of this version. Run: flask --app wsgi db upgrade\n"

"""Claims about the commands a person types at a terminal."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from scheduler.persistence.database import Database
from scheduler.services import sealing, staffing
from scheduler.services.directory import clinic
from tests.house import MakeApp

PASSWORD = "a long enough password"


@pytest.fixture
def new_app(make_app: MakeApp, tmp_path: Path) -> Flask:
    """An app on a database that does not exist yet."""
    return make_app(DATABASE_URL=f"sqlite:///{tmp_path / 'new.sqlite'}")


@pytest.fixture
def demo_app(make_app: MakeApp, tmp_path: Path) -> Flask:
    """The same, as a demonstration."""
    return make_app(DATABASE_URL=f"sqlite:///{tmp_path / 'new.sqlite'}", DEMO="1")


def run(app: Flask, *words: str, typed: str | None = None) -> Result:
    return app.test_cli_runner().invoke(args=list(words), input=typed)


def database(app: Flask) -> Database:
    found: Database = app.extensions["database"]
    return found


def test_a_new_database_is_migrated_and_founded(new_app: Flask) -> None:
    assert run(new_app, "db", "current").output.startswith("empty")
    assert run(new_app, "db", "upgrade").exit_code == 0
    assert run(new_app, "db", "upgrade").exit_code == 0
    assert run(new_app, "db", "check").exit_code == 0
    assert run(new_app, "seed").exit_code == 0
    assert len(clinic(database(new_app)).practitioners) == 3


def test_founding_twice_changes_nothing_and_says_so(app: Flask) -> None:
    before = clinic(database(app))
    answer = run(app, "seed")
    assert answer.exit_code == 0
    assert "nothing was changed" in answer.output
    assert clinic(database(app)) == before


def test_a_real_clinic_never_gets_made_up_people(new_app: Flask) -> None:
    run(new_app, "db", "upgrade")
    run(new_app, "seed")
    with database(new_app).reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM patient").scalar() == 0
        assert connection.exec_driver_sql("SELECT count(*) FROM account").scalar() == 0


def test_a_demonstration_gets_them_once(demo_app: Flask) -> None:
    run(demo_app, "db", "upgrade")
    first = run(demo_app, "seed")
    assert first.exit_code == 0
    kept = Path(demo_app.instance_path) / "demo.json"
    passwords = [account["password"] for account in json.loads(kept.read_text())["accounts"]]
    assert all(password not in first.output for password in passwords)
    assert "nothing was changed" in run(demo_app, "seed").output


def test_load_data_is_written_with_a_progress_bar(app: Flask) -> None:
    answer = run(app, "seed", "--practitioners", "2", "--appointments", "300")
    assert answer.exit_code == 0
    assert "Visits" in answer.output
    with database(app).reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM appointment").scalar() == 300


@pytest.mark.parametrize(
    "words", [("--practitioners", "0"), ("--appointments", "-1"), ("--practitioners", "x")]
)
def test_wrong_numbers_are_refused(app: Flask, words: tuple[str, ...]) -> None:
    assert run(app, "seed", *words).exit_code == 2


def test_an_account_is_given_and_the_password_is_not_echoed(app: Flask) -> None:
    words = (
        "create-user",
        "--email",
        "m@example.com",
        "--name",
        "Maria",
        "--role",
        "manager",
        "--role",
        "desk",
    )
    answer = run(app, *words, typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert answer.exit_code == 0
    assert PASSWORD not in answer.output
    (member,) = staffing.staff(database(app))
    assert (member.email, {role.value for role in member.roles}) == ("m@example.com", {"manager", "desk"})


def test_a_weak_password_and_a_taken_e_mail_are_refused_in_words(app: Flask) -> None:
    words = ("create-user", "--email", "m@example.com", "--name", "Maria", "--role", "desk", "--password")
    weak = run(app, *words, "short")
    assert weak.exit_code == 1
    assert "12" in weak.output
    assert run(app, *words, PASSWORD).exit_code == 0
    assert "already" in run(app, *words, PASSWORD).output


def test_the_trail_is_verified(app: Flask) -> None:
    """What was written down long ago and is in no chain is a finding; chained, all is well."""
    assert "not whole" in run(app, "audit", "verify").output
    anchor = Path(app.instance_path) / sealing.ANCHOR_FILE
    sealing.seal(database(app), app.extensions["vault"], anchor, now=datetime.now(UTC))
    answer = run(app, "audit", "verify")
    assert answer.exit_code == 0
    assert "whole" in answer.output


def test_a_backup_is_written_and_put_back_only_when_told_so(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "clinic.backup"
    assert run(app, "backup", str(file)).exit_code == 0
    refused = run(app, "restore", str(file))
    assert refused.exit_code == 1
    assert "in use" in refused.output
    assert run(app, "restore", "--force", str(file)).exit_code == 0
    assert run(app, "backup", str(file)).exit_code == 1


def test_a_backup_without_a_guard_is_told_in_one_line(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "clinic.backup"
    with database(app).transaction() as connection:
        connection.exec_driver_sql("DROP TRIGGER occupancy_no_overlap_insert")
    run(app, "backup", str(file))
    answer = run(app, "restore", "--force", str(file))
    assert (answer.exit_code, answer.output.count("\n")) == (1, 1)
    assert "occupancy_no_overlap" in answer.output


def test_a_worker_does_not_start_on_tables_of_another_version(new_app: Flask) -> None:
    answer = run(new_app, "worker")
    assert answer.exit_code == 1
    assert "db upgrade" in answer.output


def test_differing_tables_are_an_error(app: Flask) -> None:
    with database(app).transaction() as connection:
        connection.exec_driver_sql("ALTER TABLE room ADD COLUMN colour TEXT")
    answer = run(app, "db", "check")
    assert answer.exit_code == 1
    assert "colour" in answer.output

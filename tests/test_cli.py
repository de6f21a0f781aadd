"""The commands that look after accounts, keys and the trail say what they did and fail when they must."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from click.testing import Result
from flask import Flask

from scheduler.domain.actor import SYSTEM
from scheduler.persistence import drafts, guards
from scheduler.persistence.vault import KeyRing
from scheduler.services import sealing
from tests.house import MakeApp


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=words)


def an_account(app: Flask, password: str = "correct horse battery") -> Result:
    return run(
        app,
        "create-user",
        "--email",
        "m@example.com",
        "--name",
        "M",
        "--role",
        "manager",
        "--password",
        password,
    )


def seal(app: Flask) -> None:
    with app.app_context():
        sealing.seal(
            app.extensions["database"],
            app.extensions["vault"],
            app.extensions["settings"].instance_path / sealing.ANCHOR_FILE,
            now=datetime.now(UTC),
        )


def test_an_account_is_given_once(app: Flask) -> None:
    assert an_account(app).output == "m@example.com may sign in now.\n"
    again = an_account(app)
    assert again.exit_code != 0
    assert "already" in again.output


def test_a_weak_password_is_refused_in_words(app: Flask) -> None:
    refused = an_account(app, "short")
    assert refused.exit_code != 0
    assert "at least 12" in refused.output
    assert "short" not in refused.output


def test_a_whole_trail_is_said_to_be_whole(app: Flask) -> None:
    an_account(app)
    seal(app)
    verified = run(app, "audit", "verify")
    assert (verified.exit_code, verified.output) == (0, "the trail is whole\n")


def test_a_tampered_trail_ends_with_an_error_that_names_the_act(app: Flask) -> None:
    an_account(app)
    seal(app)
    with app.extensions["database"].transaction() as connection:
        guards.drop(connection)
        connection.exec_driver_sql("UPDATE audit SET actor_id = 'nobody' WHERE id = 1")
    verified = run(app, "audit", "verify")
    assert verified.exit_code != 0
    assert "altered: link 1, act 1" in verified.output


def test_keys_are_rotated_from_the_terminal(make_app: MakeApp) -> None:
    app = make_app()
    with app.extensions["database"].transaction() as connection:
        now = datetime.now(UTC)
        drafts.start(connection, app.extensions["vault"], {"a": 1}, now=now, expires_at=now)
    setting = run(app, "new-keys").output.strip()
    assert KeyRing.parse(setting).current == "k2"
    later = make_app(DATABASE_URL=app.extensions["settings"].database_url, ENCRYPTION_KEYS=setting)
    assert "1 sealed values, 1 given the key k2" in run(later, "rotate-keys").output
    assert "Nothing is left under an older key" in run(later, "rotate-keys").output


def test_a_value_that_does_not_open_keeps_every_key(app: Flask) -> None:
    with app.extensions["database"].transaction() as connection:
        now = datetime.now(UTC)
        drafts.start(connection, app.extensions["vault"], {"a": 1}, now=now, expires_at=now)
        connection.exec_driver_sql("UPDATE draft SET sealed = x'00'")
    done = run(app, "rotate-keys")
    assert done.exit_code != 0
    assert "keep every key" in done.output


@pytest.mark.parametrize("command", ["audit", "create-user", "rotate-keys", "new-keys"])
def test_every_command_explains_itself(app: Flask, command: str) -> None:
    assert run(app, command, "--help").exit_code == 0


def test_what_the_system_does_is_written_down_as_the_clock(app: Flask) -> None:
    an_account(app)
    with app.extensions["database"].reading() as connection:
        row = connection.exec_driver_sql(
            "SELECT actor_kind, actor_id FROM audit WHERE action = 'create' AND object_type = 'account'"
        ).one()
    assert tuple(row) == (SYSTEM.kind.value, SYSTEM.id)

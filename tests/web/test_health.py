"""Machines learn whether the process lives and whether it may get visitors; strangers learn nothing."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from scheduler import journal
from scheduler.domain.actor import SYSTEM
from scheduler.domain.notification import Channel
from scheduler.persistence import channel_states, heartbeats, mailboxes
from scheduler.persistence.database import Database
from scheduler.services import messaging_health
from tests.house import MakeApp
from tests.inspector import Inspector
from tests.post import book
from tests.programs import house_of
from tests.services.test_ledger import confirmation, put


def tick(app: Flask, ago: timedelta = timedelta(0)) -> None:
    database: Database = app.extensions["database"]
    at = datetime.now(UTC) - ago
    with database.transaction() as connection:
        heartbeats.beat(connection, "test", started_at=at, now=at)


def test_a_living_process_says_so_even_without_a_database(app: Flask) -> None:
    app.extensions["database"] = None
    assert app.test_client().get("/healthz").json == {"status": "ok"}


def test_a_house_with_a_ticking_worker_is_ready(app: Flask, client: Inspector) -> None:
    tick(app)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json
    assert answer.json["status"] == "ready"
    assert answer.json["checks"] == {"database": "ok", "migrations": "ok", "guards": "ok", "worker": "ok"}


@pytest.mark.parametrize(
    ("minutes", "failure", "state"),
    [(0, "", "ok"), (11, "", "late"), (1, "MailboxFault", "failing")],
)
def test_the_age_of_the_mailbox_is_told_and_never_closes_the_house(
    make_app: MakeApp, tmp_path: Path, minutes: int, failure: str, state: str
) -> None:
    for name in ("cur", "new", "tmp"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    app = make_app(INBOX_URL=str(tmp_path / "mail"))
    tick(app)
    assert app.test_client().get("/readyz").get_json()["mailbox"]["state"] == "never"
    looked = datetime.now(UTC) - timedelta(minutes=minutes)
    with house_of(app).database.transaction() as connection:
        for how in ("", failure):
            assert mailboxes.claim(connection, "box", "token", looked, looked)
            mailboxes.finish(connection, "box", "token", looked + timedelta(seconds=bool(how)), how)
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 200
    assert answer.get_json()["mailbox"]["state"] == state
    assert abs(answer.get_json()["mailbox"]["age_seconds"] - 60 * minutes) < 30
    assert "clinic_mailbox_age_seconds" in app.test_client().get("/metrics").text


def test_a_house_without_a_mailbox_says_so(app: Flask) -> None:
    tick(app)
    assert app.test_client().get("/readyz").get_json()["mailbox"] == {"state": "off", "age_seconds": None}


def test_the_sending_is_told_channel_by_channel_and_never_closes_the_house(app: Flask) -> None:
    tick(app)
    house, now = house_of(app), datetime.now(UTC)
    messaging_health.pause(house, Channel.SMS, SYSTEM, now)
    with house.database.transaction() as connection:
        channel_states.report(
            connection, Channel.EMAIL, "main", failures=1, open_until=now + timedelta(hours=1), now=now
        )
    answer = app.test_client().get("/readyz")
    told = answer.get_json()["messages"]
    assert answer.status_code == 200
    assert {name: one["state"] for name, one in told.items()} == {
        "email": "unreachable",
        "sms": "paused",
        "phone": "ok",
    }


def test_the_counters_and_the_readiness_give_the_managers_own_figures(app: Flask) -> None:
    tick(app)
    house, now = house_of(app), datetime.now(UTC)
    visit = book(house)
    for changes in (
        {"state": "dead", "provider": "main", "due_at": now - timedelta(minutes=1)},
        {"state": "pending", "due_at": now - timedelta(minutes=9), "next_attempt_at": now},
    ):
        ledger_row = confirmation(house, visit).entry.id
        put(house, ledger_row, **changes)
        visit = book(house)
    put(house, confirmation(house, visit).entry.id, state="sent", due_at=now - timedelta(hours=2))
    (mail, *_others) = messaging_health.show(house, now)
    assert (mail.waiting, mail.failed) == (1, 1)
    shown = app.test_client().get("/metrics").text
    assert 'clinic_messages_waiting{channel="email"} 1.0' in shown
    assert 'clinic_messages_failed_last_hour{channel="email",provider="main"} 1.0' in shown
    assert 'clinic_messages_circuit_open{channel="email",provider="main"} 0.0' in shown
    age = re.search(r'clinic_messages_oldest_due_seconds\{channel="email"\} (\S+)', shown)
    assert age
    assert 540 <= float(age[1]) < 600
    told = app.test_client().get("/readyz").get_json()["messages"]["email"]
    assert (told["state"], told["waiting"], told["failed_last_hour"]) == ("late", 1, 1)


@pytest.mark.parametrize(("ago", "said"), [(None, "never"), (timedelta(minutes=5), "stale")])
def test_without_a_worker_the_house_is_not_ready(app: Flask, ago: timedelta | None, said: str) -> None:
    if ago:
        tick(app, ago)
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()["checks"]["worker"]) == (503, said)


def test_a_lost_guard_makes_the_house_unfit(app: Flask) -> None:
    tick(app)
    with app.extensions["database"].transaction() as connection:
        connection.execute(text("DROP TRIGGER occupancy_no_overlap_insert"))
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()["checks"]["guards"]) == (503, "missing")


def test_old_tables_make_the_house_unfit(app: Flask) -> None:
    with app.extensions["database"].transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()["checks"]["migrations"]) == (503, "behind")


def test_a_database_that_does_not_answer_is_a_finding_and_no_accident(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    app.extensions["database"].dispose()
    app.extensions["database"] = Database("postgresql://nobody@127.0.0.1:1/nothing")
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()["checks"]["database"]) == (503, "unreachable")


def test_the_counters_speak_of_rules_and_never_of_addresses(client: Inspector) -> None:
    client.get("/learn?secret=1")
    client.get("/some-secret-token")
    text_of = client.get("/metrics").text
    assert 'http_answers_total{method="GET",rule="/learn",status="200"} 1.0' in text_of
    assert "secret" not in text_of
    assert "clinic_ready 0.0" in text_of


def test_the_counters_are_for_this_machine_or_for_who_brings_the_token(
    make_app: Callable[..., Flask],
) -> None:
    client = make_app(METRICS_TOKEN="let-me-look").test_client()
    away: dict[str, Any] = {"environ_overrides": {"REMOTE_ADDR": "192.0.2.7"}}
    assert client.get("/metrics", **away).status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}, **away).status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer let-me-look"}, **away).status_code == 200
    assert client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 404


def test_a_request_keeps_a_well_formed_name_and_gets_one_for_any_other(client: Inspector) -> None:
    kept = client.get("/", headers={"X-Request-ID": "proxy-1234567"})
    made = client.get("/", headers={"X-Request-ID": "x\u007f<script>"})
    assert kept.headers["X-Request-ID"] == "proxy-1234567"
    assert "script" not in made.headers["X-Request-ID"]


def test_the_log_has_one_line_a_request_with_the_rule_and_no_address(app: Flask) -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(journal.JsonLines())
    logger = logging.getLogger("scheduler.access")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        app.test_client().get("/learn?name=Rosa", headers={"X-Request-ID": "abcdefgh"})
    finally:
        logger.removeHandler(handler)
    line = json.loads(written.getvalue())
    assert {key: line[key] for key in ("area", "event", "id", "method", "rule", "status")} == {
        "area": "access",
        "event": "answer",
        "id": "abcdefgh",
        "method": "GET",
        "rule": "/learn",
        "status": 200,
    }
    assert "Rosa" not in written.getvalue()

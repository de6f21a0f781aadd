"""The ledger's questions find their rows by an index on both databases, however long the ledger has grown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event

from scheduler.domain.notification import Channel
from scheduler.persistence import message_figures, messages
from scheduler.persistence.messages import Stretch
from scheduler.services.house import House
from tests.engines import NOW

DAY = timedelta(days=1)

QUESTIONS: dict[str, tuple[Callable[[Connection], object], str]] = {
    "a day": (lambda found: messages.of_stretch(found, Stretch(NOW, NOW + DAY)), "ix_outbox_due_at"),
    "the calls to make": (lambda found: messages.to_call(found, NOW, NOW), "ix_outbox_due"),
    "the calls made": (lambda found: messages.calls_made(found, NOW), "ix_outbox_calls_made"),
    "what waits": (lambda found: message_figures.waiting(found, Channel.EMAIL, NOW), "ix_outbox_due"),
    "the last hour": (
        lambda found: message_figures.tallies(found, [Channel.EMAIL], NOW, NOW + DAY),
        "ix_outbox_due_at",
    ),
    "a visit": (lambda found: messages.of_visits(found, [1]), "ix_outbox_appointment_id"),
    "a visit's older part": (
        lambda found: messages.of_visits(found, [1]),
        "ix_outbox_archive_appointment_id",
    ),
    "a visit's changes": (lambda found: messages.turns_of(found, [1]), "ix_audit_object"),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_each_question_goes_by_its_index(house: House, name: str) -> None:
    ask, index = QUESTIONS[name]
    with house.database.reading() as connection:
        asked = statements_of(connection, ask)
        plans = "\n".join(plan_of(connection, *one) for one in asked)
    assert f"{index} " in plans, plans


def statements_of(connection: Connection, ask: Callable[[Connection], object]) -> list[tuple[str, Any]]:
    """What a question says to the database, with its values."""
    said: list[tuple[str, Any]] = []

    def hear(_connection: object, _cursor: object, statement: str, values: Any, *_more: object) -> None:
        said.append((statement, values))

    event.listen(connection, "before_cursor_execute", hear)
    ask(connection)
    event.remove(connection, "before_cursor_execute", hear)
    return said


def plan_of(connection: Connection, statement: str, values: Any) -> str:
    """How the database would answer; PostgreSQL may not read the whole of so small a table."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        return "\n".join(str(row.detail) for row in rows) + " "
    for way in ("seqscan", "bitmapscan"):
        connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
    rows = connection.exec_driver_sql(f"EXPLAIN {statement}", values)
    return "\n".join(f"{row[0]} " for row in rows)

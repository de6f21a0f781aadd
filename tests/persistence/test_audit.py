"""An act is written with one plain insert, and what is written is never altered."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from scheduler.domain.actor import Actor, Role
from scheduler.domain.audit_trail import Seal
from scheduler.persistence import audit
from scheduler.persistence.audit import Entry
from scheduler.persistence.database import Database
from tests.engines import CLERK, NOW


def test_an_act_costs_one_statement(database: Database, count_statements: Callable[[], int]) -> None:
    with database.transaction() as connection:
        before = count_statements()
        audit.record(connection, CLERK, "read", "appointment", 5, now=NOW, patient_id=9)
        assert count_statements() - before == 1


def test_many_acts_cost_one_statement(database: Database, count_statements: Callable[[], int]) -> None:
    entries = [Entry("read", "patient", number, number) for number in range(50)]
    with database.transaction() as connection:
        before = count_statements()
        audit.record_many(connection, CLERK, entries, now=NOW)
        audit.record_many(connection, CLERK, [], now=NOW)
        assert count_statements() - before == 1
        assert [record.patient_id for record in audit.unsealed(connection, 100)][-50:] == list(range(50))


def test_an_act_says_who_what_when_and_from_where(database: Database) -> None:
    actor = Actor(frozenset({Role.CLINICIAN, Role.MANAGER}), "7", "request-1", "192.0.2.9")
    with database.transaction() as connection:
        detail = {"fields": "phone,email"}
        audit.record(connection, actor, "change", "patient", 9, now=NOW, patient_id=9, detail=detail)
    with database.reading() as connection:
        kept = audit.unsealed(connection, 100)[-1]
    assert (kept.at, kept.actor_kind, kept.actor_id) == (NOW, "manager", "7")
    assert (kept.action, kept.object_type, kept.object_id, kept.patient_id) == ("change", "patient", "9", 9)
    assert (kept.outcome, kept.detail) == ("ok", detail)
    assert (kept.request_id, kept.address) == ("request-1", "192.0.2.9")


def test_an_act_goes_with_its_transaction(database: Database) -> None:
    class Interrupted(Exception):
        pass

    with database.reading() as connection:
        before = len(audit.unsealed(connection, 100))
    with pytest.raises(Interrupted), database.transaction() as connection:
        audit.record(connection, CLERK, "read", "appointment", 5, now=NOW)
        raise Interrupted
    with database.reading() as connection:
        assert len(audit.unsealed(connection, 100)) == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET action = 'nothing'",
        "DELETE FROM audit",
        "UPDATE audit_seal SET seq = 9",
        "DELETE FROM audit_seal",
    ],
)
def test_the_database_refuses_to_alter_the_trail(database: Database, statement: str) -> None:
    with database.transaction() as connection:
        audit.record(connection, CLERK, "read", "appointment", 5, now=NOW)
        audit.add_seals(connection, [Seal(1, 1, b"mac")])
    with pytest.raises(DBAPIError, match="append_only"), database.transaction() as connection:
        connection.execute(text(statement))


def test_only_one_sealer_has_its_turn(database: Database) -> None:
    with database.transaction() as connection:
        assert audit.take_sealing_turn(connection)
        if not database.is_sqlite:
            with database.transaction() as other:
                assert not audit.take_sealing_turn(other)
    with database.transaction() as connection:
        assert audit.take_sealing_turn(connection)

"""Taking owed messages: the oldest first, each by one worker, the later behind the earlier, and cheaply."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Select, insert, select, text, update

from scheduler.domain.appointment import Status
from scheduler.domain.notification import Channel, Claimed, Kind, State
from scheduler.domain.visit import Visit
from scheduler.persistence import claims, outbox, settlements
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.database import database_now
from scheduler.persistence.outbox import OutboxRow
from scheduler.services.house import House
from tests.engines import NOW
from tests.letters import a_helper
from tests.post import book, outbox_of

LEASE = timedelta(seconds=60)
AHEAD = timedelta(days=-240)
"""How far the clinic's clock is ahead of the machine's; the clocks of the server's zone changed in between."""

SOON = NOW + timedelta(seconds=1)


def claim(house: House, limit: int = 10, token: str = "t1", now: datetime = SOON) -> list[Claimed]:
    with house.database.transaction() as connection:
        return claims.claim(connection, Channel.EMAIL, now, token=token, lease=LEASE, limit=limit)


def plan(house: House, visit_id: int, **changes: object) -> int:
    """A message of some other kind, written by hand; returns its id."""
    fields: dict[str, object] = {
        "appointment_id": visit_id,
        "sequence": 0,
        "kind": Kind.LINKS.value,
        "channel": Channel.EMAIL.value,
        "recipient": "patient",
        "language": "en",
        "stamp": NOW,
        "due_at": NOW,
        "next_attempt_at": NOW,
        "state": "pending",
        "attempts": 0,
        "ambiguous": False,
        "created_at": NOW,
    }
    fields |= changes
    number = len(outbox_of(house))
    with house.database.transaction() as connection:
        values = {"dedupe_key": f"k{number}", "message_id": f"m{number}@x", **fields}
        statement = insert(OutboxRow).values(values).returning(OutboxRow.id)
        return int(connection.execute(statement).scalar_one())


class TestTaking:
    def test_the_oldest_are_taken_first_and_no_more_than_asked(self, house: House) -> None:
        visits = [book(house).appointment.id for _ in range(4)]
        rows = outbox_of(house)
        with house.database.transaction() as connection:
            for place, row in enumerate(rows):
                due = NOW - timedelta(minutes=place)
                change = update(OutboxRow).where(OutboxRow.id == row.id)
                connection.execute(change.values(due_at=due, next_attempt_at=due))
        taken = claim(house, limit=3)
        assert [each.appointment_id for each in taken] == visits[:0:-1]

    def test_what_one_worker_holds_no_other_gets(self, house: House) -> None:
        book(house)
        assert len(claim(house, token="a")) == 1
        assert claim(house, token="b") == []

    def test_what_is_due_is_counted_by_the_clinics_clock_up_to_a_limit(self, house: House) -> None:
        for _ in range(3):
            book(house)
        with house.database.reading() as connection:
            ahead = SOON - database_now(connection)
            assert claims.count_due(connection, Channel.EMAIL, ahead, 10) == 3
            assert claims.count_due(connection, Channel.EMAIL, ahead, 2) == 2
            assert claims.count_due(connection, Channel.EMAIL, ahead - timedelta(hours=1), 10) == 0
            assert claims.count_due(connection, Channel.SMS, ahead, 10) == 0

    def test_what_is_not_due_is_not_taken(self, house: House) -> None:
        book(house)
        assert claim(house, now=NOW - timedelta(seconds=1)) == []

    def test_another_channel_is_not_this_workers(self, house: House) -> None:
        visit = book(house)
        plan(house, visit.appointment.id, channel="sms")
        assert [each.kind for each in claim(house)] == [Kind.CONFIRMATION]

    def test_a_round_takes_one_message_per_reader_and_visit(self, house: House) -> None:
        visit = book(house, helper=a_helper())
        plan(house, visit.appointment.id)
        assert [(each.kind, each.addressee) for each in claim(house)] == [
            ("confirmation", "patient"),
            ("confirmation", "helper"),
        ]


class TestWaiting:
    @pytest.mark.parametrize("state", ["claimed", "sending", "unknown"])
    def test_a_message_waits_behind_one_in_flight(self, house: House, state: str) -> None:
        visit = book(house)
        plan(house, visit.appointment.id)
        with house.database.transaction() as connection:
            change = update(OutboxRow).where(OutboxRow.kind == "confirmation")
            connection.execute(change.values(state=state, lease_until=NOW + timedelta(hours=1)))
        assert claim(house) == []

    @pytest.mark.parametrize(
        "state", ["sent", "delivered", "undelivered", "dead", "cancelled", "expired", "suppressed"]
    )
    def test_what_has_ended_holds_nothing_up(self, house: House, state: str) -> None:
        visit = book(house)
        plan(house, visit.appointment.id)
        with house.database.transaction() as connection:
            connection.execute(update(OutboxRow).where(OutboxRow.kind == "confirmation").values(state=state))
        assert [each.kind for each in claim(house)] == [Kind.LINKS]

    def test_a_message_waits_behind_one_that_will_be_tried_again(self, house: House) -> None:
        visit = book(house)
        plan(house, visit.appointment.id)
        with house.database.transaction() as connection:
            change = update(OutboxRow).where(OutboxRow.kind == "confirmation")
            connection.execute(change.values(attempts=1, next_attempt_at=NOW + timedelta(minutes=5)))
        assert claim(house) == []

    def test_a_reminder_for_next_week_holds_nothing_up_today(self, house: House) -> None:
        visit = book(house)
        week = NOW + timedelta(days=7)
        plan(house, visit.appointment.id, due_at=week, next_attempt_at=week)
        assert len(claim(house)) == 1
        with house.database.transaction() as connection:
            connection.execute(update(OutboxRow).where(OutboxRow.kind == "confirmation").values(state="sent"))
        today = plan(house, visit.appointment.id)
        assert [each.id for each in claim(house)] == [today]


class TestLeases:
    def test_only_the_holder_moves_a_message(self, house: House) -> None:
        book(house)
        (mine,) = claim(house, token="mine")
        stranger = Claimed(**{name: getattr(mine, name) for name in mine.__slots__} | {"lease_token": "no"})
        with house.database.transaction() as connection:
            until = SOON + LEASE
            assert not claims.begin_sending(connection, stranger, b"x", until, now=SOON)
            assert not claims.drop(connection, stranger, State.CANCELLED, "x")
            assert not claims.release(connection, stranger, SOON, "x")
            assert claims.begin_sending(connection, mine, b"x", until, now=SOON)
            assert not settlements.settle_sent(connection, stranger, AHEAD, "")
            assert not settlements.settle_later(connection, stranger, SOON, "x")
            assert not settlements.settle_dead(connection, stranger, "x")
            assert not settlements.settle_unknown(connection, stranger, SOON)
            assert settlements.settle_sent(connection, mine, AHEAD, "ref")

    def test_nothing_leaves_without_passing_the_gate(self, house: House) -> None:
        book(house)
        (mine,) = claim(house)
        with house.database.transaction() as connection:
            assert not settlements.settle_sent(connection, mine, AHEAD, "")
            assert not settlements.settle_unknown(connection, mine, SOON)

    def test_leases_that_still_run_are_left_alone(self, house: House) -> None:
        book(house)
        claim(house)
        with house.database.transaction() as connection:
            assert not any(settlements.reap(connection, SOON + LEASE - timedelta(seconds=1)).values())
            assert settlements.reap(connection, SOON + LEASE)[State.PENDING] == 1

    def test_the_visits_version_is_read_with_its_status(self, house: House) -> None:
        visit = book(house)
        with house.database.transaction() as connection:
            assert _standing(connection, visit) == (0, Status.BOOKED)
            change = update(AppointmentRow).where(AppointmentRow.id == visit.appointment.id)
            connection.execute(change.values(sequence=4, status="cancelled"))
            assert _standing(connection, visit) == (4, Status.CANCELLED)

    def test_a_message_is_marked_as_sent_at_the_databases_own_moment(self, house: House) -> None:
        book(house)
        (mine,) = claim(house)
        with house.database.transaction() as connection:
            assert claims.begin_sending(connection, mine, b"x", SOON + LEASE, now=SOON)
            before = database_now(connection)
            at = settlements.settle_sent(connection, mine, AHEAD, "ref")
            after = database_now(connection)
            kept = connection.scalars(select(OutboxRow.sent_at)).one()
            width = connection.execute(
                text("SELECT length(cast(sent_at AS varchar)) FROM outbox")
            ).scalar_one()
        assert at is not None
        assert before + AHEAD <= at <= after + AHEAD + timedelta(milliseconds=2)
        assert kept == at
        assert not house.database.is_sqlite or width == len("2026-09-14T15:00:00.000000Z")

    def test_marking_it_as_leaving_a_second_time_changes_nothing(self, house: House) -> None:
        """The answer to a commit can be lost with the database's process."""
        book(house)
        (mine,) = claim(house)
        for _ in range(2):
            with house.database.transaction() as connection:
                assert claims.begin_sending(connection, mine, b"x", SOON + LEASE, now=SOON)
        assert [row.state for row in outbox_of(house)] == ["sending"]


def _standing(connection: Connection, visit: Visit) -> tuple[int, Status]:
    standing = claims.hold_still(connection, visit.appointment.id, b"0123456789abcdef")
    assert standing.now.tzinfo is not None
    return standing.sequence, standing.status


class TestCost:
    """An idle look and a claim go through the small partial indexes, however long the ledger is."""

    def test_the_look_and_the_claim_use_the_index_of_what_is_pending(self, house: House) -> None:
        visit = book(house)
        _send_long_ago(house, visit.appointment.id, 4000)
        claim_values = {"now": SOON, "over": "email", "most": 20}
        look = outbox._NEXT_DUE.params(over="email")
        with house.database.reading() as connection:
            assert "ix_outbox_due" in _explain(connection, look)
            assert "ix_outbox_due" in _explain(connection, claims._DUE.params(claim_values))

    def test_an_idle_look_reads_one_row_of_the_many_that_are_planned(self, house: House) -> None:
        visit = book(house)
        _send_long_ago(house, visit.appointment.id, 4000)
        ahead = {
            "state": "pending",
            "due_at": NOW + timedelta(days=9),
            "next_attempt_at": NOW + timedelta(days=9),
        }
        with house.database.transaction() as connection:
            connection.execute(update(OutboxRow).where(OutboxRow.state == "sent").values(ahead))
            connection.execute(text("ANALYZE"))
        with house.database.reading() as connection:
            plan = _explain(connection, outbox._NEXT_DUE.params(over="email"))
        assert "ix_outbox_due" in plan
        assert "SCAN" not in plan
        assert house.database.is_sqlite or "Limit" in plan

    def test_taking_back_what_was_left_lying_reads_only_what_is_in_flight(self, house: House) -> None:
        visit = book(house)
        _send_long_ago(house, visit.appointment.id, 4000)
        left = select(OutboxRow.id).where(
            claims._LEASED, OutboxRow.state == "sending", OutboxRow.lease_until <= NOW
        )
        unsure = select(OutboxRow.id).where(claims._IN_FLIGHT, OutboxRow.state == "unknown")
        with house.database.reading() as connection:
            assert "ix_outbox_lease" in _explain(connection, left)
            assert "ix_outbox_in_flight" in _explain(connection, unsure)


def _send_long_ago(house: House, visit_id: int, count: int) -> None:
    """A long ledger of messages that have left."""
    ago = NOW - timedelta(days=300)
    fixed = {"appointment_id": visit_id, "sequence": 0, "kind": "links", "channel": "email", "language": "en"}
    fixed |= {"recipient": "patient", "state": "sent", "attempts": 1, "ambiguous": False}
    times = dict.fromkeys(("stamp", "due_at", "next_attempt_at", "created_at"), ago)
    rows = [{"dedupe_key": f"old{n}", "message_id": f"old{n}@x", **fixed, **times} for n in range(count)]
    with house.database.transaction() as connection:
        connection.execute(insert(OutboxRow), rows)
        connection.execute(text("ANALYZE"))


def _explain(connection: Connection, statement: Select[Any]) -> str:
    """How the database would answer."""
    spelled = statement.compile(connection, compile_kwargs={"literal_binds": True})
    how = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
    return str([tuple(row) for row in connection.execute(text(f"{how} {spelled}".replace(":", "\\:")))])

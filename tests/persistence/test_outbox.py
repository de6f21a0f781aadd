"""Owed messages as rows: written once, silenced by what overtakes them, and counted for whoever looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from scheduler.domain.news import Change, owed
from scheduler.domain.notification import Channel, Notification, State
from scheduler.domain.visit import Visit
from scheduler.persistence import heartbeats, outbox, planned_messages
from scheduler.persistence.outbox import OutboxRow
from scheduler.services.house import House
from tests.engines import NOW
from tests.letters import a_helper
from tests.post import book, outbox_of, states


def notices(visit: Visit, change: Change = Change.BOOKED) -> tuple[Notification, ...]:
    return owed(visit.appointment, visit.patient, visit.helper, change, NOW)


def test_a_message_is_owed_once_however_often_it_is_written(house: House) -> None:
    visit = book(house, helper=a_helper())
    with house.database.transaction() as connection:
        outbox.owe(connection, notices(visit), NOW)
        outbox.owe(connection, notices(visit)[:1], NOW)
        outbox.owe(connection, (), NOW)
    assert [row.recipient for row in outbox_of(house)] == ["patient", "helper"]


def test_a_message_already_sent_is_not_owed_again(house: House) -> None:
    visit = book(house)
    with house.database.transaction() as connection:
        connection.execute(update(OutboxRow).values(state="sent"))
        outbox.owe(connection, notices(visit), NOW)
    assert states(house) == [("confirmation", "sent")]


def test_only_unsent_messages_of_older_versions_fall_silent(house: House) -> None:
    visit = book(house)
    newer = replace(visit, appointment=replace(visit.appointment, sequence=2))
    with house.database.transaction() as connection:
        outbox.owe(connection, notices(visit, Change.LINKS_ASKED), NOW)
        outbox.owe(connection, notices(newer, Change.MOVED), NOW)
        assert planned_messages.supersede(connection, visit.appointment.id, 2) == 1
        assert planned_messages.supersede(connection, visit.appointment.id + 1, 9) == 0
    assert states(house) == [("confirmation", "cancelled"), ("links", "pending"), ("moved", "pending")]
    assert outbox_of(house)[0].reason == "superseded"


@pytest.mark.parametrize("state", ["sending", "sent", "unknown", "dead"])
def test_what_has_left_or_ended_is_not_silenced(house: House, state: str) -> None:
    visit = book(house)
    with house.database.transaction() as connection:
        connection.execute(update(OutboxRow).values(state=state))
        assert planned_messages.supersede(connection, visit.appointment.id, 1) == 0


def test_an_unknown_state_is_refused_by_the_table(house: House) -> None:
    book(house)
    with pytest.raises(IntegrityError), house.database.transaction() as connection:
        connection.execute(update(OutboxRow).values(state="lost"))


def test_the_next_due_message_and_the_longest_waiting_one_are_known(house: House) -> None:
    with house.database.reading() as connection:
        assert outbox.next_due(connection, Channel.EMAIL) is None
        assert outbox.oldest_overdue(connection, NOW) is None
    book(house)
    with house.database.reading() as connection:
        assert outbox.next_due(connection, Channel.EMAIL) == NOW
        assert outbox.oldest_overdue(connection, NOW - timedelta(seconds=1)) is None
        assert outbox.oldest_overdue(connection, NOW + timedelta(hours=1)) == NOW


def test_messages_are_counted_by_state(house: House) -> None:
    book(house)
    book(house)
    with house.database.reading() as connection:
        assert outbox.count_by_state(connection, (State.PENDING, State.DEAD)) == {State.PENDING: 2}


def test_a_workers_beat_is_kept_once_for_each_node(house: House) -> None:
    with house.database.transaction() as connection:
        assert heartbeats.last_beat(connection) is None
        heartbeats.beat(connection, "a:1", started_at=NOW, now=NOW)
        heartbeats.beat(connection, "a:1", started_at=NOW, now=NOW + timedelta(seconds=10))
        heartbeats.beat(connection, "b:2", started_at=NOW, now=NOW + timedelta(seconds=5))
        assert heartbeats.last_beat(connection) == NOW + timedelta(seconds=10)
        assert heartbeats.forget(connection, NOW + timedelta(seconds=6)) == 1
        assert heartbeats.last_beat(connection) == NOW + timedelta(seconds=10)

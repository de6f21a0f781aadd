"""What was settled long ago moves aside; what still waits stays, however old."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from scheduler.persistence.archive import ArchivedMessageRow
from scheduler.persistence.outbox import OutboxRow
from scheduler.services import housekeeping
from scheduler.services.house import House
from tests.engines import NOW
from tests.post import book, outbox_of

LONG_AGO = NOW - housekeeping.MESSAGES_AT_HAND - timedelta(days=1)


def test_settled_messages_move_aside_under_their_numbers(house: House) -> None:
    visit, waiting = book(house), book(house)
    with house.database.transaction() as connection:
        connection.execute(update(OutboxRow).values(due_at=LONG_AGO))
        settled = update(OutboxRow).where(OutboxRow.appointment_id == visit.appointment.id)
        connection.execute(settled.values(state="sent", provider_ref="Q1"))
    numbers = [row.id for row in outbox_of(house)]
    assert housekeeping.archive(house, NOW) == 1
    assert housekeeping.archive(house, NOW) == 0
    assert [row.id for row in outbox_of(house)] == numbers[1:]
    with house.database.reading() as connection:
        row = connection.execute(select(ArchivedMessageRow.__table__)).one()
    assert (row.id, row.appointment_id, row.state, row.provider_ref) == (
        numbers[0],
        visit.appointment.id,
        "sent",
        "Q1",
    )
    assert waiting.appointment.id


def test_what_was_settled_lately_stays_at_hand(house: House) -> None:
    book(house)
    with house.database.transaction() as connection:
        connection.execute(update(OutboxRow).values(state="sent"))
    assert housekeeping.archive(house, NOW) == 0

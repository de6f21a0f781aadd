"""A changed rule counts for the visits that are booked already: planned anew in the worker, and never told twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from scheduler.domain.appointment import Status
from scheduler.domain.notification import Channel, Kind
from scheduler.domain.policy import MessagePolicy
from scheduler.domain.quiet_hours import QuietHours
from scheduler.domain.visit import Visit
from scheduler.persistence import appointments, directory
from scheduler.persistence.outbox import OutboxRow
from scheduler.services import message_rules, replanning, timed_actions
from scheduler.services.house import House
from tests.engines import MANAGER, NOW
from tests.post import book as book_plain

DAY = timedelta(days=1)

Row = tuple[str, str, datetime, datetime | None, str | None]


def book(house: House, days: int = 10) -> Visit:
    """A visit in person some days ahead of somebody who wants mails, with its reminders."""
    return book_plain(house, days=days, reminded=True)


def rows(house: House, visit: Visit) -> dict[str, Row]:
    """Each mail about a visit: kind, state, due, useful until, reason."""
    question = select(
        OutboxRow.kind, OutboxRow.state, OutboxRow.due_at, OutboxRow.expires_at, OutboxRow.reason
    ).where(OutboxRow.appointment_id == visit.appointment.id, OutboxRow.channel == Channel.EMAIL.value)
    with house.database.reading() as connection:
        return {
            row.kind: (row.kind, row.state, row.due_at, row.expires_at, row.reason)
            for row in connection.execute(question.order_by(OutboxRow.id))
        }


def policy(house: House, kind: Kind) -> MessagePolicy:
    """The line for every visit."""
    with house.database.reading() as connection:
        found = directory.read_clinic(connection).messages.policies
    return next(each for each in found if each.kind is kind and not each.narrowness)


def save(house: House, kind: Kind, **changes: object) -> None:
    """Change a line as the manager does."""
    message_rules.save_policy(house, replace(policy(house, kind), **changes), MANAGER, NOW)  # type: ignore[arg-type]


def offset() -> timedelta:
    """How far the tests' now is from the clock's at this moment, however long the tests have run."""
    return NOW - datetime.now(UTC)


def work(house: House, after: timedelta = timedelta(seconds=6)) -> int:
    """Let the worker do what is due by then, round after round."""
    done = 0
    for second in range(20):
        done += timed_actions.carry_out(house, offset() + after + timedelta(seconds=second))
    return done


def put(house: House, visit: Visit, kind: Kind, **values: object) -> None:
    """Alter one message by hand."""
    with house.database.transaction() as connection:
        which = OutboxRow.appointment_id == visit.appointment.id, OutboxRow.kind == kind.value
        connection.execute(update(OutboxRow).where(*which).values(**values))


def test_a_reminder_that_waits_gets_its_new_time_and_the_one_before_it_its_new_end(house: House) -> None:
    visit = book(house)
    before = rows(house, visit)
    save(house, Kind.REMINDER_TWO_DAYS, value=3)
    assert rows(house, visit) == before, "nothing is planned in the manager's own request"
    work(house)
    after = rows(house, visit)
    assert after["reminder-two-days"][2] == before["reminder-two-days"][2] - DAY
    assert after["reminder-week"][3] == before["reminder-week"][3] - DAY  # type: ignore[operator]
    assert after["reminder-day"] == before["reminder-day"]


def test_what_is_switched_off_does_not_go_and_says_why_and_switched_on_it_goes_again(house: House) -> None:
    visit = book(house)
    before = rows(house, visit)
    save(house, Kind.REMINDER_WEEK, active=False)
    work(house)
    assert rows(house, visit)["reminder-week"][1::3] == ("suppressed", "rules-changed")
    save(house, Kind.REMINDER_WEEK, active=True)
    work(house)
    assert rows(house, visit) == before


def test_a_line_for_some_visits_counts_for_those_and_its_removal_too(house: House) -> None:
    visit = book(house)
    before = rows(house, visit)
    code = visit.appointment.visit_type_code
    narrow = replace(policy(house, Kind.REMINDER_TWO_DAYS), id=0, value=4, visit_type_code=code)
    number = message_rules.save_policy(house, narrow, MANAGER, NOW)
    work(house)
    assert rows(house, visit)["reminder-two-days"][2] == before["reminder-two-days"][2] - 2 * DAY
    message_rules.remove_policy(house, number, MANAGER, NOW)
    work(house)
    assert rows(house, visit) == before


def test_the_hours_of_rest_count_for_what_waits(house: House) -> None:
    visit = book(house)
    due = rows(house, visit)["reminder-day"][2]
    with house.database.reading() as connection:
        rules = directory.read_clinic(connection).messages
    message_rules.save_limits(house, replace(rules, quiet=QuietHours(9 * 60, 20 * 60)), MANAGER, NOW)
    work(house)
    changed = rows(house, visit)["reminder-day"][2]
    assert changed < due
    assert not QuietHours(9 * 60, 20 * 60).are_on(changed, ["America/Denver"])


def test_what_has_left_is_not_told_again(house: House) -> None:
    visit = book(house)
    put(house, visit, Kind.REMINDER_WEEK, state="sent", sent_at=NOW)
    before = rows(house, visit)
    save(house, Kind.REMINDER_WEEK, value=6)
    work(house)
    after = rows(house, visit)
    assert after["reminder-week"] == before["reminder-week"]
    assert len(after) == len(before)


def test_a_message_whose_hour_has_come_goes_unless_its_kind_is_switched_off(house: House) -> None:
    visit = book(house)
    due = rows(house, visit)["reminder-week"][2]
    morning = due + timedelta(hours=12)
    save(house, Kind.REMINDER_DAY, at_minute=11 * 60)
    put(house, visit, Kind.REMINDER_WEEK, due_at=morning, next_attempt_at=morning, reason="quiet-hours")
    work(house, due - NOW + timedelta(hours=1))
    assert rows(house, visit)["reminder-week"][1:3] == ("pending", morning)
    save(house, Kind.REMINDER_WEEK, active=False)
    work(house, due - NOW + timedelta(hours=2))
    assert rows(house, visit)["reminder-week"][1] == "suppressed"


def test_every_coming_visit_is_reached_a_handful_at_a_time(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replanning, "HANDFUL", 2)
    visits = [book(house, days) for days in (10, 11, 11, 11, 12)]
    before = [rows(house, visit)["reminder-two-days"][2] for visit in visits]
    save(house, Kind.REMINDER_TWO_DAYS, value=3)
    assert replanning.is_under_way(house, NOW)
    assert work(house) == 3
    assert not replanning.is_under_way(house, NOW)
    assert [rows(house, visit)["reminder-two-days"][2] for visit in visits] == [due - DAY for due in before]


def test_a_newer_change_takes_the_place_of_an_older_one_under_way(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replanning, "HANDFUL", 1)
    first, last = book(house, 10), book(house, 11)
    due = rows(house, last)["reminder-two-days"][2]
    save(house, Kind.REMINDER_TWO_DAYS, value=3)
    timed_actions.carry_out(house, offset() + timedelta(seconds=5.1))
    save(house, Kind.REMINDER_TWO_DAYS, value=4)
    assert work(house) == 3, "two visits, and the end"
    for visit, days in ((first, 2), (last, 2)):
        start = visit.appointment.start
        assert rows(house, visit)["reminder-two-days"][2] <= start - (days + 2) * DAY + timedelta(hours=1)
    assert rows(house, last)["reminder-two-days"][2] == due - 2 * DAY


def test_doing_it_twice_changes_nothing(house: House) -> None:
    visit = book(house)
    save(house, Kind.REMINDER_TWO_DAYS, value=3)
    work(house)
    once = rows(house, visit)
    save(house, Kind.REMINDER_TWO_DAYS, value=3)
    work(house)
    assert rows(house, visit) == once


def test_a_visit_that_was_missed_gets_its_kind_word_at_the_new_hour(house: House) -> None:
    visit = book(house)
    after = visit.appointment.end + timedelta(hours=1)
    with house.database.transaction() as connection:
        missed = visit.appointment.moved_to(Status.NOSHOW, after)
        appointments.change(connection, visit.appointment, missed)
        directory.bump(connection)
    save(house, Kind.BOOK_AGAIN, active=True, at_minute=12 * 60)
    work(house)
    assert rows(house, visit)["book-again"][1] == "pending"
    save(house, Kind.BOOK_AGAIN, active=False)
    work(house)
    assert rows(house, visit)["book-again"][1::3] == ("suppressed", "rules-changed")

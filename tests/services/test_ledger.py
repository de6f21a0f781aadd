"""The desk sees every message and its true reason, may send or call instead, and each look is written down."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from scheduler.domain.appointment import CancelledBy
from scheduler.domain.errors import CannotSend, NotFound
from scheduler.domain.hand_over import Circuit
from scheduler.domain.message_story import Group
from scheduler.domain.notification import Channel, Kind, State
from scheduler.domain.visit import Visit
from scheduler.persistence import archive
from scheduler.persistence.audit import AuditRow
from scheduler.persistence.outbox import OutboxRow
from scheduler.services import changing, ledger, messaging_health
from scheduler.services.delivery import drain
from scheduler.services.house import House
from scheduler.services.ledger import PAGE, Line, Question
from scheduler.services.post_room import PostRoom
from tests.engines import CLERK, MANAGER, NOW
from tests.post import PATIENT, REFUSED, Tray, book, move

DAY = timedelta(days=1)
EVER = NOW + 400 * DAY


def lines(house: House, visit: Visit, now: datetime = NOW) -> list[Line]:
    """What the ledger says of one visit."""
    return list(ledger.of_visit(house, visit.appointment.public_id, CLERK, now)[1].lines)


def confirmation(house: House, visit: Visit) -> Line:
    """The first mail about a visit."""
    return next(
        line
        for line in lines(house, visit)
        if line.entry.kind is Kind.CONFIRMATION and line.entry.channel is Channel.EMAIL
    )


def put(house: House, number: int, **values: object) -> None:
    """Leave a row as a worker would."""
    with house.database.transaction() as connection:
        connection.execute(update(OutboxRow).where(OutboxRow.id == number).values(**values))


def acts(house: House, action: str) -> list[tuple[str, int | None]]:
    """Whose messages an action was about: the object and the patient."""
    with house.database.reading() as connection:
        rows = connection.execute(
            select(AuditRow.object_id, AuditRow.patient_id).where(AuditRow.action == action)
        )
        return [(row.object_id, row.patient_id) for row in rows]


def test_everything_planned_for_a_visit_is_there_in_the_order_in_which_it_is_due(house: House) -> None:
    visit = book(house, days=10, reminded=True)
    found = lines(house, visit)
    due = [line.entry.due_at for line in found]
    assert due == sorted(due)
    assert {Kind.CONFIRMATION, Kind.REMINDER_TWO_DAYS} <= {line.entry.kind for line in found}
    assert {line.entry.group for line in found} == {Group.PLANNED}


def test_the_clinics_own_chores_are_no_messages(house: House) -> None:
    visit = book(house)
    assert Channel.INTERNAL not in {line.entry.channel for line in lines(house, visit)}


def test_a_moved_visit_says_why_its_old_messages_never_left_and_when_it_was_moved(house: House) -> None:
    visit = book(house)
    move(house, visit, PATIENT)
    silenced = [line for line in lines(house, visit) if line.entry.sequence == 0]
    assert silenced
    assert {line.entry.state for line in silenced} == {State.CANCELLED}
    # Tests move at the very moment of booking, so the change is not later than the planning.
    put(house, silenced[0].entry.id, created_at=NOW - DAY)
    told = confirmation_story(house, visit, silenced[0].entry.id)
    assert told.story.sentence == "Not sent: the visit was changed %(when)s."
    assert told.story.when == NOW


def confirmation_story(house: House, visit: Visit, number: int) -> Line:
    """One line by its number."""
    return next(line for line in lines(house, visit) if line.entry.id == number)


def test_a_visit_is_found_by_the_code_that_a_person_reads_out(house: House) -> None:
    visit, other = book(house), book(house, days=8)
    code = visit.appointment.spoken_code
    found = ledger.look_by_code(house, f"{code[:3]} {code[3:]}", CLERK, NOW).lines
    assert {line.visit.appointment.id for line in found} == {visit.appointment.id}
    assert other.appointment.id not in {line.visit.appointment.id for line in found}


@pytest.mark.parametrize("code", ["", "12", "abcdef", "000000", "１２３４５６"])
def test_a_code_that_means_nothing_finds_nothing(house: House, code: str) -> None:
    book(house)
    assert ledger.look_by_code(house, code, CLERK, NOW).lines == ()


def test_each_filter_leaves_only_what_it_names(house: House) -> None:
    visit = book(house, days=10, reminded=True)
    put(house, confirmation(house, visit).entry.id, state="dead", reason="smtp 550")

    def found(**asked: object) -> tuple[Line, ...]:
        return ledger.look(house, Question(NOW - DAY, EVER, **asked), CLERK, NOW).lines  # type: ignore[arg-type]

    assert {line.entry.state for line in found(group=Group.FAILED)} == {State.DEAD}
    assert {line.entry.kind for line in found(kind=Kind.REMINDER_TWO_DAYS)} == {Kind.REMINDER_TWO_DAYS}
    assert {line.entry.channel for line in found(channel=Channel.EMAIL)} == {Channel.EMAIL}
    assert len(found()) > len(found(group=Group.FAILED))


def test_a_day_holds_what_is_due_from_its_first_instant_to_before_its_last(house: House) -> None:
    visit = book(house)
    number = confirmation(house, visit).entry.id
    for due, seen in ((NOW, True), (NOW + DAY, False), (NOW - timedelta(microseconds=1), False)):
        put(house, number, due_at=due)
        found = ledger.look(house, Question(NOW, NOW + DAY), CLERK, NOW).lines
        assert (number in {line.entry.id for line in found}) is seen


def test_a_long_list_comes_in_pages_that_leave_nothing_out(house: House) -> None:
    visit = book(house)
    template = confirmation(house, visit).entry.id
    with house.database.transaction() as connection:
        row = connection.execute(select(OutboxRow.__table__).where(OutboxRow.id == template)).mappings().one()
        copies = [
            {**{name: value for name, value in row.items() if name != "id"}, **unique(turn)}
            for turn in range(PAGE + 5)
        ]
        connection.execute(OutboxRow.__table__.insert(), copies)  # type: ignore[attr-defined]
    asked = Question(NOW - DAY, NOW + timedelta(minutes=1))
    first = ledger.look(house, asked, CLERK, NOW)
    second = ledger.look(house, Question(asked.start, asked.end, page=1), CLERK, NOW)
    assert (len(first.lines), first.has_more, second.has_more) == (PAGE, True, False)
    numbers = [line.entry.id for line in (*first.lines, *second.lines)]
    assert len(numbers) == len(set(numbers)) >= PAGE + 6


def unique(turn: int) -> dict[str, str]:
    """What no two rows share."""
    return {"dedupe_key": f"copy-{turn}", "message_id": f"copy-{turn}@localhost"}


def test_every_look_is_written_down_once_for_each_visit_seen(house: House) -> None:
    visit = book(house)
    patient = visit.appointment.patient_id
    ledger.of_visit(house, visit.appointment.public_id, CLERK, NOW)
    ledger.look(house, Question(NOW - DAY, EVER), CLERK, NOW)
    ledger.one(house, 1, CLERK, NOW)
    assert acts(house, "see-messages") == [(str(visit.appointment.id), patient)] * 3


def test_a_look_that_shows_nobody_writes_nothing(house: House) -> None:
    ledger.look(house, Question(NOW - DAY, NOW), CLERK, NOW)
    assert acts(house, "see-messages") == []


def test_a_failed_message_goes_again_and_two_presses_are_one(house: House) -> None:
    visit = book(house)
    number = confirmation(house, visit).entry.id
    put(house, number, state="dead", reason="smtp 550")
    for _ in range(2):
        assert ledger.resend(house, number, CLERK, NOW) == visit.appointment.public_id
    again = [
        line.entry
        for line in lines(house, visit)
        if line.entry.kind is Kind.CONFIRMATION and line.entry.channel is Channel.EMAIL
    ]
    assert sorted(entry.state for entry in again) == [State.DEAD, State.PENDING]
    assert acts(house, "resend") == [(str(number), visit.appointment.patient_id)] * 2


@pytest.mark.parametrize("state", ["pending", "claimed", "sending", "unknown"])
def test_what_is_still_on_its_way_is_not_sent_twice(house: House, state: str) -> None:
    visit = book(house)
    number = confirmation(house, visit).entry.id
    put(house, number, state=state)
    with pytest.raises(CannotSend):
        ledger.resend(house, number, CLERK, NOW)


def test_a_confirmation_of_a_cancelled_visit_is_not_sent_again(house: House) -> None:
    visit = book(house)
    number = confirmation(house, visit).entry.id
    put(house, number, state="sent", sent_at=NOW)
    changing.cancel(house, visit.appointment.id, CancelledBy.DESK, CLERK, NOW)
    with pytest.raises(CannotSend):
        ledger.resend(house, number, CLERK, NOW)


def test_a_call_instead_holds_the_message_back_and_says_so(house: House) -> None:
    visit = book(house)
    number = confirmation(house, visit).entry.id
    ledger.call_instead(house, number, CLERK, NOW)
    held = confirmation_story(house, visit, number)
    assert (held.entry.state, held.story.sentence) == (State.SUPPRESSED, "Not sent: the desk calls instead.")
    calls = [line.entry for line in lines(house, visit) if line.entry.channel is Channel.PHONE]
    assert (Kind.CONFIRMATION, State.PENDING) in [(call.kind, call.state) for call in calls]


def test_a_message_that_a_worker_has_just_taken_is_not_called_about(house: House) -> None:
    visit = book(house)
    number = confirmation(house, visit).entry.id
    put(house, number, state="claimed")
    with pytest.raises(CannotSend):
        ledger.call_instead(house, number, CLERK, NOW)


def test_what_is_not_there_is_not_found(house: House) -> None:
    with pytest.raises(NotFound):
        ledger.one(house, 10_000, CLERK, NOW)
    with pytest.raises(NotFound):
        ledger.of_visit(house, "nobody", CLERK, NOW)
    with pytest.raises(NotFound):
        ledger.resend(house, 10_000, CLERK, NOW)


def test_an_archived_message_is_still_told_of_at_its_visit(house: House) -> None:
    visit = book(house)
    number = confirmation(house, visit).entry.id
    put(house, number, state="sent", sent_at=NOW)
    with house.database.transaction() as connection:
        assert archive.move_settled(connection, NOW + DAY, 100) == 1
    line = confirmation_story(house, visit, number)
    assert line.entry.group is Group.SENT
    assert ledger.one(house, number, CLERK, NOW).entry.id == number


def test_a_message_sent_again_really_leaves_and_the_ledger_says_so(
    house: House, room: PostRoom, tray: Tray
) -> None:
    visit = book(house)
    number = confirmation(house, visit).entry.id
    tray.answers.append(REFUSED)
    drain(room, Circuit())
    assert confirmation_story(house, visit, number).entry.group is Group.FAILED
    ledger.resend(house, number, CLERK, NOW)
    drain(room, Circuit())
    assert len(tray.posted) == 2
    again = lines(house, visit)[-1]
    assert (again.entry.kind, again.entry.group) == (Kind.CONFIRMATION, Group.SENT)
    assert again.story.sentence == "Sent %(when)s."


def test_a_paused_channel_keeps_its_messages_and_lets_them_go_when_resumed(
    house: House, room: PostRoom, tray: Tray
) -> None:
    visit = book(house)
    messaging_health.pause(house, Channel.EMAIL, MANAGER, NOW)
    drain(room, Circuit())
    assert tray.posted == []
    assert "paused" in confirmation(house, visit).story.sentence
    messaging_health.resume(house, Channel.EMAIL, MANAGER, NOW)
    drain(room, Circuit())
    assert len(tray.posted) == 1


def test_a_message_called_about_instead_never_leaves(house: House, room: PostRoom, tray: Tray) -> None:
    ledger.call_instead(house, confirmation(house, book(house)).entry.id, CLERK, NOW)
    drain(room, Circuit())
    assert tray.posted == []

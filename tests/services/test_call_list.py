"""Whoever wants to hear a voice is called: the list is complete, an outcome is written once, and a slip is mended."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from scheduler.domain.appointment import CancelledBy
from scheduler.domain.directory import Mode
from scheduler.domain.errors import NotFound, StaleVersion
from scheduler.domain.message_story import Outcome
from scheduler.domain.notification import Channel, Kind, State
from scheduler.domain.person import RemindBy
from scheduler.domain.visit import Visit
from scheduler.persistence.worklist import WorklistRow
from scheduler.services import call_list, changing, ledger
from scheduler.services.house import House
from tests.engines import CLERK, NOW, a_patient
from tests.post import PATIENT, book, move
from tests.services.test_ledger import acts, confirmation, put

DAY = timedelta(days=1)


def to_call(house: House, mode: Mode = Mode.IN_PERSON) -> tuple[Visit, int]:
    """A visit, and the number of a call about it that is due now."""
    visit = book(house, mode)
    ledger.call_instead(house, confirmation(house, visit).entry.id, CLERK, NOW)
    (call,) = call_list.today(house, CLERK, NOW).waiting
    return visit, call.line.entry.id


def waiting(house: House) -> list[int]:
    """The numbers of the calls to make."""
    return [call.line.entry.id for call in call_list.today(house, CLERK, NOW).waiting]


def wrong_numbers(house: House) -> list[str]:
    """How the worklist rows about wrong numbers stand."""
    with house.database.reading() as connection:
        question = select(WorklistRow.state).where(WorklistRow.kind == call_list.WRONG_NUMBER)
        return list(connection.scalars(question))


def test_a_person_who_wants_calls_stands_on_the_list_on_the_day_of_the_reminder(house: House) -> None:
    wish = a_patient(remind_by=(RemindBy.PHONE,), email=None)
    visit = book(house, days=7, patient=wish, reminded=True)
    assert waiting(house) == []
    day = visit.appointment.start - 2 * DAY
    calls = call_list.today(house, CLERK, day).waiting
    assert [call.line.entry.kind for call in calls] == [Kind.REMINDER_TWO_DAYS]
    assert (calls[0].name, calls[0].phone) == (visit.patient.name, visit.patient.phone)


def test_a_video_visit_is_called_where_the_patient_will_be(house: House) -> None:
    to_call(house, Mode.VIRTUAL)
    (call,) = call_list.today(house, CLERK, NOW).waiting
    assert call.phone == "+19155550199"


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.REACHED, State.DELIVERED),
        (Outcome.VOICEMAIL, State.SENT),
        (Outcome.WRONG_NUMBER, State.UNDELIVERED),
    ],
)
def test_an_outcome_settles_the_call_in_the_same_ledger(house: House, outcome: Outcome, state: State) -> None:
    visit, number = to_call(house)
    call_list.note(house, number, outcome, CLERK, NOW)
    calls = call_list.today(house, CLERK, NOW)
    assert calls.waiting == ()
    (made,) = calls.made
    assert (made.line.entry.state, made.line.entry.outcome, made.line.entry.settled_at) == (
        state,
        outcome,
        NOW,
    )
    assert made.line.story.when == NOW
    assert acts(house, f"call-{outcome.value}") == [(str(number), visit.appointment.patient_id)]


def test_the_same_key_twice_is_one_outcome_and_another_key_is_refused(house: House) -> None:
    _, number = to_call(house)
    call_list.note(house, number, Outcome.WRONG_NUMBER, CLERK, NOW)
    call_list.note(house, number, Outcome.WRONG_NUMBER, CLERK, NOW)
    with pytest.raises(StaleVersion):
        call_list.note(house, number, Outcome.REACHED, CLERK, NOW)
    assert wrong_numbers(house) == ["open"]
    assert len(acts(house, "call-wrong-number")) == 1


def test_a_wrong_key_is_taken_back_and_leaves_nothing_to_do(house: House) -> None:
    _, number = to_call(house)
    call_list.note(house, number, Outcome.WRONG_NUMBER, CLERK, NOW)
    call_list.take_back(house, number, CLERK, NOW)
    assert waiting(house) == [number]
    assert wrong_numbers(house) == ["done"]
    with pytest.raises(StaleVersion):
        call_list.take_back(house, number, CLERK, NOW)


def test_a_call_is_not_put_back_when_its_time_has_passed(house: House) -> None:
    visit, number = to_call(house)
    call_list.note(house, number, Outcome.VOICEMAIL, CLERK, NOW)
    with pytest.raises(StaleVersion):
        call_list.take_back(house, number, CLERK, visit.appointment.end + DAY)


def test_a_call_is_not_put_back_when_the_visit_has_moved_since(house: House) -> None:
    visit, number = to_call(house)
    call_list.note(house, number, Outcome.VOICEMAIL, CLERK, NOW)
    move(house, visit, PATIENT)
    with pytest.raises(StaleVersion):
        call_list.take_back(house, number, CLERK, NOW)


def test_a_call_about_a_visit_that_moved_is_not_made(house: House) -> None:
    visit, number = to_call(house)
    move(house, visit, PATIENT)
    assert number not in waiting(house)
    with pytest.raises(StaleVersion):
        call_list.note(house, number, Outcome.REACHED, CLERK, NOW)


def test_a_call_about_a_cancelled_visit_is_not_made(house: House) -> None:
    visit, number = to_call(house)
    changing.cancel(house, visit.appointment.id, CancelledBy.PATIENT, CLERK, NOW)
    assert number not in waiting(house)


def test_news_of_a_cancellation_can_be_told_by_phone(house: House) -> None:
    visit = book(house)
    changing.cancel(house, visit.appointment.id, CancelledBy.DESK, CLERK, NOW)
    found = ledger.of_visit(house, visit.appointment.public_id, CLERK, NOW)[1].lines
    mail = next(
        line.entry
        for line in found
        if line.entry.kind is Kind.CANCELLED and line.entry.channel is Channel.EMAIL
    )
    ledger.call_instead(house, mail.id, CLERK, NOW)
    (call,) = call_list.today(house, CLERK, NOW).waiting
    assert call.line.entry.kind is Kind.CANCELLED


def test_a_visit_that_the_clinic_moved_is_told_by_phone_before_its_old_time(house: House) -> None:
    visit = book(house, patient=a_patient(remind_by=(RemindBy.PHONE,), email=None))
    move(house, visit, CLERK)
    (call,) = call_list.today(house, CLERK, NOW).waiting
    assert (call.line.entry.kind, call.line.entry.expires_at) == (
        Kind.MOVED_BY_CLINIC,
        visit.appointment.start,
    )


def test_the_list_ends_with_the_clinics_own_day(house: House) -> None:
    _, number = to_call(house)
    midnight = NOW + timedelta(hours=15)
    put(house, number, next_attempt_at=midnight)
    assert waiting(house) == []
    put(house, number, next_attempt_at=midnight - timedelta(seconds=1))
    assert waiting(house) == [number]


def test_whoever_is_on_the_list_was_looked_at(house: House) -> None:
    visit, _ = to_call(house)
    before = len(acts(house, "see-messages"))
    call_list.today(house, CLERK, NOW)
    assert acts(house, "see-messages")[before:] == [(str(visit.appointment.id), visit.appointment.patient_id)]


def test_a_mail_is_no_call(house: House) -> None:
    number = confirmation(house, book(house)).entry.id
    with pytest.raises(StaleVersion):
        call_list.note(house, number, Outcome.REACHED, CLERK, NOW)
    with pytest.raises(NotFound):
        call_list.note(house, 10_000, Outcome.REACHED, CLERK, NOW)

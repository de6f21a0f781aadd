"""A text counts once, whoever brings it and however many do so at the same moment, on both databases."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from scheduler.domain.actor import Actor, Role
from scheduler.domain.appointment import Status
from scheduler.domain.directory import Mode
from scheduler.domain.errors import NotFound, Refusal
from scheduler.domain.inbound_text import Answer, InboundText, Say
from scheduler.domain.notification import Channel, State
from scheduler.domain.person import HelperDetails, RemindBy
from scheduler.domain.visit import Visit
from scheduler.persistence import opt_outs
from scheduler.persistence.inbound_texts import InboundTextRow
from scheduler.persistence.outbox import OutboxRow
from scheduler.persistence.worklist import WorklistRow
from scheduler.services import changing, opt_out, rotation, texting, texts_reported
from scheduler.services.house import House
from scheduler.services.texts_reported import Report
from tests.engines import CLERK, NOW, OWNER, a_patient
from tests.letters import a_helper
from tests.post import book, move
from tests.texts import PHONE, new_sid

TEXTER = Actor(frozenset({Role.PATIENT}), id="text")
HELPER_PHONE = "+19155550112"


def text(house: House, words: str, sender: str = PHONE, sid: str = "") -> Answer:
    return texting.receive(house, InboundText(sid or new_sid(), sender, words), TEXTER, NOW)


def booked(house: House, days: int = 7, helper: HelperDetails | None = None) -> Visit:
    patient = a_patient(phone=PHONE, remind_by=(RemindBy.SMS,))
    return book(house, Mode.IN_PERSON, days, patient=patient, helper=helper)


def standing(house: House, visit: Visit) -> Visit:
    return changing.show(house, visit.appointment.id)


def test_a_confirmation_is_kept_with_the_visit_until_it_moves(house: House) -> None:
    visit = booked(house)
    assert text(house, "C").say is Say.CONFIRMED
    assert standing(house, visit).appointment.confirmed_at == NOW
    moved = move(house, visit, OWNER)
    assert standing(house, moved).appointment.confirmed_at is None


def test_a_confirmation_is_no_new_version_so_that_no_reminder_falls_silent(house: House) -> None:
    visit = booked(house)
    text(house, "C")
    assert standing(house, visit).appointment.sequence == visit.appointment.sequence


def test_the_same_text_brought_by_many_at_once_does_one_thing(house: House) -> None:
    booked(house)
    answers: list[Answer] = []
    threads = [
        threading.Thread(target=lambda: answers.append(text(house, "Can I come early?", sid="SM1")))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.say for answer in answers) == sorted([Say.READ, *[Say.NOTHING] * 5])
    with house.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(WorklistRow)).scalar_one() == 1


def test_a_text_and_the_desk_at_the_same_moment_do_not_undo_each_other(house: House) -> None:
    visit = booked(house)
    refusals: list[Exception] = []

    def move_it() -> None:
        try:
            move(house, visit, CLERK)
        except Refusal as refusal:
            refusals.append(refusal)

    desk = threading.Thread(target=move_it)
    desk.start()
    answer = text(house, "X")
    desk.join()
    after = standing(house, visit).appointment
    if answer.say is Say.CANCELLED:
        assert after.status is Status.CANCELLED
    else:
        assert (answer.say, after.status, refusals) == (Say.READ, Status.BOOKED, [])


def test_a_helper_who_was_texted_may_answer_too(house: House) -> None:
    visit = booked(house, helper=a_helper(phone=HELPER_PHONE))
    assert text(house, "C", HELPER_PHONE).say is Say.UNKNOWN
    with house.database.transaction() as connection:
        index = house.vault.index("phone", HELPER_PHONE)
        sent = update(OutboxRow).where(OutboxRow.appointment_id == visit.appointment.id)
        connection.execute(
            sent.values(channel="sms", state="sent", sent_at=NOW, opened_at=NOW, address_index=index)
        )
    assert text(house, "C", HELPER_PHONE).say is Say.CONFIRMED


def test_a_list_is_forgotten_after_a_while(house: House) -> None:
    booked(house)
    second = booked(house, 8)
    text(house, "X")
    late = NOW + texting.LIST_LASTS + timedelta(minutes=1)
    answer = texting.receive(house, InboundText(new_sid(), PHONE, "X2"), TEXTER, late)
    assert answer.say is Say.WHICH_CANCEL
    assert standing(house, second).appointment.status is Status.BOOKED


def test_a_list_survives_a_change_of_keys(house: House) -> None:
    booked(house)
    second = booked(house, 8)
    text(house, "X")
    with house.database.reading() as connection:
        sealed = [row for row in connection.scalars(select(InboundTextRow.sealed)) if row is not None]
    assert len(sealed) == 1
    done = rotation.rotate(house.database, house.vault, now=NOW, actor=TEXTER)
    assert done.broken == 0
    assert text(house, "X2").say is Say.CANCELLED
    assert standing(house, second).appointment.status is Status.CANCELLED


def test_two_people_with_one_phone_are_two_choices(house: House) -> None:
    first, second = booked(house), booked(house, 8)
    assert first.appointment.patient_id != second.appointment.patient_id
    answer = text(house, "C")
    assert [visit.appointment.id for visit in answer.visits] == [first.appointment.id, second.appointment.id]


def test_what_was_taken_for_gone_stays_gone(house: House) -> None:
    visit = booked(house)
    assert text(house, "X").say is Say.CANCELLED
    assert text(house, "X").say is Say.UNKNOWN
    assert standing(house, visit).appointment.sequence == 1


class TestReports:
    """What companies report, on both databases."""

    def name_of(self, house: House, visit: Visit) -> str:
        with house.database.transaction() as connection:
            row = connection.execute(
                select(OutboxRow.id, OutboxRow.message_id)
                .where(OutboxRow.appointment_id == visit.appointment.id)
                .limit(1)
            ).one()
            connection.execute(
                update(OutboxRow)
                .where(OutboxRow.id == row.id)
                .values(state=State.UNKNOWN.value, channel="sms", opened_at=NOW)
            )
        return str(row.message_id.partition("@")[0])

    def test_a_report_settles_a_doubt_and_counts_once(self, house: House) -> None:
        name = self.name_of(house, booked(house))
        report = Report("texts.example.com", "SM1", name, State.DELIVERED)
        assert texts_reported.note(house, report, NOW)
        assert not texts_reported.note(house, report, NOW)
        with house.database.reading() as connection:
            row = connection.execute(
                select(OutboxRow.state, OutboxRow.provider, OutboxRow.provider_ref).where(
                    OutboxRow.message_id.like(f"{name}@%")
                )
            ).one()
        assert tuple(row) == ("delivered", "texts.example.com", "SM1")

    def test_a_report_of_a_stranger_is_nobodys(self, house: House) -> None:
        assert not texts_reported.note(house, Report("x", "SM1", "0" * 32, State.SENT), NOW)


class TestRefusing:
    """The link that ends reminders by mail."""

    def test_it_opens_its_own_switch_alone(self, house: House) -> None:
        token = opt_out.token_for(house.vault, "Ana@example.com")
        assert len(token) == opt_out.TOKEN_LENGTH
        opt_out.choose(house, token, out=True, language="en", actor=TEXTER, now=NOW)
        assert opt_out.is_out(house, opt_out.token_for(house.vault, "ana@example.com"))
        assert not opt_out.is_out(house, opt_out.token_for(house.vault, "rosa@example.com"))
        with house.database.reading() as connection:
            phone = house.vault.index("phone", PHONE)
            assert not opt_outs.is_out(connection, Channel.SMS, phone)

    @pytest.mark.parametrize("token", ["", "x", "A" * 43, "A" * 42, "é" * 43])
    def test_a_made_up_one_opens_nothing(self, house: House, token: str) -> None:
        with pytest.raises(NotFound):
            opt_out.is_out(house, token)

"""The desk reads what waits, decides on another time, believes what it has made sure of, and the words are gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from scheduler.domain.actor import Actor, Role
from scheduler.domain.errors import MoveRefused, NotFound, NotOffered, NotPermitted, SlotTaken, StaleVersion
from scheduler.domain.hand_over import Circuit
from scheduler.domain.visit import Visit
from scheduler.domain.worklist import Act, End, Step
from scheduler.persistence import inbox
from scheduler.persistence.inbox import InboundMailRow
from scheduler.services import answering, delivery, replies, slot_search, todo
from scheduler.services.house import House
from scheduler.services.post_room import PostRoom
from tests.answer_corpus import Shape, bare, gmail, letter, outlook
from tests.engines import CLERK, NOW, OWNER, query
from tests.letters import a_helper
from tests.post import Tray, book, later, move, states
from tests.services.test_replies import NOBODY, TRUST, calendar_of, on_the_list, said, standing

NURSE = Actor(frozenset({Role.CLINICIAN}), id="9")


def waiting(house: House) -> answering.Waiting:
    """The only mail that waits."""
    (mail,) = answering.look(house, CLERK, NOW).mails
    return mail


def free_day_later(house: House, visit: Visit) -> datetime:
    wish = query(start=visit.appointment.start + timedelta(days=1), moving=visit.appointment.id)
    wish = slot_search.SlotQuery(
        wish.visit_type_code,
        wish.mode,
        wish.start,
        wish.end,
        visit.appointment.practitioner_id,
        moving=visit.appointment.id,
    )
    return slot_search.find(house, wish, NOW, limit=1)[0].start


def propose(house: House, visit: Visit, start: datetime, shape: Shape = outlook) -> int:
    """A counter-proposal that waits; its number."""
    answer = said(visit, "TENTATIVE", method="COUNTER", start=start)
    replies.receive(house, TRUST, shape(answer), NOW)
    return waiting(house).number


def test_words_are_read_and_then_forgotten(house: House) -> None:
    visit = book(house)
    replies.receive(house, TRUST, letter("May I bring my son?", sender=f"<{visit.patient.email}>"), NOW)
    mail, _ = answering.one(house, waiting(house).number, CLERK, NOW)
    assert (mail.text, mail.visit and mail.visit.appointment.id) == (
        "May I bring my son?",
        visit.appointment.id,
    )
    for _ in range(2):
        answering.handled(house, mail.number, CLERK, NOW)
    assert answering.look(house, CLERK, NOW).mails == ()
    assert on_the_list(house) == []
    with house.database.reading() as connection:
        row = connection.execute(select(InboundMailRow.verdict, InboundMailRow.sealed)).one()
    assert tuple(row) == ("to-read", None)
    with pytest.raises(NotFound):
        answering.one(house, mail.number, CLERK, NOW)


def test_a_free_asked_time_is_agreed_to_and_the_calendar_gets_the_move(
    house: House, room: PostRoom, tray: Tray
) -> None:
    visit = book(house)
    asked = free_day_later(house, visit)
    number = propose(house, visit, asked)
    mail, is_free = answering.one(house, number, CLERK, NOW)
    assert (mail.asked, is_free, mail.asks_for_a_time) == (asked, True, True)
    answering.agree(house, number, CLERK, NOW)
    after = standing(house, visit)
    assert (after.start, after.sequence) == (asked, 1)
    assert on_the_list(house) == []
    assert answering.look(house, CLERK, NOW).mails == ()
    delivery.drain(later(room, minutes=5), Circuit())
    invite = calendar_of(tray.posted[-1][1])
    assert b"METHOD:REQUEST" in invite
    assert b"PARTSTAT=ACCEPTED" in invite.replace(b"\r\n ", b"")
    assert ("moved", "sent") in states(house)


@pytest.mark.parametrize(("minutes", "is_another"), [(30, False), (90, True)])
def test_another_length_is_shown_and_the_visit_keeps_its_own(
    house: House, minutes: int, is_another: bool
) -> None:
    visit = book(house)
    asked = free_day_later(house, visit)
    raw = bare(said(visit, "TENTATIVE", method="COUNTER", start=asked))
    end = asked + timedelta(minutes=minutes)
    usual = asked + timedelta(minutes=30)
    told = raw.replace(f"DTEND:{usual:%Y%m%dT%H%M%SZ}".encode(), f"DTEND:{end:%Y%m%dT%H%M%SZ}".encode())
    replies.receive(house, TRUST, told, NOW)
    mail = waiting(house)
    assert (mail.asked_minutes, mail.asks_for_another_length) == (minutes, is_another)
    moved = answering.agree(house, mail.number, CLERK, NOW).appointment
    assert moved.end - moved.start == visit.appointment.end - visit.appointment.start


def test_a_taken_time_is_shown_so_and_nothing_moves(house: House) -> None:
    visit = book(house)
    midnight = visit.appointment.start.replace(hour=9) + timedelta(days=1)
    number = propose(house, visit, midnight)
    _, is_free = answering.one(house, number, CLERK, NOW)
    assert not is_free
    with pytest.raises((SlotTaken, NotOffered)):
        answering.agree(house, number, CLERK, NOW)
    assert standing(house, visit) == visit.appointment
    assert answering.look(house, CLERK, NOW).mails != ()


@pytest.mark.parametrize("asker", ["patient", "helper"])
def test_a_no_goes_to_whoever_asked_as_the_calendars_own_word_and_in_words(
    house: House, room: PostRoom, tray: Tray, asker: str
) -> None:
    visit = book(house, helper=a_helper(email="luz@example.com"))
    delivery.drain(room, Circuit())
    address = "luz@example.com" if asker == "helper" else visit.patient.email
    answer = said(
        visit,
        "TENTATIVE",
        method="COUNTER",
        start=visit.appointment.start + timedelta(days=1),
        attendee=address,
        sender=f"<{address}>",
    )
    replies.receive(house, TRUST, gmail(answer), NOW)
    tray.posted.clear()
    answering.refuse(house, waiting(house).number, CLERK, NOW)
    delivery.drain(room, Circuit())
    ((told, raw),) = tray.posted
    assert told == address
    assert b"METHOD:DECLINECOUNTER" in calendar_of(raw)
    words = tray.mails[-1].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Your visit stays as it is." in words
    assert "puts the visit in your calendar" not in words
    assert standing(house, visit) == visit.appointment
    assert on_the_list(house) == []


@pytest.mark.parametrize(("end", "is_told"), [(End.KEPT, True), (End.NOTHING, False)])
def test_kept_on_the_list_of_things_to_do_the_calendar_that_asked_hears_no(
    house: House, end: End, is_told: bool
) -> None:
    visit = book(house)
    number = propose(house, visit, free_day_later(house, visit))
    with house.database.reading() as connection:
        kept = inbox.get(connection, number)
    assert kept is not None
    done = Act(Step.DONE, end=end, words="Spoke with her")
    todo.act(house, kept.worklist_id or "", 0, done, replace(CLERK, id="1"), NOW)
    assert ("counter-refused" in {kind for kind, _ in states(house)}) is is_told
    assert answering.look(house, CLERK, NOW).mails == ()


def test_a_proposal_about_the_old_time_is_only_read(house: House) -> None:
    visit = book(house)
    number = propose(house, visit, free_day_later(house, visit))
    move(house, visit, OWNER, days=3)
    mail, _ = answering.one(house, number, CLERK, NOW)
    assert not mail.asks_for_a_time
    with pytest.raises(StaleVersion):
        answering.agree(house, number, CLERK, NOW)
    with pytest.raises(MoveRefused):
        answering.refuse(house, number, CLERK, NOW)
    answering.handled(house, number, CLERK, NOW)


@pytest.mark.parametrize("word", ["ACCEPTED", "DECLINED"])
def test_an_answer_nobody_vouches_for_may_be_believed_by_a_person(house: House, word: str) -> None:
    visit = book(house)
    replies.receive(house, NOBODY, gmail(said(visit, word)), NOW)
    mail = waiting(house)
    assert mail.may_be_believed
    answering.believe(house, mail.number, CLERK, NOW)
    assert answering.look(house, CLERK, NOW).mails == ()
    if word == "ACCEPTED":
        assert standing(house, visit).confirmed_by == "calendar"
        assert on_the_list(house) == []
    else:
        assert [held.visit.appointment.id for held in answering.look(house, CLERK, NOW).held] == [
            visit.appointment.id
        ]


def test_a_perhaps_is_nothing_to_believe(house: House) -> None:
    visit = book(house)
    replies.receive(house, NOBODY, gmail(said(visit, "TENTATIVE")), NOW)
    with pytest.raises(MoveRefused):
        answering.believe(house, waiting(house).number, CLERK, NOW)


def test_mails_are_for_those_who_work_the_list(house: House) -> None:
    with pytest.raises(NotPermitted):
        answering.look(house, NURSE, NOW)

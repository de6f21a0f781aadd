"""What must be told is written down with the change itself, once, and what it overtakes falls silent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.domain.appointment import CancelledBy
from scheduler.domain.hand_over import Circuit
from scheduler.domain.news import Change
from scheduler.services import announcement, changing, private_links
from scheduler.services.delivery import drain
from scheduler.services.house import House
from scheduler.services.post_room import PostRoom
from tests.engines import CLERK, NOW, OWNER
from tests.engines import a_patient as a_known_patient
from tests.letters import a_helper
from tests.post import Tray, book, move, outbox_of, states


def test_a_booking_owes_its_confirmation_in_the_same_transaction(house: House) -> None:
    book(house)
    assert states(house) == [("confirmation", "pending")]


def test_a_helper_is_owed_a_copy(house: House) -> None:
    book(house, helper=a_helper())
    assert [(row.recipient, row.state) for row in outbox_of(house)] == [
        ("patient", "pending"),
        ("helper", "pending"),
    ]


def test_whoever_has_no_e_mail_is_owed_none(house: House) -> None:
    book(house, patient=a_known_patient(email=None))
    assert outbox_of(house) == []


def test_a_change_that_is_rolled_back_owes_nothing(house: House) -> None:
    visit = book(house)
    with pytest.raises(ZeroDivisionError), house.database.transaction() as connection:
        announcement.owe_about(connection, visit, Change.CANCELLED, NOW)
        raise ZeroDivisionError
    assert states(house) == [("confirmation", "pending")]


def test_owing_the_same_twice_is_owing_it_once(house: House) -> None:
    visit = book(house, helper=a_helper())
    with house.database.transaction() as connection:
        announcement.owe_about(connection, visit, Change.BOOKED, NOW)
        announcement.owe_about(connection, visit, Change.BOOKED, NOW + timedelta(hours=1))
    assert len(outbox_of(house)) == 2


def test_a_cancellation_silences_what_was_not_sent(house: House) -> None:
    visit = book(house)
    other = book(house)
    changing.cancel(house, visit.appointment.id, CancelledBy.PATIENT, OWNER, NOW)
    assert states(house) == [
        ("confirmation", "cancelled"),
        ("confirmation", "pending"),
        ("cancelled", "pending"),
    ]
    assert other.appointment.id != visit.appointment.id


def test_what_was_sent_stays_sent(house: House, room: PostRoom, tray: Tray) -> None:
    visit = book(house)
    drain(room, Circuit())
    changing.cancel(house, visit.appointment.id, CancelledBy.PATIENT, OWNER, NOW)
    assert states(house) == [("confirmation", "sent"), ("cancelled", "pending")]
    assert len(tray.posted) == 1


def test_links_that_were_asked_for_survive_a_move(house: House) -> None:
    visit = book(house)
    private_links.send_again(house, OWNER, NOW, phone=visit.patient.phone)
    changing.cancel(house, visit.appointment.id, CancelledBy.PATIENT, OWNER, NOW)
    assert ("links", "pending") in states(house)


def test_a_move_by_the_clinic_is_told_as_such(house: House) -> None:
    by_desk, by_patient = book(house), book(house)
    for visit, actor in ((by_desk, CLERK), (by_patient, OWNER)):
        move(house, visit, actor)
    kinds = [row.kind for row in outbox_of(house) if row.sequence == 1]
    assert kinds == ["moved-by-clinic", "moved"]

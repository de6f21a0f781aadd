"""An address is put right at the desk or by the patient, and the visits ahead are told to where they can be read."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from scheduler.domain.errors import NotFound, NotPermitted
from scheduler.domain.notification import Addressee
from scheduler.domain.visit import Visit
from scheduler.persistence import bounces, people
from scheduler.persistence.audit import AuditRow
from scheduler.services import changing, contact
from scheduler.services.house import House
from scheduler.services.post_room import PostRoom
from tests.engines import CLERK, NOW, OWNER, SOMEBODY, a_patient
from tests.letters import a_helper
from tests.post import Tray, book, invite_of, move, outbox_of
from tests.services.test_replies import on_the_list
from tests.services.test_returned_mail import come_back, is_marked, send

RIGHT = "ana.right@example.com"


def came_back(house: House, visit: Visit) -> bool:
    return contact.came_back(house, changing.show(house, visit.appointment.id)) is not None


def correct(house: House, visit: Visit, email: str) -> None:
    contact.correct_at_desk(house, visit.appointment.public_id, email, CLERK, NOW)


def test_the_right_address_gets_the_visit_with_its_calendar_entry(
    house: House, room: PostRoom, tray: Tray
) -> None:
    visit = book(house)
    come_back(house, room)
    correct(house, visit, RIGHT)
    send(room)
    assert [address for address, _ in tray.posted] == [visit.patient.email, RIGHT]
    assert f"mailto:{RIGHT}".encode() in invite_of(tray.mails[1]).replace(b"\r\n ", b"")
    assert not came_back(house, visit)
    assert on_the_list(house) == []


def test_every_visit_ahead_of_the_same_address_follows_and_so_does_the_record(
    house: House, room: PostRoom, tray: Tray
) -> None:
    first = book(house)
    second = book(house, days=9, patient=first.patient)
    come_back(house, room)
    correct(house, first, RIGHT)
    told = [changing.show(house, each.appointment.id).patient.email for each in (first, second)]
    assert told == [RIGHT, RIGHT]
    with house.database.reading() as connection:
        assert people.one(connection, house.vault, first.appointment.patient_id).email == RIGHT
    posted = len(tray.posted)
    send(room)
    assert [address for address, _ in tray.posted[posted:]] == [RIGHT, RIGHT]


def test_somebody_elses_visit_with_the_same_address_keeps_it(house: House, room: PostRoom) -> None:
    mine = book(house)
    other = book(house, days=9, patient=book(house, days=11).patient)
    correct(house, mine, other.patient.email or "")
    correct(house, other, RIGHT)
    assert changing.show(house, mine.appointment.id).patient.email == other.patient.email


@pytest.mark.parametrize("spelt", ["as it was", "in capitals"])
def test_the_same_address_again_lifts_the_mark_and_sends_the_visit(
    house: House, room: PostRoom, tray: Tray, spelt: str
) -> None:
    visit = book(house)
    come_back(house, room)
    email = visit.patient.email or ""
    correct(house, visit, email if spelt == "as it was" else email.upper())
    send(room)
    assert len(tray.posted) == 2
    assert not is_marked(house, visit)


def test_the_old_address_stays_marked_for_whoever_else_gave_it(house: House, room: PostRoom) -> None:
    visit = book(house)
    come_back(house, room)
    correct(house, visit, RIGHT)
    index = house.vault.index("email", visit.patient.email or "")
    with house.database.reading() as connection:
        assert bounces.since(connection, [index]) != {}


def test_a_visit_without_an_address_gets_one(house: House, room: PostRoom, tray: Tray) -> None:
    visit = book(house, patient=a_patient(email=None))
    correct(house, visit, RIGHT)
    send(room)
    assert [address for address, _ in tray.posted] == [RIGHT]


def test_the_patient_may_put_it_right_only_while_mail_comes_back(house: House, room: PostRoom) -> None:
    visit = book(house)
    with pytest.raises(NotPermitted):
        contact.correct_by_patient(house, visit.appointment.id, RIGHT, OWNER, NOW)
    come_back(house, room)
    contact.correct_by_patient(house, visit.appointment.id, RIGHT, OWNER, NOW)
    assert changing.show(house, visit.appointment.id).patient.email == RIGHT
    with pytest.raises(NotPermitted):
        contact.correct_by_patient(house, visit.appointment.id, "other@example.com", OWNER, NOW)


def test_nobody_else_may(house: House, room: PostRoom) -> None:
    visit = book(house)
    come_back(house, room)
    with pytest.raises(NotPermitted):
        contact.correct_by_patient(house, visit.appointment.id, RIGHT, SOMEBODY, NOW)
    with pytest.raises(NotPermitted):
        contact.correct_at_desk(house, visit.appointment.public_id, RIGHT, OWNER, NOW)


def test_what_waits_for_the_old_address_goes_to_the_new_one(house: House, room: PostRoom, tray: Tray) -> None:
    visit = book(house)
    send(room)
    move(house, visit, OWNER)
    correct(house, visit, RIGHT)
    send(room)
    send(room)
    assert {address for address, _ in tray.posted[1:]} == {RIGHT}
    assert {row.state for row in outbox_of(house)} == {"sent"}


def test_it_is_written_down_without_the_address(house: House, room: PostRoom) -> None:
    visit = book(house)
    correct(house, visit, RIGHT)
    with house.database.reading() as connection:
        rows = connection.execute(select(AuditRow).where(AuditRow.action == "correct-email")).all()
    assert len(rows) == 1
    assert RIGHT not in str(rows)


def test_a_helpers_address_is_put_right_at_the_desk_and_the_helper_told(
    house: House, room: PostRoom, tray: Tray
) -> None:
    visit = book(house, helper=a_helper())
    public_id, right = visit.appointment.public_id, "rosa.right@example.com"
    send(room)
    contact.correct_at_desk(house, public_id, right, CLERK, NOW, Addressee.HELPER)
    send(room)
    assert [address for address, _ in tray.posted] == [visit.patient.email, "rosa@example.com", right]
    after = changing.show(house, visit.appointment.id)
    assert after.patient.email == visit.patient.email
    assert after.helper is not None
    assert after.helper.email == right


def test_a_helper_who_may_not_be_told_is_sent_nothing(house: House, room: PostRoom, tray: Tray) -> None:
    visit = book(house, helper=a_helper(may_be_told=False))
    contact.correct_at_desk(house, visit.appointment.public_id, RIGHT, CLERK, NOW, Addressee.HELPER)
    send(room)
    assert RIGHT not in [address for address, _ in tray.posted]


def test_where_nobody_helps_there_is_no_helper_to_write_to(house: House) -> None:
    visit = book(house)
    with pytest.raises(NotFound):
        contact.correct_at_desk(house, visit.appointment.public_id, RIGHT, CLERK, NOW, Addressee.HELPER)
